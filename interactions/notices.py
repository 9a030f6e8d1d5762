"""Low-rate notices over the channel layer: an entity's state was changed, a user's sockets have to close.

All web processes hear all notices and hand them to those of their sockets that they concern. Notices are hints: one
that is lost while Redis is away is made up for by the next reload.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import uuid4

from asgiref.sync import async_to_sync
from channels.layers import BaseChannelLayer, get_channel_layer
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from redis import RedisError

from agents.models import StateVersion
from agents.signals import state_changed
from interactions.models import ApiToken

log = logging.getLogger(__name__)

Notice = dict[str, Any]

GROUP = "notices"
# Seconds after which a process joins the group again: Redis may have come back empty.
REJOIN_SECONDS = 10.0

# One thread: whoever edits must not wait for Redis.
_sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="notices")


def close_sockets(user_id: int) -> None:
    """Close those of a user's sockets that may no longer be open. Returns at once and never fails."""
    _sender.submit(_send, {"user": user_id})


@receiver(state_changed)
def tell_open_chats(sender: object, version: StateVersion, **_: object) -> None:
    """Tell every open chat with the entity that its state has a new version."""
    _sender.submit(_send, {"entity": version.entity_id, "version": version.number})


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


async def listen(heard: Callable[[Notice], None], joined: asyncio.Event) -> None:
    """Hand every notice to `heard`; `joined` is set when the first can be heard. Never returns; a Redis that is away
    is tried again."""
    layer = _layer()
    while True:
        try:
            # A name of its own each time: whoever listened before and was not gone yet would take what is ours.
            channel = await layer.new_channel(f"hub-{uuid4().hex[:8]}")  # type: ignore[call-arg]  # Redis’s layer can
            while True:
                await layer.group_add(GROUP, channel)
                joined.set()
                await _receive(layer, channel, heard)
        except (RedisError, OSError):
            await asyncio.sleep(1)


async def _receive(layer: BaseChannelLayer, channel: str, heard: Callable[[Notice], None]) -> None:
    """Receive for a while."""
    try:
        async with asyncio.timeout(REJOIN_SECONDS):
            while True:
                heard(dict(await layer.receive(channel)))
    except TimeoutError:
        return


def _send(notice: Notice) -> None:
    try:
        async_to_sync(_layer().group_send)(GROUP, {"type": "notice", **notice})
    except (RedisError, OSError) as error:
        log.warning("a notice was lost: %s", error)


def _layer() -> BaseChannelLayer:
    layer = get_channel_layer()
    assert layer is not None, "CHANNEL_LAYERS has a default"
    return layer
