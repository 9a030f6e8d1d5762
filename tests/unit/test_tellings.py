"""What entities tell each other: who hears it, when, and that it begins one run, whatever holds it meanwhile."""

from datetime import timedelta

import pytest
from django.utils import timezone

from agents import state
from agents.errors import ActionFailed
from agents.models import Entity
from agents.orders import Tell
from agents.triggers import MOST_HOPS, Trigger
from interactions import branches, erasure, forks, initiative, lives, orders, runs, scenes, tellings
from interactions.errors import NotPossible
from interactions.invariants import violations
from interactions.models import Initiative, Run, Telling
from tests.unit.web import talks

pytestmark = pytest.mark.django_db


@pytest.fixture
def ishbel(owner) -> Entity:
    return state.create(Entity(owner=owner, slug="ishbel", name="Ishbel", tagline="Keeper.", persona="Gruff."), [])


@pytest.fixture
def run(conversation) -> Run:
    return talks.turn(conversation, "Tell Ishbel that the bread is ready.")


def tell(
    run: Run, to: str = "Ishbel", text: str = "The bread is ready.", action: str = "tell1", hops: int = 1
) -> Telling:
    orders.carry_out(Tell(to=to, text=text, hops=hops), run.conversation, run, action)
    return Telling.objects.get(run=run, action=action)


def begun(entity: Entity) -> list[Run]:
    """The runs of `entity` that began with what it was told."""
    return list(Run.objects.filter(conversation__entity=entity, message=None).order_by("created_at"))


def test_a1_agent_message_begins_one_run_of_the_other_with_its_trigger(run, ishbel, entity):
    telling = tell(run)
    assert tellings.hear_due() == 1 and tellings.hear_due() == 0 and not tellings.hear(telling.pk)
    (other,) = begun(ishbel)
    trigger = Trigger.model_validate(other.trigger)
    assert (trigger.kind, trigger.content, trigger.sender) == ("agent_message", "The bread is ready.", "Ottilie")
    assert (trigger.hops, trigger.told_in, trigger.telling) == (1, str(run.pk), telling.pk)
    telling.refresh_from_db()
    assert telling.heard == other and begun(entity) == [] and list(violations()) == []


def test_it_is_told_in_the_latest_talk_of_the_other(run, ishbel, owner):
    runs.start_conversation(owner, ishbel)
    latest = runs.start_conversation(owner, ishbel)
    tell(run)
    tellings.hear_due()
    assert begun(ishbel)[0].conversation == latest


@pytest.mark.parametrize("to", ["Ishbel", "ishbel", "ISHBEL"])
def test_a_slug_and_a_name_both_name_the_other(run, ishbel, to):
    assert tell(run, to).receiver == ishbel


def test_a_slug_wins_over_names_and_two_of_one_name_are_told_apart(run, ishbel, owner):
    other = state.create(Entity(owner=owner, slug="ishbel-2", name="Ishbel"), [])
    assert tell(run, "ishbel").receiver == ishbel and tell(run, "ishbel-2", action="b").receiver == other
    Entity.objects.filter(pk=ishbel.pk).update(slug="keeper")
    with pytest.raises(ActionFailed, match=r"More than one is called Ishbel\. Say which: keeper, ishbel-2\."):
        tell(run, "Ishbel", action="c")


def test_nobody_by_that_name_lists_ones_own_alone(run, ishbel, stranger):
    theirs = state.create(Entity(owner=stranger, slug="shim", name="Shim"), [])
    for to in ("Shim", "shim", "Ottilie", "ottilie"):  # somebody else's, and itself
        with pytest.raises(ActionFailed, match=rf"^There is nobody called {to}\. There are: Ishbel\.$"):
            tell(run, to)
    assert Telling.objects.count() == 0 and begun(theirs) == []


@pytest.mark.parametrize("field", ["archived_at", "deleted_at"])
def test_who_is_put_away_is_told_nothing_and_hears_what_waits_when_back(run, ishbel, field):
    tell(run)
    Entity.objects.filter(pk=ishbel.pk).update(**{field: timezone.now()})
    assert tellings.hear_due() == 0
    with pytest.raises(ActionFailed, match="nobody else"):
        tell(run, action="again")
    Entity.objects.filter(pk=ishbel.pk).update(**{field: None})
    assert tellings.hear_due() == 1 and list(violations()) == []


def test_what_a_deleted_one_has_told_rests_until_it_is_back(run, ishbel, entity, owner):
    tell(run)
    lives.delete(entity, owner)
    assert tellings.hear_due() == 0 and not tellings.waiting(ishbel).exists()
    lives.restore(entity)
    assert tellings.hear_due() == 1


def test_erasing_either_takes_what_waits_and_what_was_heard_stays_sound(run, ishbel, entity):
    tell(run)
    tellings.hear_due()
    tell(run, action="second")
    erasure.erase_entity(entity, "asked for")
    assert Telling.objects.count() == 0 and len(begun(ishbel)) == 1 and list(violations()) == []


def test_erasing_the_talk_in_which_it_was_heard_leaves_the_senders_whole(run, ishbel):
    tell(run)
    tellings.hear_due()
    erasure.erase_conversation(begun(ishbel)[0].conversation_id, "asked for")
    assert Telling.objects.count() == 0 and Run.objects.filter(pk=run.pk).exists() and list(violations()) == []


