"""The conversation's tables."""

from interactions.models.api_token import ApiToken
from interactions.models.branch import Branch
from interactions.models.conversation import Conversation, Message, Run
from interactions.models.event_record import Erasure, EventRecord
from interactions.models.folder import Folder
from interactions.models.initiative import Initiative, PersonZone, Schedule
from interactions.models.rating import Rating
from interactions.models.telling import Telling

__all__ = [
    "ApiToken",
    "Branch",
    "Conversation",
    "Erasure",
    "EventRecord",
    "Folder",
    "Initiative",
    "Message",
    "PersonZone",
    "Rating",
    "Run",
    "Schedule",
    "Telling",
]
