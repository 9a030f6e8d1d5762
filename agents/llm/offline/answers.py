"""The line for one move of a message: what is answered from memory, what is acknowledged, what is told of itself."""

import re

from agents.llm.offline.bids import KINDS
from agents.llm.offline.goals import said_goal
from agents.llm.offline.knowledge import Known
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.patterns import RELATIONS, pattern
from agents.llm.offline.shape import Move
from agents.llm.offline.text import capitalized, content_stems, shortened, stem, typeset
from agents.llm.offline.voice import topic_of
from agents.llm.offline.wording import Wording

LISTED = 6
_TOPICAL = frozenset(
    [
        "statement",
        "event",
        "thing",
        "fact",
        "doing",
        "place",
        "question",
        "opinion",
        "advice",
        "cannot_world",
        "talk_about",
        "ask_feel",
        "ask_doing",
        "work",
        "ask_how",
        "why",
    ]
)
_OWN_FIRST = frozenset({"question", "opinion", "cannot_world", "talk_about"})
_FORGOT = {"forget_name": "forgot_name", "forget_all": "forgot_all", "forget_account_name": "forgot_account_name"}
_FORGETTING = frozenset({"forget", "forget_name", "forget_all", "forget_last", "not_name", "forget_account_name"})
_OFTEN = frozenset({"sad", "tired", "angry", "happy"})
_RELATIVES = frozenset(map(stem, LEXICON.kin | LEXICON.pets))
_NAME_OF = pattern("answers", "name_of")
_PLACE = re.compile(r"\b(?:in|at|near|from|on|to|by|under)\s+\w")
_TIME = re.compile(r"\d|day\b|tomorrow|week|month|spring|summer|autumn|winter")


def answer(move: Move, words: Wording) -> str:
    """Return what is said to `move`."""
    if move.kind in KINDS and not words.keeps and move.kind != "seek":
        return words.say("bid_not")
    for how in (_topical, _forgotten, _recalled, _told, _of_itself):
        line = how(move, words)
        if line:
            return line
    pool = move.kind if move.kind in words.voice.say else "question" if move.asks else "statement"
    pool = (_relative(move.x) if pool == "statement" else "") or pool
    return words.say(pool, x=move.x, who=move.x) or words.say("statement_bare")


def _topical(move: Move, words: Wording) -> str:
    """Return one of the voice's own lines on a subject, while there are any that were not said."""
    topic = topic_of(words.voice, move.text) if move.kind in _TOPICAL else None
    lines = (topic.answers if move.asks else topic.says) if topic else ()
    values = {**words.values, "x": move.x}
    return words.picker.line(lines, values) if words.picker.has_fresh(lines, values) else ""


def _forgotten(move: Move, words: Wording) -> str:
    if move.kind not in _FORGETTING:
        return ""
    if not words.keeps:
        return words.say("forgot_not")
    if move.kind in words.resolved.unmatched:
        return words.say("forgot_nothing")
    if move.kind == "not_name":
        return words.say("not_name")
    if words.resolved.left:
        return words.say("forgot_name_partly" if move.kind == "forget_name" else "forgot_partly")
    return words.say(_FORGOT.get(move.kind, "forgot"))


def _recalled(move: Move, words: Wording) -> str:
    knowledge = words.knowledge
    if move.kind == "corrected" and not words.keeps:
        return words.say("remembered_not")
    if move.kind == "ask_name":
        return words.say("my_name" if words.values["name"] else "my_name_unknown")
    if move.kind == "ask_all":
        return _all_known(words)
    if move.kind == "seek":
        found = knowledge.matching(move.x, knowledge.about) or knowledge.matching(move.x, knowledge.own, 0.6)
        return words.say("recall", known=words.listed(found[:3])) if found else words.say("recall_none")
    if move.kind == "recall":
        named = _name_of(move.text, words)
        if named:
            return words.say("recall", known=named)
        found = _by_relation(move.text, words) or knowledge.matching(move.text, knowledge.about)
        if found:
            return words.say(_fitting(move, found[0]), known=words.listed(found[:3]))
        return _quoted(move.text, words, 0.5) or _own(move, words) or words.say("recall_none")
    if move.kind == "ask_last":
        return (
            words.say("recall_said", said=_told_words(knowledge.said[0]))
            if knowledge.said
            else words.say("recall_none")
        )
    if move.kind == "cannot_world":
        found = knowledge.matching(move.text, knowledge.about, 0.99)
        if found:
            return words.say("recall", known=words.listed(found[:2]))
        return _quoted(move.text, words, 0.99) or _own(move, words)
    return _own(move, words) if move.kind in _OWN_FIRST else ""


