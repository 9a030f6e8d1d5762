"""What a message does: its clauses as moves. Recognition only; answers are elsewhere."""

import re
import unicodedata
from dataclasses import replace

from agents.llm.offline.antecedent import by_name, called, dangles, mentioned, pointed_out, resolved
from agents.llm.offline.facts import facts_in, remembered_fact
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.names import denies_name, named
from agents.llm.offline.patterns import MOVES, QUESTIONS, pattern
from agents.llm.offline.phrase import echo, key_phrase
from agents.llm.offline.shape import Fact, Move, is_vague
from agents.llm.offline.text import WORD, bare, clauses, is_question, unfilled

_GREETING = dict(MOVES)["greet"]
_APART = pattern("moves", "apart")
_GOOD_FEELINGS = {"happy", "content", "proud", "excited", "curious", "in love"}
_HOW_TO = pattern("moves", "how_to")
_CANNOT = pattern("moves", "cannot")
_WORLD = pattern("moves", "world")
_TASK = pattern("moves", "task")
_WANTS_TO_KNOW = pattern("moves", "wants_to_know")
_GUESS = pattern("moves", "guess")
_YES_NO = re.compile(r"(?:is|are|was|does|did|has|have|will|would|can|could|should)\b", re.I)
_FINE = pattern("moves", "will_be_fine")
_NEWS = pattern("moves", "news")
_OPINION = pattern("moves", "opinion")
_ADVICE = pattern("moves", "advice")
_MINE = re.compile(r"\b(?:me|my|mine|i|i'm|i've|myself)\b", re.I)
_RECALL = pattern("moves", "recall")
_YES = pattern("moves", "yes")
_NO = pattern("moves", "no")
_LAUGH = pattern("moves", "laugh")
_CONFUSED = pattern("moves", "confused")
_WHY = pattern("moves", "why")
_WOW = pattern("moves", "wow")
_TALK_ABOUT = pattern("moves", "talk_about")


def moves_of(
    text: str, entity_name: str, *, asked_name: bool = False, before: str = "", among: tuple[str, ...] = ()
) -> tuple[Move, ...]:
    """Return the moves of the cleaned message `text`. `asked_name`: whether it answers a question for a name;
    `before` is the visitor's line before it, `among` are those of their people whom the last lines spoke of."""
    odd = _odd(text)
    if odd:
        return (Move(odd, text),)
    whole = [(_unaddressed(clause, entity_name), asks) for clause, asks in clauses(text)]
    parts = [part for clause, asks in whole for part in _greeting_apart(clause, asks)]
    moves: list[Move] = []
    who, thing = mentioned(by_name(before, among)), key_phrase(before)
    for index, (clause, asks) in enumerate(parts):
        if bare(clause):
            moves.append(_move(clause, asks, asked_name and index == 0, who, thing, among))
            who, thing = mentioned(clause) or who, key_phrase(clause) or thing
    return tuple(moves) or (Move("dots", text),)


def _greeting_apart(clause: str, asks: bool) -> list[tuple[str, bool]]:
    """Return `clause` as it is, or a greeting and what follows it without a comma: "hi sam here"."""
    greeting = _GREETING.match(clause) or _APART.match(clause)
    rest = clause[greeting.end() :].strip(" ,") if greeting else ""
    if not rest or (len(rest.split()) < 2 and greeting and greeting.re is _GREETING):
        return [(clause, asks)]
    return [(clause[: len(clause) - len(rest)], False), (rest, asks)]


