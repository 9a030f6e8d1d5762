"""Which goals a message gives the entity, and which it ends."""

import re
from dataclasses import dataclass

from agents.llm.offline.grammar import gerund, spoken
from agents.llm.offline.knowledge import Knowledge
from agents.llm.offline.patterns import pattern
from agents.llm.offline.plans import untimed
from agents.llm.offline.shape import Move
from agents.llm.offline.text import bare, content_stems, lowered, shortened, typeset
from agents.llm.offline.voice import Voice, topic_of
from agents.mind import EntityState, folded

MOST_GOALS = 9
_ASK = re.compile(r"^Ask (?P<who>.+?) how (?P<doing>.+?) went\.?$")
_TELLING = frozenset({"statement", "event", "fact", "thing", "doing"})
_UNHAPPY = {"sad", "grief", "lonely", "bad_news"}
_DONE = pattern("goals", "done")
_WENT = pattern("goals", "went")
_MERE = re.compile(r"(?:ok(?:ay)?|sure|right|alright|fine then|yes|yeah|yep|well|i see)", re.I)
_NOT_YET = pattern("goals", "not_yet")


@dataclass(frozen=True, slots=True)
class EndedGoal:
    """A goal that the message ends, as it is said to the visitor, with the outcome and the reason."""

    id: int
    text: str
    outcome: str
    reason: str


def asked_about(text: str, aliases: tuple[str, ...]) -> str:
    """Return what a goal to ask after is about ("painting your shed"), or ""."""
    match = _ASK.match(text)
    return spoken("They " + match.group("doing"), aliases).removeprefix("you ") if match else ""


def said_goal(text: str, aliases: tuple[str, ...]) -> str:
    """Return the goal `text` as it is said to the visitor: without their name."""
    said = lowered(bare(text))
    plain = said
    for alias in aliases:
        said = re.sub(rf"\b{re.escape(alias)}(?:’s|'s)\b", "your", said)
        said = re.sub(rf"\b{re.escape(alias)}\b", "you", said, flags=re.I)
    return re.sub(r"\btheir\b", "your", said) if said != plain else said


def _doing(goal: str) -> str:
    """Return a goal as something that can be over: find out why, finding out why."""
    return gerund(goal) if goal.split(" ", 1)[0].isalpha() and goal[:1].islower() else goal


def new_goals(
    moves: tuple[Move, ...], knowledge: Knowledge, subject: str, voice: Voice
) -> list[tuple[str, float, str]]:
    """Return the goals to take up: text, priority, why."""
    who = subject if subject != "The visitor" else "the visitor"
    found: list[tuple[str, float, str]] = []
    for move in moves:
        if (
            move.kind in {"plan", "appointment"}
            and move.fact
            and move.fact.doing
            and not re.search(r"\b(?:me|mine)\b", move.fact.doing)
        ):
            doing = re.sub(r"\byour\b", "their", re.sub(r"\byou\b", "they", untimed(move.fact.doing)))
            found.append((f"Ask {who} how {doing} went.", 0.5, "They have something ahead of them; ask afterwards."))
        if move.kind == "help" and move.x:
            link = (
                "with"
                if re.search(rf"\bwith {re.escape(move.x)}", move.text, re.I)
                else "on"
                if "advice" in move.text
                else "to"
            )
            theirs = re.sub(r"\bmy\b", "their", re.sub(r"\bme\b", "them", typeset(move.x), flags=re.I), flags=re.I)
            found.append((f"Help {who} {link} {theirs}.", 0.65, "They asked for help."))
        if move.kind in _UNHAPPY:
            found.append(
                (voice.company.replace("{S}", who), 0.6, "They are not well, and should not be alone with it.")
            )
        topic = topic_of(voice, move.text)
        if topic and topic.goal and move.kind in _TELLING and re.search(topic.goal_match, move.text, re.I):
            found.append((topic.goal.replace("{S}", who), 0.55, "It makes me want to know."))
    active = [goal.text for goal in knowledge.state.active_goals().values()]
    seen = {folded(text) for text in active}
    room = max(0, MOST_GOALS - len(active))
    fresh = [
        goal
        for index, goal in enumerate(found)
        if folded(goal[0]) not in seen | {folded(other[0]) for other in found[:index]}
    ]
    return [(shortened(text, 400), priority, why) for text, priority, why in fresh][: min(2, room)]


