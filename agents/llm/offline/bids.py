"""What a visitor would have the entity do with itself: dress, go somewhere, want something, come on with a goal."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from agents.llm.offline.goals import said_goal
from agents.llm.offline.patterns import pattern
from agents.llm.offline.phrase import key_phrase
from agents.llm.offline.shape import Move, Step
from agents.llm.offline.text import bare, capitalized, content_stems, shortened
from agents.mind import EntityState

MOST_BIDS = 3
MATTERS_BY = 0.2
_AMOUNT = pattern("bids", "amount")
_PARTS = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "quarters": 0.75, "almost": 0.9, "nearly": 0.9, "mostly": 0.8}
_LESS = re.compile(r"\b(?:less|no longer|unimportant|lowest|low|not (?:so |that )?important)\b", re.I)
_TOP = re.compile(r"\b(?:top|most|first|highest)\b", re.I)
_TO = re.compile(r"^(?:to|into|onto|through)\s+", re.I)
_WORN = re.compile(r"\s*\bWearing [^.]*\.")
_POLITE = re.compile(r",?\s+(?:please|for me|now|then|again)$", re.I)
Bid = tuple[Move, Step | None]


def bids(moves: tuple[Move, ...], state: EntityState, visitor: str, aliases: tuple[str, ...]) -> list[Bid]:
    """Return each of `moves` with the step that it calls for, None where it calls for none.

    A move that seemed to be about a goal or desire, and is about none, is read again as a telling.
    """
    done: list[Bid] = []
    for move in moves:
        how = _HOW.get(move.kind)
        if how:
            move = replace(move, x=_POLITE.sub("", move.x))
        room = sum(step is not None for _move, step in done) < MOST_BIDS
        done.append(how(move, state, visitor, aliases) if how and room else (move, None))
    return done


def _dress(move: Move, state: EntityState, visitor: str, _aliases: tuple[str, ...]) -> Bid:
    worn = re.sub(r"^your\b", "the", bare(move.x), flags=re.I)
    worn = re.sub(r"^my\b", f"{visitor}’s", worn, flags=re.I)
    kept = _without(_WORN.sub("", state.appearance), worn)
    text = f"{kept} Wearing {worn}.".strip()
    return replace(move, x=worn), _appear(text, move)


def _undress(move: Move, state: EntityState, _visitor: str, _aliases: tuple[str, ...]) -> Bid:
    off = re.sub(r"^(?:your|that|this)\b", "the", bare(move.x), flags=re.I)
    wanted, worn = content_stems(off), _WORN.search(state.appearance)
    if worn and wanted & content_stems(worn.group()):
        text = _WORN.sub("", state.appearance).strip() or "As before, without " + off + "."
    else:
        text = f"{state.appearance} Without {off}.".strip()
    return replace(move, x=off), _appear(text, move)


def _without(text: str, worn: str) -> str:
    """Return `text` without the sentence that says that what is `worn` now was taken off."""
    taken = re.compile(r"\s*\bWithout [^.]*\.")
    return taken.sub(lambda one: "" if content_stems(worn) & content_stems(one.group()) else one.group(), text).strip()


def _appear(text: str, move: Move) -> Step:
    return Step("UPDATE_APPEARANCE", _asked(move), {"appearance": text[-4_000:].strip()})


def _go(move: Move, _state: EntityState, visitor: str, _aliases: tuple[str, ...]) -> Bid:
    place = bare(_TO.sub("", move.x))
    place = re.sub(r"\byour\b", "my", re.sub(r"\bmy\b", f"{visitor}’s", place, flags=re.I), flags=re.I)
    company = (
        f"{capitalized(place)}, with {visitor[:1].lower() + visitor[1:] if visitor.startswith('The ') else visitor}."
    )
    said = re.sub(rf"\b{re.escape(visitor)}’s\b", "your", place)
    return replace(move, x=said), Step("UPDATE_ENVIRONMENT", _asked(move), {"environment": company})


def _want(move: Move, _state: EntityState, visitor: str, _aliases: tuple[str, ...]) -> Bid:
    wish = re.sub(r"\bme\b", visitor, re.sub(r"\bmy\b", f"{visitor}’s", bare(move.x), flags=re.I), flags=re.I)
    text = capitalized(re.sub(r"\byour\b", "my", wish, flags=re.I))
    return replace(move, x=bare(move.x)), Step("ADD_DESIRE", _asked(move), {"desire": f"{text}.", "intensity": 0.6})


def _unwant(move: Move, state: EntityState, _visitor: str, aliases: tuple[str, ...]) -> Bid:
    key = _best(move.x, {key: desire.text for key, desire in state.active_desires().items()})
    if key is None:
        return _told(move), None
    said = said_goal(state.desires[key].text, aliases)
    outcome = "satisfied" if move.kind == "granted" else "abandoned"
    args: dict[str, object] = {"desire": key, "outcome": outcome, "reason": _asked(move)}
    return replace(move, x=said), Step("REMOVE_DESIRE", _asked(move), args)


def _progress(move: Move, state: EntityState, _visitor: str, aliases: tuple[str, ...]) -> Bid:
    key, amount = _goal(move, state), _amount(move.text)
    if key is None or amount is None:
        return _told(move), None
    said = said_goal(state.goals[key].text, aliases)
    return replace(move, x=said), Step("UPDATE_GOAL", _asked(move), {"goal": key, "progress": amount})


def _matter(move: Move, state: EntityState, _visitor: str, aliases: tuple[str, ...]) -> Bid:
    key = _goal(move, state)
    if key is None:
        return _told(move), None
    now = state.goals[key].priority
    wanted = 1.0 if _TOP.search(move.text) else now + MATTERS_BY
    if _LESS.search(move.text):
        wanted = now - MATTERS_BY
    args: dict[str, object] = {"goal": key, "priority": round(min(1.0, max(0.0, wanted)), 2)}
    return replace(move, x=said_goal(state.goals[key].text, aliases)), Step("UPDATE_GOAL", _asked(move), args)


def _seek(move: Move, _state: EntityState, _visitor: str, _aliases: tuple[str, ...]) -> Bid:
    return move, Step("RECALL", _asked(move), {"query": shortened(bare(move.x), 200)})


def _reflect(move: Move, _state: EntityState, _visitor: str, _aliases: tuple[str, ...]) -> Bid:
    return move, Step("REFLECT", _asked(move), {"importance": 0.7})


def _goal(move: Move, state: EntityState) -> int | None:
    """Return the goal that the move is about: the one it names, or the latest where it only points."""
    active = {key: goal.text for key, goal in state.active_goals().items()}
    if content_stems(move.x) - {"goal"}:
        return _best(move.x, active)
    return max(active, default=None)


def _best(query: str, texts: Mapping[int, str]) -> int | None:
    wanted = content_stems(query) - {"goal"}
    scored = {key: len(wanted & content_stems(text)) / len(wanted) for key, text in texts.items()} if wanted else {}
    best = max(scored, key=lambda key: scored[key], default=None)
    return best if best is not None and scored[best] >= 0.5 else None


def _amount(text: str) -> float | None:
    """Return the part, 0..1, that `text` says is done."""
    match = _AMOUNT.search(text)
    if match is None:
        return None
    if match.group("percent"):
        return min(1.0, int(match.group("percent")) / 100)
    return round(_PARTS[match.group("part").casefold()], 2)


def _told(move: Move) -> Move:
    return Move("statement", move.text, x=key_phrase(move.text))


def _asked(move: Move) -> str:
    return f"They said: “{shortened(bare(move.text), 160)}”"


_HOW: dict[str, Callable[[Move, EntityState, str, tuple[str, ...]], Bid]] = {
    "dress": _dress,
    "undress": _undress,
    "go": _go,
    "want": _want,
    "unwant": _unwant,
    "granted": _unwant,
    "progress": _progress,
    "matter": _matter,
    "seek": _seek,
    "reflect": _reflect,
}
KINDS = frozenset(_HOW)
