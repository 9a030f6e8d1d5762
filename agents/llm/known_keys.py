"""The keys that this process has had in its hands, so that what it logs can leave them out, whatever they look like."""

# What is shorter is no secret, and would take common words out of the log.
SHORTEST = 8

_known: set[str] = set()


def remember(key: str) -> None:
    """Have `key` left out from now on."""
    if len(key) >= SHORTEST:
        _known.add(key)


def known() -> frozenset[str]:
    """Return the keys so far."""
    return frozenset(_known)
