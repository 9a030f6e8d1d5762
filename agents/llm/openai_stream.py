"""The stream of an OpenAI-compatible server: from bytes to text, without an object per token."""

from typing import Any

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from agents.llm.base import ModelUsage

MAX_LINE = 1_000_000  # bytes; a server that never ends its line would fill the memory


class Part(TypedDict, total=False):
    """A piece of structured content; some servers send thoughts that way."""

    type: str
    text: str


class Delta(TypedDict, total=False):
    """What was added to the answer. Thoughts (`reasoning_content`, `reasoning`) are not read."""

    content: str | list[Part] | None


class Choice(TypedDict, total=False):
    delta: Delta | None
    message: Delta | None
    finish_reason: str | None


class Usage(TypedDict, total=False):
    prompt_tokens: int | None
    completion_tokens: int | None


class Chunk(TypedDict, total=False):
    """One `data:` line, or the whole answer of a server that does not stream."""

    choices: list[Choice] | None
    usage: Usage | None
    error: Any


CHUNK: TypeAdapter[Chunk] = TypeAdapter(Chunk)


class StreamParser:
    """Takes the bytes as they come and gives the text in them.

    `finished` is the server's reason for the end, "" before it; `done` says that nothing follows; `broken` that
    something came which is no part of an answer; `error` is the server's own error object.
    """

    def __init__(self, usage: ModelUsage) -> None:
        self.finished = ""
        self.done = self.broken = False
        self.error: Any = None
        self._usage = usage
        self._rest = b""
        self._thoughts = ThoughtFilter()

    def feed(self, data: bytes) -> str:
        """Return the text that `data` completes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        texts = [text for line in lines if (text := self._line(line))]
        self.broken = self.broken or len(self._rest) > MAX_LINE
        return self._thoughts.feed("".join(texts)) if texts else ""

    def end(self) -> str:
        """Return what was held back: the stream is over."""
        last = self._line(self._rest) if self._rest else ""
        self._rest = b""
        return self._thoughts.feed(last) + self._thoughts.end()

    def whole(self, body: bytes) -> str:
        """Return the text of an answer that came in one piece."""
        self.done = True
        return self._thoughts.feed(self._chunk(body)) + self._thoughts.end()

    def _line(self, line: bytes) -> str:
        # Other fields of an event, comments and what follows an error say nothing.
        if self.done or self.broken or not line.startswith(b"data:"):
            return ""
        payload = line[5:].strip()
        if payload == b"[DONE]":
            self.done = True
            return ""
        return self._chunk(payload)

    def _chunk(self, payload: bytes) -> str:
        try:
            chunk = CHUNK.validate_json(payload)
        except ValidationError:
            self.broken = True
            return ""
        if (error := chunk.get("error")) is not None:
            self.error, self.broken = error, True
            return ""
        if usage := chunk.get("usage"):
            self._usage.input_tokens = usage.get("prompt_tokens") or 0
            self._usage.output_tokens = usage.get("completion_tokens") or 0
        if not (choices := chunk.get("choices")):
            return ""
        choice = choices[0]
        self.finished = choice.get("finish_reason") or self.finished
        content = (choice.get("delta") or choice.get("message") or {}).get("content")
        if isinstance(content, list):
            return "".join(part.get("text", "") for part in content if part.get("type") == "text")
        return content or ""


class ThoughtFilter:
    """Takes out the <think>…</think> that some servers leave at the start of an answer."""

    OPEN, CLOSE = "<think>", "</think>"

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"

    def feed(self, text: str) -> str:
        """Return what of `text` belongs to the answer, as far as that is known yet."""
        if self._state == "answer":
            return text
        self._held += text
        if self._state == "start":
            start = self._held.lstrip()
            if self.OPEN.startswith(start[: len(self.OPEN)]) and len(start) < len(self.OPEN):
                return ""  # it may become the tag yet
            self._state = "thought" if start.startswith(self.OPEN) else "answer"
        if self._state == "thought":
            _, closed, after = self._held.partition(self.CLOSE)
            if not closed:
                self._held = self._held[-len(self.CLOSE) :]
                return ""
            self._state, self._held = "answer", after.lstrip()
        held, self._held = self._held, ""
        return held

    def end(self) -> str:
        """Return what was held back."""
        held, self._held = self._held, ""
        return held if self._state == "start" else ""
