"""The two forms of the log."""

import io
import json
import logging
import logging.config
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars

from memos_site.env import BASE_DIR, Env
from memos_site.logs import logging_config

Said = Callable[[], str]


@pytest.fixture
def said(request: pytest.FixtureRequest) -> Iterator[Said]:
    """What loggers below `x` say, in the form that the test asks for."""
    config = logging_config(Env(log_format=request.param, log_level="INFO"))
    stream = io.StringIO()
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": config["formatters"],
            "handlers": {"h": {"class": "logging.StreamHandler", "formatter": "console", "stream": stream}},
            "loggers": {"x": {"handlers": ["h"], "level": "INFO", "propagate": False}},
        }
    )
    yield stream.getvalue
    logging.getLogger("x").handlers.clear()


json_form = pytest.mark.parametrize("said", ["json"], indirect=True)
line_form = pytest.mark.parametrize("said", ["line"], indirect=True)


@json_form
def test_json_has_the_ids_that_are_bound(said: Said) -> None:
    with bound_contextvars(run="r1", conversation="c1", user=7, request="q1"):
        logging.getLogger("x.y").warning("rang %d times", 3, extra={"fields": {"ms": 1.5}})
    line: dict[str, Any] = json.loads(said())
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {
        "level": "warning", "logger": "x.y", "event": "rang 3 times", "ms": 1.5,
        "run": "r1", "conversation": "c1", "user": 7, "request": "q1",
    }  # fmt: skip


@json_form
def test_json_keeps_one_line_per_record(said: Said) -> None:
    # Half a character is in a field: pytest-xdist could not send home a message that holds one.
    logging.getLogger("x").error('first\nsecond "quoted"', extra={"fields": {"half": "\ud83d"}})
    try:
        raise ValueError("of two\nlines")
    except ValueError:
        logging.getLogger("x").exception("broke", extra={"request": object()})
    lines = said().splitlines()
    assert [json.loads(line)["event"] for line in lines] == ['first\nsecond "quoted"', "broke"]
    assert json.loads(lines[0])["half"] == "\ud83d"
    assert "ValueError: of two\nlines" in json.loads(lines[1])["exception"]


@json_form
def test_what_a_filter_made_of_a_traceback_comes_first(said: Said) -> None:
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "broke", None, (ValueError, ValueError("k-1"), None))
    record.exc_text = "ValueError: …"
    logging.getLogger("x").handle(record)
    assert json.loads(said())["exception"] == "ValueError: …" and "k-1" not in said()


@line_form
def test_a_line_is_for_people(said: Said) -> None:
    with bound_contextvars(run="r1"):
        logging.getLogger("x.y").warning("rang", extra={"fields": {"why": 'of "it"', "ms": 2}})
    head, rest = said().split(" WARNING ")
    assert len(head) == len("2026-01-01 00:00:00,000")
    assert rest == 'x.y: rang why="of \\"it\\"" ms=2 run=r1\n'


@pytest.mark.parametrize(("form", "level"), [("line", "WARNING"), ("json", None)])
def test_runs_are_told_in_json_and_not_at_the_terminal(form: Any, level: str | None) -> None:
    told = logging_config(Env(log_format=form, log_level="INFO"))["loggers"]
    assert told.get("interactions.observed", {}).get("level") == level


def test_structlog_brings_no_baggage() -> None:
    code = "import sys, memos_site.settings, structlog; print([m for m in ('rich', 'twisted') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_a_collector_nothing_of_opentelemetry_is_imported() -> None:
    code = (
        "import sys, memos_site.asgi, celery.bin.celery, celery.worker, interactions.tasks, interactions.heartbeat\n"
        "from celery.signals import worker_init; worker_init.send(sender=None)\n"
        "from memos_site import telemetry; telemetry.stop()\n"
        "print([m for m in sys.modules if m.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=BASE_DIR, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
