"""Runs that no message asked for, from their trigger to their end, with the offline responder."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents import prompts
from agents.llm import catalog
from agents.timers import SetTimer
from interactions import awakening, initiative, log, pauses, runner, runs, talk, timers, worker
from interactions.invariants import violations
from interactions.models import Conversation, Initiative, Message, Run, Schedule
from interactions.scenes import look
from tests.scripted import plan
from tests.stub_answers import said
from tests.stub_model import StubModel

pytestmark = pytest.mark.django_db(transaction=True)


def work(run: Run) -> Run:
    worker.execute(str(run.pk))
    run.refresh_from_db()
    return run


def test_a1_a_reminder_is_set_rings_once_and_is_unread(client: Client, conversation: Conversation, owner: User) -> None:
    assert work(runs.send(conversation, owner, "Remind me in 2 minutes to turn off the oven.").run).status == "finished"
    timer = Schedule.objects.get()
    assert (timer.set_by, timer.what) == ("entity", "Remind Noor: turn off the oven.")
    conversation.refresh_from_db()
    Conversation.objects.update(read_seq=conversation.last_seq)
    Schedule.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    assert initiative.fire_due() == 1
    run = work(Run.objects.get(message=None))
    assert run.status == "finished", run.reason
    assert Message.objects.get(run=run).text == "You asked me to remind you to turn off the oven."
    client.force_login(owner)
    assert '1<span class="unseen"> unread</span>' in client.get("/").content.decode()
    html = talk.exchange(conversation, conversation.entity, run)
    assert "A timer of Ottilie’s own: Remind Noor: turn off the oven." in html
    assert list(violations()) == []


@pytest.mark.parametrize("strategy", ["inline", "deliberate"])
def test_ask_user_without_a_model(conversation: Conversation, owner: User, strategy: str) -> None:
    type(conversation.entity).objects.update(strategy=strategy)
    run = work(runs.send(conversation, owner, "Remind me to water the fern.").run)
    assert run.status == "waiting"
    runs.send(conversation, owner, "In 10 minutes")
    assert work(run).status == "finished"
    due = Schedule.objects.get().next_at
    assert due and abs((due - timezone.now()).total_seconds() - 600) < 30
    assert Message.objects.order_by("-seq")[0].text == "I will remind you in 10 minutes to water the fern."
    assert list(violations()) == [] and pauses.wake_due() == 0


def test_a1_looking_back_is_silent_even_for_who_only_replies(conversation: Conversation, owner: User) -> None:
    type(conversation.entity).objects.update(strategy="reactive")
    Initiative.objects.create(entity=conversation.entity, reflect_after_turns=1)
    assert work(runs.send(conversation, owner, "I found a letter in the attic.").run).status == "finished"
    assert awakening.awaken() == 1
    run = work(Run.objects.get(message=None))
    assert run.status == "finished" and not Message.objects.filter(run=run).exists()
    names = [line.event.name for line in log.read(conversation.pk) if line.event.kind == "action.finished"]
    assert names[-1] == "REFLECT" and list(violations()) == []


def a_timer(conversation: Conversation, what: str, **order: Any) -> Schedule:
    by = Schedule.SetBy.PERSON
    return timers.set_timer(conversation.entity, SetTimer(what=what, **order), by=by, zone="Europe/Berlin")


def test_the_planner_is_told_of_the_timers_that_are_not_over(conversation: Conversation, owner: User) -> None:
    once, daily, resting, over = (
        a_timer(conversation, "Ask about\nthe oven", in_seconds=600),
        a_timer(conversation, "Say good morning", at="9:00", daily=True),
        a_timer(conversation, "Look outside", every=3600),
        a_timer(conversation, "Ring the bell", in_seconds=60),
    )
    timers.hold(resting)
    timers.stop(over)
    noon = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)
    for hours, row in enumerate((once, daily, resting)):
        Schedule.objects.filter(pk=row.pk).update(next_at=noon + timedelta(hours=hours))
    view = look(runs.send(conversation, owner, "What are you waiting for?").run.pk)
    assert view is not None
    assert view.scene.timers == {
        once.pk: "Ask about the oven (next Thursday 05 March, 12:30 UTC, once)",
        daily.pk: "Say good morning (next Thursday 05 March, 13:30 UTC, every day at 09:00 in Europe/Berlin)",
        resting.pk: "Look outside (paused, every 1 hour)",
    }
    for request in (prompts.inline, prompts.plan, prompts.extend):
        system = request(view.scene).messages[0].content
        assert f"Your timers, by id:\n- {once.pk}: Ask about the oven (next" in system
    assert "Your timers" not in prompts.reply(view.scene).messages[0].content
    without = view.scene.model_copy(update={"timers": {}})
    assert "Your timers" not in prompts.inline(without).messages[0].content


def test_the_timers_that_a_planner_is_told_cost_one_query_and_are_twenty_at_most(
    conversation: Conversation, owner: User
) -> None:
    run = runs.send(conversation, owner, "First.").run
    assert not conversation.entity.uses_timers
    with CaptureQueriesContext(connection) as before:
        look(run.pk)
    a_timer(conversation, "Ask about the oven", in_seconds=600)
    Schedule.objects.bulk_create(
        Schedule(entity=conversation.entity, what=str(n), set_by="person", next_at=timezone.now()) for n in range(40)
    )
    with CaptureQueriesContext(connection) as after:
        view = look(run.pk)
    assert view is not None and len(view.scene.timers) == timers.MOST_SHOWN == 20
    assert len(after) == len(before) + 1


def test_a_model_stops_a_timer_by_the_number_that_it_was_told(conversation: Conversation, owner: User) -> None:
    """Two timers have the same words: only their numbers tell them apart."""
    first, second = (a_timer(conversation, "Ask about the oven", in_seconds=60 * n) for n in (10, 20))

    def answer(request: dict[str, Any]) -> str:
        numbers = re.findall(r"^- (\d+): Ask about the oven", said(request, "system")[0], re.MULTILINE)
        return plan({"action": "CANCEL_TIMER", "which": numbers[1]}, {"action": "DONE"})

    with StubModel(answer=answer) as stub:
        catalog.set_provider("openai", "stub", stub.base_url, "key")
        assert work(runs.send(conversation, owner, "The second one is not needed.").run).status == "finished"
    assert list(timers.open_timers(conversation.entity)) == [first]
    second.refresh_from_db()
    assert second.stopped_at is not None and list(violations()) == []


def test_a_plain_message_costs_no_further_statement(conversation: Conversation, owner: User) -> None:
    """What an open question or a timer needs is read with the rows that a message reads anyway."""
    run = runs.send(conversation, owner, "First.").run
    with CaptureQueriesContext(connection) as sent:
        runs.send(conversation, owner, "Second.")
    with CaptureQueriesContext(connection) as prepared:
        assert runner.prepare(run.pk) is not None
    if connection.vendor == "sqlite":
        assert (len(sent), len(prepared)) == (8, 17)  # as many as without questions and timers
    told = " ".join(each["sql"] for each in (*sent.captured_queries, *prepared.captured_queries))
    for table in ("schedule", "initiative", "telling"):
        assert f"interactions_{table}" not in told
