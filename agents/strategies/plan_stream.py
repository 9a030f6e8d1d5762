"""Reads a plan while it arrives: text piece by piece, actions as soon as each is whole."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from agents import graph
from agents.actions import registry
from agents.errors import PlanRejected
from agents.plan import ActionPlan, PlannedAction
from agents.strategies.prose import Flow, Prose
from agents.strategies.steps import Piece, Step, new_id
from agents.strategies.strict_json import clean, read

MOST_ACTIONS = 64
_OUTSIDE = re.compile(r'["{}\[\]]')
_INSIDE = re.compile(r'["\\]')
_ACTIONS_KEY = re.compile(r'[{,]\s*"actions"\s*:\s*$')
_TEXT_KEY = re.compile(r'[{,]\s*"text"\s*:\s*$')
# Characters before a value in which its name is looked for.
_KEY_REACH = 200
_HIGH_SURROGATE = re.compile(r"\\u[dD][89abAB]")


@dataclass(slots=True)
class _Open:
    """The action that is being written: where it began, and, while its text is, how far that has been read."""

    start: int
    id: str
    action: str = ""
    text_at: int | None = None
    flow: Flow = field(default_factory=Flow)


class PlanStream:
    """An incremental parser of one plan.

    `feed` takes a chunk and returns the pieces and steps that it completed; `close` returns the whole plan. Both raise
    `PlanRejected`. An answer that begins with neither a brace nor a code fence is prose: it becomes a SPEAK as it is,
    with what stands in <think> tags before it as a THINK. `prose` true takes every answer as such.
    An action is done as soon as it is whole, so it can only wait for one before it, or one of `earlier`.
    """

    def __init__(self, *, prose: bool = False, earlier: Collection[str] = ()) -> None:
        self.text = ""
        self._ids = set(earlier)
        self._at = 0
        self._stack: list[str] = []
        self._in_string = False
        self._open: _Open | None = None
        self._in_actions = False
        self._started = prose
        self._ended = False
        self._rejected: PlanRejected | None = None
        self._planned: list[PlannedAction] = []
        self._prose = Prose() if prose else None

    @property
    def is_prose(self) -> bool:
        """Whether the answer is plain prose."""
        return self._prose is not None

    @property
    def open_text(self) -> tuple[str, str] | None:
        """Id and name of the text action that is being written, if pieces of it were handed on."""
        if self._prose:
            return self._prose.open_text
        return (self._open.id, self._open.action) if self._open and self._open.flow.handed else None

    def feed(self, chunk: str) -> list[Piece | Step]:
        """Take the next chunk of the answer."""
        if self._prose:
            self.text += chunk
            return self._prose.feed(clean(chunk))
        self.text += chunk
        if not self._started and not self._start():
            return []
        return self._prose.feed(clean(self.text)) if self._prose else self._walk()

    def close(self) -> tuple[list[Piece | Step], ActionPlan]:
        """End the answer: return its last items and the whole plan."""
        if self._rejected:
            raise self._rejected
        if not self._started:
            if not self.text.strip():
                raise PlanRejected(["the answer says nothing"], self.text)
            self._prose, self._started = Prose(), True
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
            self._prose = Prose()
        return True

    def _walk(self) -> list[Piece | Step]:
        """Hand on what became whole. What is wrong behind it waits for the next call: where an answer was cut into
        chunks must not decide whether an action is done."""
        if self._rejected:
            raise self._rejected
        items: list[Piece | Step] = []
        try:
            self._scan(items)
        except PlanRejected as error:
            if not items:
                raise
            self._rejected = error
        return items

    def _scan(self, items: list[Piece | Step]) -> None:
        """Walk over what is new, keeping track of strings and nesting, and add what became whole to `items`."""
        while not self._ended:
            found = (_INSIDE if self._in_string else _OUTSIDE).search(self.text, self._at)
            if found is None:
                self._at = len(self.text)
                break
            sign, place = found.group(), found.start()
            if sign == "\\":
                end = self._escape_end(place)
                self._at = place if end > len(self.text) else end
                if self._at == place:
                    break
                continue
            self._at = place + 1
            if sign == '"':
                self._quote(place)
            elif sign in "{[":
                self._push(sign, place)
            else:
                items += self._pop(place)
        items += self._text_so_far()

    def _escape_end(self, place: int) -> int:
        """Return where the escape sequence at `place` ends; two that make one character count as one."""
        if not self.text.startswith("u", place + 1):
            return place + 2
        if _HIGH_SURROGATE.match(self.text, place) and "\\u".startswith(self.text[place + 6 : place + 8]):
            return place + 12
        return place + 6

    def _quote(self, place: int) -> None:
        """Enter or leave a string; note where the text of the open action begins."""
        self._in_string = not self._in_string
        open_ = self._open
        if open_ is None:
            return
        open_.text_at = None
        if self._in_string and len(self._stack) == 3 and self._is_value_of(_TEXT_KEY, place):
            open_.action = self._name_so_far(open_, place)
            action = registry.get(open_.action)
            open_.text_at = place + 1 if action is not None and action.is_text else None

    def _is_value_of(self, key: re.Pattern[str], place: int) -> bool:
        return key.search(self.text, max(0, place - _KEY_REACH), place) is not None

    def _name_so_far(self, open_: _Open, place: int) -> str:
        """Return the name of the open action, as far as it comes before `place`."""
        try:
            fields = from_json(self.text[open_.start : place] + '""}')
        except ValueError:
            return ""  # which is found out when the action is whole
        return str(fields.get("action", "")).strip().upper()

    def _push(self, sign: str, place: int) -> None:
        if sign == "[" and self._stack == ["{"] and self._is_value_of(_ACTIONS_KEY, place):
            if self._planned:
                raise PlanRejected(['"actions" is given twice'], self.text)
            self._in_actions = True
        self._stack.append(sign)
        is_over = bool(self._planned) and self._planned[-1].action == "DONE"
        if sign == "{" and self._in_actions and not is_over and self._stack == ["{", "[", "{"]:
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
        if len(self._planned) >= MOST_ACTIONS:
            raise PlanRejected([f'"actions" must be a list of 1 to {MOST_ACTIONS} actions'], self.text)
        try:
            planned = registry.parse(read(self.text[open_.start : end]))
            if problems := graph.unmet(planned, self._ids):
                raise ValueError(f"{planned.action}: {problems[0]}")
        except ValueError as error:
            raise PlanRejected([f"action {len(self._planned) + 1}: {error}"], self.text) from error
        self._ids |= {planned.id} if planned.id else set()
        items: list[Piece | Step] = []
        action = registry.get(planned.action)
        if action is not None and action.is_text:
            rest = planned.args["text"][open_.flow.handed :]
            items += [Piece(open_.id, planned.action, rest)] if rest else []
        self._planned.append(planned)
        self._open = None
        return [*items, Step(open_.id, planned)]

    def _text_so_far(self) -> list[Piece | Step]:
        """What is new of the open action's text, while that is being written."""
        open_ = self._open
        if open_ is None or open_.text_at is None or open_.text_at == self._at:
            return []
        try:
            text = from_json(f'"{self.text[open_.text_at : self._at]}"')
        except ValueError as error:
            raise PlanRejected([f"action {len(self._planned) + 1}: {error}"], self.text) from error
        open_.text_at = self._at
        new = open_.flow.hand_on(clean(text))
        return [Piece(open_.id, open_.action, new)] if new else []

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
