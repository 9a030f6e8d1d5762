"""What was said earlier in the talk, for what is in no memory: read anew each time, and only as far as it may be."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from agents.llm.offline.antecedent import by_name, dangles, mentioned, resolved
from agents.llm.offline.facts import facts_in
from agents.llm.offline.moves import moves_of
from agents.llm.offline.names import asks_name, named
from agents.llm.offline.superseding import supersedes
from agents.llm.offline.text import clauses, cleaned, content_stems, unfilled
from agents.mind import folded
from agents.scene import Scene

MOST_LINES = 400
MOST_PEOPLE = 20
_FORGETS = re.compile(r"\b(?:forget|erase|delete|unlearn|don.t remember)\b", re.I)


class Line(NamedTuple):
    """A clause with whom its pronouns mean, whether it answers a question for a name, and as it was said."""

    clause: str
    asked: bool
    words: str


@dataclass(slots=True)
class Heard:
    """The clauses that state something in the visitor's lines, each with whether the entity had asked for their name;
    none that they asked to have forgotten. `name_unwanted`: they asked to have their name forgotten."""

    lines: list[Line] = field(default_factory=list)
    name_unwanted: bool = False

    def names(self) -> list[str]:
        """Return the names they gave themselves, the latest first."""
        return [name for line in reversed(self.lines) if (name := named(line.clause, line.asked))]

    def quotes(self, gone: list[str]) -> list[tuple[str, frozenset[str]]]:
        """Return their words, the latest first, each with the stems of what it says; nothing that tells of what is
        among the forgotten contents `gone`."""
        lost = [stems for content in gone if (stems := content_stems(content))]
        found = []
        for line in reversed(self.lines):
            stems = content_stems(line.clause)
            kept = not any(len(stems & one) >= 0.75 * min(len(stems), len(one)) for one in lost)
            if stems and kept and len(line.clause.split()) > 2:
                found.append((line.words, content_stems(line.words)))
        return found

    def facts(self, subject: str, aliases: tuple[str, ...], kept: list[str]) -> list[tuple[str, float]]:
        """Return what they told about themself, as sentences on `subject` with their importance: what is not among the
        contents `kept`, and no older answer to what they said later."""
        pattern = re.compile("|".join(map(re.escape, aliases)))
        seen = {folded(pattern.sub("@", content)) for content in kept}
        found: list[tuple[str, float]] = []
        for clause, _, _ in self.lines:
            for fact in () if dangles(clause) else facts_in(unfilled(clause)):
                content, key = fact.content.replace("{S}", subject, 1), folded(fact.content.replace("{S}", "@", 1))
                if content and not any(other.startswith(key) for other in seen):
                    seen.add(key)
                    found = [one for one in found if not supersedes(fact, one[0], aliases)]
                    found.append((content, fact.importance))
        return found


def hear(scene: Scene, entity_name: str) -> Heard:
    """Return what the visitor said in the talk before the line that woke the entity."""
    heard = Heard()
    asked = False
    who: tuple[str, ...] = ()
    everyone: tuple[str, ...] = ()
    for said in scene.history[:-1][-MOST_LINES:]:
        text = cleaned(said.text)
        if said.author == "entity":
            asked = asks_name(text) if text else asked
            continue
        before, who = who, ()
        if _FORGETS.search(text):
            _forget(heard, text, entity_name)
        else:
            for clause, asks in clauses(text):
                plain = by_name(unfilled(clause), everyone)
                if not asks:
                    heard.lines.append(Line(resolved(plain, who or before), asked, clause))
                who = mentioned(plain) or who
                everyone = (*everyone, *mentioned(plain))[-MOST_PEOPLE:]
        asked = False
    return heard


def _forget(heard: Heard, text: str, entity_name: str) -> None:
    for move in moves_of(text, entity_name):
        if move.kind in {"forget_all", "forget_name"}:
            heard.name_unwanted = True
        if move.kind == "forget_all":
            heard.lines = []
        elif move.kind == "forget_name":
            heard.lines = [line for line in heard.lines if not named(line.clause, line.asked)]
        elif move.kind == "forget_last":
            heard.lines = heard.lines[:-1]
        elif move.kind == "forget":
            gone = content_stems(move.x)
            heard.lines = [line for line in heard.lines if not _touches(gone, line.clause)]


def _touches(gone: frozenset[str], clause: str) -> bool:
    return bool(gone) and len(gone & content_stems(clause)) / len(gone) >= 0.5
