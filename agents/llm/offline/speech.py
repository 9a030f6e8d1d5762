"""What the entity says: which parts of a message a reply takes up, in which order, and what it adds."""

from dataclasses import dataclass

from agents.llm.offline.answers import answer
from agents.llm.offline.resolve import Resolved
from agents.llm.offline.shape import Move
from agents.llm.offline.temper import weight
from agents.llm.offline.text import content_stems
from agents.llm.offline.wording import Wording

_OPENING = ("name", "greet", "back")
_CONNECTS = frozenset(
    [
        "statement",
        "event",
        "plan",
        "thing",
        "fact",
        "doing",
        "like",
        "happy",
        "sad",
        "wish",
        "appointment",
        "kin",
        "pet",
    ]
)
_NOTHING_MORE = frozenset(
    ["crisis", "bye", "silence", "forget", "forget_name", "forget_all", "forget_last", "insult", "grief"]
)
_ROOM_FOR_PLANS = frozenset(["statement", "wow", "yes", "calm", "greet", "thanks", "fact", "back"])
_TOLD_END = frozenset(["yes", "no", "event", "statement", "drop_goal", "happy", "calm", "good_news", "fact"])
# Below this, a move is passed over when there is something better to answer; above the other, a greeting is short.
_SLIGHT, _WORTH_WORDS = 30, 20


@dataclass
class Speaker:
    """Composes one reply. It decides nothing that changes the state."""

    words: Wording
    turn: int
    spoken_before: bool
    asked_name: bool

    @property
    def resolved(self) -> Resolved:
        """What the message changes."""
        return self.words.resolved

    def speech(self) -> str:
        """Return the whole reply."""
        opening, chosen = self._opening(), self._chosen()
        self.words.several = len(chosen) > 1
        parts = [opening, *(answer(move, self.words) for move in chosen)]
        if not any(parts):
            parts = [self.words.say("statement_bare")]
        parts.append(self._extra(parts))
        return " ".join(dict.fromkeys(part for part in parts if part)) or "I am here."

    def _opening(self) -> str:
        """Return the greeting, or what is said to a name; short when there is more to answer."""
        kinds = {move.kind for move in self.resolved.moves if move.kind in _OPENING}
        more = any(move.kind not in _OPENING and weight(move.kind) > _WORTH_WORDS for move in self.resolved.moves)
        if "name" in kinds:
            return self.words.say(self._name_pool(more), was=self.resolved.was_named)
        if not kinds:
            return ""
        if more:
            return "" if self.spoken_before else self.words.say("hello")
        if "back" in kinds:
            return self.words.say("back")
        plan = self.words.plan_to_ask()
        question = self.words.say_fresh("ask_plan", doing=plan) if plan else ""
        if question:
            return f"{self.words.say('hello')} {question}"
        known = "greet_known" if self.words.values["name"] else "greet_new"
        return self.words.say("greet_again" if self.spoken_before else known)

    def _name_pool(self, more: bool) -> str:
        if "name" in self.resolved.known:
            return "name_again"
        if self.resolved.was_named:
            return "name_changed"
        return "name_short" if more else "name_given"

    def _chosen(self) -> list[Move]:
        """Return the moves that the reply takes up, in the order they were made; a goodbye comes last."""
        by_kind: dict[tuple[str, str], Move] = {}
        for move in self._moves():
            key = (move.kind, move.text if move.asks else "")
            if key not in by_kind or move.x or move.fact:
                by_kind[key] = move
        if any(move.kind == "grief" for move in by_kind.values()):
            by_kind = {key: move for key, move in by_kind.items() if key[0] in {"grief", "crisis"} or move.asks}
        ranked = sorted(by_kind.values(), key=lambda move: -weight(move.kind))[: self.words.voice.parts]
        if ranked and weight(ranked[0].kind) >= _SLIGHT:
            ranked = [move for move in ranked if weight(move.kind) >= _SLIGHT]
        kept = [move for move in by_kind.values() if move in ranked]
        return sorted(kept, key=lambda move: move.kind == "bye")

    def _moves(self) -> list[Move]:
        """Return the moves to answer; the end of a goal stands for the words that told it."""
        moves = [move for move in self.resolved.moves if move.kind not in _OPENING]
        ended = self.resolved.ended[0] if self.resolved.ended else None
        if ended and ended.text:
            outcome = "goal_done" if ended.outcome == "completed" else "drop_goal"
            return [Move(outcome, "", x=ended.text), *(move for move in moves if move.kind not in _TOLD_END)]
        if self.resolved.pending:
            others = (move for move in moves if move.kind not in {"no", "statement"})
            return [Move("pending", "", x=self.resolved.pending), *others]
        return moves

    def _extra(self, parts: list[str]) -> str:
        """Return a further line: something remembered that belongs here, their name, or a plan to ask after."""
        kinds = {move.kind for move in self.resolved.moves}
        if kinds & _NOTHING_MORE or any(part.rstrip("”").endswith("?") for part in parts):
            return ""
        connection = self._connection() if not self.resolved.ended else ""
        if connection or not self.words.picker.chance(max(self.words.voice.asks, 0.5)):
            return connection
        if not self.words.values["name"] and not self.asked_name and 1 <= self.turn <= 4:
            return self.words.say("ask_name")
        plan = self.words.plan_to_ask() if kinds <= _ROOM_FOR_PLANS and self.turn > 2 else ""
        return self.words.say_fresh("ask_plan", doing=plan) if plan else ""

    def _connection(self) -> str:
        """Return a line that ties what was said to one older memory about them that shares a name or a thing."""
        gone = {known.id for known, _ in self.resolved.forgotten}
        told = content_stems(" ".join(move.text for move in self.resolved.moves if move.kind in _CONNECTS))
        for known in self.words.knowledge.about:
            said = self.words.knowledge.said_to_you(known)
            shares = any(len(stem) > 2 for stem in told & known.stems)
            is_short = len(known.stems) <= 8 and "name is" not in said
            if shares and is_short and known.id not in gone and not self.words.picker.was_said(said):
                return self.words.say_fresh("connect", known=said)
        return ""
