"""Why MemOS cannot start, in words for the person who started it."""


class StartError(Exception):
    """Nothing can run. `str(error)` is one line that says what is wrong and what to do."""
