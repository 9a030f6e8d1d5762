"""`make defences`: takes one defence after the other out of a copy of the code, and expects its test to fail.

A row of the fault and bad-input tables is only as good as its test, and a test that passes without the defence proves
nothing. Each entry names the row, the code that is taken out, and the test that must notice. The copy is thrown away.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.defences import bad_input, faults, security
from tests.defences.defence import Defence

ROOT: Final = Path(__file__).resolve().parents[2]
LEFT_OUT: Final = shutil.ignore_patterns("build", "data", ".git", ".venv", "__pycache__", ".*_cache")
# Seconds for one test file; a defence can be one against waiting for ever.
PATIENCE: Final = 240


def main() -> int:
    """Take out those whose row has one of the words in it, or all; return 1 when a test did not notice."""
    parser = argparse.ArgumentParser(prog="make defences", description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="take out only defences whose row has one of these words in it")
    words = parser.parse_args().words
    chosen = [
        each
        for each in (*faults.DEFENCES, *bad_input.DEFENCES, *security.DEFENCES)
        if not words or any(word in each.row for word in words)
    ]
    missed = [each.row for each in chosen if not _is_noticed(each)]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} were noticed.")  # noqa: T201
    return bool(missed)


def _is_noticed(defence: Defence) -> bool:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "memos"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        parts = [(defence.path, defence.code, defence.without), *([defence.behind] if defence.behind else [])]
        found = all([_taken_out(copy / path, code, without) for path, code, without in parts])
        verdict = _tested(copy, defence) if found else "not found: the code has changed"
    print(f"{time.monotonic() - began:5.0f} s  {verdict:10}  {defence.row}", flush=True)  # noqa: T201
    return verdict == "noticed"


def _taken_out(place: Path, code: str, without: str) -> bool:
    text = place.read_text()
    place.write_text(text.replace(code, without, 1))
    return code in text


def _tested(copy: Path, defence: Defence) -> str:
    command = [sys.executable, "-m", "pytest", *defence.tests.split(), "-q", "-x", "-m", "", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *(["-k", defence.chosen] if defence.chosen else [])],
            cwd=copy,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return "noticed"  # it waited for ever
    return {0: "MISSED", 1: "noticed"}.get(done.returncode, f"pytest {done.returncode}: {done.stdout[-200:]!r}")


if __name__ == "__main__":
    sys.exit(main())
