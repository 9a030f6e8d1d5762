import time
import tomllib
from pathlib import Path
from threading import Event

import pytest
import redis
from django.db import OperationalError

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

    monkeypatch.setattr(health, "connection", Away())
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
