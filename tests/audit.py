"""Asks the public advisory service whether what is locked has known vulnerabilities. `make audit` calls it.

Exit codes: 0 nothing is known · 1 something is, listed above · 2 nobody could be asked.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("base", "dev")
SECONDS = 15
ADVICE = """The advisory service could not be asked, so nothing is known about {lock}.
Run this where https://pypi.org can be reached (through a proxy: set HTTPS_PROXY), or ask another service:
  .venv/bin/python -m pip_audit -r {lock} --require-hashes --disable-pip --vulnerability-service osv
"""


def command(lock: Path) -> list[str]:
    """Return how a lock is audited: as it is, with its hashes, without resolving or installing anything."""
    options = ("--require-hashes", "--disable-pip", "--strict", "--progress-spinner", "off", "--timeout", str(SECONDS))
    return [sys.executable, "-m", "pip_audit", "-r", str(lock), *options]


def run(command: Sequence[str]) -> tuple[int, str]:
    """Return the exit code and what was said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def audit(lock: Path, ask: Callable[[Sequence[str]], tuple[int, str]] = run) -> tuple[int, str]:
    """Return the exit code for one lock, and what to tell."""
    code, said = ask(command(lock))
    if code == 0:
        return 0, f"{lock.name}: {said.strip()}\n"
    # It ends with 1 both for a finding and for its own failures; only a finding has the table.
    if "Fix Versions" in said:
        return 1, f"{lock.name}:\n{said.strip()}\n"
    return 2, f"{said.strip()[-2_000:]}\n\n{ADVICE.format(lock=lock.relative_to(ROOT))}"


def main() -> int:
    """Audit every lock; the worst answer counts."""
    worst = 0
    for name in LOCKS:
        code, words = audit(ROOT / "requirements" / f"{name}.txt")
        sys.stdout.write(words)
        worst = max(worst, code)
        if code == 2:
            break
    return worst


if __name__ == "__main__":
    sys.exit(main())
