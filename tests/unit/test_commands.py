"""Commands written into a talk: edits of the state by that person, told in the log and heard by nobody."""

import pytest
from django.contrib.auth.models import User

from agents import state
from agents.changes import MemoryValue, PutMemory
from agents.mind import EntityState
from agents.models import Entity, StateVersion
from interactions import commands, log
from interactions.errors import InvalidMessage, NotFound
from interactions.invariants import violations
from interactions.models import Conversation, Run
from tests.unit.test_branches import heard

pytestmark = pytest.mark.django_db


def now(conversation: Conversation) -> EntityState:
    return state.read(Entity.objects.get(pk=conversation.entity_id))


def test_remember_stores_a_memory_by_the_person(owner: User, conversation: Conversation) -> None:
    run = commands.give(conversation, owner, "/remember The key is under the stone.")
    assert "The key is under the stone." in [memory.content for memory in now(conversation).known().values()]
    version = StateVersion.objects.latest("number")
    assert (version.author, version.run) == ("noor", run.pk)
    kinds = [line.event.kind for line in log.read(conversation.pk)]
    assert kinds == ["command.given", "state.changed", "run.finished"]
    assert heard(conversation) == []
    assert list(violations()) == []


def test_forget_takes_the_one_memory_that_is_meant(owner: User, conversation: Conversation) -> None:
    commands.give(conversation, owner, "/forget box letters")
    assert now(conversation).known() == {}


def test_forget_asks_back_where_several_are_meant(owner: User, conversation: Conversation) -> None:
    state.apply(conversation.entity_id, [PutMemory(memory=MemoryValue(content="Noor has a box."))], cause="test")
    with pytest.raises(commands.BadCommand, match="2 memories have these words"):
        commands.give(conversation, owner, "/forget box")
    assert len(now(conversation).known()) == 2


def test_goal_and_mood(owner: User, conversation: Conversation) -> None:
    commands.give(conversation, owner, "/goal Find out who held the pen")
    commands.give(conversation, owner, "/mood quite curious 0.8")
    after = now(conversation)
    assert "Find out who held the pen" in [goal.text for goal in after.active_goals().values()]
    assert (after.mood.label, after.mood.intensity) == ("quite curious", 0.8)
    commands.give(conversation, owner, "/mood calm")
    assert now(conversation).mood.label == "calm"


def test_help_changes_nothing_and_is_told(owner: User, conversation: Conversation) -> None:
    before = now(conversation)
    commands.give(conversation, owner, "/help")
    assert now(conversation) == before
    [given, _end] = log.read(conversation.pk)
    assert given.event.kind == "command.given" and "/remember TEXT" in given.event.result


@pytest.mark.parametrize(
    "text",
    [
        "/fly",
        "/",
        "/remember",
        "/goal   ",
        "/mood",
        "/mood calm 7x 1.7",
        "/forget",
        "/forget nothing such",
        "no command",
    ],
)
def test_what_makes_no_sense_changes_nothing(owner: User, conversation: Conversation, text: str) -> None:
    before = now(conversation)
    with pytest.raises(commands.BadCommand):
        commands.give(conversation, owner, text)
    assert now(conversation) == before
    assert log.read(conversation.pk) == [] and not Run.objects.exists()


def test_bad_text_and_foreign_talks_are_refused(owner: User, stranger: User, conversation: Conversation) -> None:
    with pytest.raises(InvalidMessage):
        commands.give(conversation, owner, "/remember a\x00b")
    with pytest.raises(NotFound):
        commands.give(conversation, stranger, "/remember mine")


def test_the_same_goal_twice_is_refused_in_words(owner: User, conversation: Conversation) -> None:
    with pytest.raises(commands.BadCommand, match="has this goal already"):
        commands.give(conversation, owner, "/goal Put the letters in order")
