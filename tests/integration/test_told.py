"""Runs that begin with what a tool or another entity tells, from their trigger to their end, with the offline
responder."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from agents import state
from agents.models import Entity
from agents.orders import Tell
from agents.timers import SetTimer
from agents.triggers import MOST_HOPS
from interactions import log, orders, rendering, results, runs, talk, tellings, timers
from interactions.invariants import violations
from interactions.models import Conversation, EventRecord, Initiative, Message, Run, Schedule, Telling
from tests.integration.test_own_accord import work
from tests.unit.web import talks

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


@pytest.fixture
def ishbel(owner: User) -> Entity:
    return state.create(Entity(owner=owner, slug="ishbel", name="Ishbel", tagline="Keeper.", persona="Gruff."), [])


def heard(entity: Entity) -> Run:
    """The latest run of `entity` that began with what it was told."""
    run: Run = Run.objects.filter(conversation__entity=entity, message=None).latest("created_at")
    return run


@pytest.mark.parametrize("strategy", ["inline", "deliberate"])
def test_a1_agent_message_wakes_the_other_and_both_pages_show_it(
    client: Client, conversation: Conversation, owner: User, ishbel: Entity, strategy: str
) -> None:
    Entity.objects.update(strategy=strategy)
    asked = work(runs.send(conversation, owner, "Tell Ishbel that the <bread> is ready.").run)
    assert asked.status == "finished", asked.reason
    assert Message.objects.get(run=asked, author="entity").text == "I am telling Ishbel now."
    telling = Telling.objects.get()  # heard when it was committed, before any sweep
    run = work(heard(ishbel))
    assert (run.status, telling.heard_id, tellings.hear_due()) == ("finished", run.pk, 0)
    assert Message.objects.get(run=run).text == "Ottilie has told me this. Noor says: “the <bread> is ready.”"
    began = EventRecord.objects.get(run=run, kind="run.started").payload
    assert (began["trigger"], began["sender"], began["told_in"]) == ("agent_message", "Ottilie", str(asked.pk))
    client.force_login(owner)
    place = reverse("turn", args=[asked.pk])
    html = talk.exchange(run.conversation, ishbel, run)
    assert "Ottilie told Ishbel: Noor says: “the &lt;bread&gt; is ready.”" in html and f'href="{place}"' in html
    assert client.get(place)["Location"] == f"/c/{conversation.pk}/?at={asked.pk}#run-{asked.pk}"
    why = client.get(reverse("why", args=[run.conversation_id, run.pk])).content.decode()
    assert "another entity: Ottilie" in why and f'href="{place}"' in why
    timeline = client.get(reverse("timeline", args=[run.conversation_id])).content.decode()
    assert "Began because Ottilie told it: Noor says: “the &lt;bread&gt; is ready.”" in timeline
    card = client.get(
        reverse("action_card", args=[conversation.pk, telling.action]) + f"?run={asked.pk}"
    ).content.decode()
    assert "Ishbel has heard it" in card and f'href="{reverse("turn", args=[run.pk])}"' in card
    assert "Take it back" not in card and list(violations()) == []


def test_the_live_page_shows_what_a_reloaded_one_does(conversation: Conversation, owner: User, ishbel: Entity) -> None:
    work(runs.send(conversation, owner, "Tell Ishbel that the bread is ready.").run)
    run = work(heard(ishbel))
    live = rendering.LiveRenderer(run.conversation, ishbel)
    frames = "".join(live.event(line) for line in log.read(run.conversation_id))
    place = reverse("turn", args=[run.trigger["told_in"]])
    place = f'told Ishbel: Noor says: “the bread is ready.” <a class="link" href="{place}"'
    assert place in frames and place in talk.exchange(run.conversation, ishbel, run)


def test_a1_agent_message_is_answered_and_the_answer_ends_it(
    conversation: Conversation, owner: User, ishbel: Entity
) -> None:
    work(runs.send(conversation, owner, "Ask Ishbel whether the tide is in.").run)
    assert work(heard(ishbel)).status == "finished"
    back = work(heard(conversation.entity))
    assert (back.status, back.trigger["sender"], back.trigger["hops"]) == ("finished", "Ishbel", 2)
    assert back.conversation == conversation and "I do not know" in Message.objects.get(run=back).text
    assert Telling.objects.count() == 2 and Run.objects.count() == 3 and list(violations()) == []


def test_what_was_passed_on_often_enough_goes_no_further_and_the_talk_says_why(
    conversation: Conversation, owner: User, ishbel: Entity
) -> None:
    work(runs.send(conversation, owner, "Ask Ishbel whether the tide is in.").run)
    told = heard(ishbel)
    Run.objects.filter(pk=told.pk).update(
        strategy="deliberate",
        trigger=told.trigger | {"hops": MOST_HOPS},
        plan={"actions": [{"action": "TELL", "args": {"to": "Ottilie", "text": "Is it?"}}, {"action": "DONE"}]},
    )
    assert work(told).status == "finished"
    (failed,) = EventRecord.objects.filter(run=told, kind="action.failed").values_list("payload", flat=True)
    assert failed["error"] == f"This was passed on from one to another {MOST_HOPS} times already. Leave it at that."
    assert Telling.objects.count() == 1 and list(violations()) == []


def test_an_unknown_name_fails_visibly_and_names_ones_own(
    conversation: Conversation, owner: User, ishbel: Entity, stranger: User
) -> None:
    state.create(Entity(owner=stranger, slug="shim", name="Shim"), [])
    run = runs.send(conversation, owner, "Go.").run
    plan = {"actions": [{"action": "TELL", "args": {"to": "Shim", "text": "Hello."}}, {"action": "DONE"}]}
    Run.objects.filter(pk=run.pk).update(plan=plan, strategy="deliberate")
    assert work(run).status == "finished"
    (failed,) = EventRecord.objects.filter(run=run, kind="action.failed").values_list("payload", flat=True)
    assert failed["error"] == "There is nobody called Shim. There are: Ishbel."
    assert not Telling.objects.exists() and list(violations()) == []


@pytest.mark.parametrize("strategy", ["inline", "deliberate"])
def test_who_could_not_be_told_is_not_said_to_be(
    conversation: Conversation, owner: User, ishbel: Entity, strategy: str
) -> None:
    Entity.objects.update(strategy=strategy)
    before = talks.turn(conversation)
    rows = (Telling(receiver=ishbel, text="x", run=before, action=str(n)) for n in range(tellings.MOST_WAITING))
    Telling.objects.bulk_create(rows)
    Initiative.objects.create(entity=ishbel, runs_per_day=0)
    run = work(runs.send(conversation, owner, "Tell Ishbel that the bread is ready.").run)
    assert run.status == "finished", run.reason
    words = Message.objects.get(run=run, author="entity").text
    assert words == f"I could not tell Ishbel. Ishbel has not heard {tellings.MOST_WAITING} things yet. Tell it later."
    assert Telling.objects.count() == tellings.MOST_WAITING and list(violations()) == []


@pytest.mark.parametrize("strategy", ["inline", "deliberate"])
def test_a_timer_that_could_not_be_set_is_not_promised(conversation: Conversation, owner: User, strategy: str) -> None:
    Entity.objects.update(strategy=strategy)
    for number in range(timers.MOST_TIMERS):
        order = SetTimer(what=f"Thing {number}", in_seconds=3600)
        timers.set_timer(conversation.entity, order, by=Schedule.SetBy.PERSON, zone="UTC")
    run = work(runs.send(conversation, owner, "Remind me in 9 weeks to go.").run)
    assert run.status == "finished", run.reason
    words = Message.objects.get(run=run, author="entity").text
    assert words == f"I could not set a timer. Ottilie has {timers.MOST_TIMERS} timers already. Stop one first."
    assert Schedule.objects.count() == timers.MOST_TIMERS


def test_undo_takes_it_back_while_it_waits(
    client: Client, conversation: Conversation, owner: User, ishbel: Entity
) -> None:
    settings = Initiative.objects.create(entity=ishbel, runs_per_day=0)
    asked = work(runs.send(conversation, owner, "Tell Ishbel that the bread is ready.").run)
    telling = Telling.objects.get()
    client.force_login(owner)
    query = f"?run={asked.pk}"
    card = client.get(reverse("action_card", args=[conversation.pk, telling.action]) + query).content.decode()
    assert "Waits until you let Ishbel begin by itself" in card and "Take it back" in card
    undo = reverse("undo_action", args=[conversation.pk, telling.action]) + query
    card = client.post(undo, headers={"hx-request": "true"}).content.decode()
    assert "Taken back before Ishbel heard it" in card and "Take it back" not in card
    settings.runs_per_day = 5
    settings.save()
    assert tellings.hear_due() == 0
    tellings.restore(telling)
    assert tellings.hear_due() == 1
    late = client.post(undo, headers={"hx-request": "true"}).content.decode()
    assert "Ishbel has heard it already." in late and list(violations()) == []


def test_two_who_tell_each_other_at_once_wait_for_nobody_and_each_thing_is_heard_once(
    conversation: Conversation, owner: User, ishbel: Entity
) -> None:
    """Locks are taken in one order, and however many look, one run begins."""
    Initiative.objects.bulk_create(Initiative(entity=entity, runs_per_day=1000) for entity in Entity.objects.all())
    sides = [(conversation, "Ishbel"), (runs.start_conversation(owner, ishbel), "Ottilie")]
    told = [(talks.turn(side), to) for side, to in sides]

    def tell(run: Run, to: str, number: int) -> None:
        try:
            with transaction.atomic():
                locked = log.lock(run.conversation_id)
                orders.carry_out(Tell(to=to, text=f"Thing {number}", hops=1), locked, run, f"tell{number}")
            tellings.hear_due()  # a sweeper that looks at the same moment
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(tell, run, to, number) for number in range(12) for run, to in told]:
            each.result()
    assert tellings.hear_due() == 0 and Telling.objects.filter(heard=None).count() == 0
    begun = [run.trigger["telling"] for run in Run.objects.filter(message=None)]
    assert len(begun) == len(set(begun)) == 24 and list(violations()) == []
