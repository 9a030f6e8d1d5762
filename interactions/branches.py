"""Branches of a talk: another answer, another message, and which of them goes on.

The log stays one line of events, 1..n. A branch leaves its parent before a run (its *place*); what follows on the
parent is off the branch, neither shown nor in prompts, until somebody switches back. Each switch is an event.
"""

from typing import Literal
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from agents import statements
from agents.events import BranchSwitched, Draft, MessageReceived
from agents.triggers import Trigger
from interactions import live, log, observed, runs
from interactions.errors import NotFound, NotPossible
from interactions.leases import ring_after_commit
from interactions.models import Branch, Conversation, Message, Run
from interactions.record import record
from interactions.settle import AT_ONCE, settle
from interactions.tree import Segment, Tree
from interactions.validation import check_client_id, check_rate, check_text

Cause = Literal["regenerated", "edited", "switched"]


def regenerate(run_id: UUID, user: User) -> Run:
    """Return a new run for the message of another one, on a branch of its own beside it. What runs or waits in the
    talk is stopped.

    Raises `NotFound` and `NotPossible`.
    """
    old = _own_run(run_id, user)
    _check_shown(old)
    _stop_all(old.conversation_id, user)
    with transaction.atomic():
        conversation = _idle(old.conversation_id)
        old.refresh_from_db()
        _check_shown(old)
        beside = _first_for(old)
        return _open(conversation, beside, old.message, "regenerated", beside.pk)


def edit(message_id: UUID, user: User, text: str, client_message_id: str = "") -> Run:
    """Return the run that answers `text`, said instead of a message, on a branch of its own. What runs or waits in the
    talk is stopped. A resend of the same id changes nothing.

    Raises `NotFound`, `NotPossible`, `InvalidMessage`, `TooManyMessages`, and `MessageConflict` when the id came with
    another text before.
    """
    old = _own_message(message_id, user)
    text = check_text(text)
    client_message_id = check_client_id(client_message_id) or str(uuid4())
    known = Message.objects.filter(user=user, client_message_id=client_message_id).first()
    if known is not None:
        return runs.resent(known, old.conversation, text).run
    _first_shown(old)
    _stop_all(old.conversation_id, user)
    try:
        with transaction.atomic():
            return _say_instead(old, user, text, client_message_id)
    except IntegrityError:  # the same came twice at once
        known = Message.objects.get(user=user, client_message_id=client_message_id)
        return runs.resent(known, old.conversation, text).run


def switch(run_id: UUID, user: User) -> Conversation:
    """Make the branch on which this run stands the one that goes on, with whatever followed it when it last did.

    Raises `NotFound` and `NotPossible`.
    """
    run = _own_run(run_id, user)
    with transaction.atomic():
        conversation = _idle(run.conversation_id)
        tree = Tree.of(conversation)
        target = tree.latest_through(run)
        if target == conversation.branch:
            return conversation
        before = conversation.branch
        _move(conversation, tree, target)
        _tell(conversation, before, run, run, "switched")
    return conversation


def _stop_all(conversation_id: UUID, user: User) -> None:
    for pk in Run.objects.filter(conversation=conversation_id, status__in=Run.ALIVE).values_list("pk", flat=True):
        runs.cancel(pk, user)


def _check_shown(run: Run) -> None:
    """Raise `NotPossible` for what can't be answered again."""
    if run.strategy == "command":
        raise NotPossible("A command has no other answer.")
    if run.off_branch or run.deleted_at is not None or (run.message and run.message.withdrawn_at):
        raise NotPossible("This answer is not part of the talk now. Go to it first.")


def _first_shown(message: Message) -> Run:
    """Return the run that answers a message first, where the talk goes on. Raises `NotPossible`."""
    first: Run | None = message.runs.filter(off_branch=False).order_by("position", "created_at").first()
    if first is None or message.deleted_at is not None or message.withdrawn_at is not None:
        raise NotPossible("This message is not part of the talk now. Go to it first.")
    return first


def _say_instead(old: Message, user: User, text: str, client_message_id: str) -> Run:
    conversation = _idle(old.conversation_id)
    old.refresh_from_db()
    first = _first_shown(old)
    message = Message(
        conversation=conversation,
        author=Message.Author.USER,
        user=user,
        text=text,
        client_message_id=client_message_id,
        replaces=old.pk,
        seq=conversation.last_seq + 2,  # behind the event that tells of the branch
    )
    statements.insert(message)
    check_rate(user)
    run = _open(conversation, first, message, "edited")
    received = MessageReceived(message=str(message.pk), text=text, client_message_id=client_message_id)
    record(conversation, run, [Draft(event=received)])
    return run


