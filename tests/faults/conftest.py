"""One installation for all fault tests of a process, mended and checked after each of them."""

from collections.abc import Iterator

import pytest

from tests.faults.talk import Talk, answer
from tests.stub_model import StubModel
from tests.system import System


@pytest.fixture(scope="session")
def the_model() -> Iterator[StubModel]:
    with StubModel(answer=answer, pace=0.01) as stub:
        yield stub


@pytest.fixture(scope="session")
def the_system(the_model: StubModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with System(tmp_path_factory.mktemp("system"), the_model.port) as running:
        yield running


@pytest.fixture
def model(the_model: StubModel) -> Iterator[StubModel]:
    """The model server, without faults."""
    the_model.requests.clear()
    yield the_model
    the_model.heal()


@pytest.fixture
def system(the_system: System, model: StubModel) -> Iterator[System]:
    """The installation, as it was at the start; after the test every invariant holds."""
    the_system.mend()
    yield the_system
    model.heal()
    the_system.mend()
    the_system.check()


@pytest.fixture
def talk(system: System) -> Talk:
    """A new conversation."""
    return Talk(system.client)
