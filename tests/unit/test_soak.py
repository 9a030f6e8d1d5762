"""The soak itself: its schedule comes from the seed alone, and its judge has an eye for all that may go wrong."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.plain_client import Frame
from tests.soak.judge import wrong_with
from tests.soak.mischief import DEEDS, POSTGRES_ONLY, SQLITE_ONLY, schedule
from tests.soak.person import Sent, Told


@pytest.mark.parametrize("postgres", [False, True])
def test_a_seed_is_a_schedule(postgres: bool) -> None:
    faults = schedule(7, 1200, 10, postgres=postgres)
    assert faults == schedule(7, 1200, 10, postgres=postgres) != schedule(8, 1200, 10, postgres=postgres)
    assert len(faults) == 120
    assert {fault.kind for fault in faults} == set(DEEDS) - set(SQLITE_ONLY if postgres else POSTGRES_ONLY)
    for fault, following in pairwise(faults):
        assert fault.at < fault.at + fault.seconds < following.at


def event(seq: int, kind: str, run: str = "r1", **fields: object) -> Frame:
    return {"seq": seq, "kind": kind, "run": run, "action": None, **fields}


def talk() -> tuple[Told, list[Frame]]:
    """Two messages, well answered."""
    log: list[Frame] = []
    told = Told("c")
    for number in (1, 2):
        run, first = f"r{number}", len(log) + 1
        text = f"Do you remember {number}?"
        log += [
            event(first, "message.received", run, message=f"m{number}", text=text, client_message_id=f"i{number}"),
            event(first + 1, "text.finished", run, text=f"You said: {text}", is_thought=False, is_partial=False),
            event(first + 2, "run.finished", run, status="finished", code=""),
        ]
        told.sent.append(Sent(text, f"i{number}", {"message": f"m{number}", "run": run, "seq": first}))
    told.frames = list(log)
    return told, log


def test_a_good_talk_has_nothing_wrong() -> None:
    assert list(wrong_with(*talk())) == []


def swap(told: Told, log: list[Frame]) -> None:
    told.sent.reverse()


def lose(told: Told, log: list[Frame]) -> None:
    del log[3:]
    told.frames = list(log)


def double(told: Told, log: list[Frame]) -> None:
    log.append({**log[0], "seq": 7})
    told.frames = list(log)


DAMAGES: dict[str, Callable[[Told, list[Frame]], object]] = {
    "out of order": swap,
    "lost": lose,
    "doubled": double,
    "never acknowledged": lambda told, log: told.sent[0].ack.clear(),
    "a gap in the log": lambda told, log: log.pop(2),
    "a gap at the socket": lambda told, log: told.frames.pop(2),
    "no end": lambda told, log: log[5].update(kind="action.finished"),
    "something after the end": lambda told, log: log[4].update(seq=7),
    "answered twice": lambda told, log: log[0].update(kind="text.finished", is_thought=False, is_partial=False),
    "the answer to another message": lambda told, log: log[1].update(text="You said: something else."),
    "cancelled and yet finished": lambda told, log: setattr(told.sent[0], "cancelled", True),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_judge_sees(damage: str) -> None:
    told, log = talk()
    DAMAGES[damage](told, log)
    assert list(wrong_with(told, log)) != []
