"""Other answers and other words: what goes on is shown and heard, the rest waits in the log."""

from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.models import Entity
from agents.triggers import Trigger
from interactions import branches, log, runs, scenes, talk
from interactions.errors import InvalidMessage, MessageConflict, NotFound, NotPossible
from interactions.invariants import violations
from interactions.models import Conversation, Message, Run
from tests.unit.web import talks

pytestmark = pytest.mark.django_db


def exchange(conversation: Conversation, text: str, answer: str) -> Run:
    """A message with its answer."""
    return answered(talks.say(conversation, text), answer)


def answered(run: Run, answer: str) -> Run:
    talks.begin(run)
    talks.speak(run, answer)
    talks.end(run)
    run.refresh_from_db()
    return run


def again(run: Run, user: User, answer: str) -> Run:
    """Another answer to the message of `run`."""
    return answered(branches.regenerate(run.pk, user), answer)


def edited(run: Run, user: User, text: str, answer: str) -> Run:
    assert run.message is not None
    return answered(branches.edit(run.message.pk, user, text), answer)


def shown(conversation: Conversation) -> list[tuple[str, str]]:
    """What the page shows: who was asked what, and what was answered."""
    conversation.refresh_from_db()
    turns = talk.window(conversation, conversation.entity).turns
    return [(turn.said.text if turn.said else "", " ".join(each.text for each in turn.speeches)) for turn in turns]


def heard(conversation: Conversation) -> list[str]:
    """What a prompt holds of the talk."""
    trigger = Trigger.model_validate({"kind": "timer", "content": "", "at": conversation.created_at})
    said = scenes._history(Run(conversation=conversation), trigger)
    return [line.text for line in said]


def flat(pairs: list[tuple[str, str]]) -> list[str]:
    return [text for pair in pairs for text in pair]


def test_another_answer_takes_the_place_of_the_first(owner: User, conversation: Conversation) -> None:
    exchange(conversation, "One", "I")
    second = exchange(conversation, "Two", "II")
    again(second, owner, "II again")
    assert shown(conversation) == [("One", "I"), ("Two", "II again")]
    assert heard(conversation) == ["One", "I", "Two", "II again"]
    assert list(violations()) == []


def test_the_prompt_of_another_answer_ends_with_the_message_it_answers(owner: User, conversation: Conversation) -> None:
    exchange(conversation, "One", "I")
    second = exchange(conversation, "Two", "II")
    exchange(conversation, "Three", "III")
    run = branches.regenerate(second.pk, owner)
    view = scenes.look(run.pk)
    assert view is not None
    assert [line.text for line in view.scene.history] == ["One", "I", "Two"]
    assert view.scene.trigger.content == "Two"


def test_switching_brings_back_what_followed(owner: User, conversation: Conversation) -> None:
    first = exchange(conversation, "One", "I")
    exchange(conversation, "Two", "II")
    other = again(first, owner, "I again")
    exchange(conversation, "Other two", "Other II")
    assert shown(conversation) == [("One", "I again"), ("Other two", "Other II")]
    branches.switch(first.pk, owner)
    assert shown(conversation) == [("One", "I"), ("Two", "II")]
    assert heard(conversation) == ["One", "I", "Two", "II"]
    branches.switch(other.pk, owner)
    assert shown(conversation) == [("One", "I again"), ("Other two", "Other II")]
    assert list(violations()) == []


def test_editing_replaces_the_message_and_what_followed(owner: User, conversation: Conversation) -> None:
    first = exchange(conversation, "One", "I")
    exchange(conversation, "Two", "II")
    new = edited(first, owner, "Uno", "I, in Spanish")
    assert shown(conversation) == [("Uno", "I, in Spanish")]
    assert new.message is not None and new.message.replaces == first.message_id
    branches.switch(first.pk, owner)
    assert shown(conversation) == [("One", "I"), ("Two", "II")]


def test_choices_count_versions_of_the_message_and_answers_to_each(owner: User, conversation: Conversation) -> None:
    first = exchange(conversation, "One", "I")
    second = again(first, owner, "I b")
    third = again(second, owner, "I c")
    new = edited(third, owner, "Uno", "S")
    turn = talk.window(conversation_of(new), conversation.entity).turns[-1]
    assert turn.choices.answers is None and turn.choices.messages is not None
    assert (turn.choices.messages.number, turn.choices.messages.count) == (2, 2)
    assert turn.choices.messages.earlier == third.pk, "the answer that was shown last of the three"
    branches.switch(second.pk, owner)
    turn = talk.window(conversation_of(new), conversation.entity).turns[-1]
    assert turn.choices.answers is not None
    assert (turn.choices.answers.number, turn.choices.answers.count) == (2, 3)
    assert (turn.choices.answers.earlier, turn.choices.answers.later) == (first.pk, third.pk)


