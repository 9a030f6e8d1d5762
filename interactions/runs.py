"""What a person does to a talk: send, stop, try again, take back. Each function is one transaction.

What a worker does to a run is in `leases.py`.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from agents import chains, failpoints, statements
from agents.errors import PlanRejected
from agents.events import Draft, MessageReceived, RunFinished
from agents.models import Chain, Entity
from agents.plan import ActionPlan
from agents.triggers import Trigger
from interactions import log, notices, observed, pauses
from interactions.errors import InvalidMessage, MessageConflict, NotFound, NotPossible
from interactions.leases import end, ring_after_commit
from interactions.models import Conversation, Message, Run
from interactions.partial import spoken_so_far
from interactions.record import record
from interactions.validation import check_client_id, check_rate, check_text


@dataclass(frozen=True, slots=True)
class Sent:
    """A stored message with the run that answers it. `is_new` is false for a resend."""

    message: Message
    run: Run
    seq: int
    is_new: bool


def start_conversation(user: User, entity: Entity) -> Conversation:
    """Return a new conversation of `user` with `entity`. Raises `NotFound` when it is not the user's."""
    if entity.owner_id != user.pk or entity.archived_at is not None or entity.deleted_at is not None:
        raise NotFound("There is no such entity.")
    return Conversation.objects.create(owner=user, entity=entity)


def run_chain(conversation: Conversation, user: User, chain: Chain, client_message_id: str = "") -> Sent:
    """Store the message that asks for `chain`, and the run that follows it, as `send` does.

    Raises what `send` raises, `NotFound` for a chain that is not there for this talk, and `NotPossible` for one that
    this version cannot run.
    """
    is_there = chain.owner_id == user.pk and chain.removed_at is None
    if not is_there or chain.entity_id not in (None, conversation.entity_id):
        raise NotFound("There is no such chain.")
    try:
        plan = chains.plan_of(chain)
    except (PlanRejected, ValueError) as error:
        problems = "; ".join(error.errors) if isinstance(error, PlanRejected) else "it was stored by another version"
        raise NotPossible(f"“{chain.name}” cannot be run: {problems}. Mend it on its page.") from error
    return send(conversation, user, f"/run {chain.name}", client_message_id, plan)


def send(
    conversation: Conversation, user: User, text: str, client_message_id: str = "", plan: ActionPlan | None = None
) -> Sent:
    """Store a message and the run that answers it in one commit; a resend of the same id returns what is stored.

    With a `plan` the run follows it instead of making one.

    Raises `InvalidMessage`, `TooManyMessages`, and `MessageConflict` when the id came with another text before.
    """
    text = check_text(text)
    client_message_id = check_client_id(client_message_id) or str(uuid4())
    if conversation.owner_id != user.pk or conversation.deleted_at is not None:
        raise NotFound("There is no such conversation.")
    try:
        return _store(conversation, user, text, client_message_id, plan)
    except IntegrityError:  # the database knows this id already
        return resent(Message.objects.get(user=user, client_message_id=client_message_id), conversation, text)


def answer(run_id: UUID, action: str, user: User, text: str) -> Sent:
    """Answer the question that the run asked in `action`, in one commit; the same answer again is no second one.

    Raises `NotFound`, `NotPossible` when the question is not open any more, and what `send` raises.
    """
    run = _own(run_id, user)
    text = check_text(text)
    # A question is answered once, from however many pages: so its action makes the id.
    try:
        client_message_id = check_client_id(f"answer-{action}")
    except InvalidMessage:
        raise NotFound("There is no such question.") from None
    try:
        return _store(run.conversation, user, text, client_message_id, answers=(run.pk, action))
    except (IntegrityError, NotPossible):
        known = Message.objects.filter(user=user, client_message_id=client_message_id).first()
        if known is None:
            if not _has_asked(run, action):
                raise NotFound("There is no such question.") from None
            raise
        if known.text != text or known.run_id != run.pk:
            raise NotPossible(f"You have answered this already: “{known.text[:200]}”.") from None
        return Sent(known, run, known.seq, is_new=False)


def start(conversation: Conversation, trigger: Trigger) -> Run:
    """Store a run that no message asks for, in the caller's transaction or one of its own, and return it.

    It waits in the conversation's queue like any other.
    """
    with transaction.atomic():
        run = _new_run(log.lock(conversation.pk), trigger)
        ring_after_commit(run)
        transaction.on_commit(partial(notices.tell_elsewhere, conversation.owner_id, conversation.pk))
    return run


def _store(
    conversation: Conversation,
    user: User,
    text: str,
    client_message_id: str,
    plan: ActionPlan | None = None,
    answers: tuple[UUID, str] | None = None,
) -> Sent:
    with statements.sending_together():
        locked = log.lock(conversation.pk)
        if answers is not None and not pauses.is_open(locked, *answers):
            raise NotPossible("This question is not open any more: it was answered or stopped, or its time is over.")
        failpoints.hit("insert.before")
        message = Message(
            conversation=locked,
            author=Message.Author.USER,
            user=user,
            text=text,
            client_message_id=client_message_id,
            seq=locked.last_seq + 1,
            run_id=None if plan else locked.asking,
        )
        statements.insert(message)
        check_rate(user)  # not earlier: a resend is no further message
        failpoints.hit("insert.after")
        if locked.asking is not None and plan is None:
            return Sent(message, _answered(locked, message), message.seq, is_new=True)
        run = _new_run(locked, _asked(message), message, plan.model_dump(mode="json") if plan else None)
        if not locked.title:
            statements.update(Conversation, {"id": locked.pk}, title=_title(text))
        received = MessageReceived(message=str(message.pk), text=text, client_message_id=client_message_id)
        ring_after_commit(run)  # before what `record` shows: the worker shall begin
        record(locked, run, [Draft(event=received)])
        failpoints.hit("commit.before")
    failpoints.hit("commit.after")
    return Sent(message, run, message.seq, is_new=True)


