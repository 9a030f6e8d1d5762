"""A stub model server for each test, and quick retries."""

from collections.abc import Callable, Iterator

import pytest

from agents.llm import discovery, gateway
from tests.stub_model import StubModel

Stub = Callable[..., StubModel]


@pytest.fixture
def stub() -> Iterator[StubModel]:
    """A server that answers "Hello there, Noor. How are the letters?"."""
    with StubModel("Hello there, Noor. How are the letters?") as server:
        yield server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait milliseconds between attempts, and believe nothing of what another test's server said."""
    monkeypatch.setattr(gateway, "BACKOFF_FIRST", 0.002)
    discovery.forget()
