"""Home: what it shows, to whom, at what cost."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agents import state
from agents.events import Draft, RunStarted, TextFinished
from agents.models import Entity, ModelCall
from interactions import leases, log, runs
from interactions.models import Conversation, Message, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def noor(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def said(conversation: Conversation, text: str, *, by: str = "entity") -> Message:
    conversation.last_seq += 1
    conversation.save()
    return Message.objects.create(conversation=conversation, author=by, text=text, seq=conversation.last_seq)


def append(conversation: Conversation, draft: Draft, run: Run) -> None:
    with transaction.atomic():
        log.append(log.lock(conversation.pk), [draft], run.pk)


def body(client: Client, url: str = "/", **params: str) -> str:
    response = client.get(url, params)
    assert response.status_code == 200
    return response.content.decode()


def call(owner: User, entity: Entity, tokens: int, hours_ago: float) -> None:
    ModelCall.objects.create(
        owner=owner,
        entity=entity,
        purpose="inline",
        model="m",
        prompt=b"",
        answer=b"",
        input_tokens=tokens - 10,
        output_tokens=10,
        started_at=timezone.now() - timedelta(hours=hours_ago),
    )


def test_nobody_gets_in_without_signing_in(client: Client):
    response = client.get("/")
    assert response.status_code == 302 and response["Location"].startswith(reverse("login"))


def test_a_first_start_offers_sentences(noor: Client, entity: Entity):
    entity.openers = ["I found a box of old letters."]
    entity.save()
    html = body(noor)
    assert "One mind, waiting for a first word" in html
    assert 'name="text" value="I found a box of old letters."' in html
    assert "No language model is connected" in html


def test_nobody_at_all_is_told_how_to_begin(noor: Client):
    html = body(noor)
    assert "Nobody is here yet" in html and reverse("new_entity") in html


def test_an_opener_is_one_click_to_the_first_message(noor: Client, entity: Entity):
    response = noor.post(reverse("talk", args=[entity.slug]), {"text": "I found a box."})
    conversation = Conversation.objects.get()
    assert response["Location"] == conversation.get_absolute_url()
    assert conversation.messages.get().text == "I found a box."
    assert conversation.runs.get().status == Run.Status.QUEUED


def test_a_refused_first_message_keeps_what_was_typed_and_stores_nothing(noor: Client, entity: Entity):
    text = "<b>too long</b> " * 10_000
    response = noor.post(reverse("talk", args=[entity.slug]), {"text": text})
    assert response.status_code == 400
    assert "&lt;b&gt;too long&lt;/b&gt;" in response.content.decode()
    assert not Conversation.objects.exists()


def test_a_stranger_cannot_talk_to_the_owners_entity(client: Client, stranger: User, entity: Entity):
    client.force_login(stranger)
    assert client.post(reverse("talk", args=[entity.slug]), {"text": "hello"}).status_code == 404
    assert not Conversation.objects.exists()


def test_talking_is_not_started_by_a_link(noor: Client, entity: Entity):
    assert noor.get(reverse("talk", args=[entity.slug])).status_code == 405


def test_talking_needs_the_csrf_token(owner: User, entity: Entity):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    response = strict.post(reverse("talk", args=[entity.slug]), {"text": "hello"})
    assert response.status_code == 403 and "Not done, for safety" in response.content.decode()
    assert not Conversation.objects.exists()


def test_home_shows_the_last_line_and_unread_marks(noor: Client, conversation: Conversation):
    conversation.title = "The Hollis letters"
    said(conversation, "Hello.", by="user")
    said(conversation, "That is **Wren’s** hand.")
    html = body(noor)
    assert "“That is Wren’s hand.”" in html
    assert "The Hollis letters" in html and "Ottilie: That is Wren’s hand." in html
    assert html.count('<span class="unread">1<span class="unseen"> unread</span></span>') == 2


def test_what_was_read_is_not_unread(noor: Client, conversation: Conversation):
    said(conversation, "Hello.")
    conversation.read_seq = conversation.last_seq
    conversation.save()
    assert "unread" not in body(noor)


def test_a_silent_turn_and_a_failed_one_are_told_apart(noor: Client, owner: User, conversation: Conversation):
    sent = runs.send(conversation, owner, "Good night.")
    Run.objects.filter(pk=sent.run.pk).update(status=Run.Status.FINISHED)
    assert "Ottilie read this and kept silent." in body(noor)
    Run.objects.filter(pk=sent.run.pk).update(status=Run.Status.FAILED)
    assert "The reply failed. Open it to try again." in body(noor)


def test_running_sequences_are_shown_with_their_step_and_a_stop(noor: Client, owner: User, conversation: Conversation):
    sent = runs.send(conversation, owner, "Hello.")
    html = body(noor)
    assert "Waiting for 0 s" in html and reverse("cancel_run", args=[sent.run.pk]) in html
    lease = leases.claim(sent.run)
    assert lease is not None
    leases.begin(lease, [RunStarted(trigger="user_input", strategy="inline")])
    assert "Thinking" in body(noor)
    thought = Draft(event=TextFinished(is_thought=True, text="Hm.", name="THINK"), action="a1")
    append(conversation, thought, sent.run)
    assert "Replying" in body(noor) and "Ottilie, step 2" in body(noor)


def test_tokens_of_the_last_day_are_counted_honestly(noor: Client, owner: User, conversation: Conversation):
    call(owner, conversation.entity, 1_000, hours_ago=0.01)
    call(owner, conversation.entity, 200, hours_ago=5)
    call(owner, conversation.entity, 90_000, hours_ago=25)
    html = body(noor)
    assert '<p class="figure">1,200</p>' in html and "2 requests" in html
    assert "1,200 tokens" in html


def test_a_stranger_sees_nothing_of_the_owners(client: Client, stranger: User, owner: User, conversation: Conversation):
    said(conversation, "A secret.")
    call(owner, conversation.entity, 777, hours_ago=1)
    client.force_login(stranger)
    runs.start_conversation(stranger, state.create(Entity(owner=stranger, slug="s", name="Somebody")))
    for url in ("/", "/home/live/"):
        html = body(client, url)
        assert "Ottilie" not in html and "secret" not in html and "777" not in html


def test_the_live_part_is_silent_while_nothing_changes(noor: Client, conversation: Conversation):
    said(conversation, "Hello.")
    Conversation.objects.update(updated_at=timezone.now() - timedelta(hours=2))
    Message.objects.update(created_at=timezone.now() - timedelta(hours=2))
    first = body(noor, "/home/live/", seen="0", page="1")
    seen = first.split("seen=")[1].split("&")[0]
    assert noor.get("/home/live/", {"seen": seen, "page": "1"}).status_code == 204
    said(conversation, "Another line.")
    assert "Another line." in body(noor, "/home/live/", seen=seen, page="1")


def test_reading_pages_writes_nothing(noor: Client, conversation: Conversation):
    said(conversation, "Hello.")
    for url in ("/", "/home/live/", "/c/", "/account/", "/settings/models/", "/entities/new/"):
        with CaptureQueriesContext(connection) as queries:
            noor.get(url)
        assert [q["sql"] for q in queries if not q["sql"].startswith(("SELECT", "PRAGMA"))] == [], url


@pytest.mark.parametrize("many", [1, 15])
def test_home_costs_the_same_however_much_there_is(
    noor: Client, owner: User, many: int, django_assert_max_num_queries: DjangoAssertNumQueries
):
    for number in range(many):
        entity = state.create(Entity(owner=owner, slug=f"e{number}", name=f"E{number}", openers=["Hi."]))
        talk = runs.start_conversation(owner, entity)
        said(talk, "A line.")
        sent = runs.send(talk, owner, "Hello.")
        leases.claim(sent.run)
    for url in ("/", "/home/live/"):
        with django_assert_max_num_queries(12):
            noor.get(url)


def test_many_entities_come_in_pages(noor: Client, owner: User):
    for number in range(30):
        state.create(Entity(owner=owner, slug=f"e{number}", name=f"Name{number}"))
    assert "1 to 12 of 30" in body(noor) and "Name29" not in body(noor)
    assert "Name29" in body(noor, page="3")
    assert "1 to 12 of 30" in body(noor, page="nonsense")


def test_conversations_leads_to_the_latest_one_or_says_how_to_begin(noor: Client, owner: User, entity: Entity):
    assert "waiting for a first word" in body(noor, "/c/")
    runs.start_conversation(owner, entity)
    latest = runs.start_conversation(owner, entity)
    assert noor.get("/c/")["Location"] == latest.get_absolute_url()


def test_no_inline_script_or_style_is_allowed_or_used(noor: Client, conversation: Conversation):
    said(conversation, "Hello.")
    response = noor.get("/")
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    html = response.content.decode()
    assert "<style" not in html and ' style="' not in html and "onclick" not in html
    assert "<script>" not in html


@pytest.mark.parametrize(("cookie", "expected"), [("dark", True), ("light", True), ('"><script>', False), ("", False)])
def test_the_theme_is_the_cookies(noor: Client, cookie: str, expected: bool):
    noor.cookies["theme"] = cookie
    html = body(noor)
    assert (f'<html lang="en" data-theme="{cookie}">' in html) is expected
    assert expected or '<html lang="en">' in html
