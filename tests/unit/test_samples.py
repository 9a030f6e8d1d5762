"""The sample entities: there at the first start, whole, and never twice."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from agents import samples, state
from agents.changes import EMOTIONS
from agents.llm.offline.voice import DIRECTORY, voice
from agents.models import Entity

pytestmark = pytest.mark.django_db


def test_three_minds_wait_for_a_first_word(owner: User):
    made = samples.seed(owner)

    assert [entity.name for entity in made] == ["Ottilie", "Ishbel", "Shim"]
    assert [entity.name for entity in Entity.objects.filter(owner=owner)] == ["Ottilie", "Ishbel", "Shim"]
    assert [entity.mood for entity in made] == ["content", "wistful", "unimpressed"]
    assert [entity.intensity for entity in made] == [0.5, 0.55, 0.35]
    assert made[1].emotions["sadness"] == 0.6
    assert made[0].openers == ["I found a box of old letters.", "What should I never throw away?"]


def test_each_is_whole_and_its_log_adds_up_to_it(owner: User):
    for entity in samples.seed(owner):
        now = state.read(entity)
        assert set(now.mood.emotions) == set(EMOTIONS)
        assert entity.tagline
        assert len(entity.persona) > 200
        assert now.appearance
        assert now.environment
        assert len(now.active_goals()) >= 2
        assert len(now.desires) >= 2
        assert len(now.known()) >= 4
        assert (DIRECTORY / f"{entity.voice}.toml").is_file()
        assert voice(entity.voice).baseline.label == now.mood.label
        assert state.folded_log(Entity.objects.get(pk=entity.pk)) == now


def test_they_come_once(owner: User):
    samples.seed(owner)

    assert samples.seed(owner) == []
    assert Entity.objects.count() == 3


def test_they_do_not_come_to_somebody_who_has_an_entity(owner: User, entity: Entity):
    assert samples.seed(owner) == []
    assert Entity.objects.count() == 1


def test_they_do_not_come_back_once_put_away(owner: User):
    samples.seed(owner)
    Entity.objects.update(archived_at=timezone.now())

    assert samples.seed(owner) == []


def test_each_person_has_their_own(owner: User, teammate: User):
    samples.seed(owner)

    assert len(samples.seed(teammate)) == 3
    assert Entity.objects.for_user(owner).count() == 3


def test_the_voices_begin_where_the_samples_begin():
    for sample in samples.samples():
        home = voice(sample.voice).baseline
        assert home == sample.mood
