"""Doing what is due, one by one: what fails for one row is logged, and keeps none of the others from its time."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import DatabaseError

log = logging.getLogger(__name__)

Key = TypeVar("Key")


def each(act: Callable[[Key], bool | int], keys: Iterable[Key]) -> int:
    """Return the sum of what `act` says for `keys`. Raises `DatabaseError`: then nothing works."""
    done = 0
    for key in keys:
        try:
            done += act(key)
        except DatabaseError:
            raise
        except Exception:  # the thread is the clock of all
            log.exception("%s failed for %s", act.__name__, key)
    return done
