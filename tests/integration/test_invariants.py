"""The checker of what must always hold: clean on what a run leaves, and with an eye for every damage."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from agents.models import Entity, Memory, StateVersion
from interactions import runs, worker
from interactions.invariants import violations
from interactions.models import Conversation, EventRecord, Message, Run, Schedule, Telling
from tests.append_only import allow_flush

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(conversation: Conversation, owner: User) -> Run:
    sent = runs.send(conversation, owner, "My name is Noor and I love rooibos tea.").run
    worker.execute(str(sent.pk))
    sent.refresh_from_db()
    assert sent.status == "finished" and StateVersion.objects.filter(run=sent.pk).exists()
    return sent


def test_what_a_run_leaves_is_clean(run: Run) -> None:
    assert list(violations()) == []
    call_command("check_invariants")


def go_on(run: Run) -> None:
    """Log one more event of a run that is over."""
    conversation = run.conversation
    conversation.last_seq += 1
    conversation.save()
    EventRecord.objects.create(
        conversation=conversation,
        seq=conversation.last_seq,
        kind="action.started",
        run=run,
        at=timezone.now(),
        payload={},
    )


def _timer(run: Run) -> Schedule:
    return Schedule.objects.create(entity=run.conversation.entity, what="x", set_by="person")


def _told(run: Run, **more: object) -> Telling:
    return Telling.objects.create(receiver=run.conversation.entity, text="x", run=run, action="told", **more)


DAMAGES: dict[str, Callable[[Run], object]] = {
    "a gap in the log": lambda run: EventRecord.objects.filter(run=run, seq=3).delete(),
    "a lost end of the log": lambda run: EventRecord.objects.filter(run=run, kind="run.finished").delete(),
    "a conversation that counts wrong": lambda run: Conversation.objects.update(last_seq=2),
    "a message without its run": lambda run: Message.objects.get(runs=run).runs.update(message=None),
    "a message that the log does not tell": lambda run: Message.objects.filter(author="entity").update(seq=1),
    "a message of another text": lambda run: Message.objects.filter(author="user").update(text="forged"),
    "a message under another id": lambda run: Message.objects.filter(author="user").update(client_message_id="forged"),
    "a message that is gone": lambda run: Message.objects.filter(author="user").update(author="entity"),
    "a run that goes on after its end": go_on,
    "a run that says another end": lambda run: Run.objects.update(status="running"),
    "a run that is over and waits": lambda run: Run.objects.update(wake_at=timezone.now()),
    "a run that waits for nothing": lambda run: Run.objects.update(status="waiting"),
    "a talk in which nobody has asked": lambda run: Conversation.objects.update(asking=run.pk),
    "a timer that was due and began nothing": lambda run: Schedule.objects.create(
        entity=run.conversation.entity, conversation=run.conversation, what="x", set_by="person", fired=1
    ),
    "a run that no timer began": lambda run: run.conversation.runs.create(
        trigger={"kind": "timer", "schedule": _timer(run).pk}, position=99
    ),
    "something told that was heard and began nothing": lambda run: _told(run, heard=run),
    "a run that nothing heard began": lambda run: run.conversation.runs.create(
        trigger={"kind": "agent_message", "telling": _told(run).pk}, position=99
    ),
    "a state nobody wrote": lambda run: Memory.objects.update(importance=0.123),
    "a mood nobody wrote": lambda run: Entity.objects.update(mood="forged"),
    "a version of another content": lambda run: StateVersion.objects.filter(run=run.pk).update(changes=[]),
    "a version that no event tells": lambda run: EventRecord.objects.filter(kind="state.changed").delete(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_is_seen(run: Run, damage: str) -> None:
    with allow_flush():
        DAMAGES[damage](run)
    assert list(violations()) != []
    with pytest.raises(CommandError):
        call_command("check_invariants")
