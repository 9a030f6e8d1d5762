"""Deleting, and bringing back: exchanges and talks."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from interactions import branches, log, removal, runs
from interactions.errors import NotFound, NotPossible
from interactions.invariants import violations
from interactions.models import Conversation, Erasure, EventRecord
from tests.unit.test_branches import again, exchange, heard, shown
from tests.unit.web import talks

pytestmark = pytest.mark.django_db


def test_a_deleted_exchange_is_neither_shown_nor_heard_and_comes_back(owner: User, conversation: Conversation) -> None:
    exchange(conversation, "One", "I")
    second = exchange(conversation, "Two", "II")
    exchange(conversation, "Three", "III")
    removal.delete_turn(second.pk, owner)
    assert shown(conversation) == [("One", "I"), ("Three", "III")]
    assert heard(conversation) == ["One", "I", "Three", "III"]
    removal.restore_turn(second.pk, owner)
    assert shown(conversation) == [("One", "I"), ("Two", "II"), ("Three", "III")]
    assert heard(conversation) == ["One", "I", "Two", "II", "Three", "III"]
    kinds = [line.event.kind for line in log.read(conversation.pk)]
    assert kinds[-2:] == ["turn.deleted", "turn.restored"], "the log tells it and keeps all"
    assert list(violations()) == []


def test_deleting_one_answer_leaves_the_other_its_message(owner: User, conversation: Conversation) -> None:
    first = exchange(conversation, "One", "I")
    other = again(first, owner, "I b")
    removal.delete_turn(other.pk, owner)
    assert (shown(conversation), heard(conversation)) == ([], [])
    branches.switch(first.pk, owner)
    assert (shown(conversation), heard(conversation)) == ([("One", "I")], ["One", "I"])


def test_deleting_twice_is_once_and_what_runs_is_not_deleted(owner: User, conversation: Conversation) -> None:
    first = exchange(conversation, "One", "I")
    removal.delete_turn(first.pk, owner)
    before = log.read(conversation.pk)
    removal.delete_turn(first.pk, owner)
    assert log.read(conversation.pk) == before
    running = talks.say(conversation, "Two")
    talks.begin(running)
    with pytest.raises(NotPossible):
        removal.delete_turn(running.pk, owner)


def test_a_deleted_talk_is_stopped_takes_no_message_and_comes_back(owner: User, conversation: Conversation) -> None:
    run = talks.say(conversation, "One")
    talks.begin(run)
    removal.delete_conversation(conversation, owner)
    run.refresh_from_db()
    conversation.refresh_from_db()
    assert run.status == "cancelled"
    with pytest.raises(NotFound):
        runs.send(conversation, owner, "Two")
    restored = removal.restore_conversation(conversation.pk, owner)
    assert runs.send(restored, owner, "Two").is_new


def test_what_was_deleted_long_ago_is_erased(owner: User, conversation: Conversation) -> None:
    exchange(conversation, "One", "I")
    removal.delete_conversation(conversation, owner)
    assert removal.erase_old() == 0
    long_ago = timezone.now() - removal.KEPT - timedelta(minutes=1)
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=long_ago)
    assert removal.erase_old() == 1
    assert not EventRecord.objects.filter(conversation=conversation.pk).exists()
    assert Erasure.objects.filter(conversation=conversation.pk).exists(), "and it is recorded that it was"


def test_nobody_deletes_what_is_somebody_elses(stranger: User, owner: User, conversation: Conversation) -> None:
    run = exchange(conversation, "One", "I")
    for act in (
        lambda: removal.delete_turn(run.pk, stranger),
        lambda: removal.restore_turn(run.pk, stranger),
        lambda: removal.delete_conversation(conversation, stranger),
        lambda: removal.restore_conversation(conversation.pk, stranger),
    ):
        with pytest.raises(NotFound):
            act()
    assert shown(conversation) == [("One", "I")]
