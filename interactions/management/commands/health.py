"""`manage.py health`: does this installation work, and this machine's worker?"""

import json
from collections.abc import Iterator
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error

from interactions import vitals

Finding = tuple[str, bool, str]


class Command(BaseCommand):
    """Prints a line for each part; exit code 1 when one of them is not well."""

    help = "Ask database, Redis and workers whether they work. Exit code 0: all is well; 1: not."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--here", action="store_true", help="Only a worker of this machine or container counts.")
        parser.add_argument(
            "--waiting", type=float, default=60, metavar="SECONDS", help="How long a run may wait (default 60)."
        )

    def handle(self, *args: Any, here: bool, waiting: float, **options: Any) -> None:
        """Check everything. Ends with code 1 when something is not well."""
        well = True
        for part, is_well, said in findings(here, waiting):
            well &= is_well
            self.stdout.write(f"{part:<9} {'ok ' if is_well else 'BAD'}  {said}")
        if not well:
            raise SystemExit(1)


def findings(here: bool, waiting: float) -> Iterator[Finding]:
    """Yield what was found: the part, whether it is well, and how it stands in words."""
    database = vitals.database_answers()
    if not database:
        yield "database", False, "does not answer"
    elif not vitals.database_is_migrated():
        yield "database", False, "lacks migrations: run manage.py migrate"
    else:
        yield "database", True, "answers, migrated"
    address = _redis()
    live = vitals.redis_answers(address)
    yield "redis", live, "answers" if live else "does not answer: replies are late, nothing is lost"
    yield _workers(address, here)
    yield _queue(waiting) if database else ("queue", False, "not known")


def _workers(address: str, here: bool) -> Finding:
    try:
        found = [worker for worker in vitals.workers(address) if worker.host == vitals.HOST or not here]
    except redis.RedisError:
        return "workers", False, "not known"
    taking = [worker for worker in found if not worker.leaving]
    said = ", ".join(
        f"{worker.host}:{worker.pid} ({'leaving' if worker.leaving else f'{worker.under_way} of {worker.most} runs'})"
        for worker in found
    )
    return "workers", bool(taking), said or f"none has given a sign of life{' on this machine' if here else ''}"


def _queue(most: float) -> Finding:
    try:
        seconds = vitals.longest_wait()
    except Error:
        return "queue", False, "not known"
    if seconds is None:
        return "queue", True, "no run waits"
    return "queue", seconds <= most, f"a run has waited for {seconds:.0f} s"


def _redis() -> str:
    """Return where Redis is: configured, or where the embedded one of this data folder listens now."""
    env = settings.MEMOS
    if env.redis_url:
        return str(env.redis_url)
    try:
        return str(json.loads((env.data_dir / "processes.json").read_text())["redis"])
    except (OSError, ValueError, KeyError):
        return str(env.redis)
