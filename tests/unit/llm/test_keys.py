"""Sealed keys: readable with this secret, for this host, and nothing else."""

import pytest
from pytest_django import Settings

from agents.errors import ModelKeyRefused
from agents.llm.keys import open_sealed, seal


def test_there_and_back() -> None:
    blob = seal("sk-geheim", "api.example.org:443")
    assert b"geheim" not in blob
    assert open_sealed(blob, "api.example.org:443") == "sk-geheim"
    assert open_sealed(memoryview(blob), "API.example.org:443") == "sk-geheim"
    assert seal("sk-geheim", "api.example.org:443") != blob


def test_no_key_is_no_key() -> None:
    assert open_sealed(b"", "api.example.org:443") == ""


@pytest.mark.parametrize("host", ["evil.example.org:443", "api.example.org:80", "api.example.org", ""])
def test_a_key_for_one_host_does_not_open_for_another(host: str) -> None:
    with pytest.raises(ModelKeyRefused, match="Enter the key again"):
        open_sealed(seal("sk-geheim", "api.example.org:443"), host)


def test_another_secret_does_not_open_it_but_a_former_one_does(settings: Settings) -> None:
    blob, former = seal("sk-geheim", "h:1"), settings.SECRET_KEY
    settings.SECRET_KEY = "another secret altogether"
    with pytest.raises(ModelKeyRefused, match="secret has changed"):
        open_sealed(blob, "h:1")
    settings.SECRET_KEY_FALLBACKS = [former]
    assert open_sealed(blob, "h:1") == "sk-geheim"


def test_nonsense_in_the_database_is_refused() -> None:
    with pytest.raises(ModelKeyRefused):
        open_sealed(b"not sealed at all", "h:1")
