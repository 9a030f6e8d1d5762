"""A thousand edits of one entity by two workers and the admin's form, in processes of their own: none is lost (D8).

After it the checker of invariants folds the log and compares it with the state (invariant 8).
"""

import pytest

from tests.faults.editors import check_that_no_edit_is_lost
from tests.stub_model import StubModel
from tests.system import System

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


@pytest.mark.parametrize("edits", [100, pytest.param(1_000, marks=pytest.mark.long)])
def test_d8_two_workers_and_the_admin_edit_one_entity_at_once(system: System, model: StubModel, edits: int) -> None:
    check_that_no_edit_is_lost(system, model, edits)
