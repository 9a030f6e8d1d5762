#!/usr/bin/env python
"""The command line of MemOS: `./manage.py help` lists what it can do."""

import os
import sys

from pydantic import ValidationError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memos_site.settings")
    try:
        _run(sys.argv)
    except ValidationError as error:
        if error.title != "Env":
            raise
        from memos_site.env_report import report

        sys.exit(_complain(report(error)))


def _run(arguments: list[str]) -> None:
    if arguments[1:2] == ["up"]:  # without Django, which a supervisor does not need
        from memos_site.supervisor.main import main as up

        sys.exit(up(arguments[2:]))
    from django.core.management import execute_from_command_line

    execute_from_command_line(arguments)


def _complain(words: str) -> int:
    sys.stderr.write(f"{words}\n")
    return 2


if __name__ == "__main__":
    main()
