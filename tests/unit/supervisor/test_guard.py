"""The guard, as a process of its own."""

import signal
import subprocess
import sys
import time

from memos_site.supervisor.groups import GUARD
from memos_site.supervisor.guard import note


def test_groups_come_and_go() -> None:
    groups: set[int] = set()
    for line in ("+12\n", "+13\n", "-12\n", "nonsense\n", "\n"):
        note(groups, line)
    assert groups == {13}


def test_it_kills_what_is_left_when_its_input_ends() -> None:
    kept, gone = (subprocess.Popen(["sleep", "600"], start_new_session=True) for _ in range(2))
    guard = subprocess.Popen([sys.executable, "-I", "-S", str(GUARD)], stdin=subprocess.PIPE, start_new_session=True)
    try:
        assert guard.stdin
        guard.stdin.write(f"+{gone.pid}\n+{kept.pid}\n-{kept.pid}\n".encode())
        guard.stdin.flush()
        time.sleep(0.2)
        guard.terminate()
        time.sleep(0.1)
        assert guard.poll() is None, "a signal meant for the others does not end it"
        guard.stdin.close()
        assert gone.wait(10) == -signal.SIGKILL
        assert kept.poll() is None
    finally:
        for process in (kept, gone, guard):
            process.kill()
            process.wait()
