"""The settings of a public server: cookies for HTTPS alone, hosts and origins as named, nothing of a debug mode."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from memos_site.env import BASE_DIR

NAMES = (
    *("DEBUG", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "WEBSOCKET_ORIGINS", "CELERY_ACCEPT_CONTENT"),
    *("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE"),
    *("CSRF_COOKIE_SAMESITE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "AXES_FAILURE_LIMIT"),
    *("CONTENT_SECURITY_POLICY", "SECRET_KEY"),
)
READ = f"import json; from memos_site import settings; print(json.dumps({{n: getattr(settings, n) for n in {NAMES}}}))"


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The settings as a fresh process has them."""
    environment = {
        "PATH": os.environ["PATH"],
        "MEMOS_DATA_DIR": str(tmp_path_factory.mktemp("public")),
        "MEMOS_HTTPS": "1",
        "MEMOS_ORIGINS": "https://memos.example.org",
    }
    command = [sys.executable, "-c", READ]
    done = subprocess.run(
        command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return {**found, "folder": environment["MEMOS_DATA_DIR"]}


def test_cookies_are_for_https_and_this_site(public: dict[str, Any]) -> None:
    assert public["SESSION_COOKIE_SECURE"] and public["CSRF_COOKIE_SECURE"] and public["SESSION_COOKIE_HTTPONLY"]
    assert public["SESSION_COOKIE_SAMESITE"] == public["CSRF_COOKIE_SAMESITE"] == "Lax"
    assert public["SECURE_SSL_REDIRECT"] and public["SECURE_HSTS_SECONDS"] >= 31_536_000


def test_only_the_named_origins(public: dict[str, Any]) -> None:
    assert public["CSRF_TRUSTED_ORIGINS"] == ["https://memos.example.org"]
    assert "memos.example.org" in public["ALLOWED_HOSTS"] and "*" not in public["ALLOWED_HOSTS"]
    assert "https://memos.example.org" in public["WEBSOCKET_ORIGINS"]
    assert not public["DEBUG"] and public["AXES_FAILURE_LIMIT"] <= 10
    assert public["CELERY_ACCEPT_CONTENT"] == ["json"]


def test_the_policy_names_this_server_alone(public: dict[str, Any]) -> None:
    for name, sources in public["CONTENT_SECURITY_POLICY"]["DIRECTIVES"].items():
        assert set(sources) <= {"'self'", "'none'", *(["data:"] if name == "img-src" else [])}, name


def test_the_secret_key_is_for_its_owner_alone(public: dict[str, Any]) -> None:
    path = Path(public["folder"]) / "secret.key"
    assert path.read_text() == public["SECRET_KEY"] and len(public["SECRET_KEY"]) >= 50
    assert path.stat().st_mode & 0o077 == 0
