"""Commands that a person writes into a talk: `/remember`, `/mood`, ... Edits of the state by that person.

A command is stored as a run without a model, so that the log, the timeline and the undo of its change are those of
every run. The entity does not hear it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from pydantic import ValidationError

from agents import state
from agents.changes import Change, GoalValue, MemoryValue, PutGoal, PutMemory, SetMood
from agents.emotion import settled
from agents.errors import StateError
from agents.events import CommandGiven, Draft, RunFinished, StateChanged
from agents.mind import EntityState, folded
from agents.models import Chain, Entity
from agents.triggers import Trigger
from interactions import log, runs
from interactions.errors import InteractionError, NotFound
from interactions.models import Conversation, Run
from interactions.record import record
from interactions.validation import check_text

# What a run of a command is said to be by, and ends with.
STRATEGY = CODE = "command"
_WRITTEN = re.compile(r"/([a-z]+)(?:\s+(.*))?", re.DOTALL)
# Memories named when it is not clear which one is meant.
NAMED = 3


class BadCommand(InteractionError):
    code, field = "bad_command", "text"


@dataclass(frozen=True, slots=True)
class Meant:
    """What a command comes to: changes of the state, and what is said of it."""

    result: str
    changes: Sequence[Change] = ()
    version: int | None = None  # one that was made already


@dataclass(frozen=True, slots=True)
class Command:
    """One command: how it is written, what it does, and what it means for a state."""

    name: str
    usage: str
    summary: str
    mean: Callable[[EntityState, str], Meant]


def give(conversation: Conversation, user: User, text: str) -> Run:
    """Carry out a written command and return its run. Raises `NotFound` and `BadCommand`; then nothing is written."""
    text = check_text(text)
    if conversation.owner_id != user.pk or conversation.deleted_at is not None:
        raise NotFound("There is no such conversation.")
    command, words = read(text)
    if command.name == "run":
        return _run_chain(conversation, user, words)
    with transaction.atomic():
        locked = log.lock(conversation.pk)
        entity = Entity.objects.get(pk=conversation.entity_id)
        try:
            if command.name == "rollback":
                return _store(locked, entity, user, text, _rollback(entity, user, words))
            meant = command.mean(state.read(entity), words)
            return _store(locked, entity, user, text, meant)
        except StateError as error:
            raise BadCommand(str(error)) from error
        except ValidationError as error:
            raise BadCommand(f"{command.usage}: {error.errors()[0]['msg'].lower()}.") from error


def read(text: str) -> tuple[Command, str]:
    """Return the command that `text` is, and what follows its name. Raises `BadCommand`."""
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise BadCommand("A command is a slash and a word, like /help.")
    command = ALL.get(written[1])
    if command is None:
        raise BadCommand(
            f"There is no command /{written[1]}. /help lists them; write // to begin a message with a slash."
        )
    return command, (written[2] or "").strip()


def _store(conversation: Conversation, entity: Entity, user: User, text: str, meant: Meant) -> Run:
    now, action = timezone.now(), uuid4().hex[:12]
    run = Run.objects.create(
        conversation=conversation,
        trigger=Trigger(kind="user_input", content=text, at=now).model_dump(mode="json"),
        status=Run.Status.FINISHED,
        strategy=STRATEGY,
        position=conversation.last_seq + 1,
        branch=conversation.branch,
        code=CODE,
        started_at=now,
        finished_at=now,
    )
    version = None
    if meant.changes:
        author = user.get_username()
        version = state.apply(entity.pk, meant.changes, cause=text, author=author, run=run.pk, action=action)
    number = version.number if version else meant.version
    result = meant.result if version or not meant.changes else "That is so already."
    drafts = [Draft(event=CommandGiven(text=text, result=result, version=number))]
    if version is not None:
        changes = tuple(state.changes_of(version))
        changed = StateChanged(entity=entity.slug, version=version.number, changes=changes, cause=version.cause)
        drafts.append(Draft(event=changed, action=action))
    record(conversation, run, [*drafts, Draft(event=RunFinished(status="finished", code=CODE))])
    return run


def _remember(now: EntityState, words: str) -> Meant:
    memory = MemoryValue(content=words, importance=0.7, source="told by a command")
    return Meant(f"{now.persona.name} remembers it.", [PutMemory(memory=memory)])


def _forget(now: EntityState, words: str) -> Meant:
    if not words:
        raise BadCommand("/forget WORDS: say some words of the memory.")
    wanted = set(folded(words).split())
    found = {key: memory for key, memory in now.known().items() if wanted <= set(folded(memory.content).split())}
    if not found:
        raise BadCommand(f"{now.persona.name} has no memory with these words.")
    if len(found) > 1:
        some = "; ".join(f"“{memory.content[:60]}”" for memory in list(found.values())[:NAMED])
        raise BadCommand(f"{len(found)} memories have these words: {some}. Say more of the one you mean.")
    key, memory = next(iter(found.items()))
    gone = PutMemory(id=key, memory=memory.model_copy(update={"forgotten": True}))
    return Meant(f"{now.persona.name} has forgotten “{memory.content[:120]}”.", [gone])


def _goal(now: EntityState, words: str) -> Meant:
    return Meant(f"{now.persona.name} takes it up.", [PutGoal(goal=GoalValue(text=words, priority=0.7))])


def _mood(now: EntityState, words: str) -> Meant:
    name, _, level = words.rpartition(" ") if re.fullmatch(r".+\s[01](\.\d+)?", words) else (words, "", "")
    felt = settled(now.mood, now.temperament, timezone.now())
    mood = felt.model_copy(update={"label": name, "intensity": float(level) if level else felt.intensity})
    checked = type(mood).model_validate(mood.model_dump())
    return Meant(f"{now.persona.name} feels {checked.label} now.", [SetMood(mood=checked)])


def _rollback(entity: Entity, user: User, words: str) -> Meant:
    if not (words.isascii() and words.isdigit() and len(words) < 10):
        raise BadCommand(
            f"/rollback VERSION: {entity.name} is at version {entity.version} now; say which to go back to."
        )
    made = state.rollback(entity.pk, int(words), author=user.get_username())
    if made is None:
        return Meant(f"{entity.name} is as in version {words} already.")
    return Meant(f"{entity.name} is as in version {words} again; that is version {made.number}.", version=made.number)


def _run_chain(conversation: Conversation, user: User, words: str) -> Run:
    """Begin the user's chain of that name, as its button does: the entity hears of it."""
    own = Chain.objects.for_user(user).filter(removed_at=None)
    there = own.filter(Q(entity=None) | Q(entity=conversation.entity_id))
    chain: Chain | None = there.filter(name__iexact=words).first()
    if chain is None:
        names = ", ".join(there.values_list("name", flat=True)[:NAMED])
        raise BadCommand(f"There is no chain called “{words}”." + (f" There is: {names}." if names else ""))
    return runs.run_chain(conversation, user, chain).run


def _elsewhere(now: EntityState, words: str) -> Meant:
    """For commands that mean no change of the state: whoever calls `give` knows them before."""
    raise BadCommand("This command stands alone in a message.")


def _help(now: EntityState, words: str) -> Meant:
    return Meant(" · ".join(f"{command.usage}: {command.summary}" for command in ALL.values()))


ALL = {
    command.name: command
    for command in (
        Command("remember", "/remember TEXT", "a new memory", _remember),
        Command("forget", "/forget WORDS", "forgets the memory with these words", _forget),
        Command("goal", "/goal TEXT", "a new goal", _goal),
        Command("mood", "/mood WORD 0.7", "sets the mood and how strong it is", _mood),
        Command("run", "/run CHAIN", "runs a chain of actions", _elsewhere),
        Command("fork", "/fork", "goes on in a copy of this conversation", _elsewhere),
        Command("rollback", "/rollback VERSION", "makes the state what it was", _elsewhere),
        Command("help", "/help", "lists the commands", _help),
    )
}
