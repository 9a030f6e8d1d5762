"""How MemOS logs: lines for people, or one JSON object per line for machines; both with the ids of what is at hand."""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from structlog.contextvars import merge_contextvars
from structlog.stdlib import ProcessorFormatter

from memos_site.env import Env

Event = Any  # what structlog passes from one processor to the next: a dict

# What may be bound to the work at hand, in the order of a line.
IDS = ("request", "user", "conversation", "run")
# These say at INFO what only their own developers want to know.
QUIET = (
    "httpx", "httpx2", "httpcore", "httpcore2", "google_genai", "aiohttp", "urllib3",
    "django.channels.server", "daphne", "axes", "celery", "kombu",
)  # fmt: skip


def logging_config(env: Env) -> dict[str, Any]:
    """Return Django's LOGGING: everything goes to standard error, other libraries' records too."""
    as_json = env.log_format == "json"
    chain = [merge_contextvars, _standard, _error]
    formatter = {
        "()": ProcessorFormatter,
        "foreign_pre_chain": chain,
        "processors": [ProcessorFormatter.remove_processors_meta, _as_json if as_json else _as_line],
    }
    loggers = {name: {"level": "WARNING"} for name in QUIET}
    if not as_json and env.log_level != "DEBUG":  # the terminal stays quiet as long as all is well
        loggers["interactions.observed"] = {"level": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"console": formatter},
        "filters": {"secrets": {"()": "memos_site.redaction.Redaction"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "console", "filters": ["secrets"]}},
        "root": {"handlers": ["console"], "level": env.log_level},
        "loggers": loggers,
    }


def _standard(_logger: object, _method: str, event: Event) -> Event:
    """Add what every line has, and the `fields` that the record was logged with."""
    record: logging.LogRecord = event["_record"]
    ids = {name: event.pop(name) for name in IDS if name in event}
    standard = {"created": record.created, "level": record.levelname, "logger": record.name}
    return {**event, **standard, **getattr(record, "fields", {}), **ids}


def _error(_logger: object, _method: str, event: Event) -> Event:
    """Put the traceback into the event; what a filter has made of it comes first."""
    record: logging.LogRecord = event["_record"]
    error = event.pop("exc_info", None)
    if record.exc_text or error:
        event["exception"] = record.exc_text or "".join(traceback.format_exception(*error)).rstrip()
    return event


def _as_json(_logger: object, _method: str, event: Event) -> str:
    at = datetime.fromtimestamp(event.pop("created"), UTC).isoformat(timespec="milliseconds")
    head = {"timestamp": at, "level": event.pop("level").lower(), "logger": event.pop("logger")}
    return json.dumps({**head, "event": event.pop("event"), **event}, default=str)


def _as_line(_logger: object, _method: str, event: Event) -> str:
    at = datetime.fromtimestamp(event.pop("created")).isoformat(" ", "milliseconds").replace(".", ",")
    line = f"{at} {event.pop('level')} {event.pop('logger')}: {event.pop('event')}"
    exception = event.pop("exception", "")
    said = "".join(f" {key}={_plain(value)}" for key, value in event.items())
    return f"{line}{said}\n{exception}" if exception else line + said


def _plain(value: object) -> str:
    """Return a value as it is where that is one word, else quoted."""
    text = str(value)
    is_word = text.isprintable() and text and not set(text) & {" ", '"', "="}
    return text if is_word else json.dumps(text)
