"""Low-rate notices over the channel layer: an entity's state was changed, a user's sockets have to close.

All web processes hear all notices and hand them to those of their sockets that they concern. Notices are hints: one
that is lost while Redis is away is made up for by the next reload.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import BaseChannelLayer, get_channel_layer
from django.dispatch import receiver
from redis import RedisError

from agents.models import StateVersion
from agents.signals import state_changed

log = logging.getLogger(__name__)

Notice = dict[str, Any]

GROUP = "notices"
# Seconds after which a process joins the group again: Redis may have come back empty.
REJOIN_SECONDS = 10.0

# One thread: whoever edits must not wait for Redis.
_sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="notices")


def close_sockets(user_id: int) -> None:
    """Close all sockets of a user. Returns at once and never fails."""
    _sender.submit(_send, {"user": user_id})


@receiver(state_changed)
def tell_open_chats(sender: object, version: StateVersion, **_: object) -> None:
    """Tell every open chat with the entity that its state has a new version."""
    _sender.submit(_send, {"entity": version.entity_id, "version": version.number})


async def listen(heard: Callable[[Notice], None]) -> None:
    """Hand every notice to `heard`. Never returns; a Redis that is away is tried again."""
    layer = _layer()
    while True:
        try:
            channel = await layer.new_channel()
            while True:
                await layer.group_add(GROUP, channel)
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
