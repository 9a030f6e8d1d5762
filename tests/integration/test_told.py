"""Runs that begin with what a tool or another entity tells, from their trigger to their end, with the offline
responder."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from interactions import results, talk
from interactions.invariants import violations
from interactions.models import Conversation, EventRecord, Message, Run
from tests.integration.test_own_accord import work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("strategy", ["inline", "deliberate", "reactive"])
def test_a1_tool_result_is_passed_on_and_shown_as_what_started_it(
    client: Client, conversation: Conversation, owner: User, strategy: str
) -> None:
    type(conversation.entity).objects.update(strategy=strategy)
    run = work(results.report(conversation, owner, "backup", "All <12> files\nare safe.", "job-7"))
    assert run.status == "finished", run.reason
    assert Message.objects.get(run=run).text == "backup reports: “All <12> files are safe.”"
    html = talk.exchange(conversation, conversation.entity, run)
    assert "A result came from backup: All &lt;12&gt; files" in html
    began = EventRecord.objects.get(run=run, kind="run.started").payload
    assert (began["trigger"], began["sender"]) == ("tool_result", "backup")
    client.force_login(owner)
    assert "a tool’s result: backup" in client.get(reverse("why", args=[conversation.pk, run.pk])).content.decode()
    timeline = client.get(reverse("timeline", args=[conversation.pk])).content.decode()
    assert "Began with a result from backup: All &lt;12&gt; files" in timeline
    assert list(violations()) == [] and Run.objects.count() == 1
