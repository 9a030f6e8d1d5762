"""What one person may use of the language model in a day: tokens and money, by the records of their requests.

A day is one of UTC. The look is taken when a run begins, so a person's runs that are under way then still end: by what
they use, and by no more, a limit can be overrun. Requests that a killed worker had under way are in no record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from agents.events import BudgetReached, RunFinished
from agents.models import ModelCall


@dataclass(frozen=True, slots=True)
class Spent:
    """What somebody has used since a day began. Money in USD; what has no known price counts as none."""

    tokens: int
    money: Decimal


def spent(user_id: int, since: datetime) -> Spent:
    """Return what the user has used since then."""
    calls = ModelCall.objects.filter(owner_id=user_id, started_at__gte=since)
    sums = calls.aggregate(asked=Sum("input_tokens"), answered=Sum("output_tokens"), money=Sum("cost"))
    return Spent((sums["asked"] or 0) + (sums["answered"] or 0), sums["money"] or Decimal(0))


def used_up(user_id: int) -> tuple[RunFinished, BudgetReached] | None:
    """Return how a run ends that may not ask a model today, and the event that says why; None when it may."""
    env = settings.MEMOS
    if not env.tokens_per_day and not env.money_per_day:
        return None
    now = timezone.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    used = spent(user_id, today)
    left = _in_words(today + timedelta(days=1) - now)
    if env.tokens_per_day and used.tokens >= env.tokens_per_day:
        words = f"You have used {used.tokens:,} of your {env.tokens_per_day:,} tokens of today"
        reached = BudgetReached(budget="tokens", limit=env.tokens_per_day, used=used.tokens)
    elif env.money_per_day and used.money >= Decimal(str(env.money_per_day)):
        words = f"You have spent ${used.money:,.2f} of your ${env.money_per_day:,.2f} of today"
        reached = BudgetReached(budget="money", limit=env.money_per_day, used=round(float(used.money), 6))
    else:
        return None
    reason = f"{words}. You can go on at 00:00 UTC, in {left}, or ask an administrator to raise the limit."
    return RunFinished(status="failed", reason=reason, code="budget_reached"), reached


def _in_words(left: timedelta) -> str:
    minutes = max(1, round(left.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    hours = round(minutes / 60)
    return f"{hours} hour{'s' if hours > 1 else ''}"
