"""What stands in front of every page: policy, headers, hosts, the lock on the door, and how tasks travel."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


def policy(response):
    """Return the content security policy as a dict."""
    parts = [part.split() for part in response["Content-Security-Policy"].split(";")]
    return {name: set(values) for name, *values in parts}


@pytest.mark.parametrize("path", ["/", "/login/", "/settings/models/", "/api/v1/docs", "/nothing-here/", "/healthz"])
def test_pages_have_the_strict_policy(client, owner, path):
    client.force_login(owner)
    found = policy(client.get(path))
    assert found["default-src"] == {"'none'"}
    assert found["script-src"] == {"'self'"}
    assert found["style-src"] == {"'self'"}
    assert found["frame-ancestors"] == {"'none'"}
    assert found["base-uri"] == {"'none'"}
    assert found["form-action"] == {"'self'"}


def test_the_admin_alone_may_eval_and_style_inline(client, teammate):
    client.force_login(teammate)
    found = policy(client.get("/admin/agents/entity/"))
    assert found["script-src"] == {"'self'", "'unsafe-eval'"}
    assert found["style-src"] == {"'self'", "'unsafe-inline'"}
    assert found["default-src"] == {"'none'"}
    assert found["frame-ancestors"] == {"'none'"}


@pytest.mark.parametrize("path", ["/", "/login/", "/admin/agents/entity/", "/api/v1/entities", "/api/v1/nothing"])
def test_headers(client, teammate, path):
    client.force_login(teammate)
    response = client.get(path)
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_host_that_is_not_ours():
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example"):
        assert Client().get("/login/", headers={"Host": host}).status_code == 400


def test_cookies(client, owner):
    response = client.post("/login/", {"username": "noor", "password": "secret-of-noor"})
    cookie = response.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_forms_need_the_csrf_token(owner):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post("/login/", {"username": "noor", "password": "secret-of-noor"}).status_code == 403


def test_guessing_passwords_is_stopped_and_said(client, owner):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        response = client.post("/login/", {"username": "noor", "password": "wrong"})
    assert response.status_code == 429
    assert "/login/" not in response.headers.get("Location", "")
    right = client.post("/login/", {"username": "noor", "password": "secret-of-noor"})
    assert right.status_code == 429
    assert "sessionid" not in right.cookies
    assert "wait" in right.content.decode().lower() or "minutes" in right.content.decode().lower()
    assert "wrong" not in str(list(AccessAttempt.objects.values()))


def test_others_can_still_sign_in(client, owner, stranger):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post("/login/", {"username": "noor", "password": "wrong"})
    response = client.post("/login/", {"username": "stranger", "password": "secret-of-stranger"})
    assert "sessionid" in response.cookies


def test_success_resets_the_count(client, owner):
    for _ in range(2):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            client.post("/login/", {"username": "noor", "password": "wrong"})
        response = client.post("/login/", {"username": "noor", "password": "secret-of-noor"})
        assert "sessionid" in response.cookies
        client.logout()


def test_tasks_travel_as_json_only():
    from memos_site.celery import app

    assert app.conf.task_serializer == app.conf.result_serializer == app.conf.event_serializer == "json"
    assert list(app.conf.accept_content) == ["json"]
    assert list(app.conf.result_accept_content or app.conf.accept_content) == ["json"]


def test_nothing_of_ours_runs_data_as_code():
    for path in sources("agents", "interactions", "memos_site"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", "") or ""}
                assert not names & {"pickle", "marshal", "shelve", "dill"}, path
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "compile", "__import__"}, path
            if isinstance(node, ast.keyword):
                assert not (node.arg == "shell" and getattr(node.value, "value", None) is True), path


def test_only_the_typed_settings_read_the_environment():
    for path in sources("agents", "interactions"):
        text = path.read_text()
        assert "os.environ" not in text, path
        assert "getenv" not in text, path


def sources(*folders):
    """Return our modules in these folders."""
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def test_deploy_check_is_clean_in_production(tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "MEMOS_DATA_DIR": str(tmp_path),
        "MEMOS_HTTPS": "true",
        "MEMOS_ORIGINS": "https://memos.example.org",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
