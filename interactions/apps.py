from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class InteractionsConfig(AppConfig):
    """The conversation: messages, runs, the log, the pages and the API."""

    name = "interactions"

    def ready(self) -> None:
        from interactions import notices  # noqa: F401  connects its receiver
        from interactions.search import schema

        pre_migrate.connect(schema.release, sender=self, dispatch_uid="interactions.search")
        post_migrate.connect(schema.ensure, sender=self, dispatch_uid="interactions.search")
