"""The site: settings, addresses, and the ways in (ASGI, Celery)."""

from memos_site.celery import app as celery_app

__all__ = ["celery_app"]
