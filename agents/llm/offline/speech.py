"""What the entity says: the parts of a message that a reply takes up, and the lines for them."""

import re
from dataclasses import dataclass, field

from agents.llm.offline.goals import asked_about, said_goal
from agents.llm.offline.knowledge import Known, Knowledge
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.persona import about_itself
from agents.llm.offline.resolve import Resolved
from agents.llm.offline.shape import Move
from agents.llm.offline.text import capitalized, content_stems, typeset
from agents.llm.offline.voice import Picker, Voice, topic_of

# How much a kind of move asks to be answered; the strongest parts are spoken, in the order they were written.
WEIGHT = {
    "crisis": 200, "forget": 100, "forget_name": 100, "forget_all": 100, "forget_last": 100, "remember": 99, "not_name": 98, "bye": 97, "drop_goal": 92, "goal_done": 91,
    "pending": 91, "help": 90, "grief": 89, "bad_news": 88, "cannot": 86, "love": 66, "insult": 85, "sad": 82, "lonely": 82, "afraid": 82, "sick": 81, "angry": 81, "tired": 80,
    "bored": 78, "good_news": 84, "happy": 79, "named": 75, "plan": 70, "appointment": 70, "favourite": 66, "like": 64, "dislike": 64, "wish": 64, "kin": 62, "pet": 62, "work": 62,
    "place": 61, "doing": 60, "event": 60, "thing": 58, "fact": 57, "compliment": 55, "topic": 63, "calm": 35, "thanks": 40, "sorry": 38, "speak": 36, "never_mind": 34, "statement": 25, "why": 45,
    "confused": 45, "no": 16, "yes": 15, "laugh": 12, "wow": 10, "name": 0, "greet": 0, "back": 0,
}  # fmt: skip
ASKED = 87
_OPENING = ("name", "greet", "back")
_TOPICAL = {
    "statement", "event", "thing", "fact", "doing", "place", "question", "opinion", "advice", "cannot_world", "talk_about", "ask_feel", "ask_doing", "cannot", "work", "ask_how", "topic", "why",
}  # fmt: skip
_OWN_FIRST = {"question", "opinion", "cannot_world", "talk_about", "recall", "cannot"}
# Questions without a noun, and what the memory that answers them says.
_RELATIONS = tuple(
    (re.compile(asked, re.I), re.compile(content, re.I))
    for asked, content in (
        (r"\bwhere (?:am|do|was|did) i\b.*\b(?:from|born|grow up)\b", r"\b(?:is|comes?|came) (?:originally )?from\b|\bwas born\b|\bgrew up\b"),
        (r"\bwhat do i do\b|\bwhat am i(?: by profession)?\?", r"\bworks?\b|\bjob\b|\bis an? \w+\.?$"),
        (r"\bwhat (?:do|am) i (?:plan|up to|going to do|have to do|want to do)\b|\bwhat are my plans\b", r"\b(?:going to|plans? to|wants? to|has to|needs? to|will|has an?)\b.*\(said on"),
        (r"\bhow (?:am|was|did) i\b.*\b(?:feel|feeling|doing)?\b", r"\bfelt\b"),
    )
)
_CONNECTS = {"statement", "event", "plan", "thing", "fact", "doing", "like", "happy", "sad", "wish", "appointment", "kin", "pet"}


