from django.apps import AppConfig


class InteractionsConfig(AppConfig):
    """The conversation: messages, runs, the log, the pages and the API."""

    name = "interactions"

    def ready(self) -> None:
        from interactions import notices  # noqa: F401  connects its receiver
