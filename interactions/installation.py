"""What an installation needs before it can serve: a database of this version, Redis, static files, a first user."""

import hashlib
import time
from pathlib import Path
from typing import Final

import redis
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from agents import samples

EMBEDDED_WITHIN: Final = 5.0  # seconds; an embedded Redis starts at the same time as we do


class CannotPrepare(Exception):
    """`str(error)` is one line that says what is wrong and what to do."""


def unfinished_restore() -> Path:
    """Return the file that is there while a backup is being restored, and after a restore that was killed."""
    return Path(settings.MEMOS.data_dir).resolve() / "restore.unfinished"


def check_database(*, restoring: bool = False) -> None:
    """Raise `CannotPrepare` when the database cannot be reached, was written by a newer MemOS or is half restored."""
    if unfinished_restore().exists() and not restoring:
        raise CannotPrepare(
            "A backup was being restored and that was interrupted: run `manage.py restore FILE --force` again. "
            "What was there before lies in before-restore-… in the data folder."
        )
    try:
        connection.ensure_connection()
        loader = MigrationExecutor(connection).loader
    except DatabaseError as error:
        raise CannotPrepare(
            f"The database {_database_name()} cannot be used: {_first_line(error)}. {_advice()}"
        ) from error
    if unknown := unknown_migrations(loader, set(loader.applied_migrations)):
        raise CannotPrepare(
            f"The database {_database_name()} was written by a newer MemOS (it has {unknown[-1]}). "
            "Update MemOS, or set MEMOS_DATA_DIR to the data folder of this version."
        )


def unknown_migrations(loader: MigrationLoader, applied: set[tuple[str, str]]) -> list[str]:
    """Return those of the applied migrations, as app.name, that this version of MemOS does not know."""
    known = set(loader.disk_migrations)
    known |= {old for migration in loader.disk_migrations.values() for old in migration.replaces}
    return [f"{app}.{name}" for app, name in sorted(applied - known) if app in loader.migrated_apps]


def check_redis() -> None:
    """Raise `CannotPrepare` when Redis does not answer; an embedded one gets five seconds to start."""
    client = redis.Redis.from_url(settings.MEMOS.redis, socket_connect_timeout=2, socket_timeout=2)
    patience = EMBEDDED_WITHIN if settings.MEMOS.redis.startswith("unix://") else 0
    deadline = time.monotonic() + patience
    while True:
        try:
            client.ping()
            return
        except redis.AuthenticationError as error:
            raise CannotPrepare(f"Redis refuses the password: {_first_line(error)}. Check REDIS_URL.") from error
        except redis.RedisError as error:
            if time.monotonic() > deadline:
                raise CannotPrepare(
                    f"Redis does not answer: {_first_line(error)}. "
                    "Check REDIS_URL, or unset it to use the embedded Redis."
                ) from error
            time.sleep(0.02)
        finally:
            client.close()


def take_time() -> None:
    """Let statements on this connection run for as long as they take: for commands, never for requests."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")


def migrate() -> None:
    """Bring the database to this version; quick where it is."""
    take_time()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def collect_static() -> None:
    """Collect and compress the static files, if any of them changed since the last time."""
    folder = Path(settings.STATIC_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    if settings.WHITENOISE_USE_FINDERS:
        return
    stamp, digest = folder / ".stamp", _static_digest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    # Nothing is removed: open pages, and web servers of the version before, still ask for the old names.
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(digest)


def seed() -> User | None:
    """At the first start make the user `admin`, without a password, and the sample entities.

    Return the first administrator; None where the last one was removed.
    """
    with transaction.atomic():
        if not User.objects.exists():
            samples.seed(User.objects.create_superuser("admin"))
    return User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()


def _static_digest() -> str:
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _database_name() -> str:
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(config["NAME"])
    return f"{config['NAME']} on {config['HOST'] or 'this machine'}:{config['PORT'] or 5432}"


def _advice() -> str:
    if connection.vendor == "sqlite":
        return "Check the file's rights and the disk, or set MEMOS_DATA_DIR to another folder."
    return "Check DATABASE_URL, and that the server runs."


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip().rstrip(".") if lines else type(error).__name__
