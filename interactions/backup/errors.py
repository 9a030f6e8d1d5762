"""Why a backup could not be made or restored, in words for the person who asked for it."""


class BackupError(Exception):
    """Nothing was changed. `str(error)` says what is wrong and what to do."""
