"""Forking a talk: the copy tells the same, under its own numbers."""

import pytest
from django.contrib.auth.models import User

from agents.changes import MemoryValue, PutMemory
from agents.models import Entity
from interactions import forks, log, runs
from interactions.errors import NotFound, NotPossible
from interactions.invariants import violations
from interactions.models import Conversation, Message
from tests.unit.test_branches import again, exchange, heard, shown
from tests.unit.web import talks

pytestmark = pytest.mark.django_db


def test_a_fork_has_the_talk_up_to_the_turn_and_goes_its_own_way(owner: User, conversation: Conversation) -> None:
    exchange(conversation, "One", "I")
    second = exchange(conversation, "Two", "II")
    exchange(conversation, "Three", "III")
    copy = forks.fork(conversation, second.pk, owner)
    assert shown(copy) == [("One", "I"), ("Two", "II")]
    assert heard(copy) == ["One", "I", "Two", "II"]
    exchange(copy, "Other", "Other III")
    assert shown(copy)[-1] == ("Other", "Other III")
    assert shown(conversation)[-1] == ("Three", "III")
    assert (copy.forked_from, copy.entity_id) == (conversation.pk, conversation.entity_id)
    assert list(violations()) == []


def test_its_log_begins_at_one_and_says_where_it_comes_from(owner: User, conversation: Conversation) -> None:
    run = exchange(conversation, "One", "I")
    copy = forks.fork(conversation, run.pk, owner)
    lines = log.read(copy.pk)
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    assert lines[0].event.kind == "conversation.forked"
    assert lines[0].event.conversation == str(conversation.pk)
    original = log.read_runs([run.pk])[str(run.pk)]
    assert [(line.event.kind, line.at) for line in lines[1:]] == [(line.event.kind, line.at) for line in original]
    assert not {line.run for line in lines[1:]} & {str(run.pk)}
    copied = copy.runs.get()
    assert copied.copied_from == run.pk and copied.created_at == run.created_at


def test_a_fork_follows_the_branch_that_is_shown(owner: User, conversation: Conversation) -> None:
    first = exchange(conversation, "One", "I")
    other = again(first, owner, "I b")
    copy = forks.fork(conversation, other.pk, owner)
    assert shown(copy) == [("One", "I b")]
    assert list(violations()) == []


def test_what_a_copied_turn_changed_is_told_and_not_done_again(owner: User, conversation: Conversation) -> None:
    run = talks.say(conversation, "One")
    talks.begin(run)
    talks.change(run, "a1", "ADD_MEMORY", PutMemory(memory=MemoryValue(content="It rains.")))
    talks.end(run)
    before = Entity.objects.get(pk=conversation.entity_id).version
    forks.fork(conversation, run.pk, owner)
    assert Entity.objects.get(pk=conversation.entity_id).version == before
    assert list(violations()) == []


def test_old_messages_are_no_new_ones_in_a_fork(owner: User, conversation: Conversation) -> None:
    run = exchange(conversation, "One", "I")
    copy = forks.fork(conversation, run.pk, owner)
    times = Message.objects.filter(conversation=conversation).values_list("created_at", flat=True)
    assert set(Message.objects.filter(conversation=copy).values_list("created_at", flat=True)) == set(times)
    assert runs.send(copy, owner, "Two").is_new


def test_what_runs_and_what_is_somebody_elses_is_not_forked(
    owner: User, stranger: User, conversation: Conversation
) -> None:
    run = talks.say(conversation, "One")
    with pytest.raises(NotPossible):
        forks.fork(conversation, run.pk, owner)
    with pytest.raises(NotFound):
        forks.fork(conversation, run.pk, stranger)
    assert Conversation.objects.count() == 1
