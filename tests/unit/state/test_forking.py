"""A fork: a new entity with the state at a version, and its own history."""

import pytest
from django.contrib.auth.models import User

from agents import state
from agents.changes import MemoryValue, PutMemory, SetAppearance
from agents.errors import StateError
from agents.mind import EntityState
from agents.models import Entity, Memory, StateVersion
from tests.unit.state.test_undoing import LIFE, applied

pytestmark = pytest.mark.django_db

MESSAGE = "6f1f6a0e-1c55-4a0e-8a2e-0d6a2b2a7f01"


def contents(found: EntityState) -> dict[str, object]:
    """A state without its ids and its number: what two entities can have in common."""
    dumped = found.model_dump(exclude={"version", "goals", "desires", "memories"})
    lists = {name: list(getattr(found, name).values()) for name in ("goals", "desires", "memories")}
    return dumped | {name: sorted(values, key=str) for name, values in lists.items()}


def test_f3_a_fork_has_the_state_at_a_version_and_a_history_of_its_own(entity: Entity, owner: User) -> None:
    applied(entity, *LIFE)
    Entity.objects.filter(pk=entity.pk).update(strategy="deliberate", max_actions=7, openers=["Hello."])
    was = state.state_at(entity.pk, 2)
    applied(entity, SetAppearance(text="later"))
    new = state.fork(entity.pk, 2, owner=owner, name="Ottilie the Second")
    assert (new.forked_from_id, new.forked_at, new.version, new.owner) == (entity.pk, 2, 1, owner)
    assert (new.strategy, new.max_actions, new.openers, new.slug) == ("deliberate", 7, ["Hello."], "ottilie-the-second")
    forked = state.read(new)
    assert forked.persona.name == "Ottilie the Second"
    named = was.model_copy(update={"persona": forked.persona})
    assert contents(forked) == contents(named)
    assert state.folded_log(new) == forked
    only = StateVersion.objects.get(entity=new)
    assert (only.number, only.cause) == (1, "forked from Ottilie at version 2")
    applied(new, SetAppearance(text="other"))
    entity.refresh_from_db()
    assert (entity.appearance, entity.version) == ("later", 3)


def test_a_fork_keeps_when_and_where_something_was_learned(entity: Entity, owner: User, stranger: User) -> None:
    applied(entity, PutMemory(memory=MemoryValue(content="From a talk.", message=MESSAGE)))
    told = Memory.objects.get(content="From a talk.")
    own, foreign = state.fork(entity.pk, owner=owner), state.fork(entity.pk, owner=stranger)
    kept = Memory.objects.get(entity=own, content="From a talk.")
    assert (str(kept.message), kept.created_at) == (MESSAGE, told.created_at)
    assert Memory.objects.get(entity=foreign, content="From a talk.").message is None
    assert (own.slug, foreign.slug) == ("ottilie-2", "ottilie")
    assert state.folded_log(foreign) == state.read(foreign)


def test_there_is_no_fork_of_what_never_was(entity: Entity, owner: User) -> None:
    with pytest.raises(StateError, match="has no version"):
        state.fork(entity.pk, 9, owner=owner)
    assert Entity.objects.count() == 1