def _name_of(question: str, words: Wording) -> str:
    """Return "your daughter is called Ella" where that was asked for and is known."""
    asked = _NAME_OF.search(question)
    whose = (asked.group("who") or asked.group("who2")).split()[-1] if asked else ""
    if not whose or not words.knowledge.about:
        return ""
    beside = re.compile(rf"(?:{re.escape(whose)}) (?P<name>(?-i:[A-Z])[\w’-]+)", re.I)
    names = [match.group("name") for known in words.knowledge.about if (match := beside.search(known.content))]
    return f"your {whose} is called {names[-1]}" if names else ""


def _quoted(question: str, words: Wording, least: float) -> str:
    """Return the visitor's own earlier words that answer `question`, where nothing was made of them to remember."""
    found = words.knowledge.matching(question, words.knowledge.said, least)
    return words.say("recall_said", said=_told_words(found[0])) if found else ""


def _told_words(known: Known) -> str:
    said = capitalized(typeset(shortened(known.content.strip(" ,"), 200)))
    return said.replace("“", "‘").replace("”", "’")


def _by_relation(question: str, words: Wording) -> list[Known]:
    """Return what answers a question that names no thing: where am I from, what do I do."""
    content = next((content for asked, content in RELATIONS if asked.search(question)), None)
    return [known for known in words.knowledge.about if content and content.search(known.content)]


def _fitting(move: Move, best: Known) -> str:
    """Return the pool for the answer `best`: a question for a place is not wholly answered without one."""
    lacks_place = re.match(r"where\b", move.text, re.I) is not None and not _PLACE.search(best.content)
    lacks_time = re.match(r"when\b|what day", move.text, re.I) is not None and not _TIME.search(best.content)
    wanted = content_stems(move.text) - _RELATIVES
    lacks_all = bool(wanted) and bool(content_stems(move.text) & _RELATIVES) and not wanted & best.stems
    return "recall_partly" if lacks_place or lacks_time or lacks_all else "recall"


def _own(move: Move, words: Wording) -> str:
    found = words.knowledge.matching(move.text, words.knowledge.own, 0.6)
    return words.say("own_memory", own=typeset(found[0].content.rstrip("."))) if found else ""


def _all_known(words: Wording) -> str:
    known = sorted(words.knowledge.about, key=lambda one: -one.importance)
    if not known:
        return words.say("know_name_only" if words.values["name"] else "know_nothing")
    said = words.say("know_me", facts=words.listed(known[:LISTED], words.voice.lists))
    left = len(known) - LISTED
    if left <= 0:
        return said
    return f"{said} {words.say('know_more', more='one more' if left == 1 else f'{left} more')}"


def _told(move: Move, words: Wording) -> str:
    """Return what is said to something that the visitor told about themself."""
    fact = move.fact
    if fact is None:
        return ""
    if move.kind in words.resolved.known and move.kind not in _OFTEN:
        return words.say("already")
    if move.kind == "remember":
        return words.say("remembered") if words.keeps else words.say("remembered_not")
    pool = "unnamed" if fact.unnamed and words.voice.asks > 0.3 else move.kind
    if move.kind in {"good_news", "bad_news"} and not fact.you:
        pool = f"{move.kind}_untold"
    values = {name: getattr(fact, name) for name in ("x", "y", "who", "you", "doing", "unnamed")}
    if values["who"].split(" ")[-1].casefold() in LEXICON.plural:
        values["who"] = ""
    return words.say(pool, **values) or words.say("fact", **values) or words.say("statement_bare")


def _of_itself(move: Move, words: Wording) -> str:
    state, aliases = words.knowledge.state, words.knowledge.aliases
    if move.kind == "ask_goals":
        return words.say("goals" if words.values["goal"] else "goals_none")
    if move.kind == "ask_desires":
        desires = [one for one in state.desires.values() if one.status == "active"]
        best = max(desires, key=lambda one: one.intensity, default=None)
        return words.say("desires", desire=said_goal(best.text, aliases)) if best else words.say("desires_none")
    if move.kind in {"ask_doing", "ask_look"}:
        return words.say(move.kind) or words.say(f"{move.kind}_none")
    return ""


def _relative(x: str) -> str:
    """Return the pool for what was said about somebody's people or animals, else ""."""
    head = x.split(" of ")[0].split()[-1].casefold() if x.startswith("your ") else ""
    return "kin" if head in LEXICON.kin else "pet" if head in LEXICON.pets else ""
