"""The Celery application: a queue of doorbells."""

import logging
import os

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memos_site.settings")
# A worker has no pages: checking them would load every one. `manage.py check` does it.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("memos")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["interactions"])
app.steps["worker"].add("interactions.heartbeat:Heartbeat")


@setup_logging.connect
def _keep_logging(loglevel: int, **_: object) -> None:
    """Django has set up how everything is logged; the worker's `-l` is for Celery's own lines."""
    logging.getLogger("celery").setLevel(loglevel)


@worker_init.connect
def _watch(**_: object) -> None:
    from memos_site import telemetry

    telemetry.start("worker")


@worker_shutdown.connect
def _flush(**_: object) -> None:
    from memos_site import telemetry

    telemetry.stop()
