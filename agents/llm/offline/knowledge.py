"""What the entity knows: about the visitor and of its own, from its memories and from the talk."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from agents.changes import MemoryValue
from agents.llm.offline.grammar import VISITOR, spoken
from agents.llm.offline.hearsay import hear
from agents.llm.offline.patterns import pattern
from agents.llm.offline.text import WORD, content_stems, stem
from agents.mind import EntityState, folded
from agents.scene import Scene

_NAME_MEMORY = pattern("knowledge", "name_memory")
SUBJECTS = (VISITOR, "The user", "User", "The person", "The human", "The guest")
_CONCEPTS = frozenset(map(stem, ["work", "name", "live", "age", "like", "favourite", "hate", "plan", "fear"]))


_AGED = pattern("knowledge", "aged")


@dataclass(frozen=True, slots=True)
class Known:
    """One thing known about the visitor, or one of the entity's own memories. `id` is None for what was only said."""

    content: str
    id: int | None
    importance: float
    stems: frozenset[str]


@dataclass(frozen=True)
class Knowledge:
    """All that the entity knows at the start of a run. `is_told`: the name was told, and is not only the account's;
    `said`: the visitor's own words in this talk, the latest first."""

    state: EntityState
    name: str
    is_told: bool
    aliases: tuple[str, ...]
    about: tuple[Known, ...]
    own: tuple[Known, ...]
    said: tuple[Known, ...] = ()
    boosts: dict[int, float] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """Who the visitor is in a memory."""
        return self.name or VISITOR

    @cached_property
    def _canonical(self) -> frozenset[str]:
        return frozenset(self._fold(known.content) for known in (*self.about, *self.own) if known.id is not None)

    @cached_property
    def _names(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, self.aliases))})\b", re.I)

    def _fold(self, content: str) -> str:
        return folded(self._names.sub("@", content).replace("’", "'"))

    def has(self, content: str) -> bool:
        """Whether `content` is in a memory already, under whatever name the visitor had then; @ stands for it."""
        return self._fold(content) in self._canonical

    def said_to_you(self, known: Known) -> str:
        """Return `known` in the second person, without a full stop."""
        return spoken(known.content, self.aliases)

    def matching(self, query: str, among: Iterable[Known], least: float = 0.5) -> list[Known]:
        """Return what answers `query`, best first: what shares at least the part `least` of its meaning."""
        wanted = content_stems(query) - {stem(word) for alias in self.aliases for word in WORD.findall(alias)}
        wanted -= {stem(word) for word in WORD.findall(self.state.persona.name)}
        if not wanted:
            return []
        scored = []
        for order, known in enumerate(among):
            shared = _weight(wanted & known.stems) / _weight(wanted)
            if shared >= least:
                boost = 0.1 * self.boosts.get(known.id or 0, 0.0)
                scored.append((-(shared + boost + 0.05 * known.importance), order, known))
        best = sorted(scored, key=lambda item: item[:2])
        return [known for score, _, known in best if score <= best[0][0] * 0.8]


def _weight(stems: Iterable[str]) -> float:
    """Return how much `stems` say: a thing counts, a relation such as living or liking counts half."""
    return sum(0.5 if stem in _CONCEPTS else 1.0 for stem in stems)


def know(scene: Scene, state: EntityState) -> Knowledge:
    """Return what the entity of `scene` knows, `state` being its state when the run began."""
    forgotten = [memory.content for memory in state.memories.values() if memory.forgotten]
    gone = {name_in_memory(content).casefold() for content in forgotten}
    heard = hear(scene, state.persona.name)
    stored = _from_memories(state.known().values())
    told = stored or next((name for name in heard.names() if name.casefold() not in gone), "")
    account = _signed_in(scene.person)
    name = told or ("" if heard.name_unwanted or account.casefold() in gone else account)
    aliases = _aliases((name, account), state)
    about, own = _sorted_out(state, aliases)
    kept = [*forgotten, *(known.content for known in about)]
    said = [_known(None, content, weight) for content, weight in heard.facts(name or VISITOR, aliases, kept)]
    if told and not stored:
        said.insert(0, _known(None, f"{VISITOR}’s name is {told}.", 0.9))
    quotes = tuple(Known(words, None, 0.0, stems) for words, stems in heard.quotes(forgotten))
    boosts = {memory.id: memory.score for memory in scene.recalled}
    return Knowledge(state, name, bool(told), aliases, (*about, *said), tuple(own), quotes, boosts)


def _known(key: int | None, content: str, importance: float) -> Known:
    aged = {stem("age")} if _AGED.search(content) else set()
    return Known(content, key, importance, content_stems(content) | aged)


def name_in_memory(content: str) -> str:
    """Return the visitor's name when the memory `content` gives it, else ""."""
    match = _NAME_MEMORY.match(content.strip())
    if match is None:
        return ""
    name = (match.group("name") or match.group("name2")).strip(" .“”\"'")
    return name if 0 < len(name.split()) <= 3 and name[:1].isupper() else ""


def _from_memories(memories: Iterable[MemoryValue]) -> str:
    return next((name for memory in reversed(list(memories)) if (name := name_in_memory(memory.content))), "")


def _signed_in(person: str) -> str:
    """Return the name of the account when it looks like a person's."""
    name = person.strip()
    is_name = name[:1].isupper() and len(name) <= 40 and all(part.replace("-", "").isalpha() for part in name.split())
    return name if is_name and name.casefold() not in {"admin", "user", "owner", "guest"} else ""


def _aliases(names: tuple[str, ...], state: EntityState) -> tuple[str, ...]:
    former = [name_in_memory(memory.content) for memory in state.memories.values()]
    return tuple(dict.fromkeys(alias for alias in (*names, *former, *SUBJECTS) if alias))


def _sorted_out(state: EntityState, aliases: tuple[str, ...]) -> tuple[list[Known], list[Known]]:
    about: list[Known] = []
    own: list[Known] = []
    pattern = re.compile(
        "|".join([*(rf"\b{re.escape(alias)}\b" for alias in aliases), r"^(?:They|Their)\b", r"\bvisitor’s\b"])
    )
    for key, memory in state.known().items():
        known = _known(key, memory.content, memory.importance)
        (about if pattern.search(memory.content) else own).append(known)
    return about, own
