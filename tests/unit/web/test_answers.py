"""A question in the talk: its card, its buttons, and what an answer gets."""

import pytest
from django.urls import reverse

from interactions import talk
from interactions.models import Message, Run
from tests.unit.web import talks

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true"}


@pytest.fixture
def asking(conversation) -> Run:
    run = talks.say(conversation, "Open one.")
    talks.begin(run)
    talks.ask(run, "Which *box*?", ("The red one", "The <blue> one"))
    return run


def page(client, conversation) -> str:
    return str(client.get(reverse("chat", args=[conversation.pk])).content.decode())


def answer(client, run, text, action="ask1", **headers):
    return client.post(reverse("answer_run", args=[run.pk, action]), {"text": text}, headers=headers or HTMX)


def test_a_question_offers_its_answers_and_says_how_long(client, owner, conversation, asking):
    client.force_login(owner)
    html = page(client, conversation)
    assert "Which <em>box</em>?" in html and html.count('name="text" value="') == 2
    assert "The &lt;blue&gt; one" in html and "Waits for your answer" in html and 'data-time="moment"' in html
    assert f'hx-post="/runs/{asking.pk}/answer/ask1/"' in html and "aria-busy" not in html


def test_an_answer_is_shown_in_the_turn_and_the_buttons_are_gone(client, owner, conversation, asking):
    client.force_login(owner)
    response = answer(client, asking, "The red one")
    assert (response.status_code, response["HX-Trigger"]) == (204, "talk:catchup")
    conversation.refresh_from_db()
    html = talk.exchange(conversation, conversation.entity, asking)
    assert html.count('class="said"') == 2 and "The red one" in html and "/answer/" not in html
    assert Message.objects.get(text="The red one").run == asking and conversation.asking is None


def test_a_second_answer_is_told_that_there_was_one(client, owner, conversation, asking):
    client.force_login(owner)
    assert answer(client, asking, "The red one").status_code == 204
    assert answer(client, asking, "The red one").status_code == 204
    response = answer(client, asking, "The blue one")
    assert response.status_code == 409 and "You have answered this already: “The red one”." in response.content.decode()
    assert Message.objects.filter(author="user").count() == 2


@pytest.mark.parametrize("text", ["", "  ", "a\0b", "x" * 20_001])
def test_a_bad_answer_changes_nothing(client, owner, conversation, asking, text):
    client.force_login(owner)
    assert answer(client, asking, text).status_code == 400
    asking.refresh_from_db()
    assert asking.status == "waiting"


def test_a_plain_form_goes_back_to_the_talk(client, owner, conversation, asking):
    client.force_login(owner)
    response = answer(client, asking, "The red one", accept="text/html")
    assert response["Location"] == conversation.get_absolute_url()


def test_lists_say_who_asks(client, owner, conversation, asking):
    client.force_login(owner)
    assert "asks you" in client.get("/").content.decode()
    other = conversation.entity.conversations.create(owner=owner)
    assert "asks you" in page(client, other)
