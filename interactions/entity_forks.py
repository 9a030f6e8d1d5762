"""Forking an entity with what lets it act of its own accord. Its state is forked by `agents.state.fork`."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from agents import state
from agents.models import Entity
from interactions.models import Initiative, Schedule
from interactions.timers import open_timers


def fork_entity(source: Entity, at_version: int | None = None, *, owner: User, name: str = "") -> Entity:
    """Return a fork of `source` at a version of its state (the latest), with its timers and settings as they are now.

    The timers are paused, so that nothing rings twice: whoever forks starts those that the new one shall keep. They
    go on in a talk of its own. Somebody else's fork gets none: what a timer is for was said to the first owner.
    Raises like `agents.state.fork`.
    """
    with transaction.atomic():
        new = state.fork(source.pk, at_version, owner=owner, name=name)
        if new.owner_id == source.owner_id:
            _copy_initiative(source, new)
            _copy_timers(source, new)
    return new


def _copy_initiative(source: Entity, new: Entity) -> None:
    settings = Initiative.objects.filter(entity=source).first()
    if settings is not None:
        settings.pk, settings.entity, settings.noticed_version = None, new, new.version
        settings.save(force_insert=True)


def _copy_timers(source: Entity, new: Entity) -> None:
    now = timezone.now()
    copies = list(open_timers(source))
    for timer in copies:
        timer.copied_from, timer.pk = timer.pk, None
        timer.entity, timer.conversation = new, None
        timer.paused_at, timer.held_until = now, None
        timer.fired, timer.last_at = 0, None
    Schedule.objects.bulk_create(copies)
