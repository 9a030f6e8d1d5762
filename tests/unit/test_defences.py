"""The list of defences is kept: what `make defences` takes out is still there, and so are the tests that notice."""

import pytest

from tests.defences import bad_input, faults, security
from tests.defences.__main__ import ROOT
from tests.defences.defence import Defence


@pytest.mark.parametrize("defence", [*faults.DEFENCES, *bad_input.DEFENCES, *security.DEFENCES], ids=lambda d: d.row)
def test_what_is_taken_out_is_there(defence: Defence) -> None:
    parts = [(defence.path, defence.code), *([defence.behind[:2]] if defence.behind else [])]
    for path, code in parts:
        assert code in (ROOT / path).read_text(), path
    assert all((ROOT / tests).exists() for tests in defence.tests.split())
