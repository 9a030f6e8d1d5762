"""Clients of the API: programs with a token, browsers with a session."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from interactions.models import ApiToken


class Program:
    """A program with a bearer token: sends and reads JSON."""

    def __init__(self, user: User | None) -> None:
        self._http = Client(raise_request_exception=False)  # as a server answers
        self._headers = {"Authorization": f"Bearer {ApiToken.make(user, 'test')[1]}"} if user else {}

    def get(self, path: str, **query: Any) -> Any:
        """GET below /api/v1."""
        return self._http.get(f"/api/v1{path}", query_params=query, headers=self._headers)

    def post(self, path: str, body: Any = None) -> Any:
        """POST a JSON body below /api/v1."""
        return self.send("POST", path, json.dumps(body or {}))

    def patch(self, path: str, body: Any) -> Any:
        """PATCH with a JSON body below /api/v1."""
        return self.send("PATCH", path, json.dumps(body))

    def send(self, method: str, path: str, data: str | bytes, kind: str = "application/json") -> Any:
        """Send any body."""
        return self._http.generic(method, f"/api/v1{path}", data, content_type=kind, headers=self._headers)


@pytest.fixture
def program() -> Callable[[User | None], Program]:
    """Make a program that acts as a user, or as nobody."""
    return Program


@pytest.fixture
def api(owner: User) -> Program:
    """The owner's program."""
    return Program(owner)


def error(response: Any) -> dict[str, Any]:
    """Return the one error of a response, which must be in the agreed shape."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) >= {"code", "message", "field"}
    assert body["error"]["message"]
    found: dict[str, Any] = body["error"]
    return found
