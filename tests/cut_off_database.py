"""`unshare -n python -m tests.cut_off_database`: how long a statement waits for a database whose network is gone.

In a network of its own, so that nothing else is cut off. Prints the seconds and the error.
"""

import os
import subprocess
import sys
import threading
import time

import django

from tests.postgres_server import PrivatePostgres


def main() -> int:
    """Ask the database for something slow, cut the network, and wait for the error."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with PrivatePostgres() as server:
        os.environ.update(DATABASE_URL=server.url, DJANGO_SETTINGS_MODULE="tests.settings")
        django.setup()
        from django.db import OperationalError, connection

        connection.ensure_connection()
        threading.Timer(0.5, lambda: subprocess.run(["ip", "link", "set", "lo", "down"], check=True)).start()
        began = time.monotonic()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(25)")
        except OperationalError as error:
            sys.stdout.write(f"{time.monotonic() - began:.1f} {' '.join(str(error).split())}\n")
            return 0
        finally:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
