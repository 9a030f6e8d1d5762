"""The life of a run on the real database and the real Redis, with a model server over the wire."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from agents import state
from agents.events import Draft, TextFinished
from agents.llm import catalog
from agents.models import Chain, Entity, ModelCall, StateVersion
from interactions import leases, log, runs, worker
from interactions.errors import InvalidMessage, LeaseLost, MessageConflict, NotFound, NotPossible, TooManyMessages
from interactions.models import Conversation, Message, Run
from interactions.record import record
from interactions.runner import Runner
from tests.stub_model import StubModel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def model() -> Iterator[StubModel]:
    with StubModel() as stub:
        catalog.set_provider("openai", "stub", stub.base_url, "key")
        yield stub


def work(run: Run) -> Run:
    """Do what a worker does with one ring of the bell."""
    worker.execute(str(run.pk))
    run.refresh_from_db()
    return run


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether `condition` holds within three seconds."""
    for _ in range(150):
        if condition():
            return True
        time.sleep(0.02)
    return False


def kinds(conversation: Conversation) -> list[str]:
    return [line.event.kind for line in log.read(conversation.pk)]


def test_a_message_is_answered_and_everything_is_in_the_log(
    model: StubModel, conversation: Conversation, owner: User
) -> None:
    sent = runs.send(conversation, owner, "I found a letter.", "c-1")
    run = work(sent.run)
    assert run.status == "finished"
    events = log.read(conversation.pk)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert kinds(conversation) == [
        "message.received", "run.started", "memory.recalled", "text.finished",
        "action.started", "state.changed", "action.finished",
        "action.started", "state.changed", "action.finished", "text.finished", "plan.made", "run.finished",
    ]  # fmt: skip
    spoken = Message.objects.get(author="entity")
    assert spoken.run == run and events[spoken.seq - 1].event.kind == "text.finished"
    entity = Entity.objects.get(pk=conversation.entity_id)
    assert entity.version == 3 and state.folded_log(entity) == state.read(entity)
    assert StateVersion.objects.filter(run=run.pk).count() == 2
    call = ModelCall.objects.get()
    assert (call.run, call.owner, call.purpose) == (run.pk, owner, "inline") and call.output_tokens > 0


def test_a_resend_is_the_same_message_and_another_text_a_conflict(conversation: Conversation, owner: User) -> None:
    first = runs.send(conversation, owner, "Hello.", "c-1")
    again = runs.send(conversation, owner, "Hello.", "c-1")
    assert (again.message, again.run, again.seq, again.is_new) == (first.message, first.run, first.seq, False)
    with pytest.raises(MessageConflict):
        runs.send(conversation, owner, "Something else.", "c-1")
    assert Message.objects.count() == Run.objects.count() == 1


def test_the_same_message_from_many_threads_is_stored_once(conversation: Conversation, owner: User) -> None:
    seen: list[str] = []

    def send() -> None:
        from django.db import connection

        seen.append(str(runs.send(conversation, owner, "Hello.", "c-1").message.pk))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 6 and len(set(seen)) == 1 and kinds(conversation) == ["message.received"]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 20_001, "a\x00b", "a\ud83d", None, 7, ["a"]])
def test_bad_text_is_refused_with_a_sentence_and_nothing_is_stored(
    conversation: Conversation, owner: User, text: object
) -> None:
    with pytest.raises(InvalidMessage) as caught:
        runs.send(conversation, owner, text)  # type: ignore[arg-type]
    assert caught.value.field == "text" and str(caught.value).endswith(".")
    assert Message.objects.count() == 0 and kinds(conversation) == []


@pytest.mark.parametrize("given", ["x" * 65, "a b", "ü", 7])
def test_a_bad_message_id_is_refused(conversation: Conversation, owner: User, given: object) -> None:
    with pytest.raises(InvalidMessage) as caught:
        runs.send(conversation, owner, "Hello.", given)  # type: ignore[arg-type]
    assert caught.value.field == "client_message_id"


