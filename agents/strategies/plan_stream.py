"""Reads a plan while it arrives: text piece by piece, actions as soon as each is whole."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from agents.actions import registry
from agents.errors import PlanRejected
from agents.plan import ActionPlan, PlannedAction
from agents.strategies.steps import Piece, Step, new_id

_OUTSIDE = re.compile(r'["{}\[\]]')
_INSIDE = re.compile(r'["\\]')
_ACTIONS_KEY = re.compile(r'"actions"\s*:\s*$')
# Signs that no database takes and no page shows; tabs and line ends stay.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clean(text: str) -> str:
    """Return a model's text without NUL, control signs and lone surrogates."""
    return _UNPRINTABLE.sub("", text)


@dataclass(slots=True)
class _Open:
    """The action that is being written: where it began, and how much of its text has been handed on."""

    start: int
    id: str
    action: str = ""
    handed: int = 0


class PlanStream:
    """An incremental parser of one plan.

    `feed` takes a chunk and returns the pieces and steps that it completed; `close` returns the whole plan. Both raise
    `PlanRejected`. An answer that begins with neither a brace nor a code fence is prose: it becomes a SPEAK as it is,
    with what stands in <think> tags before it as a THINK. `prose` true takes every answer as such.
    """

    def __init__(self, *, prose: bool = False) -> None:
        self.text = ""
        self._at = 0
        self._stack: list[str] = []
        self._in_string = False
        self._open: _Open | None = None
        self._in_actions = False
        self._started = prose
        self._ended = False
        self._planned: list[PlannedAction] = []
        self._prose = _Prose() if prose else None

    @property
    def is_prose(self) -> bool:
        """Whether the answer is plain prose."""
        return self._prose is not None

    @property
    def open_text(self) -> tuple[str, str] | None:
        """Id and name of the text action that is being written, if pieces of it were handed on."""
        if self._prose:
            return self._prose.open_text
        return (self._open.id, self._open.action) if self._open and self._open.handed else None

    def feed(self, chunk: str) -> list[Piece | Step]:
        """Take the next chunk of the answer."""
        if self._prose:
            self.text += chunk
            return self._prose.feed(clean(chunk))
        self.text += chunk
        if not self._started and not self._start():
            return []
        return self._prose.feed(clean(self.text)) if self._prose else self._scan()

    def close(self) -> tuple[list[Piece | Step], ActionPlan]:
        """End the answer: return its last items and the whole plan."""
        if not self._started:
            if not self.text.strip():
                raise PlanRejected(["the answer says nothing"], self.text)
            self._prose, self._started = _Prose(), True
            self._prose.feed(clean(self.text))
        if self._prose:
            items = self._prose.close()
            steps = [item.planned for item in items if isinstance(item, Step)]
            if not steps:
                raise PlanRejected(["the answer says nothing"], self.text)
            return items, ActionPlan(actions=(*self._prose.earlier, *steps))
        if not self._ended:
            raise PlanRejected(["the answer ends in the middle of the JSON object"], self.text)
        if not self._planned:
            raise PlanRejected(['"actions" must hold at least one action'], self.text)
        return [], ActionPlan(actions=tuple(self._planned), **self._header())

    def _start(self) -> bool:
        """Decide what kind of answer this is; False while too little of it is there."""
        head = self.text.lstrip()
        if not head or ("<think>".startswith(head) or "```".startswith(head)):
            return False
        self._started = True
        if head.startswith("```") or head.startswith("{"):
            brace = self.text.find("{")
            if brace < 0:
                self._started = False
                return False
            self._at = brace
        else:
            self._prose = _Prose()
        return True

    def _scan(self) -> list[Piece | Step]:
        """Walk over what is new, keeping track of strings and nesting, and hand on what became whole."""
        items: list[Piece | Step] = []
        while not self._ended:
            found = (_INSIDE if self._in_string else _OUTSIDE).search(self.text, self._at)
            if found is None:
                self._at = len(self.text)
                break
            sign, place = found.group(), found.start()
            if sign == "\\":
                if place + 1 >= len(self.text):
                    self._at = place
                    break
                self._at = place + 2
                continue
            self._at = place + 1
            if sign == '"':
                self._in_string = not self._in_string
            elif sign in "{[":
                self._push(sign, place)
            else:
                items += self._pop(place)
        return items + self._text_so_far()

    def _push(self, sign: str, place: int) -> None:
        if sign == "[" and self._stack == ["{"] and _ACTIONS_KEY.search(self.text, 0, place):
            self._in_actions = True
        self._stack.append(sign)
        if sign == "{" and self._in_actions and self._stack == ["{", "[", "{"]:
            self._open = _Open(start=place, id=new_id())

    def _pop(self, place: int) -> list[Piece | Step]:
        if not self._stack:
            raise PlanRejected(["the brackets do not match"], self.text)
        self._stack.pop()
        if not self._stack:
            self._ended = True
        elif len(self._stack) == 1:
            self._in_actions = False
        elif len(self._stack) == 2 and self._open and self._in_actions:
            return self._finish(self._open, place + 1)
        return []

    def _finish(self, open_: _Open, end: int) -> list[Piece | Step]:
        try:
            fields = _cleaned(from_json(self.text[open_.start : end]))
            planned = registry.parse(fields)
        except ValueError as error:
            raise PlanRejected([f"action {len(self._planned) + 1}: {error}"], self.text) from error
        items: list[Piece | Step] = []
        action = registry.get(planned.action)
        if action is not None and action.is_text:
            rest = planned.args["text"][open_.handed :]
            items += [Piece(open_.id, planned.action, rest)] if rest else []
        self._planned.append(planned)
        self._open = None
        return [*items, Step(open_.id, planned)]

    def _text_so_far(self) -> list[Piece | Step]:
        """What has come of the open action's text, if it is a text action."""
        open_ = self._open
        if open_ is None or not self._in_string:
            return []
        try:
            fields = from_json(self.text[open_.start :], allow_partial="trailing-strings")
        except ValueError:
            return []  # ends within an escape sequence: the next chunk completes it
        if not isinstance(fields, dict) or not isinstance(fields.get("text"), str):
            return []
        open_.action = str(fields.get("action", "")).strip().upper()
        action = registry.get(open_.action)
        text = clean(fields["text"]).lstrip()
        # White space at the end may be the end, which is stripped: it waits for what follows.
        new = text[open_.handed :].rstrip()
        if action is None or not action.is_text or not new:
            return []
        new = text[open_.handed : len(text.rstrip())]
        open_.handed += len(new)
        return [Piece(open_.id, open_.action, new)]

    def _header(self) -> dict[str, Any]:
        end = self.text.rfind("}") + 1
        try:
            whole = from_json(self.text[self.text.find("{") : end], allow_partial=True)
        except ValueError as error:
            raise PlanRejected([f"not valid JSON: {error}"], self.text) from error
        reasoning = whole.get("reasoning")
        return {
            "reasoning": clean(reasoning)[:4_000] if isinstance(reasoning, str) else "",
            "can_extend": whole.get("can_extend") is True,
        }


class _Prose:
    """A plain answer, spoken as it comes; a leading <think> block is a thought."""

    def __init__(self) -> None:
        self._buffer = ""
        self._id, self._action = new_id(), ""
        self._said = ""
        self._held = ""
        self.earlier: list[PlannedAction] = []

    @property
    def open_text(self) -> tuple[str, str] | None:
        return (self._id, self._action) if self._said else None

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
        self._id, self._action, self._said, self._held, self._buffer = new_id(), "SPEAK", "", "", ""
        return items + self.feed(rest.lstrip())

    def _hand_on(self, text: str) -> list[Piece | Step]:
        text = self._held + text
        if not self._said:
            text = text.lstrip()
        new = text.rstrip()
        self._held = text[len(new) :]
        self._said += new
        return [Piece(self._id, self._action, new)] if new else []

    def _step(self) -> list[Piece | Step]:
        text = self._said.strip()
        return [Step(self._id, PlannedAction(action=self._action, args={"text": text}))] if text else []


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value).strip()
    if isinstance(value, dict):
        return {clean(str(key)): _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list) else value
