"""Low-rate notices over the channel layer: the state of an entity was edited, close a user's sockets."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.dispatch import receiver
from redis import RedisError

from agents.models import StateVersion
from agents.signals import state_changed

log = logging.getLogger(__name__)

# One thread: whoever edits must not wait for Redis.
_sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="notices")


def entity_group(entity_id: int) -> str:
    """Return the group of all sockets that show this entity."""
    return f"entity.{entity_id}"


def user_group(user_id: int) -> str:
    """Return the group of all sockets of this user."""
    return f"user.{user_id}"


def send(group: str, message: dict[str, Any]) -> None:
    """Send a notice to a group. Returns at once and never fails; notices are hints."""
    _sender.submit(_send, group, message)


@receiver(state_changed)
def tell_open_chats(sender: object, version: StateVersion, **_: object) -> None:
    """Tell every open chat with the entity that its state has a new version."""
    send(entity_group(version.entity_id), {"type": "state.changed", "version": version.number})


def _send(group: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    assert layer is not None, "CHANNEL_LAYERS has a default"
    try:
        async_to_sync(layer.group_send)(group, message)
    except (RedisError, OSError) as error:
        log.warning("a notice to %s was lost: %s", group, error)