def test_too_many_messages_in_a_minute_are_refused(conversation: Conversation, owner: User) -> None:
    Message.objects.bulk_create(
        Message(conversation=conversation, author="user", user=owner, text="x", client_message_id=f"m{n}", seq=n)
        for n in range(120)
    )
    with pytest.raises(TooManyMessages):
        runs.send(conversation, owner, "One more.")


def test_nobody_else_may_touch_a_run(conversation: Conversation, owner: User, stranger: User) -> None:
    sent = runs.send(conversation, owner, "Hello.")
    for forbidden in (
        lambda: runs.send(conversation, stranger, "Hello."),
        lambda: runs.cancel(sent.run.pk, stranger),
        lambda: runs.retry(sent.run.pk, stranger),
        lambda: runs.withdraw(sent.message.pk, stranger),
        lambda: runs.start_conversation(stranger, conversation.entity),
        lambda: runs.cancel(uuid4(), owner),
    ):
        with pytest.raises(NotFound):
            forbidden()


def test_messages_sent_while_busy_are_answered_in_order(
    model: StubModel, conversation: Conversation, owner: User
) -> None:
    one, two = (runs.send(conversation, owner, text).run for text in ("First.", "Second."))
    assert work(two).status == "queued"  # not its turn
    assert list(leases.waiting()) == [one]
    assert work(one).status == "finished" and work(two).status == "finished"
    asked = [message["content"] for message in model.requests[1]["messages"] if message["role"] == "user"]
    assert asked == ["First.", "Second."]
    first_asked = [message["content"] for message in model.requests[0]["messages"]]
    assert "Second." not in first_asked


def test_a_queued_message_can_be_withdrawn_and_is_never_heard(
    model: StubModel, conversation: Conversation, owner: User
) -> None:
    one, two, three = (runs.send(conversation, owner, text) for text in ("First.", "Never mind.", "Third."))
    runs.withdraw(two.message.pk, owner)
    work(one.run)
    with pytest.raises(NotPossible):
        runs.withdraw(one.message.pk, owner)
    assert work(two.run).status == "cancelled" and work(three.run).status == "finished"
    assert all("Never mind." not in str(request) for request in model.requests)
    with pytest.raises(NotPossible):
        runs.retry(two.run.pk, owner)


def test_a_run_is_claimed_once_and_a_stale_worker_commits_nothing(conversation: Conversation, owner: User) -> None:
    run = runs.send(conversation, owner, "Hello.").run
    lease = leases.claim(run)
    assert lease is not None and leases.claim(run) is None
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    taken = leases.claim(run)
    assert taken is not None and taken.fence > lease.fence and taken.attempt == 2
    with pytest.raises(LeaseLost), transaction.atomic():
        leases.hold(lease)
    with transaction.atomic():
        leases.hold(taken)


def test_the_third_crash_ends_the_run_as_failed(conversation: Conversation, owner: User) -> None:
    run = runs.send(conversation, owner, "Hello.").run
    for _crash in range(3):
        assert leases.claim(run) is not None
        Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert leases.claim(run) is None
    run.refresh_from_db()
    assert (run.status, run.code) == ("failed", "crashed")
    assert kinds(conversation)[-1] == "run.finished"


def test_a_released_run_goes_on_and_does_not_count_as_crashed(conversation: Conversation, owner: User) -> None:
    run = runs.send(conversation, owner, "Hello.").run
    for _deploy in range(5):
        lease = leases.claim(run)
        assert lease is not None and lease.attempt == 1
        leases.release(lease)
        with pytest.raises(LeaseLost), transaction.atomic():
            leases.hold(lease)


def test_after_cancelled_the_run_changes_nothing(conversation: Conversation, owner: User) -> None:
    started = threading.Event()

    def answer(_request: object) -> str:
        started.set()
        return "A very long answer. " * 200

    with StubModel(answer=answer, pace=0.01) as stub:
        catalog.set_provider("openai", "stub", stub.base_url, "key")
        run = runs.send(conversation, owner, "Hello.").run
        working = threading.Thread(target=worker.execute, args=[str(run.pk)])
        working.start()
        assert started.wait(5)
        threading.Event().wait(0.4)
        runs.cancel(run.pk, owner)
        before = log.read(conversation.pk)
        working.join(5)
        assert not working.is_alive()
        assert eventually(lambda: stub.disconnects == 1)
    assert log.read(conversation.pk) == before
    finished, partial = before[-1].event, before[-2].event
    assert finished.kind == "run.finished" and finished.status == "cancelled"
    assert partial.kind == "text.finished" and partial.is_partial and partial.text.startswith("A very long answer.")
    assert runs.cancel(run.pk, owner).status == "cancelled"
    assert Message.objects.get(author="entity").text == partial.text


