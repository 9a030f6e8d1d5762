"""What the tests share: people, an entity, a conversation, and the real Redis."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker
from structlog.contextvars import clear_contextvars

from agents import state
from agents.changes import GoalValue, MemoryValue, PutGoal, PutMemory
from agents.models import Entity
from interactions import live, runs, worker
from interactions.models import Conversation
from tests import migrated
from tests.append_only import make_flushes_pass
from tests.redis_server import PrivateRedis

make_flushes_pass()
# Imported here, while there is one thread: its pytest plugin would import it at the end, when there are several, and
# Python before 3.11.9 may then fail with "AST constructor recursion depth mismatch" (python/cpython#106905).
# The same examples every time, so that nobody's change fails by another's luck; HYPOTHESIS_PROFILE=search looks for new
# ones. What fails prints a line that repeats it.
_quiet = [hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow]
for _name, _is_same in (("same", True), ("search", False)):
    hypothesis.settings.register_profile(
        _name, derandomize=_is_same, deadline=None, print_blob=True, suppress_health_check=_quiet
    )
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None, django_db_keepdb: bool) -> bool:
    """SQLite's test database is a copy of one that is migrated already; what is kept is replaced at the next start."""
    if connection.vendor != "sqlite":
        return django_db_keepdb
    migrated.replace(Path(connection.settings_dict["TEST"]["NAME"]))
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database; the threads of worker and loops let go of it before it is removed."""
    yield
    if worker.the_loop.cache_info().currsize:
        worker.the_loop().close()
    if connection.vendor == "postgresql":
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) {others}")


@pytest.fixture(autouse=True)
def nothing_bound() -> None:
    """What an earlier test bound to its work, such as a run that it sent by hand, is on no line of this one's log."""
    clear_contextvars()


@pytest.fixture
def owner(db: None) -> User:
    """The person whose things the tests look at."""
    return User.objects.create_user("noor", password="secret-of-noor", first_name="Noor")


@pytest.fixture
def teammate(db: None) -> User:
    """Somebody else of the same installation, staff."""
    return User.objects.create_user("tarik", password="secret-of-tarik", is_staff=True, is_superuser=True)


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody who must see nothing of the owner's."""
    return User.objects.create_user("stranger", password="secret-of-stranger")


@pytest.fixture
def entity(owner: User) -> Entity:
    """An entity of the owner's, with a goal and a memory."""
    new = Entity(owner=owner, slug="ottilie", name="Ottilie", tagline="Archivist.", persona="A careful archivist.")
    goal = PutGoal(goal=GoalValue(text="Put the letters in order", priority=0.7))
    memory = PutMemory(memory=MemoryValue(content="Noor found a box of letters.", importance=0.6))
    return state.create(new, [goal, memory])


@pytest.fixture
def conversation(owner: User, entity: Entity) -> Conversation:
    """A talk of the owner with the entity."""
    return runs.start_conversation(owner, entity)


@pytest.fixture(autouse=True, scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Redis of this test process's own, on a unix socket."""
    server = PrivateRedis(settings.MEMOS.redis_socket)
    server.start()
    yield
    live.flush()
    server.stop()
