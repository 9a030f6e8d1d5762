"""Turns that need no thought: reminders and errands, timers that are due, what tools and other entities tell, and
what the entity does by itself."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from agents.llm.offline.rewind import failure, is_done
from agents.llm.offline.shape import Scripted, Step
from agents.llm.offline.telling import errand, heard
from agents.llm.offline.text import cleaned, shortened
from agents.scene import Scene

WHEN_ASKED = ("In 10 minutes", "In an hour", "Tomorrow at 9:00")
_SPAN = (
    r"in (?:(?P<half>half an hour)|(?:about )?(?P<count>\d{1,4}|an?|one|two|three|five|ten|fifteen|twenty|thirty)\s+"
    r"(?P<unit>second|sec|minute|min|hour|day|week)s?)"
)
_CLOCK = (
    r"(?P<day>tomorrow |every day |daily )?(?:at )?"
    r"(?P<hour>[01]?\d|2[0-3])(?::(?P<minute>[0-5]\d))?\s*(?P<half_day>[ap]m)?"
)
_TIME = re.compile(rf"\b(?:{_SPAN}|(?P<clock>(?:(?:tomorrow|every day|daily) )?at {_CLOCK}))(?=$|[\s,.!?])", re.I)
_BARE = re.compile(rf"\s*(?:{_SPAN}|(?P<clock>{_CLOCK}))[\s.!]*", re.I)
_REMIND = re.compile(r"^(?:(?:please|can you|could you|would you|will you)\s+)*remind me\b(?P<rest>.*)$", re.I)
_WHAT = re.compile(r"\b(?P<lead>to|about|of|that) (?P<what>\S.*)", re.I)
_NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "five": 5,
    "ten": 10,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
}
_MINUTES = {"sec": 1 / 60, "second": 1 / 60, "min": 1, "minute": 1, "hour": 60, "day": 1440, "week": 10080}
_YOURS = {
    "my": "your",
    "me": "you",
    "i": "you",
    "mine": "yours",
    "myself": "yourself",
    "i'm": "you’re",
    "i’m": "you’re",
}
_ANSWERED = "they answered: "
_LATE = re.compile(r"\s*\(This was due (?P<span>[^()]*?) ago[^()]*\)$")
# Characters of a result, that it repeats.
_TOLD = 600
_DONE = Step("DONE")


@dataclass(frozen=True, slots=True)
class _Time:
    """When to remind: the arguments of a timer, and how one says it."""

    args: dict[str, object]
    words: str


def scripted(scene: Scene, reflection: Callable[[], str]) -> Scripted | None:
    """Return the turn that the scene calls for, without what is done already; None where it is one like any other.

    `reflection` tells what the entity understands when it looks back.
    """
    kind, content = scene.trigger.kind, cleaned(scene.trigger.content)
    found: Scripted | None
    if kind == "timer":
        found = _due(content, scene)
    elif kind == "self_reflection":
        found = Scripted(
            "A moment to look back.", (Step("REFLECT", "Look back.", {"importance": 0.6}),), {"REFLECT": reflection()}
        )
    elif kind == "tool_result":
        words = f"{scene.trigger.sender} reports: “{shortened(content, _TOLD)}”"
        found = Scripted("A result has come.", (Step("SPEAK", "Pass it on."),), {"SPEAK": words})
    elif kind == "agent_message":
        found = heard(scene)
    elif kind == "state_change":
        thought = f"Something about me is different now. {shortened(content, 300)}"
        found = Scripted("I was changed.", (Step("THINK", "Take it in."),), {"THINK": thought})
    else:
        found = (_reminder(content, scene) or errand(scene)) if kind == "user_input" else None
    if found is None:
        return None
    left = tuple(step for step in found.steps if not is_done(scene, step.action, step.args))
    reasoning = found.reasoning if len(left) == len(found.steps) else "It is known now what came of it."
    return Scripted(reasoning, (*left, _DONE), found.texts, found.hangs_on)


def _reminder(content: str, scene: Scene) -> Scripted | None:
    """A reminder that was asked for; without a time it is asked for one."""
    asked = _REMIND.match(content)
    if asked is None:
        return None
    found = _TIME.search(asked["rest"])
    rest = (asked["rest"][: found.start()] + " " + asked["rest"][found.end() :]) if found else asked["rest"]
    said = _WHAT.search(rest)
    what = _turned(said["what"] if said else "").strip(" ,.!?")
    if not what:
        return None
    lead = "to" if said and said["lead"].lower() == "to" else "of"
    task = f"Remind {scene.person}{':' if lead == 'to' else ' of'} {what}."[:500]
    time = _time(found) if found else None
    if time is None:
        answer = next((done.result for done in scene.completed if done.action == "ASK_USER" and done.ok), None)
        if answer is None:
            question = f"When shall I remind you {lead} {what}?"
            ask = Step("ASK_USER", "No time was named.", {"question": question, "choices": list(WHEN_ASKED)})
            return Scripted("I have to know when.", (ask,))
        given = answer.removeprefix(_ANSWERED).strip()
        told = _BARE.fullmatch(given) or _TIME.search(given)
        time = _time(told) if told else None
    if time is None:
        words = "I could not make out a time in that. Ask me again with one, such as “in 10 minutes” or “at 18:30”."
        return Scripted("There is no time in it.", (Step("SPEAK", "Say what is missing."),), {"SPEAK": words})
    timer = Step("SET_TIMER", "They asked to be reminded.", {"what": task, **time.args})
    failed = failure(scene, "SET_TIMER")
    words = f"I could not set a timer. {failed}" if failed else f"I will remind you {time.words} {lead} {what}."
    steps = (timer, Step("SPEAK", "Say what came of it." if failed else "Promise it."))
    return Scripted("They want to be reminded.", steps, {"SPEAK": words}, hangs_on="SET_TIMER")


def _due(content: str, scene: Scene) -> Scripted:
    """A timer is due: say what it was for."""
    late = _LATE.search(content)
    what = content[: late.start()] if late else content
    task = re.fullmatch(rf"Remind {re.escape(scene.person)}(?P<lead>:| of) (?P<rest>.+?)\.?", what)
    words = (
        f"You asked me to remind you {'to' if task['lead'] == ':' else 'of'} {task['rest']}."
        if task
        else f"It is time: {what.rstrip('.')}."
    )
    if late:
        words += f" I am late with it: it was due {late['span']} ago."
    return Scripted("The time has come.", (Step("SPEAK", "It is time."),), {"SPEAK": words})


def _time(found: re.Match[str]) -> _Time | None:
    if found["half"]:
        return _Time({"in_minutes": 30}, "in half an hour")
    if found["count"]:
        count = int(found["count"]) if found["count"].isdigit() else _NUMBERS[found["count"].lower()]
        minutes = round(count * _MINUTES[found["unit"].lower()], 3)
        if not 0 < minutes <= 5 * 366 * 1440:
            return None
        unit = {"sec": "second", "min": "minute"}.get(found["unit"].lower(), found["unit"].lower())
        return _Time({"in_minutes": minutes}, f"in {count} {unit}{'' if count == 1 else 's'}")
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    half_day = (found["half_day"] or "").lower()
    if half_day and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half_day == "pm" else 0) if half_day else hour
    clock = f"{hour:02d}:{minute:02d}"
    day = found["clock"].lower()
    if day.startswith(("every day", "daily")):
        return _Time({"at": clock, "daily": True}, f"every day at {clock}")
    return _Time({"at": f"tomorrow {clock}" if day.startswith("tomorrow") else clock}, _said(day, clock))


def _said(day: str, clock: str) -> str:
    return f"tomorrow at {clock}" if day.startswith("tomorrow") else f"at {clock}"


def _turned(text: str) -> str:
    """Return what the person said of themself as one says it to them."""
    return re.sub(r"[\w’']+", lambda word: _YOURS.get(word[0].casefold(), word[0]), text)
