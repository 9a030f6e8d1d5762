"""Runs that no message asked for, from their trigger to their end, with the offline responder."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from interactions import awakening, initiative, log, pauses, runner, runs, talk, worker
from interactions.invariants import violations
from interactions.models import Conversation, Initiative, Message, Run, Schedule

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
