"""What the insights page shows of a person's runs: strategies side by side, actions, entities and models.

It looks at the latest ended runs, and at the requests to models of the last 30 days: bounded, however much there is.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Avg, Count, F, QuerySet, Sum
from django.utils import timezone

from agents import statistics
from agents.models import Entity, ModelCall
from agents.statistics import Interval
from interactions import log
from interactions.models import Run
from interactions.steps import face

LATEST = 1_000
DAYS = 30
# A run that was stopped by a person says nothing about its strategy.
_ENDED = (Run.Status.FINISHED, Run.Status.FAILED)
_READ = ("id", "strategy", "status", "started_at", "finished_at", "plan", "rating")


@dataclass(frozen=True, slots=True)
class StrategyLine:
    """One strategy by its ended runs: share that finished, share of the rated that were liked, seconds from claim to
    end, tokens."""

    strategy: str
    runs: int
    success: Interval | None
    liked: Interval | None
    rated: int
    seconds: Interval | None
    tokens: Interval | None


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One kind of action: how often it was done, and the share that did not fail."""

    name: str
    count: int
    success: Interval | None

    @property
    def label(self) -> str:
        """What pages call it."""
        return face(self.name).label


@dataclass(frozen=True, slots=True)
class Insights:
    """What the page shows."""

    strategies: list[StrategyLine]
    actions: list[ActionLine]
    entities: list[dict[str, Any]]
    models: list[dict[str, Any]]


def insights(user: User, entity: Entity | None) -> Insights:
    """Return the insights into the user's runs, or into those of one entity (six queries)."""
    runs = Run.objects.for_user(user).filter(status__in=_ENDED)
    calls = ModelCall.objects.for_user(user).filter(started_at__gt=timezone.now() - timedelta(days=DAYS))
    if entity is not None:
        runs = runs.filter(conversation__entity=entity)
        calls = calls.filter(entity=entity)
    ended = list(runs.order_by("-created_at").only(*_READ)[:LATEST])
    return Insights(_strategies(ended), _actions(ended), _usage(calls, "entity__name"), _usage(calls, "model"))


def _strategies(runs: list[Run]) -> list[StrategyLine]:
    own = [run for run in runs if run.plan is None and run.strategy]  # a chain has its plan from a person
    sums = ModelCall.objects.filter(run__in=[run.pk for run in own]).values("run")
    sums = sums.annotate(tokens=Sum("input_tokens") + Sum("output_tokens")).order_by()
    tokens = {row["run"]: row["tokens"] for row in sums}
    grouped: dict[str, list[Run]] = defaultdict(list)
    for run in own:
        grouped[run.strategy].append(run)
    return [_line(strategy, of_it, tokens) for strategy, of_it in sorted(grouped.items())]


def _line(strategy: str, runs: list[Run], tokens: dict[Any, int]) -> StrategyLine:
    done = [run for run in runs if run.status == Run.Status.FINISHED]
    seconds = [(run.finished_at - run.started_at).total_seconds() for run in done if run.finished_at and run.started_at]
    used = [float(tokens.get(run.pk, 0)) for run in done]
    rated = [run.rating for run in runs if run.rating]
    return StrategyLine(
        strategy,
        len(runs),
        statistics.share(len(done), len(runs)),
        statistics.share(rated.count(1), len(rated)),
        len(rated),
        statistics.mean(seconds),
        statistics.mean(used),
    )


def _actions(runs: list[Run]) -> list[ActionLine]:
    tries: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for kind, name, count in log.outcomes([run.pk for run in runs]):
        tries[name] += count
        failed[name] += count if kind == "action.failed" else 0
    return [
        ActionLine(name, count, statistics.share(count - failed[name], count)) for name, count in tries.most_common()
    ]


def _usage(calls: QuerySet[Any], by: str) -> list[dict[str, Any]]:
    rows = calls.values(name=F(by)).annotate(
        requests=Count("pk"), tokens=Sum("input_tokens") + Sum("output_tokens"), ms=Avg("total_ms"), money=Sum("cost")
    )
    found = sorted(rows.order_by(), key=lambda row: -row["requests"])
    return [{**row, "seconds": (row["ms"] or 0) / 1000, "money": float(row["money"] or Decimal(0))} for row in found]
