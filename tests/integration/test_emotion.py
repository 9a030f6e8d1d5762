"""D17 and D18 in a run: what is said is felt, with its cause, and can be taken back; what was felt fades."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents import prompts, state
from agents.changes import Mood, SetMood, Temperament
from agents.emotion import Appraisal
from agents.errors import EmotionError, StateError
from agents.events import RunFinished, StateChanged
from agents.llm import catalog
from agents.models import Entity, StateVersion
from interactions import log, runs, worker
from interactions.invariants import violations
from interactions.ledger import RunLedger
from interactions.models import Conversation, Run
from interactions.runner import prepare
from interactions.scenes import appraised, look, present
from tests.stub_model import StubModel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubModel]:
    """A model that only speaks, and has nothing to say of its own about how the entity feels.

    Patched by the fixture that tests patch with: two, undone in the wrong order, leave “reactive” to all tests after.
    """
    with StubModel(answer="I see.") as stub:
        catalog.set_provider("openai", "stub-1", stub.base_url, "key")
        monkeypatch.setattr(settings.MEMOS, "strategy", "reactive")
        yield stub


def say(conversation: Conversation, text: str) -> Run:
    run = runs.send(conversation, conversation.owner, text).run
    worker.execute(str(run.pk))
    run.refresh_from_db()
    assert run.status == "finished"
    return run


def told(run: Run) -> list[StateChanged]:
    return [line.event for line in log.read_runs([run.pk])[str(run.pk)] if isinstance(line.event, StateChanged)]


def test_d17_a_message_is_felt_and_its_cause_is_in_the_log_and_the_version(
    entity: Entity, conversation: Conversation
) -> None:
    run = say(conversation, "You are useless, Ottilie.")
    entity.refresh_from_db()
    version = StateVersion.objects.get(run=run.pk)
    assert version.number == entity.version == 2
    assert entity.emotions["anger"] > 0.15 and entity.mood == "annoyed" and entity.valence < 0.1
    assert version.cause == "That was meant to hurt. “you are useless”"
    (event,) = told(run)
    assert (event.version, event.cause) == (2, version.cause) and list(event.changes) == state.changes_of(version)
    assert state.folded_log(entity) == state.read(entity) and list(violations()) == []


def test_d17_undo_of_the_turn_and_rollback_take_it_back(entity: Entity, conversation: Conversation) -> None:
    before = state.read(entity).mood
    run = say(conversation, "Thank you, you are wonderful.")
    assert state.undo_run(run.pk, author="noor")
    entity.refresh_from_db()
    assert state.read(entity).mood == before
    say(conversation, "Thank you, you are wonderful.")
    state.rollback(entity.pk, 1, author="noor")
    entity.refresh_from_db()
    assert state.read(entity).mood == before and state.folded_log(entity) == state.read(entity)


def test_d17_a_plain_message_costs_nothing_and_a_felt_one_no_further_commit(
    conversation: Conversation, entity: Entity
) -> None:
    def asked(text: str) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            ledger_finish(conversation, text)
        return [query["sql"] for query in queries.captured_queries]

    say(conversation, "First.")  # it gives the talk its title
    plain = asked("The train leaves at nine.")
    assert not any("agents_entity" in sql and "UPDATE" in sql for sql in plain)
    felt = asked("You are useless.")
    count = [sum(sql.startswith(("COMMIT", "BEGIN")) for sql in each) for each in (plain, felt)]
    assert count[0] == count[1] and StateVersion.objects.filter(entity=entity).count() == 2


def ledger_finish(conversation: Conversation, text: str) -> None:
    """Let a run end, in this thread, so that its queries can be seen."""
    prepared = prepare(runs.send(conversation, conversation.owner, text).run.pk)
    assert prepared
    ledger = RunLedger(prepared.lease, prepared.view.entity, appraised(prepared.view.scene))
    ledger._finish(RunFinished(status="finished"), (), ())


def test_d17_the_model_s_own_change_of_mood_is_bounded_and_used_instead(
    entity: Entity, conversation: Conversation, monkeypatch: pytest.MonkeyPatch, model: StubModel
) -> None:
    monkeypatch.setattr(settings.MEMOS, "strategy", "inline")
    model.answer = (
        '{"reasoning": "r", "can_extend": false, "actions": [{"action": "UPDATE_MOOD", "mood": "amused", '
        '"intensity": 1.0, "emotions": {"joy": 1.0}}, {"action": "SPEAK", "text": "Ha."}, {"action": "DONE"}]}'
    )
    run = say(conversation, "You are useless.")
    entity.refresh_from_db()
    assert (entity.mood, entity.emotions["joy"], entity.emotions["anger"]) == ("amused", 0.5, 0.0)
    assert entity.intensity == 0.9 and len(told(run)) == 1


def test_d17_a_held_word_stays_whatever_is_said(entity: Entity, conversation: Conversation) -> None:
    held = Mood(label="grumpy", held=True)
    state.apply(entity.pk, [SetMood(mood=held)], cause="mood edited", author="noor")
    say(conversation, "Thank you, you are wonderful.")
    entity.refresh_from_db()
    assert (entity.mood, entity.mood_held) == ("grumpy", True) and entity.emotions["joy"] > 0.1
    free = state.mood_of(entity).model_copy(update={"held": False})
    state.apply(entity.pk, [SetMood(mood=free)], cause="released", author="noor")
    say(conversation, "Thank you, you are wonderful.")
    entity.refresh_from_db()
    assert entity.mood in ("serene", "joyful")


def test_d18_what_was_felt_fades_in_the_prompt_and_the_stored_state_stays(
    entity: Entity, conversation: Conversation
) -> None:
    angry = Mood(label="furious", intensity=0.9, emotions={"anger": 0.9})
    state.apply(entity.pk, [SetMood(mood=angry)], cause="test", author="noor")
    Entity.objects.filter(pk=entity.pk).update(felt_at=timezone.now() - timedelta(days=3))
    run = runs.send(conversation, conversation.owner, "The train leaves at nine.").run
    view = look(run.pk)
    assert view
    words = prompts.reply(view.scene).messages[0].content
    assert "You feel calm (0.40)" in words and "anger" not in words
    entity.refresh_from_db()
    assert state.read(entity).mood.label == "furious", "nothing is written because time passes"
    assert present(entity).mood.label == "calm"


def test_d18_new_entities_return_to_how_they_were_made(owner: User) -> None:
    new = state.create(Entity(owner=owner, slug="x", name="X", mood="wry", intensity=0.6, emotions={"joy": 0.4}))
    home = state.temperament_of(new)
    assert (home.baseline.label, home.baseline.emotions) == ("wry", {"joy": 0.4})
    assert state.folded_log(new) == state.read(new)
    assert state.fork(new.pk, owner=new.owner).baseline == new.baseline
    assert state.temperament_of(Entity()) == Temperament()


def test_d17_bad_pushes_and_deleted_entities_are_refused_and_change_nothing(entity: Entity) -> None:
    for deltas in ({"joy": float("inf")}, {"envy": 0.3}):
        with pytest.raises(EmotionError):
            state.feel(entity.pk, Appraisal(deltas=deltas, cause="bad"))
    Entity.objects.filter(pk=entity.pk).update(deleted_at=timezone.now())
    with pytest.raises(StateError):
        state.feel(entity.pk, Appraisal(deltas={"joy": 0.3}, cause="gone"))
    entity.refresh_from_db()
    assert entity.version == 1


def test_d17_an_answer_that_fails_is_not_felt(
    entity: Entity, conversation: Conversation, monkeypatch: pytest.MonkeyPatch, model: StubModel
) -> None:
    monkeypatch.setattr(settings.MEMOS, "run_tokens", 1)
    run = runs.send(conversation, conversation.owner, "You are useless.").run
    worker.execute(str(run.pk))
    run.refresh_from_db()
    entity.refresh_from_db()
    assert run.status == "failed" and entity.version == 1
