"""`make audit`: a finding and a service that is not there are told apart, and neither passes."""

from pathlib import Path

import pytest

from tests import audit

LOCK = audit.ROOT / "requirements" / "base.txt"
TABLE = "Found 1 known vulnerability in 1 package\nName Version ID Fix Versions\nx 1.0 PYSEC-1 1.1"


@pytest.mark.parametrize(
    ("code", "said", "expected", "words"),
    [
        (0, "No known vulnerabilities found", 0, "No known vulnerabilities"),
        (1, TABLE, 1, "PYSEC-1"),
        (1, "ERROR: Could not connect to PyPI's vulnerability feed", 2, "nothing is known about requirements/base.txt"),
        (2, "usage: pip-audit", 2, "HTTPS_PROXY"),
    ],
)
def test_what_it_makes_of_the_answer(code: int, said: str, expected: int, words: str) -> None:
    got, told = audit.audit(LOCK, lambda _command: (code, said))
    assert got == expected
    assert words in told


def test_it_asks_about_the_lock_as_it_is() -> None:
    command = audit.command(Path("requirements/base.txt"))
    assert {"--require-hashes", "--disable-pip", "--strict"} <= set(command)
