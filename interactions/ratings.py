"""Thumbs: what a person thinks of a run. One per person and run, changed or taken back at will."""

from django.contrib.auth.models import User
from django.db import transaction

from interactions.errors import InteractionError
from interactions.models import Rating, Run

MOST_NOTE = 500


class InvalidRating(InteractionError):
    code, field = "invalid_rating", "value"


def rate(run: Run, user: User, value: object, note: object = "") -> Rating | None:
    """Store the user's rating of a run, 1 or -1, in place of an earlier one; 0 takes it back, and None is returned.

    The caller has looked whose run it is. Raises `InvalidRating`.
    """
    number = {"1": 1, "-1": -1, "0": 0}.get(str(value).strip())
    if number is None or isinstance(value, bool):
        raise InvalidRating("A rating is 1 (good), -1 (poor), or 0 to take it back.")
    if not isinstance(note, str) or len(note) > MOST_NOTE or "\x00" in note:
        raise InvalidRating(f"A note is text of up to {MOST_NOTE} characters.", field="note")
    if run.status in Run.ALIVE:
        raise InvalidRating("This reply is not whole yet. Rate it when it is.")
    with transaction.atomic():
        run.rating = number
        Run.objects.filter(pk=run.pk).update(rating=number)
        return _store(run, user, number, note.strip())


def _store(run: Run, user: User, number: int, note: str) -> Rating | None:
    if number == 0:
        Rating.objects.filter(owner=user, run=run).delete()
        return None
    rating, _ = Rating.objects.update_or_create(owner=user, run=run, defaults={"value": number, "note": note})
    return rating
