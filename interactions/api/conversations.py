"""Conversations, their messages, events and runs."""

from typing import Annotated, Any
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest
from ninja import Query, Router

from agents.models import Entity
from interactions import log, runs
from interactions.api.errors import ApiError
from interactions.api.paging import page
from interactions.api.schemas import (
    ConversationOut,
    ConversationPage,
    EventPage,
    NewConversation,
    NewMessage,
    RunOut,
    SentOut,
)
from interactions.models import Conversation, Run

router = Router(tags=["Conversations"])

Limit = Annotated[int, Query(ge=1, le=500, description="How many items to answer with.")]
Cursor = Annotated[str, Query(max_length=200, description="The “next” of the page before.")]
AfterSeq = Annotated[int, Query(ge=0, le=2**63 - 1, description="The number of the last event that you have.")]


def user_of(request: HttpRequest) -> User:
    """Return who asks; every route that calls this has passed authentication."""
    user = request.user
    assert isinstance(user, User), "the API's routes are reached by authenticated users alone"
    return user


def find(model: type[Any], request: HttpRequest, **names: Any) -> Any:
    """Return the one row of the asking user. Raises the same `ApiError` 404 for foreign and for unknown ones."""
    row = model.objects.for_user(user_of(request)).filter(**names).first()
    if row is None:
        field = "entity" if model is Entity and request.method == "POST" else None
        raise ApiError(404, "not_found", "There is nothing here that you can see.", field)
    return row


@router.post("/conversations", response={201: ConversationOut}, summary="Start a conversation")
def start(request: HttpRequest, data: NewConversation) -> ConversationOut:
    """Begins a new talk with one of your entities."""
    return _out(runs.start_conversation(user_of(request), find(Entity, request, slug=data.entity)))


@router.get("/conversations", response=ConversationPage, summary="List conversations")
def conversations(request: HttpRequest, limit: Limit = 100, after: Cursor = "") -> ConversationPage:
    """Your conversations, the one with the latest event first."""
    rows = Conversation.objects.for_user(user_of(request)).select_related("entity")
    found, rest = page(rows, "updated_at", after=after, limit=limit, newest_first=True)
    return ConversationPage(items=[_out(row) for row in found], next=rest)


@router.get("/conversations/{uuid:conversation_id}", response=ConversationOut, summary="Read a conversation")
def conversation(request: HttpRequest, conversation_id: UUID) -> ConversationOut:
    """One conversation, with the number of its last event."""
    return _out(find(Conversation, request, pk=conversation_id))


@router.post("/conversations/{uuid:conversation_id}/messages", response={202: SentOut}, summary="Say something")
def send(request: HttpRequest, conversation_id: UUID, data: NewMessage) -> SentOut:
    """Stores the message and its run in one commit, then answers. What the entity does follows as events:
    poll them, or listen on the socket. Messages sent while a run goes on queue in order."""
    talk = find(Conversation, request, pk=conversation_id)
    sent = runs.send(talk, user_of(request), data.text, data.client_message_id)
    return SentOut(message=sent.message.pk, run=sent.run.pk if sent.run else None, seq=sent.seq)


@router.get("/conversations/{uuid:conversation_id}/events", response=EventPage, summary="Read the log")
def events(request: HttpRequest, conversation_id: UUID, after: AfterSeq = 0, limit: Limit = 100) -> EventPage:
    """The events after number `after`, in order, without gaps. The same objects come over the socket."""
    talk = find(Conversation, request, pk=conversation_id)
    found = log.read(talk.pk, after=after, limit=limit + 1)
    items = [logged.wire() for logged in found[:limit]]
    return EventPage(items=items, next=found[limit - 1].seq if len(found) > limit else None)


@router.post("/runs/{uuid:run_id}/cancel", response=RunOut, tags=["Runs"], summary="Stop a run")
def cancel(request: HttpRequest, run_id: UUID) -> RunOut:
    """Ends the run; after the answer it changes nothing any more. One that is over is answered as it is."""
    run: Run = runs.cancel(run_id, user_of(request))
    return RunOut(id=run.pk, conversation=run.conversation_id, status=run.status, reason=run.reason, code=run.code)


def _out(row: Conversation) -> ConversationOut:
    return ConversationOut(
        id=row.pk,
        entity=row.entity.slug,
        title=row.title,
        created_at=row.created_at,
        updated_at=row.updated_at,
        seq=row.last_seq,
    )
