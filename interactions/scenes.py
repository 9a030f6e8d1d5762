"""The scene of a run: what the entity has before its eyes, and what an interrupted run has done already."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, Sum
from django.utils import timezone

from agents import graph, state, statements
from agents.emotion import Appraisal, appraise, settled
from agents.events import (
    ActionFailedEvent,
    ActionFinished,
    ActionSkipped,
    ActionStarted,
    LoggedEvent,
    MemoryRecalled,
    PlanExtended,
    PlanMade,
    RecalledMemory,
    TextFinished,
)
from agents.memory.recall import recall
from agents.mind import EntityState
from agents.models import Entity, ModelCall
from agents.plan import ActionPlan, PlannedAction
from agents.scene import CompletedAction, Said, Scene, left_out, merged
from agents.triggers import Trigger
from interactions import log, pauses, timers
from interactions.models import Conversation, Message, Run

# Lines of the talk that a prompt holds.
HISTORY = 40
# Others that an entity is told of; it can tell further ones something, too, where their names are known.
MOST_OTHERS = 20
_OTHERS = "WHERE owner_id = %s AND id <> %s AND archived_at IS NULL AND deleted_at IS NULL ORDER BY id DESC LIMIT %s"
_HEARD = """WHERE conversation_id = %s AND withdrawn_at IS NULL AND NOT off_branch AND deleted_at IS NULL
AND NOT EXISTS (
    SELECT 1 FROM interactions_run WHERE message_id = interactions_message.id AND status IN ('queued', 'running')
) ORDER BY seq DESC LIMIT %s"""


@dataclass(frozen=True, slots=True)
class Used:
    """What a run has used before it goes on: tokens, requests, money in USD, and milliseconds of work before its last
    pause."""

    input_tokens: int
    output_tokens: int
    calls: int
    money: Decimal
    ms: float = 0


@dataclass(frozen=True, slots=True)
class View:
    """What a run begins with, as the log stood at `seq`: the scene, what was recalled for it, and what is left of a
    plan made before a crash or a pause, or `given` is the plan that the run has from its chain. `used` is what attempts
    before have used."""

    run: Run
    owner: int
    entity: Entity
    seq: int
    scene: Scene
    recalled: MemoryRecalled | None
    left: ActionPlan | None
    given: ActionPlan | None
    used: Used | None = None


def look(run_id: UUID) -> View | None:
    """Return what the run begins with; None when it is over or gone. Only reads: nothing is locked while it looks."""
    run = statements.get(Run, id=run_id)
    conversation = statements.get(Conversation, id=run.conversation_id) if run and run.status in Run.OPEN else None
    entity = statements.get(Entity, id=conversation.entity_id) if conversation else None
    owner = statements.get(User, id=conversation.owner_id) if conversation else None
    if run is None or conversation is None or entity is None or owner is None:
        return None
    given = ActionPlan.model_validate(run.plan) if run.plan else None
    earlier = log.read_runs([run.pk])[str(run.pk)] if run.attempts or run.pauses else []
    scene, note = _scene(run, conversation, entity, owner, earlier)
    used = _used(run, earlier)
    return View(run, owner.pk, entity, conversation.last_seq, scene, note, _left(earlier), given, used)


def present(entity: Entity) -> EntityState:
    """Return the state of `entity` as it is at this moment: feelings have faded since they were written."""
    stored = state.read(entity)
    return stored.model_copy(update={"mood": settled(stored.mood, stored.temperament, timezone.now())})


def appraised(scene: Scene) -> Appraisal | None:
    """Return what somebody's words do to the entity: None when they leave it cold, when it woke of itself, or when the
    run, before it was interrupted, has said already how the entity feels."""
    if scene.trigger.kind not in ("user_input", "agent_message"):
        return None
    if any(done.action == "UPDATE_MOOD" and done.ok for done in scene.completed):
        return None
    goals = (goal.text for goal in scene.state.active_goals().values())
    return appraise(scene.trigger.content, scene.state.persona.persona, goals)


def _used(run: Run, earlier: Sequence[LoggedEvent]) -> Used | None:
    """What earlier attempts at a run have used; None for a first one."""
    if not (run.attempts or run.pauses):
        return None
    calls = ModelCall.objects.filter(run=run.pk)
    sums = calls.aggregate(
        asked=Sum("input_tokens"), answered=Sum("output_tokens"), count=Count("pk"), money=Sum("cost")
    )
    ms = pauses.worked(earlier).total_seconds() * 1000
    return Used(sums["asked"] or 0, sums["answered"] or 0, sums["count"], sums["money"] or Decimal(0), ms)


def _scene(
    run: Run, conversation: Conversation, entity: Entity, owner: User, earlier: Sequence[LoggedEvent]
) -> tuple[Scene, MemoryRecalled | None]:
    trigger = Trigger.model_validate(run.trigger)
    entity_state = present(entity)
    began = time.perf_counter()
    known = entity_state.known()
    recalled = recall(known, trigger.content)
    ms = round((time.perf_counter() - began) * 1000, 2)
    note = MemoryRecalled(query=trigger.content[:500], memories=recalled, considered=len(known), ms=ms)
    completed = _completed(earlier)
    scene = Scene(
        state=entity_state,
        person=owner.first_name or owner.get_username(),
        trigger=trigger,
        history=_history(run, trigger),
        timers=timers.in_prompt(entity),
        recalled=merged(recalled, _found(earlier)),
        completed=completed,
        lessons=entity.lessons if entity.learns else "",
        others=_others(entity),
    )
    return scene, note if recalled else None


def _history(run: Run, trigger: Trigger) -> tuple[Said, ...]:
    """The last lines of the talk as it goes on, oldest first: what stands on another branch, or was taken out of the
    talk, is not heard. Messages that still wait for their turn are not heard yet, and the one that this run answers
    comes last; behind it only what was said in the run before it waited, and the answer."""
    fields = ("id", "author", "text", "created_at", "run_id")
    heard = statements.values(Message, fields, _HEARD, run.conversation_id, HISTORY)
    before: list[Said] = []
    since: list[Said] = []
    for pk, author, text, at, said_in in reversed(heard):
        if pk != run.message_id:
            lines = since if said_in == run.pk else before
            lines.append(Said.model_construct(author=author, text=text, at=at))
    own = [Said(author="user", text=trigger.content, at=trigger.at)] if run.message_id else []
    return (*before, *own, *since) if run.pauses else (*before, *since, *own)


def _others(entity: Entity) -> tuple[str, ...]:
    """The names of the owner's other entities; where two have one name, their slugs."""
    rows = statements.values(Entity, ("name", "slug"), _OTHERS, entity.owner_id, entity.pk, MOST_OTHERS)
    times = Counter(name for name, _slug in rows)
    return tuple(name if times[name] == 1 else slug for name, slug in reversed(rows))


