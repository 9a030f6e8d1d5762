"""`python -m interactions.backup.settling`: brings a restored database to this version, and checks it.

A process of its own, since the settings of the one that restores know the secret and the database of before.
"""

import json
import sys

import django


def main() -> int:
    """Print a JSON object: the violated invariants, and what recognises the secret. Return the exit code."""
    django.setup()
    from interactions import installation
    from interactions.backup.manifest import secret_mark
    from interactions.invariants import violations

    try:
        installation.check_database(restoring=True)
    except installation.CannotPrepare as error:
        sys.stderr.write(f"{error}\n")
        return 1
    installation.migrate()
    forget_the_moment()
    sys.stdout.write(json.dumps({"violations": list(violations()), "secret": secret_mark()}))
    return 0


def forget_the_moment() -> None:
    """Undo what was true only when the backup was made: who was signed in, and which worker had which run.

    A session that was ended since must not live again. A run goes back to the queue; that is no crash of its worker.
    """
    from django.contrib.sessions.models import Session
    from django.db import transaction
    from django.db.models import F

    from interactions.models import Run

    with transaction.atomic():
        Session.objects.all().delete()
        Run.objects.filter(status=Run.Status.RUNNING).update(
            status=Run.Status.QUEUED, lease_until=None, attempts=F("attempts") - 1, fence=F("fence") + 1
        )


if __name__ == "__main__":
    sys.exit(main())