def test_quiet_hours_hold_it_until_their_end(run, ishbel):
    now = timezone.now()
    quiet = {"quiet_from": (now - timedelta(hours=1)).time(), "quiet_until": (now + timedelta(hours=2)).time()}
    Initiative.objects.create(entity=ishbel, **quiet)
    telling = tell(run)
    assert tellings.hear_due() == 0 and begun(ishbel) == []
    telling.refresh_from_db()
    assert telling.held_by == "quiet" and telling.held_until
    assert timedelta(hours=1, minutes=58) < telling.held_until - now <= timedelta(hours=2)
    Initiative.objects.update(quiet_from=None, quiet_until=None)
    assert tellings.hear_due() == 0
    tellings.look_again(ishbel)
    assert tellings.hear_due() == 1


def test_over_the_budget_of_the_day_it_waits_for_the_next(run, ishbel):
    Initiative.objects.create(entity=ishbel, runs_per_day=1)
    first, second = tell(run, action="a"), tell(run, action="b")
    assert tellings.hear_due() == 1
    second.refresh_from_db()
    assert second.held_by == "budget" and second.held_until and second.held_until > timezone.now()
    assert [each.trigger["telling"] for each in begun(ishbel)] == [first.pk]
    assert initiative.own_runs(ishbel, timezone.now() - timedelta(hours=1)) == 1 and list(violations()) == []
    Telling.objects.update(held_until=timezone.now())
    Run.objects.filter(conversation__entity=ishbel).update(created_at=timezone.now() - timedelta(days=2))
    assert tellings.hear_due() == 1


def test_switched_off_it_waits(run, ishbel):
    settings = Initiative.objects.create(entity=ishbel, runs_per_day=0)
    telling = tell(run)
    assert tellings.hear_due() == 0 and not tellings.hear(telling.pk)
    settings.runs_per_day = 3
    settings.save()
    assert tellings.hear_due() == 1


def test_what_is_heard_late_says_so(run, ishbel):
    telling = tell(run)
    Telling.objects.filter(pk=telling.pk).update(created_at=timezone.now() - timedelta(hours=3))
    tellings.hear_due()
    assert begun(ishbel)[0].trigger["content"] == "The bread is ready. (This was told 3 hours ago.)"


def test_taken_back_it_is_not_heard_and_can_be_restored(run, ishbel):
    telling = tell(run)
    tellings.take_back(telling)
    assert tellings.hear_due() == 0 and not tellings.hear(telling.pk) and begun(ishbel) == []
    tellings.restore(telling)
    assert tellings.hear_due() == 1
    with pytest.raises(NotPossible, match="Ishbel has heard it already"):
        tellings.take_back(telling)
    tellings.restore(telling)
    assert tellings.hear_due() == 0 and list(violations()) == []


def test_there_is_a_most_of_what_waits(run, ishbel):
    Telling.objects.bulk_create(
        Telling(receiver=ishbel, text="x", run=run, action=str(n)) for n in range(tellings.MOST_WAITING)
    )
    with pytest.raises(ActionFailed, match=f"Ishbel has not heard {tellings.MOST_WAITING} things yet"):
        tell(run)


def test_trying_again_and_another_answer_are_no_second_hearing(run, ishbel, owner):
    tell(run, hops=MOST_HOPS)
    tellings.hear_due()
    (first,) = begun(ishbel)
    runs.cancel(first.pk, owner)
    again = runs.retry(first.pk, owner)
    assert (again.trigger["kind"], again.trigger["hops"], again.trigger["telling"]) == (
        "agent_message",
        MOST_HOPS,
        None,
    )
    talks.begin(again)
    talks.speak(again, "So I hear.")
    talks.end(again)
    other = branches.regenerate(again.pk, owner)
    assert (other.trigger["hops"], other.trigger["telling"]) == (MOST_HOPS, None)
    runs.cancel(other.pk, owner)
    branches.switch(again.pk, owner)
    copy = forks.fork(again.conversation, again.pk, owner)
    assert copy.runs.count() == 2 and list(violations()) == []


def test_one_that_fails_keeps_no_other_from_being_heard(run, ishbel, monkeypatch, caplog):
    first, second = tell(run, action="a"), tell(run, action="b")
    trigger = tellings._trigger

    def failing(telling, now):
        if telling.pk == first.pk:
            raise ValueError("a row that nobody can read")
        return trigger(telling, now)

    monkeypatch.setattr(tellings, "_trigger", failing)
    assert tellings.hear_due() == 1 and "hear failed for" in caplog.text
    assert [each.trigger["telling"] for each in begun(ishbel)] == [second.pk] and list(violations()) == []


def test_an_entity_knows_the_names_of_its_owners_others_alone(conversation, owner, stranger):
    def others():
        view = scenes.look(talks.say(conversation).pk)
        assert view is not None
        return view.scene.others

    def new(who, slug, name, **more):
        return state.create(Entity(owner=who, slug=slug, name=name, **more), [])

    assert others() == ()
    new(owner, "ishbel", "Ishbel")
    new(stranger, "shim", "Shim")
    Entity.objects.filter(pk=new(owner, "away", "Away").pk).update(archived_at=timezone.now())
    Entity.objects.filter(pk=new(owner, "gone", "Gone").pk).update(deleted_at=timezone.now())
    assert others() == ("Ishbel",)
    new(owner, "ishbel-2", "Ishbel")
    assert others() == ("ishbel", "ishbel-2")  # of one name: told apart by their slugs
