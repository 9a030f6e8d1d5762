"""The command `up`: checks, then the supervisor; what goes wrong is one line and exit code 2."""

import argparse
import asyncio
import logging
import sys

from memos_site.env import env
from memos_site.supervisor import preflight
from memos_site.supervisor.console import Console, JsonConsole
from memos_site.supervisor.errors import StartError
from memos_site.supervisor.programs import Programs
from memos_site.supervisor.supervisor import Supervisor

DESCRIPTION = (
    "Run MemOS on this machine: Redis, worker and web server, until Ctrl-C. "
    "Everything is set by environment variables; README.md lists them."
)


def main(arguments: list[str]) -> int:
    """Run until stopped. Return the exit code: 0, or 2 when it cannot start."""
    argparse.ArgumentParser(prog="manage.py up", description=DESCRIPTION).parse_args(arguments)
    try:
        _up()
    except StartError as error:
        print(error, file=sys.stderr)  # noqa: T201 - for the person at the terminal
        return 2
    return 0


def _up() -> None:
    folder = env.data_dir.resolve()
    # At the end a closing transport may reap its process before asyncio's own watcher does, which then warns of an
    # "unknown child": no news for whoever reads why it could not start.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    console = JsonConsole() if env.log_format == "json" else Console()
    with preflight.claim(folder), preflight.listen(env.host, env.port) as listener:
        asyncio.run(Supervisor(env, listener, Programs(env, listener), console).run())