def _open(
    conversation: Conversation,
    beside: Run,
    message: Message | None,
    cause: Cause,
    alternative_of: UUID | None = None,
) -> Run:
    """Begin a branch beside the run `beside` with a new run, which is returned, and let the talk go on there."""
    tree = Tree.of(conversation)
    leaves = tree.opened_by(beside)
    parent, place = (leaves.parent, leaves.place) if leaves else (beside.branch, beside)
    before, number = conversation.branch, conversation.branches + 1
    trigger = Trigger.model_validate(beside.trigger)
    if message is not None and cause == "edited":
        trigger = trigger.model_copy(update={"content": message.text, "message": str(message.pk)})
    run = Run(
        conversation=conversation,
        message=message,
        trigger=trigger.again(timezone.now()).model_dump(mode="json"),
        position=conversation.last_seq + 1,
        branch=number,
        plan=beside.plan if cause == "regenerated" else None,
        strategy="deliberate" if cause == "regenerated" and beside.plan else "",
        alternative_of=alternative_of,
    )
    statements.insert(run)
    observed.started(run)
    if not tree.rows:
        tree.add(Branch.objects.create(conversation=conversation, number=0, used_seq=conversation.last_seq))
    new = Branch(conversation=conversation, number=number, parent=parent, place=place, opening=run)
    new.save()
    tree.add(new)
    conversation.branches = number
    _move(conversation, tree, number)
    _tell(conversation, before, beside, run, cause)
    ring_after_commit(run)
    return run


def _tell(conversation: Conversation, before: int, beside: Run, run: Run, cause: Cause) -> None:
    switched = BranchSwitched(
        branch=conversation.branch, before=before, beside=str(beside.pk), shown=str(run.pk), cause=cause
    )
    lines = log.append(conversation, [Draft(event=switched)])
    Branch.objects.filter(conversation=conversation, number=conversation.branch).update(used_seq=lines[0].seq)
    transaction.on_commit(lambda: live.publish(conversation.pk, *lines))


def _move(conversation: Conversation, tree: Tree, target: int) -> None:
    """Let `conversation` go on on the branch `target`: show what is on it, and nothing else."""
    old, new = tree.segments(conversation.branch), tree.segments(target)
    shared = 0
    while shared < min(len(old), len(new)) and old[shared] == new[shared]:
        shared += 1
    left, taken = old[shared:], new[shared:]
    if left and taken and left[0].branch == taken[0].branch:  # of one branch, more or less of it
        if taken[0].until is not None:
            _show(conversation, left[0], False, taken[0].until)
        if left[0].until is not None:
            _show(conversation, taken[0], True, left[0].until)
        left, taken = left[1:], taken[1:]
    for segment in left:
        _show(conversation, segment, False)
    for segment in taken:
        _show(conversation, segment, True)
    conversation.branch = target
    Conversation.objects.filter(pk=conversation.pk).update(branch=target, branches=conversation.branches)


def _show(conversation: Conversation, segment: Segment, is_shown: bool, since: Run | None = None) -> None:
    found = Run.objects.filter(conversation=conversation, branch=segment.branch)
    if segment.until is not None:
        found = found.filter(_before(segment.until))
    if since is not None:
        found = found.exclude(_before(since))
    moved = list(found.filter(off_branch=is_shown).values_list("pk", flat=True))
    for start in range(0, len(moved), AT_ONCE):
        part = moved[start : start + AT_ONCE]
        Run.objects.filter(pk__in=part).update(off_branch=not is_shown)
        # What it said, and what it was answered to its questions.
        Message.objects.filter(run__in=part).update(off_branch=not is_shown)
        asked = Run.objects.filter(pk__in=part).exclude(message=None).values_list("message", flat=True)
        settle(list(asked.distinct().order_by()))


def _before(place: Run) -> Q:
    return Q(position__lt=place.position) | Q(position=place.position, created_at__lt=place.created_at)


def _first_for(run: Run) -> Run:
    """The first run of the same message on the branch that goes on: what failed before and was tried again goes too."""
    if run.message is None:
        return run
    same = run.message.runs.filter(off_branch=False).order_by("position", "created_at").first()
    return same or run


def _idle(conversation_id: UUID) -> Conversation:
    """Return the conversation, locked. Raises `NotPossible` while something runs or waits in it."""
    conversation = log.lock(conversation_id)
    if conversation.runs.filter(status__in=Run.ALIVE).exists():
        raise NotPossible("A reply is under way. Stop it, or wait until it is there.")
    return conversation


def _own_run(pk: UUID, user: User) -> Run:
    found = Run.objects.for_user(user).filter(pk=pk, conversation__deleted_at=None)
    run: Run | None = found.select_related("message").first()
    if run is None:
        raise NotFound("There is no such answer.")
    return run


def _own_message(pk: UUID, user: User) -> Message:
    found = Message.objects.for_user(user).filter(pk=pk, author=Message.Author.USER, conversation__deleted_at=None)
    message: Message | None = found.select_related("conversation").first()
    if message is None:
        raise NotFound("There is no such message.")
    return message
