"""The scene of a run: what the entity has before its eyes, and what an interrupted run has done already."""

import time
from collections.abc import Sequence

from agents import state
from agents.events import (
    ActionFailedEvent,
    ActionFinished,
    ActionStarted,
    LoggedEvent,
    MemoryRecalled,
    PlanExtended,
    PlanMade,
    TextFinished,
)
from agents.memory.recall import recall
from agents.plan import ActionPlan, PlannedAction
from agents.scene import CompletedAction, Said, Scene
from agents.triggers import Trigger
from interactions import log
from interactions.models import Message, Run
from interactions.runs import Lease

# Lines of the talk that a prompt holds.
HISTORY = 40


def scene_of(lease: Lease) -> tuple[Scene, MemoryRecalled | None, ActionPlan | None]:
    """Return the scene of a claimed run, what was recalled for it, and what is left of a plan made before a crash."""
    trigger = Trigger.model_validate(lease.run.trigger)
    entity_state = state.read(lease.entity)
    began = time.perf_counter()
    known = entity_state.known()
    recalled = recall(known, trigger.content)
    ms = round((time.perf_counter() - began) * 1000, 2)
    note = MemoryRecalled(query=trigger.content[:500], memories=recalled, considered=len(known), ms=ms)
    earlier = log.read_runs([lease.run.pk])[str(lease.run.pk)] if lease.attempt > 1 else []
    completed = _completed(earlier)
    owner = lease.conversation.owner
    scene = Scene(
        state=entity_state,
        person=owner.first_name or owner.get_username(),
        trigger=trigger,
        history=_history(lease),
        recalled=recalled,
        completed=completed,
    )
    return scene, note if recalled else None, _left(earlier)


def _history(lease: Lease) -> tuple[Said, ...]:
    """The last lines of the talk, oldest first. Messages that still wait for their turn are not heard yet, and the
    one that this run answers comes last."""
    rows = (
        Message.objects.filter(conversation=lease.conversation, withdrawn_at=None)
        .exclude(runs__status__in=Run.OPEN)
        .exclude(pk=lease.run.message_id)
        .order_by("-seq")[:HISTORY]
    )
    lines = [Said(author=row.author, text=row.text, at=row.created_at) for row in reversed(rows)]
    own = lease.run.message
    if own is not None:
        lines.append(Said(author="user", text=own.text, at=own.created_at))
    return tuple(lines)


def _completed(events: Sequence[LoggedEvent]) -> tuple[CompletedAction, ...]:
    started: dict[str, ActionStarted] = {}
    done: list[CompletedAction] = []
    for line in events:
        event = line.event
        args = started[line.action].args if line.action in started else {}
        match event:
            case ActionStarted():
                started[line.action] = event
            case ActionFinished():
                done.append(CompletedAction(id=line.action, action=event.name, args=args, result=event.result))
            case ActionFailedEvent():
                done.append(CompletedAction(id=line.action, action=event.name, args=args, result=event.error, ok=False))
            case TextFinished(is_partial=False):
                name = event.name or ("THINK" if event.is_thought else "SPEAK")
                done.append(CompletedAction(id=line.action, action=name, args={"text": event.text}, result="done"))
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
    left: tuple[PlannedAction, ...] = plan.actions[len(_completed(since)) :]
    can_extend = plan.can_extend if isinstance(plan, PlanMade) else False
    return ActionPlan(reasoning=plan.reasoning, can_extend=can_extend, actions=left or (PlannedAction(action="DONE"),))
