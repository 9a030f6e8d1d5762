"""What a person can see behind a reply, from end to end: where it came from, and what each of its actions cost."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from agents.llm import catalog, prices
from agents.models import Entity, Memory, ModelCall
from interactions import log, runs
from interactions.models import Conversation, Message
from interactions.steps import in_dollars
from tests.integration.test_own_accord import work
from tests.scripted import plan
from tests.stub_model import StubModel

pytestmark = pytest.mark.django_db(transaction=True)

PLANNED = (
    {"action": "THINK", "context": "whose hand it is"},
    {"action": "ADD_MEMORY", "content": "Noor found a letter."},
    {"action": "SPEAK", "context": "ask whose hand it is"},
    {"action": "DONE"},
)


@pytest.fixture
def noor(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def model(entity: Entity) -> Iterator[StubModel]:
    """A server whose model costs a cent a token, asked for the plan first and then for each text by itself."""
    Entity.objects.filter(pk=entity.pk).update(strategy="deliberate")

    def answer(request: dict[str, object]) -> str:
        return plan(*PLANNED) if "actions" in str(request["messages"]) and len(stub.requests) == 1 else "Whose hand?"

    with StubModel(answer=answer) as stub, pytest.MonkeyPatch.context() as patch:
        patch.setitem(prices.PRICES, "stub-1", prices.Price(Decimal(10_000), Decimal(10_000)))
        catalog.set_provider("openai", "stub-1", stub.base_url, "key")
        yield stub


def test_f5_from_a_reply_to_the_memory_it_used_to_the_message_it_came_from(
    noor: Client, conversation: Conversation, owner: User
) -> None:
    told = work(runs.send(conversation, owner, "I love rooibos tea.").run)
    memory = Memory.objects.get(entity=conversation.entity_id, message=told.message_id)
    assert "rooibos" in memory.content
    work(runs.send(conversation, owner, "The weather is fine today.").run)
    asked = work(runs.send(conversation, owner, "Which tea do I love?").run)
    reply = Message.objects.get(run=asked, author="entity")
    assert "rooibos" in reply.text.lower()
    why = noor.get(f"/c/{conversation.pk}/runs/{reply.run_id}/why/").content.decode()
    used = re.findall(r'<li><span class="evidence__score">(.*?)</li>', why, re.DOTALL)
    (line,) = (each for each in used if memory.content in each)
    origin = re.search(r'href="(/messages/[^"]+)"', line)
    assert origin is not None, "the memory leads to the message that it came from"
    landed = noor.get(origin[1], follow=True)
    assert landed.redirect_chain[-1][0].endswith(f"#run-{told.pk}")
    assert "I love rooibos tea." in landed.content.decode()


def test_f13_each_action_shows_what_it_cost_and_the_turn_their_sum(
    noor: Client, model: StubModel, conversation: Conversation, owner: User
) -> None:
    run = work(runs.send(conversation, owner, "I found a letter.").run)
    assert run.status == "finished", run.reason
    calls = {call.purpose: call for call in ModelCall.objects.filter(run=run.pk)}
    assert set(calls) == {"plan", "think", "speak"} and all(call.cost for call in calls.values())
    for purpose in ("think", "speak"):
        card = noor.get(f"/c/{conversation.pk}/actions/{calls[purpose].action}/?run={run.pk}").content.decode()
        assert in_dollars(float(calls[purpose].cost or 0)) in card
        assert f"{calls[purpose].input_tokens} + {calls[purpose].output_tokens} tokens" in card
    total = in_dollars(float(sum(call.cost or 0 for call in calls.values())))
    page = noor.get(conversation.get_absolute_url()).content.decode()
    assert re.search(rf'class="strip__total"[^>]*>[^<]*{re.escape(total)}<', page)
    why = noor.get(f"/c/{conversation.pk}/runs/{run.pk}/why/").content.decode()
    assert all(in_dollars(float(call.cost or 0)) in why for call in calls.values())


def test_f13_the_budget_of_money_is_enforced_between_actions_and_seen(
    noor: Client, model: StubModel, conversation: Conversation, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.MEMOS, "run_money", 0.01)  # the plan alone costs more
    run = work(runs.send(conversation, owner, "I found a letter.").run)
    assert (run.status, run.code, len(model.requests)) == ("failed", "budget_reached", 1)
    (reached,) = (line.event for line in log.read(conversation.pk) if line.event.kind == "budget.reached")
    assert (reached.budget, reached.limit) == ("money", 0.01) and reached.used >= 0.01
    assert not Message.objects.filter(author="entity").exists()
    page = noor.get(conversation.get_absolute_url()).content.decode()
    assert "Budget reached" in page and "The budget of this answer is used up: $" in page
