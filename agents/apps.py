from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """The engine and its state."""

    name = "agents"
