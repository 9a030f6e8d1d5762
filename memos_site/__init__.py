"""The site: settings, addresses, and the ways in (ASGI, Celery)."""
