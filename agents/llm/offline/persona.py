"""What an entity can say of itself, from its own state."""

import re

from agents.llm.offline.goals import said_goal
from agents.llm.offline.text import lowered, shortened, typeset
from agents.mind import EntityState

_TRAITS = {
    "terse": r"\b(?:terse|laconic|taciturn|curt|few words|speaks (?:little|rarely)|monosyllabic|silent|blunt)\b",
    "curious": r"\b(?:curious|inquisitive|asks|questions|nosy|interested)\b",
    "warm": r"\b(?:warm|kind|gentle|friendly|caring|cheerful|motherly|fatherly|sweet|loving|soft)\b",
    "gruff": r"\b(?:grumpy|gruff|sarcastic|cynical|bitter|sardonic|rude|irritable|cold|dry)\b",
}


def traits(state: EntityState) -> frozenset[str]:
    """Return the traits that the persona's words name: terse, curious, warm, gruff."""
    text = f"{state.persona.tagline} {state.persona.persona}"
    return frozenset(name for name, pattern in _TRAITS.items() if re.search(pattern, text, re.I))


def about_itself(state: EntityState, aliases: tuple[str, ...]) -> dict[str, str]:
    """Return the values that lines may use: me, tagline, mood, level, env, look, goal, desire."""
    goals = sorted(state.active_goals().values(), key=lambda goal: -goal.priority)
    return {
        "me": state.persona.name,
        "tagline": _introduction(state),
        "mood": state.mood.label,
        "level": "a little" if state.mood.intensity < 0.35 else "rather" if state.mood.intensity < 0.65 else "very",
        "env": lowered(shortened(typeset(state.environment), 220).rstrip(".")),
        "look": lowered(shortened(typeset(state.appearance), 220).rstrip(".")),
        "goal": said_goal(goals[0].text, aliases) if goals else "",
    }


def _introduction(state: EntityState) -> str:
    """Return the tagline, else the persona's first sentence, as something to quote; without a full stop."""
    text = state.persona.tagline.strip() or re.split(r"(?<=[.!?])\s|\n", state.persona.persona.strip())[0]
    text = re.sub(r"^(?:you are|you're|i am|i'm)\s+", "", text.strip(), flags=re.I)
    if state.persona.name:
        text = re.sub(rf"^{re.escape(state.persona.name)}\s+is\s+", "", text, flags=re.I)
    return shortened(typeset(text), 200).rstrip(".")
