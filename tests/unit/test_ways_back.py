"""The undo of a whole turn: what it changed and what it has told, together, and the undo of that."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents import failpoints, state
from agents.changes import MemoryValue, PutMemory, SetAppearance
from agents.models import Entity
from agents.orders import Tell
from interactions import orders, removal, tellings, ways_back
from interactions.invariants import violations
from interactions.models import Conversation, Run, Telling
from tests.unit.web import talks

pytestmark = pytest.mark.django_db
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def ishbel(owner) -> Entity:
    return state.create(Entity(owner=owner, slug="ishbel", name="Ishbel", persona="Gruff."), [])


@pytest.fixture
def run(conversation: Conversation, ishbel) -> Run:
    """A turn that remembered something and told Ishbel something."""
    run = talks.say(conversation, "Tell Ishbel that the bread is ready.")
    talks.begin(run)
    talks.change(run, "a1", "ADD_MEMORY", PutMemory(memory=MemoryValue(content="Bread was ready.")))
    tell(run)
    talks.end(run)
    return run


@pytest.fixture
def noor(client: Client, owner) -> Client:
    client.force_login(owner)
    return client


def tell(run: Run, to: str = "Ishbel", action: str = "tell1") -> Telling:
    orders.carry_out(Tell(to=to, text="The bread is ready.", hops=1), run.conversation, run, action)
    return Telling.objects.get(run=run, action=action)


def remembered(run: Run) -> bool:
    entity = Entity.objects.get(pk=run.conversation.entity_id)
    return any(memory.content == "Bread was ready." for memory in state.read(entity).known().values())


def test_what_waits_is_taken_back_with_the_turn_and_told_after_all_when_that_is_undone(run):
    made = ways_back.undo_turn(run.pk, author="noor")
    assert made.version is not None and made.said == ("Ishbel will not be told.",)
    assert tellings.hear_due() == 0 and not remembered(run) and ways_back.can_redo(run.pk)
    made = ways_back.redo_turn(run.pk, author="noor")
    assert made.version is not None and made.said == ("Ishbel will be told after all.",)
    assert remembered(run) and not ways_back.can_redo(run.pk) and tellings.hear_due() == 1
    again = ways_back.redo_turn(run.pk, author="noor")
    assert (again.version, again.said, again.moved) == (None, (), False) and list(violations()) == []


def test_what_was_told_already_stays_and_the_undo_says_so(run):
    assert tellings.hear_due() == 1
    waiting = tell(run, action="tell2")
    made = ways_back.undo_turn(run.pk, author="noor")
    assert made.said == ("Ishbel will not be told.", "Ishbel had already been told.")
    waiting.refresh_from_db()
    assert waiting.withdrawn_at and Telling.objects.exclude(heard=None).count() == 1 and list(violations()) == []


def test_several_receivers_are_named_once_each(run, owner):
    state.create(Entity(owner=owner, slug="shim", name="Shim"), [])
    for to, action in (("Shim", "b"), ("Ishbel", "c")):
        tell(run, to, action)
    assert ways_back.undo_turn(run.pk, author="noor").said == ("Ishbel and Shim will not be told.",)


def test_a_refused_undo_leaves_what_waits(run, ishbel):
    entity_id = run.conversation.entity_id
    talks.change(run, "a2", "UPDATE_APPEARANCE", SetAppearance(text="Floury."))
    state.apply(entity_id, [SetAppearance(text="Clean.")], cause="washed")
    with pytest.raises(state.Overtaken):
        ways_back.undo_turn(run.pk, author="noor")
    assert tellings.waiting(ishbel).count() == 1 and tellings.hear_due() == 1


def test_what_a_person_had_dropped_before_stays_dropped(run):
    tellings.take_back(Telling.objects.get())
    assert ways_back.undo_turn(run.pk, author="noor").said == ()
    assert ways_back.redo_turn(run.pk, author="noor").said == () and tellings.hear_due() == 0


def test_who_was_deleted_since_cannot_be_told_any_more(run, ishbel):
    ways_back.undo_turn(run.pk, author="noor")
    Entity.objects.filter(pk=ishbel.pk).update(deleted_at=timezone.now())
    made = ways_back.redo_turn(run.pk, author="noor")
    assert made.version is not None and made.said == ("Ishbel cannot be told any more: deleted since.",)
    Entity.objects.filter(pk=ishbel.pk).update(deleted_at=None)
    assert tellings.hear_due() == 0
    assert ways_back.redo_turn(run.pk, author="noor").said == ("Ishbel will be told after all.",)


def test_an_undo_is_undone_as_a_version_and_that_too_and_each_takes_what_was_told_along(run, noor):
    undo = ways_back.undo_turn(run.pk, author="noor").version
    assert undo is not None
    page = noor.post(reverse("entity_undo", args=["ottilie", undo.number]), follow=True).content.decode()
    assert "Ishbel will be told after all." in page and Telling.objects.get().is_waiting
    page = noor.post(reverse("entity_undo", args=["ottilie", undo.number + 1]), follow=True).content.decode()
    assert "Ishbel will not be told." in page and not Telling.objects.get().is_waiting and not remembered(run)
    noor.post(reverse("entity_undo", args=["ottilie", undo.number + 2]))
    assert remembered(run) and tellings.hear_due() == 1 and list(violations()) == []


def test_the_undo_of_another_version_tells_nothing(run, noor):
    other = state.apply(run.conversation.entity_id, [SetAppearance(text="Floury.")], cause="baking")
    assert other is not None
    ways_back.undo_turn(run.pk, author="noor")
    noor.post(reverse("entity_undo", args=["ottilie", other.number]))
    assert not Telling.objects.get().is_waiting


def test_the_page_of_why_says_what_became_of_it(run, noor):
    why = reverse("why", args=[run.conversation_id, run.pk])
    html = noor.get(why).content.decode()
    assert "Ishbel</a>, who has not heard it yet" in html and reverse("undo_turn", args=[run.pk]) in html
    said = noor.post(reverse("undo_turn", args=[run.pk]), headers=SCRIPT).content.decode()
    assert "Undone, in version 3. Ishbel will not be told." in said and reverse("redo_turn", args=[run.pk]) in said
    html = noor.get(why).content.decode()
    assert "Ishbel</a>, and taken back before it was heard" in html and "All of it was undone." in html
    said = noor.post(reverse("redo_turn", args=[run.pk]), headers=SCRIPT).content.decode()
    assert "Brought back, in version 4. Ishbel will be told after all." in said
    assert reverse("undo_turn", args=[run.pk]) in said
    tellings.hear_due()
    assert "has heard it</a>" in noor.get(why).content.decode()
    page = noor.post(reverse("undo_turn", args=[run.pk]), follow=True).content.decode()
    assert "Undone, in version 5. Ishbel had already been told." in page


def test_a_turn_that_only_told_something_is_undone_too(conversation, ishbel, noor):
    run = talks.turn(conversation, "Tell Ishbel that the bread is ready.")
    tell(run)
    said = noor.post(reverse("undo_turn", args=[run.pk]), headers=SCRIPT).content.decode()
    assert "Undone. Ishbel will not be told." in said and tellings.hear_due() == 0
    said = noor.post(reverse("redo_turn", args=[run.pk]), headers=SCRIPT).content.decode()
    assert "Brought back. Ishbel will be told after all." in said and tellings.hear_due() == 1
    html = noor.get(reverse("why", args=[conversation.pk, run.pk])).content.decode()
    assert reverse("undo_turn", args=[run.pk]) not in html  # nothing of it can be taken back any more
    said = noor.post(reverse("undo_turn", args=[run.pk]), headers=SCRIPT).content.decode()
    assert "There is nothing left of it to undo. Ishbel had already been told." in said


def test_a_way_forth_that_is_overtaken_says_why(run, noor):
    talks.change(run, "a2", "UPDATE_APPEARANCE", SetAppearance(text="Floury."))
    ways_back.undo_turn(run.pk, author="noor")
    state.apply(run.conversation.entity_id, [SetAppearance(text="Clean.")], cause="washed")
    answer = noor.post(reverse("redo_turn", args=[run.pk]), headers=SCRIPT)
    assert answer.status_code == 409 and "changed this again" in answer.content.decode()
    assert not Telling.objects.get().is_waiting


def test_what_a_deleted_exchange_told_rests_until_it_is_restored(run, ishbel, owner, noor):
    place = reverse("delete_turn", args=[run.pk])
    noor.post(place)
    assert tellings.hear_due() == 0 and not tellings.waiting(ishbel).exists()
    assert not tellings.hear(Telling.objects.get().pk)
    removal.restore_turn(run.pk, owner)
    assert tellings.hear_due() == 1
    page = noor.post(place, follow=True).content.decode()
    assert "The exchange was deleted. Ishbel had already been told." in page and list(violations()) == []


def test_one_deleted_at_the_very_moment_in_which_it_is_heard_is_not_heard(run, ishbel, monkeypatch):
    """Between a first look and the lock somebody deletes the exchange."""
    hit = failpoints.hit

    def delete(name: str) -> None:
        if name == "hear.before":
            Run.objects.filter(pk=run.pk).update(deleted_at=timezone.now())
        hit(name)

    monkeypatch.setattr(failpoints, "hit", delete)
    assert not tellings.hear(Telling.objects.get().pk) and Telling.objects.get().heard_id is None
