"""What can go wrong in the engine. Every error has a stable `code` and a sentence that says what to do."""


class EngineError(Exception):
    """The root of the engine's errors. `str(error)` is a sentence for the person who is waiting."""

    code = "engine_error"


class StateError(EngineError):
    """A change that the state does not allow. Nothing was written."""

    code = "state_refused"


class VersionConflict(StateError):
    """An edit named a version of the state that is no longer the latest."""

    code = "version_conflict"

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(
            f"The state is at version {actual} now, the edit was made on version {expected}. Reload and try again."
        )
        self.expected, self.actual = expected, actual


class EmotionError(EngineError):
    """Feelings were asked for with a number that is none, or out of its range."""

    code = "emotion_refused"


class ActionFailed(EngineError):
    """An action could not do what it was asked; the sequence goes on."""

    code = "action_failed"


class PlanRejected(EngineError):
    """A model's plan does not hold. `errors` says why, one line each; `raw` is what the model wrote."""

    code = "plan_rejected"

    def __init__(self, errors: list[str], raw: str) -> None:
        super().__init__("The model's plan could not be used: " + "; ".join(errors))
        self.errors, self.raw = errors, raw


class PlanFailed(EngineError):
    """The plan was sent back and came back broken as often as that is allowed."""

    code = "plan_failed"


class ModelError(EngineError):
    """A model request that failed. `transient` ones are tried again before anybody hears of them."""

    code = "model_error"
    transient = False
    retry_after: float | None = None  # seconds the server asks to wait


class ModelUnreachable(ModelError):
    code, transient = "model_unreachable", True


class ModelOverloaded(ModelError):
    code, transient = "model_overloaded", True


class ModelTimeout(ModelError):
    code, transient = "model_timeout", False


class ModelKeyRefused(ModelError):
    code = "model_key_refused"


class ModelNotFound(ModelError):
    code = "model_not_found"


class ModelRefused(ModelError):
    """The server understood and said no (a bad request, a policy)."""

    code = "model_refused"


class ModelAnswerTooLong(ModelError):
    code = "model_answer_too_long"


class ModelAnswerBroken(ModelError):
    """The connection ended or the answer was no answer."""

    code, transient = "model_answer_broken", True


class ModelUnknown(ModelError):
    """The configured model name makes no sense."""

    code = "model_unknown"


class ProviderRefused(ModelError):
    """Settings of a model provider that can't work. `field` is the one to correct: kind, model, base_url or key."""

    code = "provider_refused"

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field
