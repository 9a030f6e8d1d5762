"""What a message changes: memories learned, replaced and forgotten, goals taken up and ended."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from agents.llm.offline.bids import bids
from agents.llm.offline.facts import facts_in
from agents.llm.offline.goals import EndedGoal, ended_goals, new_goals
from agents.llm.offline.grammar import VISITOR
from agents.llm.offline.knowledge import SUBJECTS, Knowledge, Known, name_in_memory
from agents.llm.offline.names import named
from agents.llm.offline.patterns import pattern
from agents.llm.offline.phrase import key_phrase
from agents.llm.offline.shape import Fact, Move, Step
from agents.llm.offline.superseding import supersedes
from agents.llm.offline.text import WORD, bare, clauses, cleaned, content_stems, shortened, unfilled
from agents.llm.offline.voice import Voice
from agents.scene import Scene

MOST_LEARNED = 4
MOST_FORGOTTEN = 9
MOST_SCRUBBED = 5
_OF_THAT_DAY = {"plan", "appointment", "kin", "pet", "fact", "bad_news"}
_PLAIN = {"statement", "fact", "objection", "no", "sorry"}
_CORRECTION = pattern("resolve", "correction")
_FORGETTING = {"forget", "forget_name", "forget_last", "forget_all", "forget_account_name"}


@dataclass(slots=True)
class Resolved:
    """The changes that a message calls for. `name` is the visitor's name after it; `known` the kinds of moves
    that told nothing new; `bids` the steps that were asked of it; `unmatched` those that asked to forget what
    was never there."""

    moves: tuple[Move, ...]
    name: str
    learned: list[tuple[Fact, str, str]] = field(default_factory=list)
    forgotten: list[tuple[Known, str]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    unmatched: set[str] = field(default_factory=set)
    goals: list[tuple[str, float, str]] = field(default_factory=list)
    ended: list[EndedGoal] = field(default_factory=list)
    renamed: list[EndedGoal] = field(default_factory=list)
    bids: list[Step] = field(default_factory=list)
    pending: str = ""
    left: int = 0
    was_named: str = ""

    @property
    def forgets(self) -> bool:
        """Whether the visitor asked for something to be forgotten."""
        return any(move.kind in _FORGETTING for move in self.moves)


def resolve(moves: tuple[Move, ...], knowledge: Knowledge, scene: Scene, voice: Voice, asked_by: str) -> Resolved:
    """Return what `moves` change, given what is known."""
    found = Resolved(moves, knowledge.name)
    found.moves = tuple(_forgetting(move, found, knowledge, scene) for move in moves)
    found.moves = tuple(_corrected(move, found, knowledge) for move in found.moves)
    for move in found.moves:
        if move.kind == "name":
            _take_name(move, found, knowledge)
        elif move.kind == "not_name":
            _drop_name(found, knowledge, "The name is wrong.")
    subject = found.name or VISITOR
    asked = bids(found.moves, knowledge.state, subject, knowledge.aliases)
    found.moves, found.bids = tuple(move for move, _step in asked), [step for _move, step in asked if step]
    answer = _called_answer(found.moves, asked_by, subject)
    found.moves = answer or found.moves
    for move in found.moves:
        if move.fact is not None and move.fact.content and not move.asks:
            _learn(move, move.fact, subject, found, knowledge, scene.trigger.at)
    most = MOST_SCRUBBED if found.forgets else MOST_LEARNED
    found.learned = sorted(found.learned, key=lambda item: -item[0].importance)[:most]
    found.ended, found.pending = ended_goals(found.moves, knowledge.state, knowledge.aliases, asked_by)
    _let_go_of_plans(found, knowledge)
    found.moves = tuple(_reread(move, found) for move in found.moves)
    found.ended.extend(found.renamed)
    if not found.forgets:
        found.goals = found.goals + new_goals(found.moves, knowledge, subject, voice)
    found.left += max(0, len({known.id for known, _ in found.forgotten}) - MOST_FORGOTTEN)
    found.forgotten = found.forgotten[:MOST_FORGOTTEN]
    return found


def _corrected(move: Move, found: Resolved, knowledge: Knowledge) -> Move:
    """Put right what "Manchester, not Leeds" puts right, in the latest memory that has the wrong word."""
    match = _CORRECTION.match(bare(unfilled(move.text))) if move.kind in _PLAIN and not move.asks else None
    if match is None:
        return move
    old, new = bare(match.group("old") or match.group("old2")), bare(match.group("new") or match.group("new2"))
    wrong = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)", re.I)
    stored = [known for known in knowledge.about if known.id is not None and not name_in_memory(known.content)]
    bearing = [known for known in stored if wrong.search(known.content)]
    if not bearing or old.casefold() == new.casefold():
        return move
    known = bearing[-1]
    found.forgotten.append((known, f"It was wrong: “{shortened(bare(move.text), 120)}”"))
    content = wrong.sub(lambda _: new, known.content)
    if not knowledge.has(content):
        found.learned.append((Fact("corrected", "", importance=known.importance), content, "They put me right."))
    for key, goal in knowledge.state.active_goals().items():
        if wrong.search(goal.text):
            found.renamed.append(EndedGoal(key, "", "abandoned", "It was wrong; there is one in its place."))
            found.goals.append((wrong.sub(lambda _: new, goal.text), goal.priority, "They put me right."))
    return Move("corrected", move.text, x=new)


def _let_go_of_plans(found: Resolved, knowledge: Knowledge) -> None:
    """Forget what was only planned where it has happened, or will not happen."""
    for ended in found.ended:
        wanted = content_stems(ended.text)
        for known in knowledge.about:
            is_plan = re.search(
                r"\b(?:going to|plans? to|will|wants? to|has to|needs? to|has an?|thinking of)\b", known.content
            )
            if known.id is not None and is_plan and wanted and len(wanted & known.stems) / len(wanted) >= 0.6:
                found.forgotten.append((known, f"That is settled: {ended.reason}"))


def _reread(move: Move, found: Resolved) -> Move:
    """A clause that sounded like the end of a goal, but ended none, is read again as a telling."""
    if move.kind != "drop_goal" or found.ended or "goal" in move.text.casefold():
        return move
    return Move("statement", move.text, x=key_phrase(move.text))


def _take_name(move: Move, found: Resolved, knowledge: Knowledge) -> None:
    stored = [known for known in knowledge.about if known.id is not None and name_in_memory(known.content)]
    same = [known for known in stored if name_in_memory(known.content).casefold() == move.x.casefold()]
    is_new = knowledge.is_told and knowledge.name.casefold() != move.x.casefold()
    found.was_named = knowledge.name if is_new else ""
    found.name = move.x
    found.forgotten.extend((known, f"Their name is {move.x}, not that.") for known in stored if known not in same)
    if same:
        found.known.add("name")
        return
    fact = Fact("name", "", importance=0.9)
    found.learned.append((fact, f"{VISITOR}’s name is {move.x}.", "They told me their name; keep it before answering."))


def _drop_name(found: Resolved, knowledge: Knowledge, why: str) -> None:
    stored = [known for known in knowledge.about if known.id is not None and name_in_memory(known.content)]
    found.forgotten.extend((known, why) for known in stored)
    found.was_named, found.name = knowledge.name, ""


def _called_answer(moves: tuple[Move, ...], asked_by: str, subject: str) -> tuple[Move, ...]:
    """Return `moves` with the first as the answer to "What is your dog called?", when that was asked."""
    asked = re.search(r"your (?P<who>[\w-]+) called\?|is your (?P<who2>[\w-]+)[’']s name\?", asked_by)
    first = moves[0] if moves else None
    if not asked or first is None or first.kind not in {"statement", "name", "yes", "dots"}:
        return ()
    match = _CALLED.match(bare(unfilled(first.text)))
    if (
        not match
        or len(match.group("name").split()) > 2
        or match.group("name").casefold() in {"no", "yes", "nothing", "what", "none"}
    ):
        return ()
    who, name = asked.group("who") or asked.group("who2"), match.group("name")
    name = name[:1].upper() + name[1:]
    fact = Fact(
        "named", f"{{S}}’s {who} is called {name}.", x=name, who=f"your {who}", importance=0.6, key=f"called {who}"
    )
    return (Move("named", first.text, fact=fact, x=name), *moves[1:])


def _learn(move: Move, fact: Fact, subject: str, found: Resolved, knowledge: Knowledge, at: datetime) -> None:
    content = fact.content.replace("{S}", subject, 1)
    if fact.dated:
        content = (
            content.rstrip(".")
            + f" ({'said on ' if move.kind in _OF_THAT_DAY else ''}{at.day} {at:%B})"
            + ("." if not content.endswith("”") else "")
        )
    content = shortened(content, 600)
    if knowledge.has(content.replace(subject, "@", 1)):
        found.known.add(move.kind)
        return
    stored = [known for known in knowledge.about if known.id is not None]
    replaced = [known for known in stored if supersedes(fact, known.content, knowledge.aliases)]
    found.forgotten.extend((known, f"It is different now: “{shortened(bare(move.text), 120)}”") for known in replaced)
    if not any(content == other for _, other, _ in found.learned):
        found.learned.append((fact, content, f"They said: “{shortened(bare(move.text), 140)}”"))


def _forgetting(move: Move, found: Resolved, knowledge: Knowledge, scene: Scene) -> Move:
    """Note what `move` asks to forget; return it, with its kind made exact."""
    if move.kind not in _FORGETTING:
        return move
    if move.kind == "forget" and _is_name(move, knowledge):
        move = Move("forget_name", move.text)
    why = f"They asked me to: “{shortened(bare(move.text), 120)}”"
    stored = [known for known in knowledge.about if known.id is not None]
    before = len(found.forgotten)
    if move.kind == "forget_name":
        _drop_name(found, knowledge, why)
        _scrub(found, knowledge, stored)
        if knowledge.is_told:
            return move
        if knowledge.name:
            return Move("forget_account_name", move.text)
    elif move.kind == "forget_all":
        found.forgotten.extend((known, why) for known in stored)
        found.was_named, found.name = knowledge.name, ""
    elif move.kind == "forget_last":
        found.forgotten.extend((known, why) for known in _last_told(stored, scene, knowledge))
    else:
        own = [known for known in knowledge.own if known.id is not None]
        matched = knowledge.matching(move.x, stored) or knowledge.matching(move.x, own, 0.6)
        found.forgotten.extend((known, why) for known in matched)
    if len(found.forgotten) == before:
        found.unmatched.add(move.kind)
    return move


def _is_name(move: Move, knowledge: Knowledge) -> bool:
    words = {word.casefold() for word in WORD.findall(move.x)}
    return (
        bool(named(move.x))
        or words <= {"my", "name", "it's", "is"}
        or (bool(knowledge.name) and bare(move.x).casefold() == knowledge.name.casefold())
    )


def _scrub(found: Resolved, knowledge: Knowledge, stored: list[Known]) -> None:
    """Have the memories that bear the forgotten name remembered without it, as far as one turn allows."""
    names = [re.escape(alias) for alias in knowledge.aliases if alias not in SUBJECTS]
    if not names:
        return
    pattern = re.compile(rf"\b(?:{'|'.join(names)})\b")
    bearing = [known for known in stored if pattern.search(known.content) and not name_in_memory(known.content)]
    found.left = max(0, len(bearing) - MOST_SCRUBBED)
    for known in bearing[:MOST_SCRUBBED]:
        content = pattern.sub("the visitor", known.content)
        content = content[:1].upper() + content[1:]
        found.forgotten.append((known, "It bears the name I was asked to forget."))
        found.learned.append(
            (Fact("scrubbed", "", importance=known.importance), content, "The same, without the name.")
        )


def _last_told(stored: list[Known], scene: Scene, knowledge: Knowledge) -> list[Known]:
    """Return the memories made of the visitor's line before this one."""
    earlier = [said.text for said in scene.history[:-1] if said.author == "user"]
    told = cleaned(earlier[-1]) if earlier else ""
    found: list[Known] = []
    for clause, asks in clauses(told):
        for fact in () if asks else facts_in(bare(unfilled(clause))):
            wanted = content_stems(fact.content.replace("{S}", ""))
            found.extend(known for known in stored if wanted and wanted <= known.stems and known not in found)
        if not asks and named(clause):
            found.extend(known for known in stored if name_in_memory(known.content))
    return found


_CALLED = pattern("resolve", "called_answer")
_QUIET = pattern("resolve", "quiet")


def persists_silence(scene: Scene) -> bool:
    """Whether the visitor asked for silence until they say so, and has not said so."""
    silent = False
    for said in scene.history[-60:]:
        if said.author == "user" and (silent or _QUIET.search(said.text)):
            text = cleaned(said.text).casefold()
            if _QUIET.search(text):
                silent = True
            elif silent and (
                "?" in text
                or re.search(r"\b(?:speak|talk|answer|reply|you can|say something|done|that's all|are you)\b", text)
            ):
                silent = False
    return silent
