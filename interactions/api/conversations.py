"""Conversations, their messages, events and runs."""

from typing import Annotated, Any
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from agents.models import Entity
from interactions import log, ratings, results, runs
from interactions.api.errors import ApiError
from interactions.api.paging import page
from interactions.api.schemas import (
    ConversationOut,
    ConversationPage,
    EventPage,
    NewConversation,
    NewMessage,
    NewRating,
    NewResult,
    RatingOut,
    RunOut,
    SentOut,
)
from interactions.download import events_file
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
        raise not_found(field)
    return row


def not_found(field: str | None = None) -> ApiError:
    """Return the same error for what is foreign and for what never was."""
    return ApiError(404, "not_found", "There is nothing here that you can see.", field)


@router.post("/conversations", response={201: ConversationOut}, summary="Start a conversation")
def start(request: HttpRequest, data: NewConversation) -> ConversationOut:
    """Begins a new talk with one of your entities."""
    return _out(runs.start_conversation(user_of(request), find(Entity, request, slug=data.entity)))


@router.get("/conversations", response=ConversationPage, summary="List conversations")
def conversations(request: HttpRequest, limit: Limit = 100, after: Cursor = "") -> ConversationPage:
    """Your conversations, the one with the latest event first."""
    rows = Conversation.objects.for_user(user_of(request)).filter(deleted_at=None).select_related("entity")
    found, rest = page(rows, "updated_at", after=after, limit=limit, newest_first=True)
    return ConversationPage(items=[_out(row) for row in found], next=rest)


@router.get("/conversations/{uuid:conversation_id}", response=ConversationOut, summary="Read a conversation")
def conversation(request: HttpRequest, conversation_id: UUID) -> ConversationOut:
    """One conversation, with the number of its last event."""
    return _out(find(Conversation, request, pk=conversation_id, deleted_at=None))


@router.post("/conversations/{uuid:conversation_id}/messages", response={202: SentOut}, summary="Say something")
def send(request: HttpRequest, conversation_id: UUID, data: NewMessage) -> SentOut:
    """Stores the message and its run in one commit, then answers. What the entity does follows as events:
    poll them, or listen on the socket. Messages sent while a run goes on queue in order."""
    talk = Conversation.of(user_of(request), conversation_id)
    if talk is None:
        raise not_found()
    sent = runs.send(talk, user_of(request), data.text, data.client_message_id)
    return SentOut(message=sent.message.pk, run=sent.run.pk if sent.run else None, seq=sent.seq)


@router.post("/conversations/{uuid:conversation_id}/results", response={202: RunOut}, summary="Report a result")
def report(request: HttpRequest, conversation_id: UUID, data: NewResult) -> RunOut:
    """A tool outside of MemOS (a script, a job) tells the entity what came of its work: a run begins with it, behind
    those that wait. It counts as a message of yours in the limit of messages a minute."""
    talk = Conversation.of(user_of(request), conversation_id)
    if talk is None:
        raise not_found()
    return _run_out(results.report(talk, user_of(request), data.tool, data.content, data.client_id))


@router.get("/conversations/{uuid:conversation_id}/events", response=EventPage, summary="Read the log")
def events(request: HttpRequest, conversation_id: UUID, after: AfterSeq = 0, limit: Limit = 100) -> EventPage:
    """The events after number `after`, in order, without gaps. The same objects come over the socket."""
    talk = find(Conversation, request, pk=conversation_id, deleted_at=None)
    found = log.read(talk.pk, after=after, limit=limit + 1)
    items = [logged.wire() for logged in found[:limit]]
    return EventPage(items=items, next=found[limit - 1].seq if len(found) > limit else None)


@router.get(
    "/conversations/{uuid:conversation_id}/events.jsonl",
    summary="Download the log",
    openapi_extra={"responses": {200: {"description": "One event per line", "content": {"application/jsonl": {}}}}},
)
def download(request: HttpRequest, conversation_id: UUID, after: AfterSeq = 0) -> StreamingHttpResponse:
    """All events after number `after` as a file of JSON Lines: each line one of the objects that the log is read
    as. It ends with the last event there was when you asked."""
    return events_file(request, find(Conversation, request, pk=conversation_id, deleted_at=None), after)


@router.post("/runs/{uuid:run_id}/cancel", response=RunOut, tags=["Runs"], summary="Stop a run")
def cancel(request: HttpRequest, run_id: UUID) -> RunOut:
    """Ends the run; after the answer it changes nothing any more. One that is over is answered as it is."""
    return _run_out(runs.cancel(run_id, user_of(request)))


@router.post("/runs/{uuid:run_id}/rating", response=RatingOut, tags=["Runs"], summary="Rate a reply")
def rate(request: HttpRequest, run_id: UUID, data: NewRating) -> RatingOut:
    """Stores what you think of a run that is over, in place of what you thought before. Later plans learn from it."""
    run: Run = find(Run, request, pk=run_id, conversation__deleted_at=None)
    given = ratings.rate(run, user_of(request), data.value, data.note)
    return RatingOut(run=run.pk, value=given.value if given else 0, note=given.note if given else "")


def _out(row: Conversation) -> ConversationOut:
    return ConversationOut(
        id=row.pk,
        entity=row.entity.slug,
        title=row.title,
        created_at=row.created_at,
        updated_at=row.updated_at,
        seq=row.last_seq,
    )


def _run_out(run: Run) -> RunOut:
    return RunOut(id=run.pk, conversation=run.conversation_id, status=run.status, reason=run.reason, code=run.code)
