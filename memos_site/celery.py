"""The Celery application: a queue of doorbells."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memos_site.settings")

app = Celery("memos")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["interactions"])
