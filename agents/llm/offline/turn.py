"""One turn of the offline responder: from a scene to the steps of a plan."""

from dataclasses import dataclass
from functools import cached_property

from agents.changes import Mood, Temperament
from agents.llm.offline.antecedent import mentioned
from agents.llm.offline.knowledge import Knowledge, Known, know
from agents.llm.offline.moves import moves_of
from agents.llm.offline.names import asks_name
from agents.llm.offline.owned import name_in
from agents.llm.offline.persona import traits
from agents.llm.offline.reflection import insights
from agents.llm.offline.resolve import Resolved, persists_silence, resolve
from agents.llm.offline.rewind import is_done, rewound
from agents.llm.offline.shape import Move, Step
from agents.llm.offline.speech import Speaker
from agents.llm.offline.temper import cause, moved
from agents.llm.offline.text import cleaned, shortened
from agents.llm.offline.thought import reasoning, thought
from agents.llm.offline.voice import Picker, Voice, voice
from agents.llm.offline.wording import Wording
from agents.scene import Scene

# A run has a budget of actions: with a thought, a mood, speech and DONE this is 16.
MOST_CHANGES = 12
# How far back "she" may point.
LINES_IN_MIND = 12
_INWARD = {"self_reflection", "state_change", "tool_result"}


@dataclass(frozen=True)
class Turn:
    """What the entity of `scene` does with what woke it. `keeps` is false where nothing but speech comes of it."""

    scene: Scene
    keeps: bool = True

    @cached_property
    def knowledge(self) -> Knowledge:
        return know(self.scene, rewound(self.scene))

    @cached_property
    def voice(self) -> Voice:
        """The voice, made a little more like the persona's own words where it is the plain one."""
        name = self.scene.state.persona.voice
        chosen = voice(name)
        if name in {"ottilie", "ishbel", "shim"}:
            return chosen
        found = traits(self.scene.state)
        update: dict[str, object] = {}
        if "terse" in found:
            update = {"asks": 0.1, "parts": 1}
        elif "curious" in found or "warm" in found:
            update = {"asks": 0.9}
        if "gruff" in found:
            update["sensitivity"] = 0.7
        return chosen.model_copy(update=update)

    @cached_property
    def _asked_by(self) -> str:
        """The entity's line just before the message."""
        before = self.scene.history[-2:-1]
        return before[0].text if before and before[0].author == "entity" else ""

    @cached_property
    def _before(self) -> str:
        """The visitor's line before the message."""
        earlier = [line.text for line in self.scene.history[:-1] if line.author == "user"]
        return cleaned(earlier[-1]) if earlier else ""

    @cached_property
    def _among(self) -> tuple[str, ...]:
        """Those of the visitor's people and animals that the last lines spoke of."""
        earlier = [cleaned(line.text) for line in self.scene.history[:-1] if line.author == "user" and line.text]
        kept = [f"my {self.knowledge.said_to_you(one).removeprefix('your ')}" for one in self.knowledge.about]
        named = [who for text in kept for who in mentioned(text) if name_in(who)]
        return (*named, *(who for text in earlier[-LINES_IN_MIND:] for who in mentioned(text)))

    @cached_property
    def resolved(self) -> Resolved:
        moves = moves_of(
            cleaned(self.scene.trigger.content),
            self.scene.state.persona.name,
            asked_name=asks_name(self._asked_by),
            before=self._before,
            among=self._among,
        )
        return resolve(moves, self.knowledge, self.scene, self.voice, self._asked_by)

    @cached_property
    def silent(self) -> bool:
        """Whether nothing is to be said."""
        kinds = {move.kind for move in self.resolved.moves}
        if self.scene.trigger.kind in _INWARD:
            return True
        return ("silence" in kinds and "crisis" not in kinds) or (persists_silence(self.scene) and "speak" not in kinds)

    @cached_property
    def _picker(self) -> Picker:
        said = [line.text for line in self.scene.history if line.author == "entity" and line.text]
        heard = [line for line in self.scene.history if line.author == "user"]
        first = f"{heard[0].text[:200]} {heard[0].at:%Y-%m-%d %H:%M}" if heard else ""
        return Picker(said[-60:], first, len(heard))

    @cached_property
    def thought(self) -> str:
        """The inner line."""
        return thought(self.resolved, self.voice, self._picker, silent=self.silent, me=self.scene.state.persona.name)

    @cached_property
    def speech(self) -> str:
        """The reply, also when a plan of another model wants one."""
        history = self.scene.history[:-1]
        said = [line.text for line in history if line.author == "entity" and line.text]
        _ = self.thought
        at = self.scene.trigger.at
        words = Wording(self.voice, self.knowledge, self.resolved, self._picker, self.keeps, f"{at.day} {at:%B}")
        speaker = Speaker(
            words,
            turn=sum(line.author == "user" for line in history),
            spoken_before=bool(said),
            asked_name=any(asks_name(text) for text in said),
        )
        return speaker.speech()

    @cached_property
    def reflection(self) -> str:
        """What it understands when it looks back."""
        return insights(self.scene, self.knowledge, self.resolved.name)

    @cached_property
    def mood(self) -> Mood | None:
        """The mood after this message, or None when it stays."""
        state = self.scene.state
        # Who has no baseline of its own was made before there were any.
        home = state.temperament.baseline if state.temperament != Temperament() else None
        return moved(state.mood, self._felt, self.voice, home)

    @property
    def _felt(self) -> tuple[Move, ...]:
        """The moves, and what they brought about."""
        is_done = any(ended.outcome == "completed" for ended in self.resolved.ended)
        return (*self.resolved.moves, Move("goal_done", "")) if is_done else self.resolved.moves

    @property
    def reasoning(self) -> str:
        """Why the plan is as it is."""
        return reasoning(self.resolved, silent=self.silent)

    def steps(self) -> list[Step]:
        """Return the plan: a thought, then what changes, then speech, then DONE, without what is done already.

        The texts of THINK and SPEAK are not in it: see `thought` and `speech`.
        """
        changes = [*self.resolved.bids, *self._memory_steps(), *self._goal_steps()][:MOST_CHANGES]
        steps = [Step("THINK", "Take in what was said."), *self._mood_step(), *changes]
        if not self.silent:
            steps.append(Step("SPEAK", self._why_speak()))
        return [step for step in steps if not is_done(self.scene, step.action, step.args)] + [Step("DONE")]

    def _mood_step(self) -> list[Step]:
        if self.mood is None:
            return []
        args: dict[str, object] = {
            "mood": self.mood.label,
            "intensity": self.mood.intensity,
            "valence": self.mood.valence,
            "arousal": self.mood.arousal,
            "emotions": self.mood.emotions,
        }
        return [Step("UPDATE_MOOD", cause(self._felt), args)]

    def _memory_steps(self) -> list[Step]:
        forgets = [Step("REMOVE_MEMORY", why, {"memory": known.id}) for known, why in self._forgotten()]
        learns = [
            Step("ADD_MEMORY", why, {"content": content, "importance": fact.importance})
            for fact, content, why in self.resolved.learned
        ]
        return [*forgets, *learns]

    def _forgotten(self) -> list[tuple[Known, str]]:
        unique = {known.id: (known, why) for known, why in self.resolved.forgotten if known.id is not None}
        return list(unique.values())

    def _goal_steps(self) -> list[Step]:
        ended = [
            Step("REMOVE_GOAL", goal.reason, {"goal": goal.id, "outcome": goal.outcome, "reason": goal.reason})
            for goal in self.resolved.ended
        ]
        taken = [
            Step("ADD_GOAL", why, {"goal": text, "priority": priority}) for text, priority, why in self.resolved.goals
        ]
        return [*ended, *taken]

    def _why_speak(self) -> str:
        text = shortened(cleaned(self.scene.trigger.content), 90)
        return f"Answer: “{text}”" if text else "Answer, though there is little to go by."
