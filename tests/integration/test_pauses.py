"""ASK_USER and WAIT: a run waits as a row and nothing else, and the same run goes on where it stood."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from agents.events import RunFinished
from agents.llm import catalog
from agents.models import Chain, Entity, StateVersion
from interactions import branches, forks, leases, lives, log, pauses, removal, runs, worker
from interactions.errors import NotFound, NotPossible
from interactions.invariants import violations
from interactions.models import Conversation, Message, Run
from tests.stub_answers import said
from tests.stub_model import StubModel

pytestmark = pytest.mark.django_db(transaction=True)

ASK = {"action": "ASK_USER", "question": "Which box?", "choices": ["The red one", "The blue one"]}
KEEP = {"action": "ADD_MEMORY", "content": "There are two boxes."}
DONE = {"action": "DONE"}


def answers(request: dict[str, Any]) -> str:
    """Keep something, ask, and speak of the answer once it is there; prose where prose is wanted."""
    told = json.dumps(request["messages"])
    is_answered = "they answered: " in told
    if '\\"actions\\": [{' not in " ".join(said(request, "system")).replace('"', '\\"') and "can_extend" not in told:
        return "So it is the red one."
    written = 'Do not write \\"text\\"' not in told
    if not is_answered:
        return json.dumps({"reasoning": "ask", "can_extend": False, "actions": [KEEP, ASK, DONE]})
    speak = {"action": "SPEAK", **({"text": "So it is the red one."} if written else {"context": "the red one"})}
    return json.dumps({"reasoning": "go on", "can_extend": False, "actions": [speak, DONE]})


@pytest.fixture
def model() -> Iterator[StubModel]:
    with StubModel(answer=answers) as stub:
        catalog.set_provider("openai", "stub", stub.base_url, "key")
        yield stub


def work(run: Run) -> Run:
    worker.execute(str(run.pk))
    run.refresh_from_db()
    return run


def kinds(conversation: Conversation) -> list[str]:
    return [line.event.kind for line in log.read(conversation.pk)]


def asked(conversation: Conversation) -> Any:
    return next(line for line in log.read(conversation.pk) if line.event.kind == "question.asked")


def waiting(conversation: Conversation, owner: User, strategy: str = "inline") -> Run:
    """A run that waits for the answer to its question."""
    Entity.objects.filter(pk=conversation.entity_id).update(strategy=strategy)
    run = work(runs.send(conversation, owner, "Open one.").run)
    assert run.status == "waiting", (run.status, run.reason)
    assert list(violations()) == []
    return run


@pytest.mark.parametrize("strategy", ["inline", "deliberate"])
def test_ask_user_lets_the_same_run_go_on_with_the_answer(
    model: StubModel, conversation: Conversation, owner: User, strategy: str
) -> None:
    run = waiting(conversation, owner, strategy)
    question = asked(conversation)
    assert question.event.choices == ("The red one", "The blue one")
    assert Message.objects.get(author="entity").text == "Which box?" and run.lease_until is None
    assert list(leases.waiting()) == [] and work(run).status == "waiting"  # nobody works on it
    sent = runs.answer(run.pk, question.action, owner, "The red one")
    assert sent.run == run and work(run).status == "finished"
    assert kinds(conversation).count("run.started") == 2 and kinds(conversation).count("run.finished") == 1
    assert StateVersion.objects.filter(run=run.pk).count() == 1  # what was done before is not done again
    spoken = [message.text for message in Message.objects.order_by("seq")]
    assert spoken == ["Open one.", "Which box?", "The red one", "So it is the red one."]
    last = log.read(conversation.pk)[-1].event
    assert isinstance(last, RunFinished) and last.usage.model_calls == len(model.requests) and last.usage.actions >= 3
    assert list(violations()) == []


def test_the_prompt_after_an_answer_holds_it_behind_the_question(
    model: StubModel, conversation: Conversation, owner: User
) -> None:
    run = waiting(conversation, owner)
    runs.answer(run.pk, asked(conversation).action, owner, "The red one")
    work(run)
    talk = [message["content"] for message in model.requests[-1]["messages"]]
    assert "Open one." in talk[1] and "Which box?" in talk[2] and talk[3] == "The red one"
    assert "ASK_USER: they answered: The red one" in talk[4]


def test_whatever_is_written_while_a_question_is_open_is_its_answer(
    model: StubModel, conversation: Conversation, owner: User
) -> None:
    run = waiting(conversation, owner)
    sent = runs.send(conversation, owner, "Neither.", "c-2")
    assert sent.run == run and runs.send(conversation, owner, "Neither.", "c-2").message == sent.message
    assert work(run).status == "finished" and Run.objects.count() == 1
    assert runs.send(conversation, owner, "And now?").run != run


@pytest.mark.parametrize("drawn", [False, True])
def test_a_chain_goes_on_behind_its_question(
    model: StubModel, conversation: Conversation, owner: User, drawn: bool
) -> None:
    actions = [
        {"action": "ADD_MEMORY", "args": {"content": "Boxes."}, **({"id": "a", "after": []} if drawn else {})},
        {"action": "ASK_USER", "args": {"question": "Which box?"}, **({"id": "b", "after": ["a"]} if drawn else {})},
        {"action": "SPEAK", "context": "Say it.", **({"id": "c", "after": ["b"]} if drawn else {})},
    ]
    chain = Chain.objects.create(owner=owner, name="Boxes", actions=actions)
    run = work(runs.run_chain(conversation, owner, chain).run)
    assert run.status == "waiting", run.reason
    runs.answer(run.pk, asked(conversation).action, owner, "The red one")
    assert work(run).status == "finished", run.reason
    assert StateVersion.objects.filter(run=run.pk).count() == 1
    assert kinds(conversation).count("plan.made") == 1 and Message.objects.filter(author="entity").count() == 2
    assert list(violations()) == []


def test_a_chain_may_be_run_while_a_question_is_open(model: StubModel, conversation: Conversation, owner: User) -> None:
    run = waiting(conversation, owner)
    chain = Chain.objects.create(owner=owner, name="Hi", actions=[{"action": "SPEAK", "args": {"text": "Hi."}}])
    other = work(runs.run_chain(conversation, owner, chain).run)
    assert other.status == "finished" and other != run and Message.objects.get(runs=other).run is None
    run.refresh_from_db()
    assert run.status == "waiting" and list(violations()) == []


def test_a_question_is_answered_once(model: StubModel, conversation: Conversation, owner: User) -> None:
    run, action = waiting(conversation, owner), asked(conversation).action
    first = runs.answer(run.pk, action, owner, "The red one")
    again = runs.answer(run.pk, action, owner, "The red one")
    assert again.message == first.message and not again.is_new
    with pytest.raises(NotPossible, match="answered this already: “The red one”"):
        runs.answer(run.pk, action, owner, "The blue one")
    work(run)
    with pytest.raises(NotPossible):
        runs.answer(run.pk, action, owner, "The blue one")
    for action in ("nothing", "a b", "x" * 90):
        with pytest.raises(NotFound):
            runs.answer(run.pk, action, owner, "The blue one")
    assert kinds(conversation).count("message.received") == 2


def test_nobody_else_answers(model: StubModel, conversation: Conversation, owner: User, stranger: User) -> None:
    run = waiting(conversation, owner)
    with pytest.raises(NotFound):
        runs.answer(run.pk, asked(conversation).action, stranger, "The red one")


def test_a_stopped_question_is_over_and_the_talk_goes_on(
    model: StubModel, conversation: Conversation, owner: User
) -> None:
    run = waiting(conversation, owner)
    assert runs.cancel(run.pk, owner).status == "cancelled"
    with pytest.raises(NotPossible, match="not open any more"):
        runs.answer(run.pk, asked(conversation).action, owner, "The red one")
    assert runs.send(conversation, owner, "Open one again.").run != run and list(violations()) == []


def test_a_question_that_nobody_answers_ends(model: StubModel, conversation: Conversation, owner: User) -> None:
    run = waiting(conversation, owner)
    assert pauses.wake_due() == 0
    Run.objects.filter(pk=run.pk).update(wake_at=timezone.now() - timedelta(seconds=1))
    assert pauses.wake_due() == 1 and pauses.wake_due() == 0
    run.refresh_from_db()
    assert (run.status, run.code) == ("cancelled", "unanswered") and "Nobody answered within" in run.reason
    assert list(violations()) == []
    assert runs.retry(run.pk, owner).message == run.message


def test_deleting_an_entity_ends_what_waits(model: StubModel, conversation: Conversation, owner: User) -> None:
    run = waiting(conversation, owner)
    lives.delete(conversation.entity, owner)
    run.refresh_from_db()
    assert run.status == "cancelled" and list(violations()) == []


def test_messages_sent_before_the_question_are_answered_meanwhile(
    model: StubModel, conversation: Conversation, owner: User
) -> None:
    first, second = (runs.send(conversation, owner, text).run for text in ("Open one.", "Are you there?"))
    assert work(first).status == "waiting"
    assert [run.pk for run in leases.waiting()] == [second.pk]
    assert work(second).status == "finished"  # its own question is refused: one is open
    assert "action.failed" in kinds(conversation) and list(violations()) == []


def test_wait_goes_on_when_its_time_has_come(conversation: Conversation, owner: User) -> None:
    def wait(request: dict[str, Any]) -> str:
        rest = [{"action": "SPEAK", "text": "Now."}, DONE]
        is_over = "- WAIT: waited" in json.dumps(request["messages"])
        actions = rest if is_over else [{"action": "SPEAK", "text": "A moment."}, {"action": "WAIT", "seconds": 60}]
        return json.dumps({"reasoning": "", "can_extend": False, "actions": actions})

    with StubModel(answer=wait) as stub:
        catalog.set_provider("openai", "stub", stub.base_url, "key")
        run = work(runs.send(conversation, owner, "In a minute, please.").run)
        assert run.status == "waiting" and list(violations()) == []
        other = runs.send(conversation, owner, "Meanwhile?").run  # no answer: nothing was asked
        assert other != run
        runs.cancel(other.pk, owner)
        Run.objects.filter(pk=run.pk).update(wake_at=timezone.now())
        assert pauses.wake_due() == 1 and work(run).status == "finished"
    lines = [message.text for message in Message.objects.filter(run=run).order_by("seq")]
    assert lines == ["A moment.", "Now."] and list(violations()) == []
    parts = [line for line in log.read(conversation.pk) if line.run == str(run.pk)]
    usage = next(line.event.usage for line in parts if isinstance(line.event, RunFinished))
    first = next(line for line in parts if line.event.kind == "wait.started").at - parts[1].at
    assert parts[1].event.kind == "run.started" and usage.parts == 2
    assert usage.ms > first.total_seconds() * 1000 == pauses.worked(parts).total_seconds() * 1000 > 0


def test_an_answer_finds_the_run_behind_a_crash_of_another(
    model: StubModel, conversation: Conversation, owner: User
) -> None:
    """One that was left running comes before the woken one, wherever they stand: else neither would ever go on."""
    run = waiting(conversation, owner)
    chain = Chain.objects.create(owner=owner, name="Hi", actions=[{"action": "SPEAK", "args": {"text": "Hi."}}])
    other = runs.run_chain(conversation, owner, chain).run
    assert leases.claim(other) is not None
    Run.objects.filter(pk=other.pk).update(lease_until=timezone.now() - timedelta(seconds=1))  # its worker is gone
    runs.answer(run.pk, asked(conversation).action, owner, "The red one")
    assert other.pk in {each.pk for each in leases.waiting()}
    assert work(run).status == "queued" and work(other).status == "finished" and work(run).status == "finished"
    assert list(violations()) == []


def test_what_branches_and_forks_of_talks_do_with_a_question(
    model: StubModel, conversation: Conversation, owner: User
) -> None:
    run = waiting(conversation, owner)
    with pytest.raises(NotPossible):
        forks.fork(conversation, run.pk, owner)
    with pytest.raises(NotPossible):
        removal.delete_turn(run.pk, owner)
    runs.answer(run.pk, asked(conversation).action, owner, "The red one")
    assert work(run).status == "finished"
    copy = forks.fork(conversation, run.pk, owner)
    lines = [message.text for message in copy.messages.order_by("seq")]
    assert lines == ["Open one.", "Which box?", "The red one", "So it is the red one."] and list(violations()) == []
    other = branches.regenerate(run.pk, owner)
    assert work(other).status == "waiting"  # it asks anew; the answer of before is on the other branch
    assert Message.objects.get(run=run, author="user").off_branch
    again = branches.regenerate(other.pk, owner)
    other.refresh_from_db()
    assert other.status == "cancelled" and runs.cancel(again.pk, owner).status == "cancelled"
    branches.switch(run.pk, owner)
    assert not Message.objects.get(run=run, author="user").off_branch
    removal.delete_turn(run.pk, owner)
    assert Message.objects.get(run=run, author="user").deleted_at and list(violations()) == []


def test_deleting_a_talk_ends_what_waits_in_it(model: StubModel, conversation: Conversation, owner: User) -> None:
    run = waiting(conversation, owner)
    removal.delete_conversation(conversation, owner)
    run.refresh_from_db()
    assert run.status == "cancelled" and list(violations()) == []
