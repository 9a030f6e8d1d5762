"""Kills what is left when the supervisor is gone: reads `+GROUP` and `-GROUP` lines, and at their end kills the groups.

The pipe ends when the supervisor does, even by SIGKILL. A process group holds what a child forked, too, which the
leash cannot. Standard library only, in a session of its own, so that no signal meant for the others reaches it.
"""

import os
import signal
import sys


def note(groups: set[int], line: str) -> None:
    """Add the group of `+N` to `groups`, take that of `-N` out."""
    number = line[1:].strip()
    if not number.isdecimal():
        return
    if line.startswith("+"):
        groups.add(int(number))
    else:
        groups.discard(int(number))


def main() -> None:
    """Wait for the end of standard input, then kill."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        note(groups, line)
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


if __name__ == "__main__":
    main()
