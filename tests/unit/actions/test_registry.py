"""The registry of actions."""

import gc
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from agents import prompts
from agents.actions import registry
from agents.actions.base import Action, Args


@pytest.fixture
def fresh_registry():
    registry.all_actions.cache_clear()
    yield
    registry.all_actions.cache_clear()


def test_the_actions_of_the_first_version_are_there() -> None:
    expected = {"THINK", "UPDATE_MOOD", "ADD_MEMORY", "REMOVE_MEMORY", "ADD_GOAL", "REMOVE_GOAL", "SPEAK", "DONE"}
    assert expected <= set(registry.all_actions())


def test_a_new_action_is_in_the_guidance_with_no_other_edit(fresh_registry: None) -> None:
    class Wave(Action[Args]):
        name = "WAVE"
        description = "Wave a hand."
        label, past, icon = "Wave", "Waved", "done"
        args = Args

    try:
        assert "- WAVE: Wave a hand." in prompts._guidance()
    finally:
        del Wave
        _forget("WAVE")


def test_two_actions_of_one_name_stop_the_start(fresh_registry: None) -> None:
    class Again(Action[Args]):
        name = "SPEAK"
        description = label = past = icon = ""
        args = Args

    try:
        with pytest.raises(ImproperlyConfigured, match="SPEAK"):
            registry.all_actions()
    finally:
        del Again
        _forget("SPEAK")


def test_every_action_says_what_the_page_needs() -> None:
    sprite = Path("static/icons.svg").read_text()
    for action in registry.all_actions().values():
        assert action.label and action.past and action.description.endswith(".")
        assert f'id="{action.icon}"' in sprite


def _forget(name: str) -> None:
    """Let the garbage collector take test classes out of `__subclasses__`."""
    registry.all_actions.cache_clear()
    gc.collect()
    left = [kind for kind in Action.__subclasses__() if kind.name == name and "<locals>" in kind.__qualname__]
    assert left == []
