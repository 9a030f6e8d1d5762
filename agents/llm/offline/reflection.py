"""What an entity understands when it looks back on a talk: what came up again and again, and how the visitor is."""

from collections import Counter

from agents.llm.offline.grammar import VISITOR
from agents.llm.offline.knowledge import Knowledge
from agents.llm.offline.moves import moves_of
from agents.llm.offline.phrase import key_phrase
from agents.llm.offline.text import cleaned, content_stems, shortened
from agents.mind import folded
from agents.scene import Scene

LINES = 30
_FEELINGS = {
    "sad": "sad",
    "tired": "tired",
    "angry": "angry",
    "afraid": "afraid",
    "lonely": "lonely",
    "sick": "unwell",
    "grief": "in grief",
    "bad_news": "in trouble",
    "happy": "happy",
    "good_news": "glad",
}


def insights(scene: Scene, knowledge: Knowledge, name: str) -> str:
    """Return one to three insights, one a line: a feeling that came up, a thing they come back to, how they talk."""
    told = [cleaned(said.text) for said in scene.history[:-1] if said.author == "user" and said.text][-LINES:]
    who = name or VISITOR
    kinds = [{move.kind for move in moves_of(text, scene.state.persona.name)} for text in told]
    found = [_feeling(kinds, who), _returning(told, who), _manner(told, kinds, who)]
    known = {folded(memory.content) for memory in scene.state.known().values()}
    return "\n".join(line for line in found if line and folded(line) not in known) or _plain(knowledge, who)


def _feeling(kinds: list[set[str]], who: str) -> str:
    counted = Counter(_FEELINGS[kind] for of_line in kinds for kind in of_line if kind in _FEELINGS)
    if not counted:
        return ""
    (feeling, often), *_ = counted.most_common(1)
    return f"{who} is {feeling} these days{' and says so more than once' if often > 1 else ''}."


def _returning(told: list[str], who: str) -> str:
    """Return what at least two of their lines have in common."""
    counted = Counter(stem for text in told for stem in content_stems(text) if len(stem) > 3)
    for text in reversed(told):
        thing = key_phrase(text)
        if thing and any(counted[stem] > 1 for stem in content_stems(thing)):
            theirs = shortened(thing.replace("your ", "their "), 80)
            return f"{who} comes back to {theirs}; it matters to them."
    return ""


def _manner(told: list[str], kinds: list[set[str]], who: str) -> str:
    if len(told) < 2:
        return ""
    asked = sum("?" in text for text in told)
    if asked * 2 > len(told):
        return f"{who} asks more than they tell of themself."
    if any("thanks" in of_line or "compliment" in of_line for of_line in kinds):
        return f"{who} is kind to whoever listens."
    return f"{who} tells more than they ask."


def _plain(knowledge: Knowledge, who: str) -> str:
    known = len(knowledge.about)
    if known:
        return f"{who} has let {'one thing' if known == 1 else f'{known} things'} about themself be known so far."
    return f"{who} has not said much of themself yet."
