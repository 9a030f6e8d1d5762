"""What the commit of one action costs in statements, and what a refusal in the middle of it leaves: nothing. On both
databases."""

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from agents import state
from agents.changes import Change, GoalValue, MemoryValue, Mood, PutGoal, PutMemory, SetMood
from agents.errors import StateError
from agents.events import ActionFinished, ActionStarted
from agents.models import Entity
from agents.sequence import Entry
from interactions import leases, log, runs
from interactions.invariants import violations
from interactions.ledger import RunLedger
from interactions.models import Conversation

pytestmark = pytest.mark.django_db(transaction=True)

FEELS = SetMood(mood=Mood(label="curious", intensity=0.7))
LEARNS = PutMemory(memory=MemoryValue(content="The tide turned."))
SETS_OUT = PutGoal(goal=GoalValue(text="Write to Ilse"))
# BEGIN and COMMIT among them; then the talk, the lease, the entity; the version and the entity's row, the events and
# the talk's: PostgreSQL gets each two at once.
EVERY = 7 if connection.vendor == "postgresql" else 9


@pytest.fixture
def ledger(conversation: Conversation, owner: User) -> RunLedger:
    with transaction.atomic():
        lease = leases.claim(runs.send(conversation, owner, "Hello").run, "inline")
    assert lease is not None
    return RunLedger(lease, conversation.entity)


def entry(*changes: Change) -> Entry:
    """What an action with these changes is committed as."""
    before, after = ActionStarted(name="ADD_MEMORY"), ActionFinished(name="ADD_MEMORY", result="done")
    return Entry(before=(before,), changes=changes, after=(after,), action="a1", cause="it came to mind")


@pytest.mark.parametrize(
    ("changes", "further"), [((FEELS,), 0), ((LEARNS,), 2), ((SETS_OUT,), 2), ((FEELS, LEARNS, SETS_OUT), 4)]
)
def test_a_commit_takes_so_many_statements_and_two_for_each_new_thing(
    ledger: RunLedger, changes: tuple[Change, ...], further: int
) -> None:
    with CaptureQueriesContext(connection) as asked:
        ledger._commit(entry(*changes))
    assert len(asked) == EVERY + further, "\n".join(query["sql"] for query in asked)
    assert list(violations()) == []


def test_what_is_told_is_what_the_version_says(ledger: RunLedger, entity: Entity) -> None:
    ledger._commit(entry(FEELS, LEARNS))
    (told,) = [line.event for line in log.read(ledger.lease.conversation.pk) if line.event.kind == "state.changed"]
    assert list(told.changes) == state.changes_of(entity.versions.get(number=told.version))


def test_a_refusal_after_other_changes_leaves_nothing_and_the_next_commit_is_whole(
    ledger: RunLedger, entity: Entity
) -> None:
    entity.refresh_from_db()
    was, lines = state.read(entity), log.read(ledger.lease.conversation.pk)
    with pytest.raises(StateError, match="remembers this already"):
        ledger._commit(entry(FEELS, SETS_OUT, LEARNS, LEARNS))
    entity.refresh_from_db()
    assert state.read(entity) == was and log.read(ledger.lease.conversation.pk) == lines
    ledger._commit(entry(LEARNS))
    entity.refresh_from_db()
    assert entity.version == was.version + 1
    assert list(violations()) == []
