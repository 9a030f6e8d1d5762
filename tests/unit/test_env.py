"""The environment: what is wrong with it is said by name, and without secrets."""

import pytest
from pydantic import ValidationError

from memos_site.env import Env
from memos_site.env_report import report


def complaint(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as error:
        Env()
    return report(error.value)


def test_a_number_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert complaint(monkeypatch, MEMOS_PORT="eighty") == (
        "MEMOS_PORT=eighty is not valid: it should be a valid integer. Change or unset it."
    )


def test_a_choice_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "'reactive', 'inline' or 'deliberate'" in complaint(monkeypatch, MEMOS_STRATEGY="hope")


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_addresses_name_their_schemes_and_not_their_passwords(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    line = complaint(monkeypatch, **{name: "gopher://me:hush@host/x"})
    assert line.startswith(f"{name} is not valid: it should be an address that begins with one of ")
    assert "hush" not in line


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"MEMOS_HOST": "0.0.0.0", "MEMOS_PORT": "9"}, "http://127.0.0.1:9"),
        ({"MEMOS_HOST": "::1"}, "http://[::1]:8000"),
        ({"MEMOS_ORIGINS": "https://memos.example.org/, http://other"}, "https://memos.example.org"),
    ],
)
def test_the_address_a_browser_uses(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Env().url == url
