"""`python -m memos_site.worker [NAME]`: what `celery worker` does, without ten megabytes of command line."""

import sys
import warnings

from memos_site import garbage
from memos_site.celery import app
from memos_site.env import env


def main() -> int:
    """Work until told to stop; return the exit code."""
    # Celery warns of root because of pickle, which is switched off here.
    warnings.filterwarnings("ignore", "You're running the worker with superuser privileges")
    worker = app.Worker(
        hostname=next(iter(sys.argv[1:]), None),  # tells workers apart; by itself it is celery@HOST
        pool="threads",
        concurrency=env.worker_threads,
        loglevel="WARNING",
        quiet=True,
        # It has no fellows to wait for: whoever claims a run's row works on it.
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    garbage.settle()
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main())
