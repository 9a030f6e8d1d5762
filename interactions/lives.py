"""Deleting an entity, bringing it back, and erasing for good what nobody brought back."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from agents.models import Entity
from interactions import runs
from interactions.erasure import erase_entity
from interactions.models import Run

# For so long a deleted entity can be restored.
KEPT = timedelta(days=30)


def delete(entity: Entity, user: User) -> None:
    """Take `entity` and its conversations out of sight, and stop what it is doing. Nothing is lost for `KEPT`."""
    with transaction.atomic():
        Entity.objects.filter(pk=entity.pk, deleted_at=None).update(deleted_at=timezone.now())
    for run in Run.objects.filter(conversation__entity=entity, status__in=Run.ALIVE).values_list("pk", flat=True):
        runs.cancel(run, user)


def restore(entity: Entity) -> None:
    """Bring a deleted `entity` back, with its conversations."""
    Entity.objects.filter(pk=entity.pk).update(deleted_at=None)


def sweep() -> int:
    """Erase the entities whose time to be restored is over; return how many those were."""
    over = list(Entity.objects.filter(deleted_at__lt=timezone.now() - KEPT))
    for entity in over:
        erase_entity(entity, f"deleted {KEPT.days} days ago")
    return len(over)
