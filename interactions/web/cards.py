"""One opened action of a turn: what it did, why, how long it took, what it changed, and the way back."""

import uuid
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from agents import state
from agents.errors import StateError
from agents.models import ModelCall, StateVersion
from interactions import log, tellings
from interactions.errors import NotPossible
from interactions.folding import fold
from interactions.models import Conversation, Initiative
from interactions.steps import Step, in_dollars
from interactions.web.lookup import by_htmx, conversation_of
from interactions.web.request import person


@dataclass(frozen=True, slots=True)
class Way:
    """What became of a change: it can be undone, was undone, or was `overtaken` by a later version."""

    is_undone: bool = False
    overtaken: int | None = None

    @property
    def is_open(self) -> bool:
        return not self.is_undone and self.overtaken is None


@require_GET
def action_card(request: HttpRequest, pk: uuid.UUID, action: str) -> HttpResponse:
    """The card of one action of the run that `?run=` names."""
    conversation = conversation_of(request, pk)
    return _card(request, conversation, _step(request, conversation, action), request.GET.get("run", ""))


@require_POST
def undo(request: HttpRequest, pk: uuid.UUID, action: str) -> HttpResponse:
    """Take back what an action changed, by a new version of the state, or has told and nobody heard yet; the card says
    so."""
    conversation = conversation_of(request, pk)
    step = _step(request, conversation, action)
    telling = tellings.told_in(_run(request), action)
    if step.version is None and telling is None:
        raise Http404
    error = ""
    try:
        if telling is not None:
            tellings.take_back(telling)
        elif step.version is not None and _way_back(conversation, step).is_open:
            state.undo(conversation.entity_id, step.version, author=person(request).get_username())
    except (StateError, NotPossible) as refused:
        error = str(refused)
    if not by_htmx(request):
        return redirect(conversation)
    return _card(request, conversation, step, request.GET.get("run", ""), error)


def _run(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.GET.get("run", ""))
    except ValueError as error:
        raise Http404 from error


def _step(request: HttpRequest, conversation: Conversation, action: str) -> Step:
    run = _run(request)
    if not conversation.runs.filter(pk=run).exists():
        raise Http404
    step = fold(str(run), log.read_runs([run])[str(run)]).steps.get(action)
    if step is None or not step.has_card:
        raise Http404
    return step


def _card(request: HttpRequest, conversation: Conversation, step: Step, run: str, error: str = "") -> HttpResponse:
    telling = tellings.told_in(_run(request), step.key) if step.version is None else None
    call = ModelCall.objects.for_user(person(request)).filter(run=run, action=step.key).first()
    context = {
        "conversation": conversation,
        "entity": conversation.entity,
        "step": step,
        "run": run,
        "call": call,
        "cost": in_dollars(float(call.cost or 0)) if call else "",
        "way": _way_back(conversation, step) if step.version else None,
        "telling": telling,
        "rights": Initiative.of(telling.receiver_id) if telling is not None and telling.is_waiting else None,
        "error": error,
        "templates": [f"agents/actions/{step.name.lower()}.html", "agents/actions/_default.html"],
    }
    return render(request, "chat/card.html", context)


def _way_back(conversation: Conversation, step: Step) -> Way:
    """Return whether the step's change can be undone: not twice, and not where something later stands on it."""
    assert step.version is not None, "asked for steps that changed something"
    version = StateVersion.objects.get(entity=conversation.entity_id, number=step.version)
    if state.undone_by(version):
        return Way(is_undone=True)
    return Way(overtaken=state.overtaken_by(version, state.read(conversation.entity)))
