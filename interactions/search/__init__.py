"""Full-text search over everything that was said to and by a person's entities.

The index is the database's own and kept by its triggers, in the transaction that stores a message: `schema`. What it
is asked is in `query`.
"""

from interactions.search.query import Hit, find
from interactions.search.schema import install, remove

__all__ = ["Hit", "find", "install", "remove"]
