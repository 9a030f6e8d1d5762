"""Places where a test lets a process die, stop or fail. `hit` marks them; it does nothing unless a test has armed one.

Armed by `MEMOS_FAILPOINT`, which counts only together with `MEMOS_TESTING`: `NAME:ACTION`, or `@PATH` of a file that
holds one. Whoever hits the place that the file names takes the file away first, so that it happens once; a test that
renames another one to there (half a line would be an error) arms the next. Actions: `kill` (SIGKILL to this process),
`stop` (SIGSTOP), `raise`. `trace:PATH` lets everything pass and writes down when: a line of monotonic seconds and name
for each hit, for `python -m tests.bench profile`.
"""

import signal
import threading
import time
from pathlib import Path
from typing import Final

from django.conf import settings

NAMES: Final = (
    "insert.before",
    "insert.after",
    "commit.before",
    "commit.after",
    "enqueue.before",
    "enqueue.after",
    "claim.before",
    "claim.after",
    "model_request.before",
    "model_request.after",
    "model_first_byte.after",
    "model_end.after",
    "action_commit.before",
    "action_commit.after",
    "finish.before",
    "finish.after",
    "publish.before",
    "publish.after",
    "send.before",
    "send.after",
    "fire.before",
    "fire.commit",
    "fire.after",
    "hear.before",
    "hear.commit",
    "hear.after",
    "wake.before",
    "wake.after",
)
ACTIONS: Final = ("kill", "stop", "raise")

_armed: str = settings.MEMOS.failpoint if settings.MEMOS.testing else ""


class FailpointHit(Exception):
    """What `raise` raises: an error that nobody foresaw."""


def hit(name: str) -> None:
    """Pass the place called `name`. Raises `FailpointHit` if a test says so."""
    if _armed:
        _fire(name)


def _fire(name: str) -> None:
    if _armed.startswith("trace:"):
        with Path(_armed.removeprefix("trace:")).open("a") as trace:
            trace.write(f"{time.monotonic():.6f} {name}\n")
        return
    action = _taken(Path(_armed[1:]), name) if _armed.startswith("@") else _action(_armed, name)
    if action == "raise":
        raise FailpointHit(name)
    if action:
        # To this very thread: a signal to the process may reach another first, and let this one go on for a moment.
        signal.pthread_kill(threading.get_ident(), signal.SIGKILL if action == "kill" else signal.SIGSTOP)


def _action(armed: str, name: str) -> str:
    """Return what is to happen here, "" for nothing. Raises `ValueError` for a place or an action that is none."""
    place, _, action = armed.strip().partition(":")
    if place not in NAMES or action not in ACTIONS:
        raise ValueError(f"MEMOS_FAILPOINT is {armed!r}: a name of {NAMES} and one of {ACTIONS}")
    return action if place == name else ""


def _taken(file: Path, name: str) -> str:
    """Return what the file wants to happen here and take it away; "" when it wants nothing, or another was faster."""
    try:
        action = _action(file.read_text(), name)
        if action:
            file.rename(file.with_name(f"{file.name}.hit"))
    except FileNotFoundError:
        return ""
    return action
