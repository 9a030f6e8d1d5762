"""The steps of a turn, as glyphs of its strip: actions, and what is none, such as a recall or a plan."""

from dataclasses import dataclass, field
from datetime import datetime
from math import log2
from typing import Literal, NamedTuple

from agents.actions import registry
from agents.changes import Change
from agents.events import RecalledMemory
from agents.plan import PlannedAction

StepState = Literal["waiting", "running", "done", "change", "failed"]


class Face(NamedTuple):
    """How a step looks: a glyph of static/icons.svg, its name, and what it says once done."""

    icon: str
    label: str
    past: str


# Steps that are no actions. The faces of actions come from their classes.
_FACES = {
    "PLAN": Face("plan", "Plan", "Planned"),
    "DELEGATE": Face("delegate", "Delegate", "Weighed delegation"),
    "SILENT": Face("silent", "Silent", "Kept silent"),
    "FEEL": Face("mood", "Feeling", "Felt"),
    "MODEL": Face("plan", "Waiting for the model", "Waited"),
}


def face(name: str) -> Face:
    """Return how the action or step `name` looks; one that this version does not know shows its name."""
    if action := registry.get(name):
        return Face(action.icon, action.label, action.past)
    words = name.replace("_", " ").capitalize()
    return _FACES.get(name) or Face("tool", words, words)


@dataclass(slots=True)
class Step:
    """One glyph of the strip: an action, or a recall, plan or delegation. `ms` is None where it is not known."""

    key: str
    name: str
    seq: int = 0
    at: datetime | None = None
    state: StepState = "running"
    ms: float | None = None
    context: str = ""
    args: dict[str, object] = field(default_factory=dict)
    result: str = ""
    error: str = ""
    text: str = ""
    raw: str = ""
    version: int | None = None
    changes: tuple[Change, ...] = ()
    planned: tuple[PlannedAction, ...] = ()
    recalled: tuple[RecalledMemory, ...] = ()
    considered: int = 0

    @property
    def face(self) -> Face:
        return face(self.name)

    @property
    def has_card(self) -> bool:
        """Only what is logged can be opened."""
        return self.seq > 0

    @property
    def seconds(self) -> str:
        """How long it took, in words; empty where it is not known."""
        return "" if self.ms is None else in_seconds(self.ms)

    @property
    def is_brief(self) -> bool:
        """Under 50 ms a time says nothing."""
        return self.ms is None or self.ms < 50

    @property
    def words(self) -> str:
        """The button's whole name: what, how long, and how it stands."""
        standing = {"running": "running", "waiting": "waiting", "failed": "failed"}.get(self.state, "")
        return ", ".join(part for part in (self.face.label, self.seconds, standing) if part)

    @property
    def line(self) -> int:
        """The length in pixels of the hairline that follows: how long the step took, on a log scale."""
        return round(min(56, max(4, round(4 + 8 * log2(1 + (self.ms or 0) / 250)))))


def in_dollars(money: float) -> str:
    """Return USD in words, with as many digits as tell something: "$0.0031", "$1.20"; "" for nothing."""
    if money <= 0:
        return ""
    return f"${money:.2f}" if money >= 0.1 else f"${money:.4f}" if money >= 0.0001 else "under $0.0001"


def in_seconds(ms: float) -> str:
    """Return a duration in words: "0.1 s", "12 s", "3 min 5 s"."""
    seconds = ms / 1000
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"
