"""Erasing what was said, at a person's request: the one way in which lines of the log go, and it is recorded.

What an entity learned in a conversation stays with the entity: its memories are its own rows, forgotten one by
one, or erased with the entity.
"""

from uuid import UUID

from django.db import transaction

from agents.models import Entity, ModelCall
from interactions import log
from interactions.models import Conversation, Erasure, Run


def erase_conversation(conversation_id: UUID, reason: str) -> None:
    """Delete a conversation with its messages, runs, events and recorded prompts, and leave an `Erasure`.

    Raises `Conversation.DoesNotExist`.
    """
    with transaction.atomic():
        conversation = log.lock(conversation_id)  # a worker that is at it commits before, or finds nothing after
        Erasure.objects.create(conversation=conversation.pk, reason=reason)
        runs = list(Run.objects.filter(conversation=conversation).values_list("pk", flat=True))
        ModelCall.objects.filter(run__in=runs).delete()
        conversation.delete()


def erase_entity(entity: Entity, reason: str) -> int:
    """Delete an entity with its state, history and conversations; return how many conversations it had."""
    with transaction.atomic():
        Entity.objects.select_for_update().get(pk=entity.pk)
        conversations = list(Conversation.objects.filter(entity=entity).values_list("pk", flat=True))
        for conversation in conversations:
            erase_conversation(conversation, reason)
        Erasure.objects.create(entity=entity.pk, reason=reason)
        ModelCall.objects.filter(entity=entity).delete()
        entity.delete()
        return len(conversations)