@dataclass
class Speaker:
    """Composes one reply. Everything it needs is given; it decides nothing that changes the state."""

    voice: Voice
    knowledge: Knowledge
    resolved: Resolved
    picker: Picker
    asked_by: str
    keeps: bool
    turn: int
    spoken_before: bool
    asked_name: bool
    today: str = ""
    values: dict[str, str] = field(default_factory=dict)
    several: bool = False

    def __post_init__(self) -> None:
        self.values = {"name": self.resolved.name, **about_itself(self.knowledge.state, self.knowledge.aliases)}

    def speech(self) -> str:
        """Return the whole reply."""
        opening = self._opening()
        chosen = self._chosen()
        self.several = len(chosen) > 1
        mains = [line for move in chosen if (line := self._main(move))]
        mains = mains if opening or mains else [self._say("statement_bare")]
        parts = [part for part in (opening, *mains) if part]
        parts.extend(extra for extra in [self._extra(parts)] if extra)
        text = " ".join(dict.fromkeys(parts))
        return text or "I am here."

    def _opening(self) -> str:
        kinds = {move.kind: move for move in self.resolved.moves if move.kind in _OPENING}
        rest = [move for move in self.resolved.moves if move.kind not in _OPENING and WEIGHT.get(move.kind, ASKED) > 20]
        if "name" in kinds:
            pool = "name_again" if "name" in self.resolved.known else "name_changed" if self.resolved.was_named else "name_given"
            return self._say(pool if not rest or pool != "name_given" else "name_short", was=self.resolved.was_named)
        if "back" in kinds and not rest:
            return self._say("back")
        if not kinds:
            return ""
        if rest:
            return self._say("hello") if not self.spoken_before else ""
        plan = self._plan_to_ask()
        if plan and self.picker.has_fresh(self.voice.say["ask_plan"], {**self.values, "doing": plan}):
            return f"{self._say('hello')} {self._say('ask_plan', doing=plan)}"
        return self._say("greet_again" if self.spoken_before else "greet_known" if self.values["name"] else "greet_new")

    def _chosen(self) -> list[Move]:
        """Return the moves that the reply takes up, in the order they were made; a goodbye comes last."""
        moves = [move for move in self.resolved.moves if move.kind not in _OPENING]
        if self.resolved.ended and self.resolved.ended[0].text:
            outcome = "goal_done" if self.resolved.ended[0].outcome == "completed" else "drop_goal"
            moves = [Move(outcome, "", x=self.resolved.ended[0].text), *(move for move in moves if not self._told_end(move))]
        elif self.resolved.pending:
            moves = [Move("pending", "", x=self.resolved.pending), *(move for move in moves if move.kind not in {"no", "statement"})]
        by_kind: dict[tuple[str, str], Move] = {}
        for move in moves:
            by_kind[(move.kind, move.text if move.asks else "")] = move
        ranked = sorted(by_kind.values(), key=lambda move: -WEIGHT.get(move.kind, ASKED))[: self.voice.parts]
        if len(ranked) > 1 and WEIGHT.get(ranked[0].kind, ASKED) >= 30:
            ranked = [ranked[0], *(move for move in ranked[1:] if WEIGHT.get(move.kind, ASKED) >= 30)]
        kept = [move for move in by_kind.values() if move in ranked]
        return sorted(kept, key=lambda move: move.kind == "bye")

    def _told_end(self, move: Move) -> bool:
        return move.kind in {"yes", "no", "event", "statement", "drop_goal", "happy", "calm", "good_news", "fact"}

    def _main(self, move: Move) -> str:
        topic = self._topic(move)
        if topic:
            return topic
        for answer in (self._forgot, self._recalled, self._told, self._asked):
            line = answer(move)
            if line:
                return line
        pool = move.kind if move.kind in self.voice.say else "question" if move.asks else "statement"
        whose = _relative(move.x) if pool == "statement" else ""
        line = self._say(whose or pool, x=move.x, who=move.x)
        return line or self._say("statement_bare")

    def _topic(self, move: Move) -> str:
        topic = topic_of(self.voice, move.text) if move.kind in _TOPICAL else None
        lines = (topic.answers if move.asks else topic.says) if topic else ()
        values = {**self.values, "x": move.x}
        return self.picker.line(lines, values) if self.picker.has_fresh(lines, values) else ""

    def _forgot(self, move: Move) -> str:
        if move.kind not in {"forget", "forget_name", "forget_all", "forget_last", "not_name"}:
            return ""
        if not self.keeps:
            return self._say("forgot_not")
        if move.kind in self.resolved.unmatched:
            return self._say("forgot_nothing")
        if move.kind == "not_name":
            return self._say("not_name")
        if self.resolved.left:
            return self._say("forgot_name_partly" if move.kind == "forget_name" else "forgot_partly")
        return self._say({"forget_name": "forgot_name", "forget_all": "forgot_all"}.get(move.kind, "forgot"))

    def _recalled(self, move: Move) -> str:
        if move.kind == "ask_name":
            return self._say("my_name" if self.values["name"] else "my_name_unknown")
        if move.kind == "ask_all":
            return self._all_known()
        if move.kind == "recall":
            found = self._by_relation(move.text) or self.knowledge.matching(move.text, self.knowledge.about)
            if found:
                return self._say(self._recall_pool(move, found[0]), known=self._listed(found[:3], "prose"))
            return self._own(move) or self._say("recall_none")
        if move.kind in _OWN_FIRST:
            found = self.knowledge.matching(move.text, self.knowledge.about, 0.99) if move.kind == "cannot_world" else []
            return self._say("recall", known=self._listed(found[:2], "prose")) if found else self._own(move)
        return ""

    def _by_relation(self, question: str) -> list[Known]:
        """Return what answers a question that names no thing: where am I from, what do I do."""
        content = next((content for asked, content in _RELATIONS if asked.search(question)), None)
        return [known for known in self.knowledge.about if content and content.search(known.content)]

    def _recall_pool(self, move: Move, best: Known) -> str:
        asks_where = re.match(r"where\b", move.text, re.I) is not None
        asks_when = re.match(r"when\b|what day", move.text, re.I) is not None
        has_where = re.search(r"\b(?:in|at|near|from|on|to|by)\s+\w", best.content) is not None
        has_when = re.search(r"\d|day\b|tomorrow|week|month|spring|summer|autumn|winter", best.content) is not None
        return "recall_partly" if (asks_where and not has_where) or (asks_when and not has_when) else "recall"

    def _own(self, move: Move) -> str:
        found = self.knowledge.matching(move.text, self.knowledge.own, 0.6)
        return self._say("own_memory", own=typeset(found[0].content.rstrip("."))) if found else ""

    def _all_known(self) -> str:
        known = sorted(self.knowledge.about, key=lambda one: -one.importance)
        if not known:
            return self._say("know_nothing" if not self.values["name"] else "know_name_only")
        said = self._say("know_me", facts=self._listed(known[:6], self.voice.lists))
        left = len(known) - 6
        return f"{said} {self._say('know_more', more='one more' if left == 1 else f'{left} more')}" if left > 0 else said

    def _listed(self, known: list[Known], style: str) -> str:
        facts = [self.knowledge.said_to_you(one) for one in known]
        if style == "sentences":
            return " ".join(capitalized(fact) + "." for fact in facts)
        if style == "numbered":
            return " ".join(f"({number}) {capitalized(fact)}." for number, fact in enumerate(facts, 1))
        return f"{'; '.join(facts[:-1])}; and {facts[-1]}" if len(facts) > 1 else facts[0]

    def _told(self, move: Move) -> str:
        fact = move.fact
        if fact is None:
            return ""
        if move.kind in self.resolved.known and move.kind not in {"sad", "tired", "angry", "happy"}:
            return self._say("already")
        if move.kind == "remember":
            return self._say("remembered") if self.keeps else self._say("remembered_not")
        values = {"x": fact.x, "y": fact.y, "who": fact.who, "you": fact.you, "doing": fact.doing, "unnamed": fact.unnamed}
        pool = move.kind
        if fact.unnamed and self.voice.asks > 0.3:
            pool = "unnamed"
        if move.kind in {"good_news", "bad_news"} and not fact.content:
            pool = f"{move.kind}_untold"
        return self._say(pool, **values) or self._say("fact", **values) or self._say("statement_bare")

    def _asked(self, move: Move) -> str:
        if move.kind == "ask_goals":
            goals = sorted(self.knowledge.state.active_goals().values(), key=lambda goal: -goal.priority)
            return self._say("goals", goal=said_goal(goals[0].text, self.knowledge.aliases)) if goals else self._say("goals_none")
        if move.kind == "ask_desires":
            desires = [one for one in self.knowledge.state.desires.values() if one.status == "active"]
            best = max(desires, key=lambda one: one.intensity, default=None)
            return self._say("desires", desire=said_goal(best.text, self.knowledge.aliases)) if best else self._say("desires_none")
        if move.kind in {"ask_doing", "ask_look"}:
            return self._say(move.kind) or self._say(f"{move.kind}_none")
        return ""

    def _extra(self, parts: list[str]) -> str:
        """Return a further line: something remembered that belongs here, a plan to ask after, or their name."""
        kinds = {move.kind for move in self.resolved.moves}
        if kinds & {"crisis", "bye", "silence", "forget", "forget_name", "forget_all", "forget_last", "insult", "grief"}:
            return ""
        connection = self._connection() if kinds & _CONNECTS else ""
        asks = any(part.rstrip("”").endswith("?") for part in parts)
        if connection and not asks and not self.resolved.ended:
            return connection
        if asks or not self.picker.chance(max(self.voice.asks, 0.5)):
            return ""
        if not self.values["name"] and not self.asked_name and 1 <= self.turn <= 4:
            return self._say("ask_name")
        plan = self._plan_to_ask() if kinds <= {"statement", "wow", "yes", "calm", "greet", "thanks", "fact", "back"} else ""
        return self._say("ask_plan", doing=plan) if plan and self.turn > 2 else ""

    def _connection(self) -> str:
        """Return a line that ties what was said to one older memory about them that shares a name or a thing."""
        for move in self.resolved.moves:
            words = content_stems(move.text)
            if move.kind not in _CONNECTS or not words:
                continue
            for known in self.knowledge.about:
                shared = {stem for stem in words & known.stems if len(stem) > 3}
                specific = {stem for stem in shared if re.search(rf"\b(?:{re.escape(stem)}\w*)", move.text, re.I)}
                said = self.knowledge.said_to_you(known)
                is_old = not any(content == known.content for _, content, _ in self.resolved.learned)
                if len(specific) >= 1 and len(known.stems) <= 8 and is_old and "name is" not in said:
                    lines, values = self.voice.say["connect"], {**self.values, "known": said}
                    return self.picker.line(lines, values) if self.picker.has_fresh(lines, values) else ""
        return ""

    def _plan_to_ask(self) -> str:
        """Return what an active goal wants to ask after, when it is older than this message."""
        for goal in self.knowledge.state.active_goals().values():
            doing = asked_about(goal.text, self.knowledge.aliases)
            if doing and not self._said_today(doing):
                return doing
        return ""

    def _said_today(self, doing: str) -> bool:
        wanted = content_stems(doing)
        told = [known for known in self.knowledge.about if wanted and len(wanted & known.stems) / len(wanted) >= 0.6]
        return any(f"said on {self.today})" in known.content for known in told)

    def _say(self, pool: str, **more: str) -> str:
        lines = self.voice.say.get(pool, ())
        values = {**self.values, **more}
        if not values.get("x"):
            values.pop("x", None)
        return self.picker.line(lines, values, kept=self._kept(pool), naming=self.several)

    def _kept(self, pool: str) -> bool:
        return self.keeps and (bool(self.resolved.learned) or pool.startswith(("recall", "know", "my_name", "already", "forgot")))




def _relative(x: str) -> str:
    """Return the pool for what was said about somebody's people or animals, else ""."""
    head = x.split(" of ")[0].split()[-1].casefold() if x.startswith("your ") else ""
    return "kin" if head in LEXICON.kin else "pet" if head in LEXICON.pets else ""
