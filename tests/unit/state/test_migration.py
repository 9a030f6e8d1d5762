"""Versions of before say which one they undid."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from agents import state
from agents.changes import SetAppearance
from agents.models import Entity, StateVersion
from interactions import append_only

pytestmark = pytest.mark.django_db

migration = importlib.import_module("interactions.migrations.0005_undoes")


def test_an_undo_of_before_the_column_is_known_by_its_words(entity: Entity) -> None:
    state.apply(entity.pk, [SetAppearance(text="tall")], cause="grew")
    state.apply(entity.pk, [SetAppearance(text="")], cause="undid version 2: grew", author="noor")
    first, undone, undo = StateVersion.objects.filter(entity=entity).order_by("number")
    assert state.undone_by(undone) is None
    migration.tell(apps, SimpleNamespace(connection=connection))
    undo.refresh_from_db()
    assert undo.undoes == 2
    assert state.undone_by(undone) == 3
    assert state.undone_by(first) is None
    with pytest.raises(Exception, match="append-only"):  # the triggers are back
        StateVersion.objects.filter(pk=undo.pk).update(undoes=None)
    assert append_only.GUARDS
