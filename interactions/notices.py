"""Low-rate notices to all web processes: an entity's state was changed, a run began in another talk than one may look
at or a talk was read, a user's sockets have to close.

They go through one Redis Stream, which the hub of each web process reads beside those of its conversations, and hands
to the sockets that they concern. Notices are hints: one that is lost while Redis is away is made up for by the next
reload, or by the next look whether a socket may stay open.
"""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from agents.models import StateVersion
from agents.signals import state_changed
from interactions.models import ApiToken
from interactions.one_way import redis_writer

Notice = dict[str, Any]

KEY = "memos:notices"
# Whoever is behind by more has lost its place, and reads on from what is left.
MAX_ENTRIES, EXPIRE_SECONDS = 500, 900


def close_sockets(user_id: int) -> None:
    """Close those of a user's sockets that may no longer be open. Returns at once and never fails."""
    _send({"user": user_id})


def tell_elsewhere(user_id: int, talk: UUID) -> None:
    """Tell a user's open chats, but for those with this talk, that lists of talks have something else to say of it."""
    _send({"talks_of": user_id, "talk": str(talk)})


@receiver(state_changed)
def tell_open_chats(sender: object, version: StateVersion, **_: object) -> None:
    """Tell every open chat with the entity that its state has a new version."""
    _send({"entity": version.entity_id, "version": version.number})


@receiver(user_logged_out)
def tell_of_logout(sender: object, user: User | None, **_: object) -> None:
    """Close the sockets of the session that ended."""
    if user is not None:
        close_sockets(user.pk)


@receiver(post_save, sender=User)
def tell_of_new_rights(sender: object, instance: User, update_fields: Iterable[str] | None, **_: object) -> None:
    """Close the sockets that a new password, a deactivation or a demotion shuts out."""
    if set(update_fields or ()) != {"last_login"}:
        transaction.on_commit(partial(close_sockets, instance.pk))


@receiver(post_delete, sender=ApiToken)
def tell_of_revoked_token(sender: object, instance: ApiToken, **_: object) -> None:
    """Close the sockets that a revoked token had opened."""
    transaction.on_commit(partial(close_sockets, instance.owner_id))


def _send(notice: Notice) -> None:
    body = json.dumps(notice, separators=(",", ":"))
    redis_writer().send(("XADD", KEY, "MAXLEN", "~", MAX_ENTRIES, "*", "j", body), ("EXPIRE", KEY, EXPIRE_SECONDS))
