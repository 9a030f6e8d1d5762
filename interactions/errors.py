"""What can go wrong with a conversation: each error has a code, an HTTP status, and a sentence that says what to do."""


class InteractionError(Exception):
    """The root. `field` names the input that is at fault, if one is."""

    code = "interaction_error"
    status = 400
    field: str | None = None

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        if field is not None:
            self.field = field


class InvalidMessage(InteractionError):
    code = "invalid_message"
    field = "text"


class MessageConflict(InteractionError):
    """The same client_message_id came with another text or for another conversation."""

    code, status, field = "message_conflict", 409, "client_message_id"


class InvalidResult(InteractionError):
    """What a tool reports cannot be taken. `field` names what to correct."""

    code, field = "invalid_result", "content"


class ResultConflict(InteractionError):
    """The same client_id came with another result in the same conversation."""

    code, status, field = "result_conflict", 409, "client_id"


class TooManyMessages(InteractionError):
    code, status = "too_many_messages", 429


class NotFound(InteractionError):
    code, status = "not_found", 404


class NotPossible(InteractionError):
    """What was asked made sense earlier, but not now."""

    code, status = "not_possible", 409


class LeaseLost(Exception):
    """The run was cancelled, or another worker has taken it over: nothing may be committed to it any more."""
