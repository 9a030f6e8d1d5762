"""The conversation's tables."""

from interactions.models.api_token import ApiToken
from interactions.models.conversation import Conversation, Message, Run
from interactions.models.event_record import Erasure, EventRecord

__all__ = ["ApiToken", "Conversation", "Erasure", "EventRecord", "Message", "Run"]
