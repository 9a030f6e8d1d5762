"""Answers that are no plan: plain prose, spoken as it comes."""

from agents.plan import PlannedAction
from agents.strategies.steps import Piece, Step, new_id


class Flow:
    """A text that is handed on as it comes, but for white space at its ends, which may be the end."""

    def __init__(self) -> None:
        self.handed = 0
        self._held = ""

    def hand_on(self, text: str) -> str:
        """Return what can be shown now."""
        text = self._held + text
        if not self.handed:
            text = text.lstrip()
        new = text.rstrip()
        self._held = text[len(new) :]
        self.handed += len(new)
        return new


class Prose:
    """A plain answer, spoken as it comes; a leading <think> block is a thought."""

    def __init__(self) -> None:
        self._buffer = ""
        self._begin("")
        self.earlier: list[PlannedAction] = []

    @property
    def open_text(self) -> tuple[str, str] | None:
        return (self._id, self._action) if self._said else None

    def _begin(self, action: str) -> None:
        self._id, self._action = new_id(), action
        self._said: list[str] = []
        self._flow = Flow()

    def feed(self, chunk: str) -> list[Piece | Step]:
        self._buffer += chunk
        if not self._action:
            self._buffer = self._buffer.lstrip()
            self._action = "THINK" if self._buffer.startswith("<think>") else "SPEAK"
            self._buffer = self._buffer.removeprefix("<think>").lstrip()
        if self._action == "THINK":
            return self._think()
        text, self._buffer = self._buffer, ""
        return self._hand_on(text)

    def close(self) -> list[Piece | Step]:
        items = self._hand_on(self._buffer) if self._buffer else []
        return [*items, *self._step()]

    def _think(self) -> list[Piece | Step]:
        thought, tag, rest = self._buffer.partition("</think>")
        if not tag:
            keep = len("</think>") - 1  # the tag may come in two chunks
            text, self._buffer = self._buffer[:-keep], self._buffer[-keep:]
            return self._hand_on(text)
        items = [*self._hand_on(thought), *self._step()]
        self.earlier = [item.planned for item in items if isinstance(item, Step)]
        self._begin("SPEAK")
        self._buffer = ""
        return items + self.feed(rest.lstrip())

    def _hand_on(self, text: str) -> list[Piece | Step]:
        new = self._flow.hand_on(text)
        if not new:
            return []
        self._said.append(new)
        return [Piece(self._id, self._action, new)]

    def _step(self) -> list[Piece | Step]:
        text = "".join(self._said)
        return [Step(self._id, PlannedAction(action=self._action, args={"text": text}))] if text else []
