"""What the entity knows: about the visitor and of its own, from its memories and from the talk."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from agents.changes import MemoryValue
from agents.llm.offline.antecedent import dangles, mentioned, resolved
from agents.llm.offline.facts import facts_in
from agents.llm.offline.grammar import VISITOR, spoken
from agents.llm.offline.moves import moves_of
from agents.llm.offline.names import asks_name, named
from agents.llm.offline.patterns import pattern
from agents.llm.offline.text import WORD, clauses, cleaned, content_stems, stem, unfilled
from agents.mind import EntityState, folded
from agents.scene import Scene

_NAME_MEMORY = pattern("knowledge", "name_memory")
SUBJECTS = (VISITOR, "The user", "User", "The person", "The human", "The guest")
HISTORY_READ = 80
_CONCEPTS = frozenset(map(stem, ["work", "name", "live", "age", "like", "favourite", "hate", "plan", "fear"]))


@dataclass(frozen=True, slots=True)
class Known:
    """One thing known about the visitor, or one of the entity's own memories. `id` is None for what was only said."""

    content: str
    id: int | None
    importance: float
    stems: frozenset[str]


@dataclass(frozen=True)
class Knowledge:
    """All that the entity knows at the start of a run."""

    state: EntityState
    name: str
    aliases: tuple[str, ...]
    about: tuple[Known, ...]
    own: tuple[Known, ...]
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
    earlier = [said for said in scene.history[:-1] if said.text][-HISTORY_READ:]
    forgotten = [memory.content for memory in state.memories.values() if memory.forgotten]
    told = _from_memories(state.known().values())
    lines = _told_lines(earlier, state.persona.name)
    name = told or _name_in(lines, forgotten) or _signed_in(scene.person, forgotten)
    aliases = _aliases(name, state, forgotten)
    about, own = _sorted_out(state, aliases)
    said = _only_said(lines, name or VISITOR, aliases, [*forgotten, *(known.content for known in about)])
    boosts = {memory.id: memory.score for memory in scene.recalled}
    return Knowledge(state, name, aliases, (*about, *said), tuple(own), boosts)


def name_in_memory(content: str) -> str:
    """Return the visitor's name when the memory `content` gives it, else ""."""
    match = _NAME_MEMORY.match(content.strip())
    if match is None:
        return ""
    name = (match.group("name") or match.group("name2")).strip(" .“”\"'")
    return name if 0 < len(name.split()) <= 3 and name[:1].isupper() else ""


def _from_memories(memories: Iterable[MemoryValue]) -> str:
    return next((name for memory in reversed(list(memories)) if (name := name_in_memory(memory.content))), "")


def _told_lines(earlier: Iterable[object], entity_name: str) -> list[tuple[str, bool]]:
    """Return the clauses that state something in the visitor's lines, each with whether the entity had asked for
    their name, but none from before they asked to have it forgotten."""
    lines: list[tuple[str, bool]] = []
    before, who = False, ""
    for said in earlier:
        text = cleaned(getattr(said, "text", ""))
        if getattr(said, "author", "") == "entity":
            before = asks_name(text)
            continue
        if re.search(r"\b(?:forget|erase|delete|unlearn|don't remember)\b", text, re.I):
            lines = _after_forgetting(lines, text, entity_name)
        else:
            for clause, asks in clauses(text):
                if not asks:
                    lines.append((resolved(unfilled(clause), who), before))
                who = mentioned(clause) or who
        before = False
    return lines


def _after_forgetting(lines: list[tuple[str, bool]], text: str, entity_name: str) -> list[tuple[str, bool]]:
    for move in moves_of(text, entity_name):
        if move.kind == "forget_all":
            return []
        if move.kind == "forget_name":
            lines = [line for line in lines if not named(*line)]
        if move.kind == "forget_last":
            lines = lines[:-1]
        if move.kind == "forget":
            gone = content_stems(move.x)
            lines = [line for line in lines if not gone or len(gone & content_stems(line[0])) / len(gone) < 0.5]
    return lines


def _name_in(lines: list[tuple[str, bool]], forgotten: list[str]) -> str:
    gone = {name_in_memory(content).casefold() for content in forgotten}
    names = (named(*line) for line in reversed(lines))
    return next((name for name in names if name and name.casefold() not in gone), "")


def _signed_in(person: str, forgotten: list[str]) -> str:
    """Return the name of the account when it looks like a person's."""
    name = person.strip()
    gone = {name_in_memory(content).casefold() for content in forgotten}
    is_name = name[:1].isupper() and len(name) <= 40 and all(part.replace("-", "").isalpha() for part in name.split())
    return name if is_name and name.casefold() not in {"admin", "user", "owner", "guest", *gone} else ""


def _aliases(name: str, state: EntityState, forgotten: list[str]) -> tuple[str, ...]:
    former = [name_in_memory(memory.content) for memory in state.memories.values()]
    return tuple(dict.fromkeys(alias for alias in (name, *former, *SUBJECTS) if alias))


def _sorted_out(state: EntityState, aliases: tuple[str, ...]) -> tuple[list[Known], list[Known]]:
    about: list[Known] = []
    own: list[Known] = []
    pattern = re.compile(
        "|".join([*(rf"\b{re.escape(alias)}\b" for alias in aliases), r"^(?:They|Their)\b", r"\bvisitor’s\b"])
    )
    for key, memory in state.known().items():
        known = Known(memory.content, key, memory.importance, content_stems(memory.content))
        (about if pattern.search(memory.content) else own).append(known)
    return about, own


def _only_said(lines: list[tuple[str, bool]], subject: str, aliases: tuple[str, ...], kept: list[str]) -> list[Known]:
    """Return the facts that were said in this talk and are in no memory, nor in one that was forgotten."""
    seen = {folded(re.sub("|".join(re.escape(alias) for alias in aliases), "@", content)) for content in kept}
    found: list[Known] = []
    for clause, _ in lines:
        for fact in () if dangles(clause) else facts_in(unfilled(clause)):
            content = fact.content.replace("{S}", subject, 1)
            key = folded(fact.content.replace("{S}", "@", 1).replace("{D}", ""))
            if content and not any(key and other.startswith(key) for other in seen):
                seen.add(key)
                found.append(Known(content, None, fact.importance, content_stems(content)))
    return found
