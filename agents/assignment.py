"""Which strategy a conversation gets while an entity's strategies are compared side by side."""

import hashlib
from collections.abc import Sequence
from uuid import UUID


def assigned(compared: Sequence[str], conversation: UUID) -> str:
    """Return the one of the `compared` strategies that this conversation has; "" when fewer than two are compared.

    It is always the same for the same conversation, and each is as likely (SHA-256 of its id), so that what differs
    between them is the strategy and not who was talked with or when.
    """
    if len(compared) < 2:
        return ""
    number = int.from_bytes(hashlib.sha256(conversation.bytes).digest()[:8], "big")
    return sorted(compared)[number % len(compared)]
