"""Errands between entities: what a person has one tell another, and what one does with what another tells it."""

import re

from agents.llm.offline.rewind import failure
from agents.llm.offline.shape import Scripted, Step
from agents.llm.offline.text import cleaned, content_stems, shortened
from agents.scene import Scene
from agents.triggers import MOST_HOPS

_ASKED = r"(?:(?:please|can you|could you|would you|will you)\s+)*"
_HOW = r"(?:(?P<verb>tell|let|ask|remind)\s+(?P<who>{names}))(?P<know>\s+know)?\s*[,:]?\s+(?P<what>\S.*)$"
_LEAD = re.compile(r"(?P<lead>that|to|about|whether|if)\s+", re.I)
_LATE = re.compile(r"\s*\(This was told (?P<span>[^()]*?) ago\.\)$")
_QUOTED = re.compile(r"“(?P<words>.+)”")
# Characters of what was told to it, that it repeats.
_TOLD = 600
# And of a person’s words that it tells another.
_MOST = 1_800


def errand(scene: Scene) -> Scripted | None:
    """Return the turn in which it tells another entity what the person asks for; None where nobody is named."""
    names = {name.casefold(): name for name in scene.others}
    if not names:
        return None
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    me = re.escape(scene.state.persona.name)
    asked = re.match(rf"(?:{me}[,:]?\s+)?{_ASKED}" + _HOW.format(names=known), _whole(scene), re.I)
    if asked is None or (asked["verb"].casefold() == "let" and not asked["know"]):
        return None
    who = names[asked["who"].casefold()]
    text = _message(asked["verb"].casefold(), asked["what"].strip(" ,"), scene.person)
    failed = failure(scene, "TELL")
    words = f"I could not tell {who}. {failed}" if failed else f"I am telling {who} now."
    steps = (Step("TELL", "They asked me to.", {"to": who, "text": text}), Step("SPEAK", "Say what came of it."))
    return Scripted("There is something to pass on.", steps, {"SPEAK": words}, hangs_on="TELL")


def _message(verb: str, what: str, person: str) -> str:
    """Word it for the other: the person's own words stay as they are, in quotes, and say whose they are."""
    found = _LEAD.match(what)
    lead = found["lead"].casefold() if found else ""
    if lead in ("whether", "if") or (verb == "ask" and lead != "to"):
        return f"{person} asks: “{shortened(what.rstrip('.!?'), _MOST)}?”"
    said = shortened(what[found.end() :] if found else what, _MOST)
    if lead == "to":
        return f"{person} asks this of you: “{said}”"
    if verb == "remind" or lead == "about":
        return f"{person} reminds you of this: “{said}”"
    return f"{person} says: “{said}”"


def heard(scene: Scene) -> Scripted:
    """Another entity has something to tell: pass it on to the person, and answer where it asks."""
    content = _whole(scene)
    late = _LATE.search(content)
    told = content[: late.start()] if late else content
    sender = scene.trigger.sender
    words = f"{sender} has told me this. {shortened(told, _TOLD)}"
    if late:
        words += f" That was {late['span']} ago."
    steps = [Step("SPEAK", "Pass it on.")]
    if "?" in told and sender in scene.others and scene.trigger.hops < MOST_HOPS:
        steps.insert(0, Step("TELL", "They asked something.", {"to": sender, "text": _answer(told, scene)}))
    return Scripted("Somebody has written to me.", tuple(steps), {"SPEAK": words})


def _answer(told: str, scene: Scene) -> str:
    """What it remembers that bears on a question, or that it does not know; never a question itself."""
    quoted = _QUOTED.search(told)
    asked = content_stems(quoted["words"] if quoted else told)
    bearing = [memory for memory in scene.recalled if asked & content_stems(memory.content)]
    best = max(bearing, key=lambda memory: memory.score, default=None)
    if best is None:
        return "You asked me something. I do not know; I have passed it on."
    return f"You asked me something. I remember this: {shortened(cleaned(best.content).replace('?', '.'), 400)}"


def _whole(scene: Scene) -> str:
    """What woke it, word for word, on one line."""
    return " ".join(scene.trigger.content.split())