def _odd(text: str) -> str:
    """Return the kind of a message that is no sentence one could read."""
    words = WORD.findall(text)
    letters = [c for c in text if c.isalpha()]
    if not letters:
        if any(c.isdigit() for c in text):
            return (
                "numbers" if len(words) and len(text) < 40 and not re.search(r"[-+*/x×÷^=]", text) else "cannot_world"
            )
        return "emoji" if any(unicodedata.category(c) == "So" for c in text) else "dots"
    latin = sum("LATIN" in unicodedata.name(c, "") for c in letters[:400])
    if latin < 0.5 * len(letters[:400]):
        return "foreign"
    low = [word.casefold() for word in words[:60]]
    foreign = sum(word in LEXICON.foreign and word not in LEXICON.stop for word in low)
    english = sum(word in LEXICON.stop for word in low)
    if foreign >= 2 and foreign > english:
        return "foreign"
    has_vowel = re.search(r"[aeiouyà-ÿ]", text, re.I) is not None
    return "dots" if len(words) <= 2 and not has_vowel and len(text) > 4 else ""


def _unaddressed(clause: str, entity_name: str) -> str:
    """Return `clause` without the entity's name called out at either end."""
    if not entity_name.strip():
        return clause
    name = re.escape(entity_name.strip())
    clause = (
        re.sub(
            rf"^(?:(hello|hi|hey|dear|good \w+|thanks|thank you|goodbye|bye),?\s+)?{name}\b[,.!:]*\s*(?=\S|$)",
            lambda m: (m.group(1) or "") + " ",
            clause,
            count=1,
            flags=re.I,
        )
        if not re.match(rf"{name}\s+(?:is|was|has)\b", clause, re.I)
        else clause
    )
    return re.sub(rf",\s*{name}\s*([.!?…]*)$", r"\1", clause, flags=re.I).strip() or clause


def _move(clause: str, asks: bool, asked_name: bool, who: tuple[str, ...], thing: str, among: tuple[str, ...]) -> Move:
    core = unfilled(clause)
    asks = asks or is_question(core)
    plain = bare(core) if asks else resolved(by_name(bare(core), among), who)
    name = "" if asks else named(clause, asked_name)
    if name:
        return Move("name", clause, x=name)
    if denies_name(plain):
        return Move("not_name", clause)
    for kind, form in MOVES:
        if kind in {"greet", "thanks"} and asks and len(plain.split()) > 4:
            continue
        match = form.search(plain) or (form.search(bare(clause)) if kind == "silence" else None)
        if match:
            x = _x(match)
            fact = remembered_fact(x) if kind == "remember" else None
            return Move(kind, clause, asks, x, fact)
    if asks or _is_request(plain):
        return _about_them(_asking(clause, plain), clause, plain, (*among, *who))
    return _telling(clause, plain, thing)


def _about_them(move: Move, clause: str, plain: str, who: tuple[str, ...]) -> Move:
    """Return the question `move` as one about somebody whom "she" means, where it is."""
    if move.kind not in {"question", "cannot_world", "opinion", "recall"}:
        return move
    question, whom = pointed_out(plain, who)
    if not whom:
        return move
    if _GUESS.match(plain) or (move.kind == "question" and _FINE.search(plain)):
        return Move("reassure" if _FINE.search(plain) else "question_who", clause, True, called(whom))
    if move.kind == "opinion":
        return replace(move, x=called(whom), kind="question_who")
    if question != plain:
        move = _asking(question, question)
    if move.kind == "cannot_world" and not _YES_NO.match(question):
        return replace(move, kind="recall")
    is_open = move.kind in {"question", "cannot_world"} or (question != plain and _YES_NO.match(question))
    return replace(move, x=called(whom), kind="question_who") if is_open else move


def _is_request(plain: str) -> bool:
    return bool(_CANNOT.match(plain) or _TASK.match(plain) or _TALK_ABOUT.match(plain) or _wants_fact(plain)) or any(
        kind in {"ask_about_you", "ask_story", "ask_joke", "ask_all", "help", "ask_can", "ask_look"}
        and form.search(plain)
        for kind, form in QUESTIONS
    )


def _wants_fact(plain: str) -> bool:
    """Whether `plain` wants a fact that is in no talk: "tell me the capital of France"."""
    wants = _WANTS_TO_KNOW.match(plain)
    return wants is not None and _WORLD.search(wants.group("x")) is not None


