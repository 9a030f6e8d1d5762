"""Describing a new entity."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from agents import state
from agents.mind import EntityState, fold
from agents.models import Entity, StateVersion
from interactions.models import Conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def noor(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def describe(client: Client, **fields: str):
    given = {
        "name": "Ishbel",
        "tagline": "Keeper.",
        "persona": "Keeps a light.",
        "first_mood": "wistful",
        "strategy": "",
    }
    return client.post(reverse("new_entity"), {**given, **fields})


def test_someone_new_is_there_at_once_and_the_talk_is_open(noor: Client, owner: User):
    response = describe(noor)
    entity = Entity.objects.get()
    assert (entity.owner, entity.slug, entity.mood, entity.version) == (owner, "ishbel", "wistful", 1)
    assert response["Location"] == Conversation.objects.get(entity=entity).get_absolute_url()


def test_its_first_version_holds_everything(noor: Client, owner: User):
    describe(noor)
    entity = Entity.objects.get()
    version = StateVersion.objects.get(entity=entity)
    assert version.author == "noor"
    folded = fold(EntityState(), state.changes_of(version))
    assert folded.model_copy(update={"version": 1}) == state.read(entity)


def test_two_of_the_same_name_are_two(noor: Client):
    describe(noor)
    describe(noor)
    assert sorted(Entity.objects.values_list("slug", flat=True)) == ["ishbel", "ishbel-2"]


def test_the_same_name_with_another_owner_is_no_hindrance(noor: Client, stranger: User):
    state.create(Entity(owner=stranger, slug="ishbel", name="Ishbel"))
    describe(noor)
    assert Entity.objects.filter(slug="ishbel").count() == 2


@pytest.mark.parametrize("name", ["灯台守", "!!!", "Ünal the Öther", "x" * 80])
def test_any_name_gets_an_address(noor: Client, name: str):
    assert describe(noor, name=name).status_code == 302
    assert Entity.objects.get().slug


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 81},
        {"name": "a\x00b"},
        {"tagline": "x" * 161},
        {"persona": "x" * 20_001},
        {"first_mood": "nonsense"},
        {"strategy": "nonsense"},
    ],
)
def test_what_is_wrong_is_named_and_what_was_typed_stays(noor: Client, fields: dict[str, str]):
    response = describe(
        noor, persona=fields.get("persona", "Keeps <a> light."), **{k: v for k, v in fields.items() if k != "persona"}
    )
    html = response.content.decode()
    assert response.status_code == 400 and 'aria-invalid="true"' in html
    assert not Entity.objects.exists()
    assert "Keeps &lt;a&gt; light." in html or "persona" in fields


def test_owner_and_version_cannot_be_given(noor: Client, owner: User, stranger: User):
    describe(noor, owner=str(stranger.pk), version="99", slug="mine")
    entity = Entity.objects.get()
    assert (entity.owner, entity.version, entity.slug) == (owner, 1, "ishbel")


def test_nobody_unknown_describes_anyone(client: Client):
    assert describe(client).status_code == 302
    assert not Entity.objects.exists()
