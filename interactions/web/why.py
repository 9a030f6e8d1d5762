"""Why a reply is as it is: what was in the prompt, what was decided, what it changed, and what it took."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from agents.changes import Change
from agents.events import LoggedEvent, MemoryRecalled, PlanExtended, PlanMade, RecalledMemory, StateChanged
from agents.llm import recording
from agents.models import Memory, ModelCall
from agents.triggers import Trigger, TriggerKind
from interactions import log, talk
from interactions.models import Conversation, Message, Run
from interactions.web.branching import ways_of
from interactions.web.lookup import by_htmx, conversation_of
from interactions.web.request import person

WIDTH = 40  # of the bar that draws a score, in units of its view box
QUOTE = 90
_STARTED: dict[TriggerKind, str] = {
    "user_input": "you wrote",
    "timer": "a timer",
    "self_reflection": "its own reflection",
    "tool_result": "a tool’s result",
    "agent_message": "another entity",
    "state_change": "a change of its state",
}


@dataclass(frozen=True, slots=True)
class Used:
    """A memory that was in the prompt, with the message it came from, if that is known."""

    memory: RecalledMemory
    origin: Message | None
    is_forgotten: bool

    @property
    def bar(self) -> str:
        """How wide its score is drawn."""
        return f"{WIDTH * min(1.0, max(0.0, self.memory.score)):.1f}"


@require_GET
def why(request: HttpRequest, pk: uuid.UUID, run: uuid.UUID) -> HttpResponse:
    """The page of one run; for the chat page the sheet alone."""
    conversation = conversation_of(request, pk)
    found = _run_of(conversation, run)
    lines = log.read_runs([found.pk])[str(found.pk)]
    turn, changed = talk.turn_of(found), _changes(lines)
    context = {
        "conversation": conversation,
        "entity": conversation.entity,
        "run": found,
        "turn": turn,
        "quote": _quote(turn.speeches[0].text) if turn.speeches else "",
        "thoughts": [text for text in turn.texts.values() if text.is_thought],
        "steps": [step for step in turn.steps.values() if step.name not in ("RECALL", "PLAN")],
        "trigger": _trigger(found),
        "place": f"{reverse('chat', args=[pk])}?at={run}#run-{run}",
        **_recalled(request, conversation, lines),
        **_plan(lines),
        **_ways(found, changed),
        **changed,
        **_calls(request, found),
    }
    return render(request, "why/sheet.html" if by_htmx(request) else "why/why.html", context)


@require_GET
def model_call(request: HttpRequest, pk: uuid.UUID, run: uuid.UUID, call: int) -> HttpResponse:
    """What one request to a model said and got, word for word."""
    conversation = conversation_of(request, pk)
    found = _run_of(conversation, run)
    made = get_object_or_404(_made(request, found), pk=call)
    context = {
        "conversation": conversation,
        "run": found,
        "call": made,
        "prompt": recording.prompt_of(made),
        "answer": recording.answer_of(made),
    }
    return render(request, "why/call_body.html" if by_htmx(request) else "why/call.html", context)


@require_GET
def message(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Go to a message in its place; to the timeline when the talk does not show it now."""
    found = Message.objects.for_user(person(request)).select_related("conversation", "run").filter(pk=pk).first()
    if found is None or found.conversation.deleted_at is not None:
        raise Http404
    run = found.run or found.runs.filter(off_branch=False).order_by("position").first() or found.runs.first()
    if run is None:
        return redirect(found.conversation.get_absolute_url())
    return _to(found.conversation, run, is_shown=not found.off_branch and found.deleted_at is None)


