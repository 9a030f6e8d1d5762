"""The budget of one run (A26): tokens and money, beside actions and seconds, which test_sequence.py has."""

from decimal import Decimal

import pytest

from agents.budget import BudgetUsedUp, Limits, Spent
from agents.llm import prices
from interactions.steps import in_dollars
from tests.scripted import plan
from tests.unit.test_sequence import DONE, Played

THINK = {"action": "THINK", "context": "whose hand"}
SPEAK = {"action": "SPEAK", "context": "ask"}


async def test_a26_the_budget_of_tokens_ends_the_run_before_a_further_request() -> None:
    played = Played(plan(THINK, SPEAK, DONE), "Whose?", "Yours?", strategy="deliberate", tokens=100)
    finished = await played()
    assert (finished.status, finished.code) == ("failed", "budget_reached")
    (reached,) = played.ledger.of("budget.reached")
    assert (reached.budget, reached.limit) == ("tokens", 100) and reached.used >= 100
    assert finished.usage.model_calls == 1 and "raise the limit" in finished.reason


async def test_a26_an_answer_that_goes_beyond_it_is_stopped_and_what_was_said_is_kept() -> None:
    long = plan({"action": "SPEAK", "text": "A long answer that never ends, " * 400}, DONE)
    played = Played(long, tokens=2_000)
    finished = await played()
    assert (finished.status, finished.code) == ("failed", "budget_reached")
    (partial,) = played.ledger.of("text.finished")
    assert partial.is_partial and partial.text.startswith("A long answer")
    assert len(partial.text) < 400 * 31


async def test_a26_the_budget_of_money_goes_by_the_list_price() -> None:
    played = Played(plan(THINK, SPEAK, DONE), "Whose?", strategy="deliberate", money=0.0001)
    played.model.name = "gpt-5"
    finished = await played()
    (reached,) = played.ledger.of("budget.reached")
    price = prices.of("gpt-5")
    assert price is not None and reached.budget == "money" and reached.limit == 0.0001
    assert finished.usage.cost >= 0.0001


async def test_a_run_within_its_budget_says_what_it_cost() -> None:
    played = Played(plan({"action": "SPEAK", "text": "Hello."}, DONE), tokens=100_000, money=1)
    played.model.name = "gpt-5"
    finished = await played()
    price = prices.of("gpt-5")
    assert price is not None and finished.status == "finished"
    assert finished.usage.cost == float(price.of(finished.usage.input_tokens, finished.usage.output_tokens))


def test_a_last_answer_that_fits_to_the_token_is_not_cut() -> None:
    spent = Spent(60, Decimal(0))
    spent.check_under_way(Limits(1, 1, tokens=100), "gpt-5", 80, 80)
    with pytest.raises(BudgetUsedUp):
        spent.check_under_way(Limits(1, 1, tokens=100), "gpt-5", 80, 84)
    with pytest.raises(BudgetUsedUp):
        Spent(100).check(Limits(1, 1, tokens=100))


def test_the_offline_responder_costs_nothing() -> None:
    Spent(0).check_under_way(Limits(1, 1, tokens=1, money=0.01), prices.OFFLINE, 100_000, 100_000)


@pytest.mark.parametrize(("money", "words"), [(0, ""), (0.00001, "under $0.0001"), (0.0031, "$0.0031"), (1.2, "$1.20")])
def test_money_is_told_with_as_many_digits_as_say_something(money: float, words: str) -> None:
    assert in_dollars(money) == words
