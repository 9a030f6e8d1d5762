"""The doorbell: tells a worker that a run waits. A bell that does not ring is rung again by the sweeper."""

import base64
import json
import logging
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from kombu.exceptions import KombuError
from redis import RedisError

from agents import failpoints
from interactions.one_way import redis_writer

log = logging.getLogger(__name__)


def ring(run_id: UUID | str) -> None:
    """Ask a worker to look at the run. Returns at once and never fails.

    Celery's own way of sending costs a millisecond and waits for Redis; here its message is written by hand.
    """
    failpoints.hit("enqueue.before")
    queue, envelope = _message(str(run_id))
    redis_writer().send(("LPUSH", queue, envelope))
    failpoints.hit("enqueue.after")


def ring_now(run_id: str) -> bool:
    """Put the run's id into the queue the long way; False when Redis is away or full."""
    from interactions.tasks import execute_run

    try:
        execute_run.apply_async(args=[run_id], ignore_result=True)
    except (KombuError, RedisError, OSError) as error:
        log.warning("the doorbell for run %s did not ring: %s", run_id, error)
        return False
    return True


def _message(run_id: str) -> tuple[str, str]:
    """Return the queue, and the message as Celery would have put it there.

    https://docs.celeryq.dev/en/stable/internals/protocol.html, in the envelope of Kombu's virtual transports.
    """
    queue, headers, embed = _template()
    body = json.dumps([[run_id], {}, embed])
    task_id = str(uuid4())
    return queue, json.dumps(
        {
            "body": base64.b64encode(body.encode()).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {**headers, "id": task_id, "root_id": task_id},
            "properties": {
                "correlation_id": task_id,
                "delivery_mode": 1,
                "delivery_info": {"exchange": "", "routing_key": queue},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": task_id,
            },
        }
    )


@cache
def _template() -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the queue and what is the same in every message, as the installed Celery makes it."""
    from interactions.tasks import execute_run

    app = execute_run.app
    made = app.amqp.as_task_v2("", execute_run.name, args=[""], kwargs={}, ignore_result=True)
    headers = {**made.headers, "argsrepr": "", "kwargsrepr": "{}"}
    return app.conf.task_default_queue, headers, made.body[2]