@require_GET
def turn(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Go to a turn in its place; to the timeline when the talk does not show it now."""
    runs = Run.objects.for_user(person(request)).select_related("conversation__entity")
    found = runs.filter(pk=pk, conversation__deleted_at=None, conversation__entity__deleted_at=None).first()
    if found is None:
        raise Http404
    return _to(found.conversation, found, is_shown=not found.off_branch and found.deleted_at is None)


def _to(conversation: Conversation, run: Run, *, is_shown: bool) -> HttpResponse:
    if not is_shown:
        return redirect(f"{reverse('timeline', args=[conversation.pk])}?run={run.pk}")
    return redirect(f"{conversation.get_absolute_url()}?at={run.pk}#run-{run.pk}")


def _run_of(conversation: Conversation, run: uuid.UUID) -> Run:
    found: Run = get_object_or_404(conversation.runs.select_related("message"), pk=run)
    return found


def _trigger(run: Run) -> dict[str, str]:
    trigger = Trigger.model_validate(run.trigger)
    words = _STARTED.get(trigger.kind, trigger.kind)
    return {
        "words": f"{words}: {trigger.sender}" if trigger.sender else words,
        "content": trigger.content,
        "told_in": trigger.told_in,
    }


def _recalled(request: HttpRequest, conversation: Conversation, lines: Sequence[LoggedEvent]) -> dict[str, Any]:
    recalls = [line.event for line in lines if isinstance(line.event, MemoryRecalled)]
    best: dict[int, RecalledMemory] = {}
    for memory in (memory for recall in recalls for memory in recall.memories):
        if memory.id not in best or best[memory.id].score < memory.score:
            best[memory.id] = memory
    rows = Memory.objects.filter(entity=conversation.entity_id, pk__in=best)
    known = {row.pk: row for row in rows}
    named = {memory.message for memory in best.values() if memory.message}
    named |= {str(row.message) for row in known.values() if row.message}
    messages = {str(each.pk): each for each in Message.objects.for_user(person(request)).filter(pk__in=named)}
    used = [
        Used(memory, messages.get(_origin(memory, known)), _is_forgotten(memory, known))
        for memory in sorted(best.values(), key=lambda memory: -memory.score)
    ]
    return {
        "recalls": recalls,
        "memories": used,
        "considered": max((recall.considered for recall in recalls), default=0),
        "recall_ms": sum(recall.ms for recall in recalls),
    }


def _is_forgotten(memory: RecalledMemory, known: dict[int, Memory]) -> bool:
    return memory.id in known and known[memory.id].forgotten_at is not None


def _origin(memory: RecalledMemory, known: dict[int, Memory]) -> str:
    row = known.get(memory.id)
    return memory.message or (str(row.message) if row and row.message else "")


def _plan(lines: Iterable[LoggedEvent]) -> dict[str, Any]:
    plans = [line.event for line in lines if isinstance(line.event, PlanMade | PlanExtended)]
    return {
        "reasons": [plan.reasoning for plan in plans if plan.reasoning],
        "can_extend": any(isinstance(plan, PlanMade) and plan.can_extend for plan in plans),
    }


def _changes(lines: Iterable[LoggedEvent]) -> dict[str, Any]:
    changed = [line.event for line in lines if isinstance(line.event, StateChanged)]
    changes: list[Change] = [change for event in changed for change in event.changes]
    versions = (changed[0].version - 1, changed[-1].version) if changed else None
    return {"changes": changes, "versions": versions}


def _ways(run: Run, changed: dict[str, Any]) -> dict[str, Any]:
    ways = ways_of(run.pk)
    is_undone = not ways["can_undo"] and (changed["changes"] or ways["can_redo"])
    return ways | {"words": "All of it was undone." if is_undone else ""}


def _made(request: HttpRequest, run: Run) -> Any:
    """The requests of a run, or of the one that it is a copy of."""
    runs = [run.pk, *([run.copied_from] if run.copied_from else [])]
    return ModelCall.objects.for_user(person(request)).filter(run__in=runs)


def _calls(request: HttpRequest, run: Run) -> dict[str, Any]:
    calls = list(_made(request, run).defer("prompt", "answer").order_by("started_at", "pk"))
    costs = [call.cost for call in calls]
    firsts = [call.first_ms for call in calls if call.first_ms is not None]
    return {
        "calls": calls,
        "tokens_in": sum(call.input_tokens for call in calls),
        "tokens_out": sum(call.output_tokens for call in calls),
        "first_ms": firsts[0] if firsts else None,
        "cost": None if None in costs or not costs else sum(costs, Decimal(0)),
    }


def _quote(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUOTE else line[:QUOTE].rsplit(" ", 1)[0] + "…"
