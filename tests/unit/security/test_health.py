import time
import tomllib
from pathlib import Path
from threading import Event

import pytest
import redis
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder

from interactions import vitals
from memos_site import health
from memos_site.version import VERSION

pytestmark = pytest.mark.django_db


def test_all_is_well(client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "redis": "ok", "version": VERSION}
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


def test_without_redis_it_is_degraded(client, monkeypatch):
    def away(self):
        raise redis.ConnectionError

    monkeypatch.setattr(redis.Redis, "ping", away)
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["redis"] == "unavailable"


def test_without_a_database_it_is_down(client, monkeypatch):
    class Away:
        def cursor(self):
            raise OperationalError("gone")

        def close(self):
            """Nothing is open."""

    monkeypatch.setattr(vitals, "connection", Away())
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["status"] == "unavailable"


def test_a_hanging_check_costs_a_second_and_no_more(client, monkeypatch):
    release = Event()
    monkeypatch.setattr(health, "live", health.Probe(lambda: release.wait(30)))
    try:
        for _ in range(2):  # the second one does not wait behind the first
            began = time.monotonic()
            assert client.get("/healthz").json()["redis"] == "unavailable"
            assert time.monotonic() - began < 1.5
    finally:
        release.set()


def test_it_is_there_to_be_read(client):
    assert client.post("/healthz").status_code == 405


def test_it_is_not_redirected_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200


def test_the_version_is_the_one_of_the_project():
    project = tomllib.loads((Path(__file__).resolve().parents[3] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION


def ready(client) -> tuple[int, list[str]]:
    response = client.get("/readyz")
    assert "no-store" in response["Cache-Control"] and not response.cookies
    return response.status_code, response.json()["missing"]


@pytest.fixture
def unknown(monkeypatch):
    """Nobody has looked at the migrations yet."""
    looked = []

    def look():
        looked.append(1)
        return vitals.database_is_migrated()

    once = health.migrated._check
    assert isinstance(once, health.Once) and once._check is vitals.database_is_migrated
    monkeypatch.setattr(once, "_held", False)
    monkeypatch.setattr(once, "_check", look)
    return looked


@pytest.mark.django_db(transaction=True)
def test_it_is_ready_and_looks_at_the_migrations_once(client, unknown):
    assert [ready(client) for _ in range(3)] == [(200, [])] * 3
    assert len(unknown) == 1


@pytest.mark.django_db(transaction=True)
def test_it_is_not_ready_before_the_database_is_migrated(client, unknown):
    newest = MigrationRecorder.Migration.objects.filter(app="interactions").latest("pk")
    newest.delete()
    assert ready(client) == (503, ["migrations"])
    MigrationRecorder.Migration(app=newest.app, name=newest.name).save()
    assert ready(client) == (200, [])


def test_it_is_not_ready_without_a_database(client, monkeypatch):
    monkeypatch.setattr(health, "database", health.Probe(lambda: False))
    monkeypatch.setattr(health, "migrated", health.Probe(lambda: False))
    assert ready(client) == (503, ["database", "migrations"])


def test_it_is_ready_without_redis(client, monkeypatch):
    monkeypatch.setattr(health, "live", health.Probe(lambda: False))
    assert ready(client)[0] == 200


def test_it_is_not_ready_any_more_once_it_ends(client):
    health.leaving.set()
    try:
        assert ready(client) == (503, ["process"])
    finally:
        health.leaving.clear()


def test_it_is_not_redirected_to_https_either(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/readyz").status_code == 200
