"""The words for one reply: lines of the entity's voice, filled with what is known and true in this turn."""

from dataclasses import dataclass, field

from agents.llm.offline.goals import asked_about
from agents.llm.offline.knowledge import Knowledge, Known
from agents.llm.offline.persona import about_itself
from agents.llm.offline.resolve import Resolved
from agents.llm.offline.text import capitalized, content_stems
from agents.llm.offline.voice import Picker, Voice

# Pools whose lines speak of what was kept before, and not of what this message adds.
_OF_OLD = ("recall", "know", "my_name", "already", "forgot")


@dataclass
class Wording:
    """Chooses and fills lines. `keeps` is false where nothing but speech comes of a turn; `today` is "20 November"."""

    voice: Voice
    knowledge: Knowledge
    resolved: Resolved
    picker: Picker
    keeps: bool
    today: str
    several: bool = False
    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values = {"name": self.resolved.name, **about_itself(self.knowledge.state, self.knowledge.aliases)}

    def say(self, pool: str, **more: str) -> str:
        """Return a line of `pool`; "" when none of its lines can be said with these values."""
        kept = self.keeps and (bool(self.resolved.learned) or pool.startswith(_OF_OLD))
        lines = self.voice.say.get(pool, ())
        return self.picker.line(lines, {**self.values, **more}, kept=kept, naming=self.several)

    def say_fresh(self, pool: str, **more: str) -> str:
        """Return a line of `pool` that was not said in this talk yet, or ""."""
        return self.say(pool, **more) if self.picker.has_fresh(self.voice.say[pool], {**self.values, **more}) else ""

    def listed(self, known: list[Known], style: str = "prose") -> str:
        """Return what is `known` as one text: in prose, as sentences or numbered."""
        facts = [self.knowledge.said_to_you(one) for one in known]
        if style == "sentences":
            return " ".join(capitalized(fact) + "." for fact in facts)
        if style == "numbered":
            return " ".join(f"({number}) {capitalized(fact)}." for number, fact in enumerate(facts, 1))
        return f"{'; '.join(facts[:-1])}; and {facts[-1]}" if len(facts) > 1 else facts[0]

    def plan_to_ask(self) -> str:
        """Return what an active goal wants to ask after ("painting your shed"), unless it was only told today."""
        for goal in self.knowledge.state.active_goals().values():
            doing = asked_about(goal.text, self.knowledge.aliases)
            if doing and not self._told_today(doing):
                return doing
        return ""

    def _told_today(self, doing: str) -> bool:
        wanted = content_stems(doing)
        told = [known for known in self.knowledge.about if wanted and len(wanted & known.stems) / len(wanted) >= 0.6]
        if any("said on " in known.content for known in told):
            return any(f"said on {self.today})" in known.content for known in told)
        return any(len(wanted & known.stems) >= 0.6 * len(wanted) for known in self.knowledge.said if wanted)