def conversation_of(run: Run) -> Conversation:
    found: Conversation = Conversation.objects.select_related("entity").get(pk=run.conversation_id)
    return found


def test_an_answer_that_failed_and_was_tried_again_goes_whole(owner: User, conversation: Conversation) -> None:
    failed = talks.say(conversation, "One")
    talks.begin(failed)
    talks.end(failed, "failed", reason="no model")
    tried = answered(runs.retry(failed.pk, owner), "I")
    again(tried, owner, "I b")
    assert shown(conversation) == [("One", "I b")]


def test_what_runs_is_stopped_for_other_words_and_another_answer(owner: User, conversation: Conversation) -> None:
    first = exchange(conversation, "One", "I")
    running, waiting = talks.say(conversation, "Two"), talks.say(conversation, "Three")
    talks.begin(running)
    with pytest.raises(NotPossible):
        branches.switch(first.pk, owner)
    new = branches.regenerate(first.pk, owner)
    for run in (running, waiting):
        run.refresh_from_db()
        assert run.status == "cancelled"
    with pytest.raises(NotPossible):
        branches.regenerate(first.pk, owner)  # a second click
    new.refresh_from_db()
    assert new.status == "queued", "and stops nothing"


def test_an_edit_that_is_sent_twice_is_one(owner: User, conversation: Conversation) -> None:
    first = exchange(conversation, "One", "I")
    assert first.message is not None
    key = str(uuid4())
    run = branches.edit(first.message.pk, owner, "Uno", key)
    answered(run, "S")
    assert branches.edit(first.message.pk, owner, "Uno", key) == run
    with pytest.raises(MessageConflict):
        branches.edit(first.message.pk, owner, "Dos", key)
    with pytest.raises(InvalidMessage):
        branches.edit(first.message.pk, owner, "  ")
    assert Message.objects.filter(conversation=conversation, author="user").count() == 2


def test_nobody_branches_somebody_elses_talk(stranger: User, conversation: Conversation) -> None:
    first = exchange(conversation, "One", "I")
    assert first.message is not None
    for act in (
        lambda: branches.regenerate(first.pk, stranger),
        lambda: branches.switch(first.pk, stranger),
        lambda: branches.edit(first.message.pk, stranger, "Uno"),
    ):
        with pytest.raises(NotFound):
            act()


def test_the_log_tells_of_it_and_stays_one_line(owner: User, conversation: Conversation) -> None:
    first = exchange(conversation, "One", "I")
    again(first, owner, "I b")
    branches.switch(first.pk, owner)
    lines = log.read(conversation.pk)
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    told = [line.event for line in lines if line.event.kind == "branch.switched"]
    assert [(event.cause, event.before, event.branch) for event in told] == [("regenerated", 0, 1), ("switched", 1, 0)]


@settings(max_examples=25)
@given(data=st.data())
def test_whatever_is_done_page_and_prompt_follow_one_branch(data: st.DataObject, entity: Entity, owner: User) -> None:
    """Random talks: what is shown is always what a model of the talk as a tree of tuples says."""
    conversation = Conversation.objects.create(owner=owner, entity=entity)
    paths: dict[tuple[UUID, ...], int] = {(): 0}  # every path of runs that was ever gone, and when it was last
    texts: dict[UUID, tuple[str, str]] = {}
    now: tuple[UUID, ...] = ()
    for step in range(data.draw(st.integers(1, 9))):
        act = data.draw(st.sampled_from(["say", "say", "regenerate", "edit", "switch"])) if now else "say"
        if act == "say":
            run = exchange(conversation, f"q{step}", f"a{step}")
            texts[run.pk], now = (f"q{step}", f"a{step}"), (*now, run.pk)
        elif act in ("regenerate", "edit"):
            place = data.draw(st.integers(0, len(now) - 1))
            old = Run.objects.select_related("message").get(pk=now[place])
            question = texts[old.pk][0] if act == "regenerate" else f"q{step}"
            run = again(old, owner, f"a{step}") if act == "regenerate" else edited(old, owner, question, f"a{step}")
            texts[run.pk], now = (question, f"a{step}"), (*now[:place], run.pk)
        else:
            run_id = data.draw(st.sampled_from(sorted(texts, key=lambda pk: texts[pk])))
            branches.switch(run_id, owner)
            now = max((path for path in paths if run_id in path), key=lambda path: paths[path])
        for length in range(len(now) + 1):
            paths.setdefault(now[:length], -1)
        paths[now] = step + 1
        assert shown(conversation) == [texts[pk] for pk in now]
        assert heard(conversation) == flat([texts[pk] for pk in now])
    assert list(violations()) == []
