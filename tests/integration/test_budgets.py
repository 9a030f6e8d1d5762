"""What one person may use in a day: enforced before a model is asked, per person, anew at midnight UTC."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from agents.llm import catalog, prices
from agents.models import Entity, ModelCall
from interactions import budgets, log, runs, worker
from interactions.models import ApiToken, Conversation, Run
from tests.stub_model import StubModel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def model() -> Iterator[StubModel]:
    """A server whose model costs a dollar a token, and tells 7 tokens in and as many out as it wrote words."""
    with StubModel(answer="One two three.") as stub, pytest.MonkeyPatch.context() as patch:
        patch.setitem(prices.PRICES, "stub-1", prices.Price(Decimal(1_000_000), Decimal(1_000_000)))
        catalog.set_provider("openai", "stub-1", stub.base_url, "key")
        patch.setattr(settings.MEMOS, "strategy", "reactive")
        yield stub


def limit(monkeypatch: pytest.MonkeyPatch, **limits: float) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(settings.MEMOS, name, value)


def say(conversation: Conversation, text: str = "Hello.") -> Run:
    """Send a message and do what a worker does."""
    run = runs.send(conversation, conversation.owner, text).run
    worker.execute(str(run.pk))
    run.refresh_from_db()
    return run


@pytest.mark.parametrize(
    ("limits", "budget", "words"),
    [
        ({"tokens_per_day": 10}, "tokens", "You have used 10 of your 10 tokens of today."),
        ({"money_per_day": 9.5}, "money", "You have spent $10.00 of your $9.50 of today."),
    ],
)
def test_whoever_has_used_up_the_day_is_told_so_and_no_model_is_asked(
    monkeypatch: pytest.MonkeyPatch,
    model: StubModel,
    conversation: Conversation,
    owner: User,
    limits: dict[str, float],
    budget: str,
    words: str,
) -> None:
    limit(monkeypatch, **limits)
    assert say(conversation).status == "finished"
    refused = say(conversation)
    assert (refused.status, refused.code, len(model.requests)) == ("failed", "budget_reached", 1)
    assert refused.reason.startswith(words) and "at 00:00 UTC, in " in refused.reason
    reached, finished = [line.event for line in log.read(conversation.pk)][-2:]
    assert reached.kind == "budget.reached" and finished.kind == "run.finished"
    assert (reached.budget, reached.limit, reached.used) == (budget, next(iter(limits.values())), 10)
    page = Client()
    page.force_login(owner)
    assert words.split(" of today")[0] in page.get(f"/c/{conversation.pk}/").content.decode()
    assert "Budget reached" in page.get(f"/c/{conversation.pk}/timeline/").content.decode()
    _token, secret = ApiToken.make(owner, "test")
    told = page.post(f"/api/v1/runs/{refused.pk}/cancel", headers={"Authorization": f"Bearer {secret}"}).json()
    assert (told["status"], told["code"], told["reason"]) == ("failed", "budget_reached", refused.reason)


def test_another_persons_day_is_their_own(
    monkeypatch: pytest.MonkeyPatch, model: StubModel, conversation: Conversation, stranger: User
) -> None:
    limit(monkeypatch, tokens_per_day=10)
    say(conversation)
    theirs = runs.start_conversation(stranger, Entity.objects.create(owner=stranger, slug="wren", name="Wren"))
    assert say(theirs).status == "finished"
    assert say(conversation).code == "budget_reached"


def test_the_next_day_one_can_go_on_and_the_message_is_still_there(
    monkeypatch: pytest.MonkeyPatch, model: StubModel, conversation: Conversation, owner: User
) -> None:
    limit(monkeypatch, tokens_per_day=10, money_per_day=10)
    say(conversation)
    refused = say(conversation)
    assert refused.code == "budget_reached"
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    ModelCall.objects.update(started_at=midnight - timedelta(microseconds=1))  # it was yesterday
    again = runs.retry(refused.pk, owner)
    worker.execute(str(again.pk))
    again.refresh_from_db()
    assert again.status == "finished"
    ModelCall.objects.update(started_at=midnight)
    assert say(conversation).code == "budget_reached"


def test_a_day_has_24_hours_whatever_the_time(monkeypatch: pytest.MonkeyPatch, owner: User) -> None:
    limit(monkeypatch, tokens_per_day=1)
    for now, left in (
        ("00:00:01", "24 hours"),
        ("22:40:00", "1 hour"),
        ("23:10:00", "50 minutes"),
        ("23:59:59", "1 m"),
    ):
        moment = datetime.fromisoformat(f"2026-03-05T{now}+00:00")
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        call = {"owner": owner, "purpose": "reply", "model": "m", "prompt": b"", "answer": b"", "output_tokens": 1}
        ModelCall.objects.create(started_at=moment, **call)
        ended = budgets.used_up(owner.pk)
        assert ended is not None and f"in {left}" in ended[0].reason


def test_without_limits_nothing_is_looked_up(owner: User, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert budgets.used_up(owner.pk) is None


def test_the_offline_responder_answers_whatever_was_used(
    monkeypatch: pytest.MonkeyPatch, model: StubModel, conversation: Conversation
) -> None:
    limit(monkeypatch, tokens_per_day=10, money_per_day=1)
    say(conversation)
    catalog.set_provider("offline", "", "", None)
    assert say(conversation).status == "finished"
    assert ModelCall.objects.get(model="offline").cost == 0


def test_stopping_an_answer_does_not_make_it_free(conversation: Conversation, owner: User) -> None:
    with StubModel(answer="A very long answer. " * 200, pace=0.01) as stub:
        catalog.set_provider("openai", "stub-1", stub.base_url, "key")
        run = runs.send(conversation, owner, "Hello.").run
        working = threading.Thread(target=worker.execute, args=[str(run.pk)])
        working.start()
        deadline = time.monotonic() + 10
        while not stub.requests and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.4)
        runs.cancel(run.pk, owner)
        working.join(10)
    call = ModelCall.objects.get()
    assert call.is_estimated and call.error == "Cancelled." and call.run == run.pk
    assert call.input_tokens > 100 and call.output_tokens > 10
