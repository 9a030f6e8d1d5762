"""What breaks, when: a schedule that the seed alone decides, and how each fault is done to an installation."""

import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from random import Random
from typing import Final

from agents import failpoints
from tests.faults.crashing_postgres import CrashingPostgres
from tests.soak.scene import Scene

# Everything that is done is undone before the next one: so much of the time between two of them a fault may last.
LONGEST_SHARE: Final = 0.6
MODEL_FAULTS: Final = (
    "hang",
    "stall",
    "overloaded",
    "server_error",
    "cut",
    "truncate",
    "bad_json",
    "error_inside",
    "garbage",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: seconds after the start, what, how long, and numbers of its own for what it has to choose."""

    at: float
    kind: str
    seconds: float
    choice: int

    def pick(self, *options: str) -> str:
        """Return one of the options, always the same."""
        return options[self.choice % len(options)]


Deed = Callable[[Scene, Fault], None]
DEEDS: dict[str, Deed] = {}
POSTGRES_ONLY: Final = ("postgres_crash", "postgres_terminate", "database_cut", "database_hole", "commit_reply_lost")
SQLITE_ONLY: Final = ("sqlite_lock",)


def deed(function: Deed) -> Deed:
    """Register a fault under its function's name."""
    DEEDS[function.__name__] = function
    return function


def schedule(seed: int, seconds: float, every: float, *, postgres: bool) -> list[Fault]:
    """Return the faults of a soak: one in each stretch of `every` seconds."""
    random = Random(seed)
    kinds = [kind for kind in sorted(DEEDS) if kind not in (SQLITE_ONLY if postgres else POSTGRES_ONLY)]
    faults: list[Fault] = []
    bag: list[str] = []
    for number in range(int(seconds // every)):
        if not bag:  # each kind once before any comes again
            bag = random.sample(kinds, len(kinds))
        lasts = random.uniform(0.5, every * LONGEST_SHARE)
        faults.append(Fault((number + random.uniform(0.05, 0.3)) * every, bag.pop(), lasts, random.randrange(2**16)))
    return faults


def do(scene: Scene, fault: Fault) -> None:
    """Let it happen, for as long as it lasts, and mend everything."""
    DEEDS[fault.kind](scene, fault)
    if fault.kind not in SQLITE_ONLY:  # which lasts by itself
        time.sleep(fault.seconds)
    scene.model.heal()
    if scene.postgres is not None and "postgres" in fault.kind:
        scene.postgres.ensure()
    if scene.system.redis.is_alive:
        scene.system.redis.signal(signal.SIGCONT)
        scene.system.direct_redis.config_set("maxmemory", "0")
    scene.system.revive()


@deed
def worker_killed(scene: Scene, fault: Fault) -> None:
    scene.worker(fault.choice).kill()


@deed
def all_workers_killed(scene: Scene, fault: Fault) -> None:
    for worker in scene.system.workers:
        worker.kill()


@deed
def worker_stopped(scene: Scene, fault: Fault) -> None:
    scene.worker(fault.choice).signal(signal.SIGSTOP)


@deed
def deploy(scene: Scene, fault: Fault) -> None:
    for part in scene.system.parts:
        if part.process is not None:
            part.process.terminate()


@deed
def web_killed(scene: Scene, fault: Fault) -> None:
    scene.system.web.kill()


@deed
def web_stopped(scene: Scene, fault: Fault) -> None:
    scene.system.web.signal(signal.SIGSTOP)


@deed
def failpoint(scene: Scene, fault: Fault) -> None:
    place = fault.pick(*failpoints.NAMES)
    scene.system.arm(place, "raise" if fault.choice % 3 == 0 else "kill")


@deed
def redis_killed(scene: Scene, fault: Fault) -> None:
    scene.system.redis.kill()


@deed
def redis_hung(scene: Scene, fault: Fault) -> None:
    scene.system.redis.signal(signal.SIGSTOP)


@deed
def redis_emptied(scene: Scene, fault: Fault) -> None:
    scene.system.direct_redis.flushall()


@deed
def redis_full(scene: Scene, fault: Fault) -> None:
    scene.system.direct_redis.config_set("maxmemory", "1mb")


@deed
def redis_way(scene: Scene, fault: Fault) -> None:
    scene.spoil(scene.system.to_redis, fault.choice)


@deed
def browser_way(scene: Scene, fault: Fault) -> None:
    scene.spoil(scene.system.to_web, fault.choice)


@deed
def model_way(scene: Scene, fault: Fault) -> None:
    scene.spoil(scene.system.to_model, fault.choice)


@deed
def model_faults(scene: Scene, fault: Fault) -> None:
    scene.model.fail(fault.pick(*MODEL_FAULTS), 5)


@deed
def reply_lost(scene: Scene, fault: Fault) -> None:
    scene.system.to_web.lose_reply(b"/messages")


@deed
def sqlite_lock(scene: Scene, fault: Fault) -> None:
    with closing(sqlite3.connect(scene.system.data / "memos.sqlite3", timeout=30, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        time.sleep(fault.seconds)
        database.rollback()


@deed
def postgres_crash(scene: Scene, fault: Fault) -> None:
    _postgres(scene).crash()


@deed
def postgres_terminate(scene: Scene, fault: Fault) -> None:
    _postgres(scene).break_connections()


@deed
def database_cut(scene: Scene, fault: Fault) -> None:
    scene.database(fault.choice).refuse()


@deed
def database_hole(scene: Scene, fault: Fault) -> None:
    scene.database(fault.choice).black_hole()


@deed
def commit_reply_lost(scene: Scene, fault: Fault) -> None:
    scene.database(fault.choice).lose_reply(b"COMMIT")


def _postgres(scene: Scene) -> CrashingPostgres:
    assert scene.postgres is not None
    return scene.postgres
