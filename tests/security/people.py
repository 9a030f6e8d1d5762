"""A person with something of everything that MemOS keeps, each thing marked with a word that is theirs alone."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.contrib.auth.models import User
from django.utils import timezone

from agents import state
from agents.changes import DesireValue, GoalValue, MemoryValue, PutDesire, PutGoal, PutMemory
from agents.llm import recording
from agents.llm.gateway import CallRecord
from agents.models import Chain, Entity
from interactions import branches, filing, ratings, removal, runs
from interactions.models import ApiToken, Conversation, Run, Schedule, Telling
from tests.unit.web import talks


@dataclass(frozen=True)
class Person:
    """Who they are, and what is theirs. `marker` stands in everything they have; `secret` is their token."""

    user: User
    marker: str
    entity: Entity
    conversations: tuple[Conversation, ...]
    run: Run
    token: ApiToken
    secret: str


def settle(user: User, marker: str) -> Person:
    """Give `user` an entity with a state, talks in every state that a talk can be in, calls, and a token."""
    fields = {name: f"{name} of {marker}" for name in ("tagline", "persona", "appearance", "environment", "voice")}
    entity = Entity(owner=user, slug=f"slug-{marker}", name=f"Name {marker}", openers=[f"Opener {marker}"], **fields)
    goal, desire = GoalValue(text=f"Goal {marker}"), DesireValue(text=f"Desire {marker}")
    memory = MemoryValue(content=f"Memory {marker}")
    state.create(entity, [PutGoal(goal=goal), PutDesire(desire=desire), PutMemory(memory=memory)])
    answered, failed, waiting = (runs.start_conversation(user, entity) for _ in range(3))
    for talk in (answered, failed, waiting):
        Conversation.objects.filter(pk=talk.pk).update(title=f"Lighthouse title {marker}")
    run = talks.say(answered, f"Lighthouse question {marker}")
    talks.begin(run)
    learned = PutMemory(memory=MemoryValue(content=f"Lighthouse learned {marker}"))
    talks.change(run, f"action-{marker}"[:12], "ADD_MEMORY", learned, why=f"Why {marker}")
    talks.speak(run, f"Lighthouse answer {marker}")
    talks.end(run)
    broken = talks.say(failed, f"Lighthouse doubt {marker}")
    talks.begin(broken)
    talks.end(broken, "failed", reason=f"Reason {marker}")
    talks.begin(talks.say(waiting, f"Lighthouse wait {marker}"))
    talks.say(waiting, f"Lighthouse queue {marker}")
    asking = runs.start_conversation(user, entity)
    Conversation.objects.filter(pk=asking.pk).update(title=f"Lighthouse title {marker}")
    asker = talks.say(asking, f"Lighthouse errand {marker}")
    talks.begin(asker)
    talks.ask(asker, f"Lighthouse choice {marker}?", (f"Choice {marker}", "Another"))
    soon = timezone.now() + timedelta(days=1)
    Schedule.objects.create(entity=entity, what=f"Timer {marker}", set_by="person", next_at=soon)
    other = state.create(Entity(owner=user, slug=f"other-{marker}", name=f"Other {marker}"), [])
    Telling.objects.create(receiver=other, text=f"Told {marker}", run=run, action=f"told-{marker}")
    _call(user, entity, run, marker)
    _order(user, entity, answered, marker)
    run.refresh_from_db()
    ratings.rate(run, user, 1, f"Note {marker}")
    Chain.objects.create(owner=user, entity=entity, name=f"Chain {marker}", actions=[{"action": "SPEAK"}])
    token, secret = ApiToken.make(user, f"Token {marker}")
    return Person(user, marker, entity, (answered, failed, waiting, asking), run, token, secret)


def _order(user: User, entity: Entity, talk: Conversation, marker: str) -> None:
    """A talk in a folder, a deleted one, a deleted folder, and a talk with two answers to one message."""
    filing.move(talk, user, filing.make(user, f"Folder {marker}").pk)
    filing.delete(filing.make(user, f"Old folder {marker}").pk, user)
    gone, branched = (runs.start_conversation(user, entity) for _ in range(2))
    Conversation.objects.filter(pk__in=[gone.pk, branched.pk]).update(title=f"Lighthouse title {marker}")
    removal.delete_conversation(gone, user)
    other = branches.regenerate(talks.turn(branched, f"Lighthouse branch {marker}").pk, user)
    talks.begin(other)
    talks.speak(other, f"Lighthouse other {marker}")
    talks.end(other)


def _call(user: User, entity: Entity, run: Run, marker: str) -> None:
    prompt, answer = f'[{{"role": "user", "content": "Prompt {marker}"}}]', f"Answer {marker}"
    call = CallRecord("inline", f"model-{marker}", prompt, answer, 1, 1, "stop", timezone.now(), 1.0, 2.0, 1, "")
    recording.store(call, owner_id=user.pk, entity_id=entity.pk, run=run.pk, action=uuid4().hex[:12])