def test_a_text_that_is_finished_while_the_run_is_being_stopped_is_told_once(
    conversation: Conversation, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs.send(conversation, owner, "Hello.").run
    lease = leases.claim(run)
    assert lease is not None
    spoken = Draft(event=TextFinished(is_thought=False, text="Good morning.", name="SPEAK"), action="a1")
    seen = Draft(event=TextFinished(is_thought=False, text="Good", name="SPEAK", is_partial=True), action="a1")
    other = seen.model_copy(update={"action": "a2"})

    def slow(_run: Run) -> list[Draft]:
        with transaction.atomic():  # the worker commits after the stop has looked at what streams, and before its lock
            record(leases.hold(lease), run, [spoken])
        return [seen, other]

    monkeypatch.setattr(runs, "spoken_so_far", slow)
    assert runs.cancel(run.pk, owner).status == "cancelled"
    texts = [(line.action, line.event.text) for line in log.read(conversation.pk) if line.event.kind == "text.finished"]
    assert texts == [("a1", "Good morning."), ("a2", "Good")]


def test_a_failed_run_can_be_tried_again(model: StubModel, conversation: Conversation, owner: User) -> None:
    model.fail("key_refused", times=1)
    run = work(runs.send(conversation, owner, "Hello.").run)
    assert (run.status, run.code) == ("failed", "model_key_refused") and "key" in run.reason
    again = runs.retry(run.pk, owner)
    assert runs.retry(run.pk, owner) == again
    assert work(again).status == "finished"
    with pytest.raises(NotPossible):
        runs.retry(again.pk, owner)


def test_a_run_goes_on_after_its_last_committed_action(
    model: StubModel, conversation: Conversation, owner: User
) -> None:
    run = runs.send(conversation, owner, "I found a letter.").run
    model.fail("stall", times=1, after=40)

    async def crash() -> None:
        task = asyncio.create_task(Runner().execute(str(run.pk)))
        while "state.changed" not in await asyncio.to_thread(kinds, conversation):
            await asyncio.sleep(0.02)
        task.cancel()  # as good as dead: nothing is committed any more, the lease stays

    asyncio.run(crash())
    before = kinds(conversation)
    assert "run.finished" not in before
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert work(run).status == "finished"
    after = kinds(conversation)
    assert after[: len(before)] == before and after.count("run.started") == 2
    assert sum(1 for line in log.read(conversation.pk) if line.event.kind == "message.received") == 1
    assert Message.objects.filter(author="entity").count() == 1
    assert len(model.requests) == 2
    assert "have done these already" in model.requests[1]["messages"][-1]["content"]


def test_a23_a_chain_runs_whole_and_what_it_does_not_say_is_written(
    model: StubModel, conversation: Conversation, owner: User
) -> None:
    actions = [
        {"action": "UPDATE_ENVIRONMENT", "args": {"environment": "The gallery."}, "id": "out", "after": []},
        {"action": "SPEAK", "context": "say good morning", "after": ["out"]},
    ]
    chain = Chain.objects.create(owner=owner, name="Morning", actions=actions)
    run = work(runs.run_chain(conversation, owner, chain).run)
    assert (run.status, run.reason) == ("finished", "")
    entity = Entity.objects.get(pk=conversation.entity_id)
    assert entity.environment == "The gallery."
    told = [kind for kind in kinds(conversation) if kind != "memory.recalled"]
    assert told == [
        "message.received", "run.started", "plan.made", "action.started", "state.changed", "action.finished",
        "text.finished", "run.finished",
    ]  # fmt: skip
    assert ModelCall.objects.get(run=run.pk).purpose == "speak"
    again = work(runs.run_chain(conversation, owner, chain).run)
    assert again.status == "finished"