def ended_goals(
    moves: tuple[Move, ...], state: EntityState, aliases: tuple[str, ...], asked_by: str
) -> tuple[list[EndedGoal], str]:
    """Return the goals that `moves` end, and what was asked after and is not done yet."""
    ended: dict[int, EndedGoal] = {}
    pending = ""
    for move in moves:
        if move.asks and move.kind != "drop_goal":
            continue
        for key, outcome in _ended_by(move, state, aliases, asked_by):
            said = asked_about(state.goals[key].text, aliases) or _doing(said_goal(state.goals[key].text, aliases))
            if outcome == "pending":
                pending = said
            else:
                reason = f"They said: “{shortened(typeset(bare(move.text)), 160)}”"
                ended.setdefault(key, EndedGoal(key, said, outcome, reason))
    if any(move.kind == "forget_all" for move in moves):
        named = [
            key
            for key, goal in state.active_goals().items()
            if any(re.search(rf"\b{re.escape(alias)}\b", goal.text, re.I) for alias in aliases)
        ]
        ended.update(
            {key: EndedGoal(key, "", "abandoned", "They asked me to forget what I knew of them.") for key in named[:3]}
        )
    return list(ended.values())[:3], pending


def _ended_by(move: Move, state: EntityState, aliases: tuple[str, ...], asked_by: str) -> list[tuple[int, str]]:
    active = {key: goal.text for key, goal in state.active_goals().items()}
    if move.kind == "drop_goal":
        return [(key, "abandoned") for key in _best(move.x or move.text, active, 0.5)]
    asks = {key: asked_about(text, aliases) for key, text in active.items() if _ASK.match(text)}
    asks = {key: doing for key, doing in asks.items() if not _of_another(move.text, doing)}
    in_question = [
        key
        for key, doing in asks.items()
        if doing and doing.casefold() in asked_by.replace("’", "'").replace("'", "’").casefold()
    ]
    if in_question and (move.kind == "no" or _NOT_YET.search(move.text)):
        return [(in_question[0], "pending")]
    if in_question and _MERE.fullmatch(bare(move.text)):
        return []
    if in_question and (
        move.kind in {"yes", "happy", "good_news", "bad_news", "calm"}
        or _WENT.match(bare(move.text))
        or _DONE.search(move.text)
    ):
        return [(in_question[0], "completed")]
    if move.kind in {"plan", "appointment", "wish", "remember", "forget", "silence", "question", "progress", "matter"}:
        return []
    if _WENT.match(bare(move.text)) and asks:
        named = _best(move.text, asks, 0.34)
        return [(key, "completed") for key in (named or list(asks)[-1:] if len(asks) == 1 or named else [])]
    if _DONE.search(move.text) and not re.search(r"\bnot\b|n't\b", move.text):
        return [(key, "completed") for key in _best(_DONE.sub(" ", move.text), active, 0.5)]
    if move.kind in {"event", "statement", "good_news"} and asks and re.match(r"(?:i|we)\b", move.text, re.I):
        said = content_stems(move.text)
        return [(key, "completed") for key, doing in asks.items() if _covered(doing, said) >= 0.6]
    return []


def _of_another(text: str, doing: str) -> bool:
    """Whether `text` names a thing of its own that went well or badly, and not `doing`."""
    named = re.match(r"(?:the|my|our)\s+(?P<x>[\w' -]+?)\s+(?:went|was|turned|worked|came)\b", bare(text), re.I)
    return named is not None and not content_stems(named.group("x")) & content_stems(doing)


def _covered(doing: str, said: frozenset[str]) -> float:
    wanted = content_stems(untimed(doing))
    return len(wanted & said) / len(wanted) if wanted else 0.0


def _best(query: str, goals: dict[int, str], least: float) -> list[int]:
    wanted = content_stems(query) - {"goal"}
    scored = {key: len(wanted & content_stems(text)) / len(wanted) for key, text in goals.items()} if wanted else {}
    best = max(scored.values(), default=0.0)
    return [key for key, score in scored.items() if score == best and best >= least][:1]
