from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """The engine and its state."""

    name = "agents"

    def ready(self) -> None:
        from agents.actions import registry

        registry.all_actions()  # two actions of one name stop the start, not the first run