def _answered(locked: Conversation, message: Message) -> Run:
    """Hand a message to the run that has asked for it; whatever is written while a question is open is its answer."""
    run, held = pauses.asker(locked)
    received = MessageReceived(
        message=str(message.pk),
        text=message.text,
        client_message_id=message.client_message_id,
        answers=held.action,
    )
    pauses.answer(locked, run, held, message, received)
    failpoints.hit("commit.before")
    return run


def retry(run_id: UUID, user: User) -> Run:
    """Return a new run for what started a run that failed or was stopped. Raises `NotFound`, `NotPossible`."""
    old = _own(run_id, user)
    with transaction.atomic():
        conversation = log.lock(old.conversation_id)
        old.refresh_from_db()
        if old.status not in (Run.Status.FAILED, Run.Status.CANCELLED):
            raise NotPossible("Only a failed or stopped answer can be tried again.")
        if old.message is not None and old.message.withdrawn_at is not None:
            raise NotPossible("This message was withdrawn. Send it again instead.")
        if old.off_branch or old.deleted_at is not None:
            raise NotPossible("This answer is not part of the talk now.")
        newest = _latest_like(old)
        if newest is not None and newest.status in Run.ALIVE:
            return newest
        trigger = _asked(old.message) if old.message else _again(old)
        run = _new_run(conversation, trigger, old.message, old.plan)
        ring_after_commit(run)
    return run


def _latest_like(old: Run) -> Run | None:
    """The latest run for the same message or, without one, of the same cause."""
    runs = Run.objects.filter(conversation=old.conversation_id, message=old.message_id).order_by("-created_at")
    if old.message_id is None:
        runs = runs.filter(trigger__content=old.trigger["content"])
    found: Run | None = runs.first()
    return found


def _again(old: Run) -> Trigger:
    return Trigger.model_validate(old.trigger).again(timezone.now())


def cancel(run_id: UUID, user: User) -> Run:
    """End a run now, whoever works on it; what it has said so far is kept. A run that is over is returned as it is.

    Raises `NotFound`.
    """
    run = _own(run_id, user)
    # Read before the lock is taken: Redis must not hold up the database.
    partial = spoken_so_far(run) if run.status == Run.Status.RUNNING else []
    with transaction.atomic():
        conversation = log.lock(run.conversation_id)
        run.refresh_from_db()
        if run.status not in Run.ALIVE:
            return run
        stopped = RunFinished(status="cancelled", reason="Stopped.", code="cancelled")
        end(conversation, run, stopped, _still_open(run, partial))
    return run


def _still_open(run: Run, partial: list[Draft]) -> list[Draft]:
    """Those of the texts that were not finished, or made void, while the conversation's lock was waited for."""
    lines = log.read_runs([run.pk])[str(run.pk)] if partial else []
    over = {line.action for line in lines if line.event.kind in ("text.finished", "action.skipped")}
    return [draft for draft in partial if draft.action not in over]


def withdraw(message_id: UUID, user: User) -> Message:
    """Take back a message that no run has begun to answer. Raises `NotFound`, `NotPossible`."""
    message: Message | None = Message.objects.for_user(user).filter(pk=message_id, author=Message.Author.USER).first()
    if message is None:
        raise NotFound("There is no such message.")
    with transaction.atomic():
        conversation = log.lock(message.conversation_id)
        message.refresh_from_db()
        if message.withdrawn_at is not None:
            return message
        run = message.runs.filter(status=Run.Status.QUEUED, attempts=0, pauses=0).first()
        if run is None:
            raise NotPossible("The answer to this message has begun. You can stop it instead.")
        message.withdrawn_at = timezone.now()
        message.save(update_fields=["withdrawn_at"])
        end(conversation, run, RunFinished(status="cancelled", reason="Withdrawn.", code="withdrawn"))
    return message


def _own(run_id: UUID, user: User) -> Run:
    run: Run | None = Run.objects.for_user(user).filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such run.")
    return run


def _has_asked(run: Run, action: str) -> bool:
    lines = log.read_runs([run.pk])[str(run.pk)]
    return any(line.action == action and line.event.kind == "question.asked" for line in lines)


def resent(known: Message, conversation: Conversation, text: str) -> Sent:
    """Return what is stored under an id that came again. Raises `MessageConflict` when it came with another text."""
    if known.text != text or known.conversation_id != conversation.pk:
        raise MessageConflict("This message id was used before for another message. Send it with a new id.")
    run = known.runs.order_by("created_at").first() or known.run
    assert run is not None, "a message is stored with its run, or answers one"
    return Sent(known, run, known.seq, is_new=False)


def _asked(message: Message) -> Trigger:
    return Trigger(kind="user_input", content=message.text, at=timezone.now(), message=str(message.pk))


def _new_run(
    conversation: Conversation, trigger: Trigger, message: Message | None = None, plan: dict[str, Any] | None = None
) -> Run:
    run = Run(
        conversation=conversation,
        message=message,
        trigger=trigger.model_dump(mode="json"),
        plan=plan,
        strategy="deliberate" if plan else "",
        # Behind everything that is in the log; several of one moment keep their order by creation.
        position=conversation.last_seq + 1,
        branch=conversation.branch,
    )
    statements.insert(run)
    observed.started(run)
    return run


def _title(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= 60:
        return line
    return line[:60].rsplit(" ", 1)[0].rstrip(",.;:") + "…"
