"""What every language model looks like to the engine: a vendor's, a local one, the offline responder."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from agents.scene import Scene

# reply: prose, the reactive strategy · inline: a plan with its texts, streamed · plan, extend: a plan without texts ·
# think, speak, reflect: the prose of one planned action · test: the settings page's "Test" button
Purpose = Literal["reply", "inline", "plan", "extend", "think", "speak", "reflect", "test"]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request. Wire models send `messages`; the offline responder reads `scene` and, for a single action,
    `context`: what the plan says this thought or speech is for."""

    purpose: Purpose
    messages: tuple[ChatMessage, ...]
    scene: Scene | None = None
    context: str = ""
    max_output_tokens: int = 4096


@dataclass(slots=True)
class ModelUsage:
    """Tokens of one request; a model fills it while it streams. Zero where the server does not say.
    `finish` is why the answer ended, in the server's word: "stop", "length" (cut at its limit) …; "" if unsaid."""

    input_tokens: int = 0
    output_tokens: int = 0
    finish: str = ""


class LanguageModel(Protocol):
    """A model that answers one request with a stream of text pieces."""

    name: str

    def stream(self, request: ModelRequest, usage: ModelUsage) -> AsyncIterator[str]:
        """Yield the answer piece by piece. An empty piece is a sign of life: the model is at work (it reasons, say)
        but has nothing to show yet. Raises `agents.errors.ModelError`, never a vendor's own error. Closing the
        iterator, or cancelling the task that waits for it, ends the request at once."""
        ...


@runtime_checkable
class Closable(Protocol):
    """A model that holds connections."""

    async def aclose(self) -> None:
        """Close those of the running event loop."""
        ...