def _of_the_world(plain: str) -> bool:
    """Whether the question `plain` is for facts, or for what is new out there: "any news?"."""
    of_news = _NEWS.search(plain) is not None and not re.search(r"\b(?:you|your|my|me)\b", plain, re.I)
    return _HOW_TO.match(plain) is not None or _wants_fact(plain) or of_news


def _asking(clause: str, plain: str) -> Move:
    if _TASK.match(plain):
        return Move("cannot", clause, True, key_phrase(plain))
    for kind, form in QUESTIONS:
        match = form.search(plain)
        if match:
            is_good = kind == "ask_feel" and _x(match).casefold() in _GOOD_FEELINGS
            return Move("ask_how" if is_good else kind, clause, True, _x(match))
    if _CONFUSED.match(plain):
        return Move("confused", clause, True)
    if _WHY.match(plain):
        return Move("why", clause, True)
    if _WOW.match(plain):
        return Move("wow", clause)
    if _CANNOT.match(plain):
        return Move("cannot", clause, True, key_phrase(plain))
    about = _TALK_ABOUT.match(plain)
    if about:
        return Move(
            "recall" if _MINE.search(plain.removeprefix("tell me")) else "talk_about", clause, True, echo(_x(about))
        )
    if _of_the_world(plain):
        return Move("cannot_world", clause, True, key_phrase(plain))
    opinion = _OPINION.search(plain)
    if opinion:
        return Move("opinion", clause, True, "" if is_vague(_x(opinion)) else echo(_x(opinion), 6))
    if _ADVICE.search(plain):
        return Move("advice", clause, True, key_phrase(plain))
    if _RECALL.search(plain) or (
        _MINE.search(plain)
        and re.match(r"(?:what|where|who|when|how|which|whose|do|does|did|is|are|am|was|were|have|has)\b", plain, re.I)
    ):
        return Move("recall", clause, True, key_phrase(plain))
    return Move("cannot_world" if _WORLD.search(plain) else "question", clause, True, key_phrase(plain))


def _telling(clause: str, plain: str, thing: str) -> Move:
    facts = facts_in(plain) or facts_in(bare(clause))
    if facts and dangles(plain):
        facts = (_leaning(facts[0], thing),)
    if facts:
        return Move(facts[0].kind, clause, fact=facts[0], x=facts[0].x)
    for kind, form in (("laugh", _LAUGH), ("confused", _CONFUSED), ("why", _WHY), ("wow", _WOW)):
        if form.match(plain):
            return Move(kind, clause)
    said = bare(clause)
    if len(said.split()) <= 4:
        if _YES.match(said):
            return Move("yes", clause)
        if _NO.match(said):
            return Move("no", clause)
        if LEXICON.feelings.get(said.casefold()) not in {None, "calm"}:
            family = LEXICON.feelings[said.casefold()]
            return Move(
                family,
                clause,
                fact=Fact(family, f"{{S}} felt {said.casefold()}.", y=said.casefold(), importance=0.4, dated=True),
            )
        if said.casefold() in LEXICON.feelings:
            return Move("calm", clause)
    return Move("statement", clause, x=key_phrase(clause))


def _leaning(fact: Fact, thing: str) -> Fact:
    """Return `fact`, which says "it", with what that is; worth no memory where that is not clear."""
    if thing.startswith("your ") and len(re.findall(r"\bit\b", fact.content)) == 1:
        return replace(fact, content=re.sub(r"\bit\b", f"it (their {thing.removeprefix('your ')})", fact.content))
    return fact if "“" in fact.content or fact.kind in LEXICON.feelings.values() else replace(fact, content="")


def _x(match: re.Match[str]) -> str:
    return bare(next((value for key, value in match.groupdict().items() if key.startswith("x") and value), ""))
