"""Learning (A24): how actions turned out shifts what the planner is told, visibly, and can be switched off."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from agents import prompts
from agents.events import ActionFailedEvent, ActionStarted
from agents.learning import Case, context_of, guidance
from agents.models import Entity
from interactions import lessons
from interactions.models import Conversation
from interactions.scenes import look
from tests.unit.web import talks


def test_little_is_said_of_few_cases_and_what_fails_comes_first() -> None:
    assert guidance([Case("asked", "RECALL", 4, 4)]) == ""
    assert guidance([Case("asked", "RECALL", 20, 14)]) == "", "neither sure to work nor sure to fail"
    said = guidance([Case("told", "ADD_GOAL", 20, 20), Case("asked", "REMOVE_MEMORY", 12, 1)])
    assert said.splitlines() == [
        "What has worked for you so far:",
        "- When asked something, REMOVE_MEMORY came out well 1 of 12 times: take care, or leave it.",
        "- When told something, ADD_GOAL came out well 20 of 20 times.",
    ]
    many = [Case("told", f"ACTION_{n}", 30, 30) for n in range(20)]
    assert len(guidance(many).splitlines()) == 5


def test_a_question_is_another_situation_than_a_telling() -> None:
    assert (context_of("user_input", "Who? "), context_of("user_input", "I see."), context_of("timer", "?")) == (
        "asked", "told", "timer",
    )  # fmt: skip


def fail(conversation: Conversation, times: int) -> None:
    for number in range(times):
        run = talks.say(conversation, f"Could you forget number {number}?")
        talks.begin(run)
        action = uuid4().hex[:12]
        talks.write(
            run,
            (action, ActionStarted(name="REMOVE_MEMORY", args={"memory": number})),
            (action, ActionFailedEvent(name="REMOVE_MEMORY", error="There is no such memory.")),
        )
        talks.speak(run)
        talks.end(run)


@pytest.mark.django_db
def test_a24_what_failed_again_and_again_is_in_the_next_prompt(conversation: Conversation) -> None:
    fail(conversation, 6)
    entity = conversation.entity
    assert "REMOVE_MEMORY came out well 0 of 6 times" in lessons.learn(entity)
    view = look(talks.say(conversation, "Could you forget it?").pk)
    assert view is not None
    for request in (prompts.inline(view.scene), prompts.plan(view.scene)):
        assert "REMOVE_MEMORY came out well 0 of 6 times: take care" in request.messages[0].content


@pytest.mark.django_db
def test_a24_it_is_shown_reset_and_switched_off_on_the_page(
    client: Client, owner: User, stranger: User, conversation: Conversation
) -> None:
    fail(conversation, 6)
    entity: Entity = conversation.entity
    client.force_login(owner)
    address = f"/insights/{entity.slug}/learning/"
    assert "0 of 6 times" in client.post(address, {"do": "now"}, follow=True).content.decode()
    assert "switched off" in client.post(address, {"do": "off"}, follow=True).content.decode()
    view = look(talks.say(conversation, "And now?").pk)
    assert view is not None and view.scene.lessons == ""
    assert "0 of 6 times" in client.post(address, {"do": "on"}, follow=True).content.decode()
    assert "Nothing is sure enough" in client.post(address, {"do": "reset"}, follow=True).content.decode()
    assert client.post(address, {"do": "dance"}).status_code == 400
    client.force_login(stranger)
    assert client.post(address, {"do": "off"}).status_code == 404


@pytest.mark.django_db
def test_the_sweeper_learns_for_those_whose_runs_have_ended(conversation: Conversation) -> None:
    from django.utils import timezone

    before = timezone.now()
    fail(conversation, 6)
    from interactions.models import Run

    Run.objects.update(finished_at=timezone.now())
    assert lessons.learn_since(before) >= before
    conversation.entity.refresh_from_db()
    assert "0 of 6" in conversation.entity.lessons
