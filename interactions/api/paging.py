"""Pages of lists, by a cursor: what is added meanwhile neither repeats nor hides anything."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from agents.models import OwnedQuerySet
from interactions.api.errors import ApiError


def page(
    rows: OwnedQuerySet, moment: str, *, after: str, limit: int, newest_first: bool = False
) -> tuple[list[Any], str | None]:
    """Return up to `limit` of `rows`, ordered by the time field `moment`, and the cursor of the rest (None: no rest).

    Raises `ApiError` 400 when `after` is no cursor of ours.
    """
    sign, past = ("-", "lt") if newest_first else ("", "gt")
    if after:
        at, pk = _decode(after, rows)
        rows = rows.filter(Q(**{f"{moment}__{past}": at}) | Q(**{moment: at, f"pk__{past}": pk}))
    found = list(rows.order_by(f"{sign}{moment}", f"{sign}pk")[: limit + 1])
    rest = _encode(getattr(found[limit - 1], moment), found[limit - 1].pk) if len(found) > limit else None
    return found[:limit], rest


def _encode(at: datetime, pk: Any) -> str:
    return urlsafe_b64encode(json.dumps([at.isoformat(), str(pk)]).encode()).decode().rstrip("=")


def _decode(cursor: str, rows: OwnedQuerySet) -> tuple[datetime, Any]:
    try:
        at, pk = json.loads(urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment.astimezone(UTC), rows.model._meta.pk.to_python(pk)
    except (ValueError, TypeError, OverflowError, RecursionError, ValidationError):
        message = "after: this is no cursor; take the “next” of the page before."
        raise ApiError(400, "invalid_field", message, "after") from None
