"""What an entity does of its own accord besides timers: looking back, and noticing that it was edited."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from agents import state
from agents.changes import SetAppearance, SetEnvironment
from interactions import awakening, leases
from interactions.invariants import violations
from interactions.models import Conversation, Initiative, Run
from tests.unit.web import talks

pytestmark = pytest.mark.django_db


def answered(conversation, times: int = 1) -> None:
    for _ in range(times):
        run = talks.say(conversation)
        talks.begin(run)
        talks.speak(run, "So.")
        talks.end(run)


def own() -> list[Run]:
    return list(Run.objects.filter(message=None).order_by("created_at"))


def over(run: Run) -> None:
    talks.begin(run)
    talks.end(run)


def allow(entity, **settings) -> Initiative:
    return Initiative.objects.create(entity=entity, **settings)


def edit(entity, text: str, by: str = "noor") -> None:
    state.edit(entity.pk, [SetAppearance(text=text)], made_on=entity.version, cause="appearance edited", author=by)
    entity.refresh_from_db()


@pytest.fixture
def settled(monkeypatch) -> Callable[[], None]:
    """Let the time go by in which a further edit may come."""
    return lambda: monkeypatch.setattr(awakening, "SETTLED", 0)


def test_a1_self_reflection_after_so_many_answers(entity, conversation):
    allow(entity, reflect_after_turns=3)
    answered(conversation, 2)
    assert awakening.awaken() == 0
    answered(conversation)
    assert awakening.awaken() == 1 and awakening.awaken() == 0
    (run,) = own()
    assert run.trigger["kind"] == "self_reflection" and run.conversation == conversation
    over(run)
    assert awakening.awaken() == 0  # counted anew
    answered(conversation, 3)
    assert awakening.awaken() == 1 and list(violations()) == []


def test_a1_self_reflection_when_idle_and_only_once(entity, conversation):
    allow(entity, reflect_after_minutes=30)
    answered(conversation)
    assert awakening.awaken() == 0
    Conversation.objects.update(updated_at=timezone.now() - timedelta(minutes=31))
    assert awakening.awaken() == 1
    over(own()[0])
    Conversation.objects.update(updated_at=timezone.now() - timedelta(minutes=90))
    assert awakening.awaken() == 0  # nothing was said since


def test_it_does_not_look_back_while_something_is_open(entity, conversation):
    allow(entity, reflect_after_turns=1)
    answered(conversation)
    run = talks.say(conversation, "And?")
    assert awakening.awaken() == 0
    talks.begin(run)
    talks.ask(run, "Which?")
    assert awakening.awaken() == 0


def test_a1_state_change_wakes_it_once_for_edits_of_people(entity, conversation, settled):
    allow(entity, wakes_on_change=True, noticed_version=entity.version)
    assert awakening.awaken() == 0
    edit(entity, "Tall, in grey.")
    edit(entity, "Tall, in green.")
    assert awakening.awaken() == 0  # the next edit may come
    settled()
    assert awakening.awaken() == 1 and awakening.awaken() == 0
    (run,) = own()
    assert run.trigger["kind"] == "state_change"
    assert run.trigger["content"].startswith("noor has changed how you are.") and "green" in run.trigger["content"]


def test_what_it_changed_itself_never_wakes_it(entity, conversation, settled):
    allow(entity, wakes_on_change=True, noticed_version=entity.version)
    run = talks.say(conversation)
    talks.begin(run)
    talks.change(run, "a1", "UPDATE_ENVIRONMENT", SetEnvironment(text="The cellar."))
    settled()
    assert awakening.awaken() == 0 and own() == []
    assert Initiative.objects.get().noticed_version > 1  # and it is not looked at again


def test_nothing_is_on_by_itself_and_0_a_day_is_off(entity, conversation, settled):
    answered(conversation, 50)
    edit(entity, "Tall.")
    settled()
    assert awakening.awaken() == 0
    allow(entity, reflect_after_turns=1, wakes_on_change=True, runs_per_day=0)
    assert awakening.awaken() == 0 and own() == []


def test_quiet_hours_hold_for_it_too(entity, conversation):
    now = timezone.now()
    hours = {"quiet_from": (now - timedelta(hours=1)).time(), "quiet_until": (now + timedelta(hours=1)).time()}
    allow(entity, reflect_after_turns=1, **hours)
    answered(conversation)
    assert awakening.awaken() == 0
    Initiative.objects.update(quiet_from=None, quiet_until=None)
    assert awakening.awaken() == 1


def test_its_runs_stand_in_the_queue_like_any_other(entity, conversation):
    allow(entity, reflect_after_turns=1)
    answered(conversation)
    awakening.awaken()
    later = talks.say(conversation, "Hello?")
    assert leases.claim(later) is None and leases.claim(own()[0]) is not None