def _found(events: Sequence[LoggedEvent]) -> list[RecalledMemory]:
    """What the actions of an interrupted run had recalled."""
    recalled = [line.event for line in events if line.action and isinstance(line.event, MemoryRecalled)]
    return [memory for event in recalled for memory in event.memories]


def _completed(events: Sequence[LoggedEvent]) -> tuple[CompletedAction, ...]:
    started: dict[str, ActionStarted] = {}
    done: list[CompletedAction] = []
    for line in events:
        event = line.event
        began = started.get(line.action) or ActionStarted(name="")
        own = {"id": line.action, "args": began.args, "planned": began.planned}
        match event:
            case ActionStarted():
                started[line.action] = event
            case ActionFinished():
                done.append(CompletedAction(action=event.name, result=event.result, **own))
            case ActionFailedEvent():
                done.append(CompletedAction(action=event.name, result=event.error, ok=False, **own))
            case ActionSkipped(planned=planned) if planned:
                done.append(left_out(line.action, event.name, event.reason, planned))
            case TextFinished(is_partial=False):
                name, args = event.name or ("THINK" if event.is_thought else "SPEAK"), {"text": event.text}
                done.append(
                    CompletedAction(id=line.action, action=name, args=args, result="done", planned=event.planned)
                )
    return tuple(done)


def _left(events: Sequence[LoggedEvent]) -> ActionPlan | None:
    """What an interrupted run still has to do of its latest plan; None when it had none yet."""
    plan: PlanMade | PlanExtended | None = None
    since: list[LoggedEvent] = []
    for line in events:
        if isinstance(line.event, PlanMade | PlanExtended):
            plan, since = line.event, []
        else:
            since.append(line)
    if plan is None:
        return None
    done = _completed(since)
    left: tuple[PlannedAction, ...] = plan.actions[len(done) :]
    if graph.is_drawn(plan.actions):  # not done in their order, and each has an id
        over = {action.planned for action in done}
        left = tuple(planned for planned in plan.actions if planned.id not in over)
    can_extend = plan.can_extend if isinstance(plan, PlanMade) else False
    return ActionPlan(reasoning=plan.reasoning, can_extend=can_extend, actions=left or (PlannedAction(action="DONE"),))
