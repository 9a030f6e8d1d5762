from django.apps import AppConfig


class InteractionsConfig(AppConfig):
    """The conversation: messages, runs, the log, the pages and the API."""

    name = "interactions"
