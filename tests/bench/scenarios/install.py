"""`make run` from nothing: a fresh copy of what is committed, a new virtual environment, and the first page."""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.stack import OURS, ROOT, free_port

WITHIN = 600.0


def measure(bench: Bench) -> list[Figure]:
    """Return the seconds from `make run` to the first answer. It installs what is locked, from the package index."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        tree = Path(folder) / "memos"
        tree.mkdir()
        archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x"], cwd=tree, check=True, input=archive)
        port = free_port()
        env = {name: value for name, value in os.environ.items() if not OURS.match(name) and name != "VIRTUAL_ENV"}
        began = time.monotonic()
        run = subprocess.Popen(
            ["make", "run", f"MEMOS_PORT={port}"], cwd=tree, env=env, stdout=subprocess.DEVNULL, start_new_session=True
        )
        try:
            seconds = _until_it_answers(port, run, began)
        finally:
            os.killpg(run.pid, signal.SIGTERM)
            run.wait(30)
    return [Figure("install", "make run from nothing, s", (seconds,), (90.0,))]


def _until_it_answers(port: int, run: "subprocess.Popen[bytes]", began: float) -> float:
    while run.poll() is None and time.monotonic() - began < WITHIN:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/login/", timeout=5).status_code == 200:
                return time.monotonic() - began
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("make run did not come to an answer")
