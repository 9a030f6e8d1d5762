"""Secrets stay out of the log and of error pages, whatever carries them there."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.views.debug import technical_500_response

from agents.llm import known_keys, trial
from interactions.models import ApiToken
from memos_site import redaction
from memos_site.redaction import Redaction, mask

ODD = "Zx9&qq<value>-'of-no-vendor"  # no pattern knows it
SESSION = "k3v9x0q2m5n8b1z7w4y6t0r2p9l1j3h5"
CSRF = "Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFAb3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("sent sk-proj-abc_DEF-123456 to it", "abc_DEF-123456"),
        ("Incorrect API key provided: sk-ant-api03-abcdefgh.", "ant-api03-abcdefgh"),
        (f"token memos_{'Ab-_' * 11}", "Ab-_Ab-_"),
        ("?key=AIzaSyA1234567890abcdefghij", "SyA1234567890"),
        ("Authorization: Bearer abc.def.ghi-jkl", "abc.def.ghi-jkl"),
        ("{'authorization': 'Basic bm9vcjpzZWNyZXQ='}", "bm9vcjpzZWNyZXQ="),
        ("(b'authorization', b'Token abcdef')", "abcdef"),
        ('{"Authorization":"opaque-thing"}', "opaque-thing"),
        ("headers={'x-api-key': 'opaque-thing'}", "opaque-thing"),
        ("X-Goog-Api-Key: opaque-thing", "opaque-thing"),
        ("Client(api_key='opaque-thing', base_url='x')", "opaque-thing"),
        ("GET http://a.example/v1?key=opaque&x=1", "opaque"),
        ("GET /login/link/MQ/cx4a-0123456789abcdef/ 404", "cx4a-0123456789abcdef"),
        ("postgresql://memos:pa55-word@db.example/memos", "pa55-word"),
        ("redis://:pa55-word@127.0.0.1:6379/0", "pa55-word"),
        (f"sessionid={SESSION}; csrftoken={CSRF}", SESSION),
        (f"sessionid={SESSION}; csrftoken={CSRF}", CSRF),
        (f"WHERE session_key IN ('{SESSION}')", SESSION),
        (f"<td>&#x27;{CSRF}&#x27;</td>", CSRF),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in mask(text)
    assert redaction.MASK in mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "run 0f8fad5b-d9cb-469f-a165-70867728950e was stopped or taken over",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "0f8fad5bd9cb469fa16570867728950e",
        "memos_site.supervisor.redis_server: Redis is away",
        "http://127.0.0.1:8000/c/1/?after=3",
        "Ask-a-long-question, risk-averse people",
        "the key is stored encrypted; tokens: 12",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


def test_the_secrets_that_this_installation_has_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.SECRET_KEY not in mask(f"signed with {settings.SECRET_KEY}")
    known_keys.remember(ODD)
    assert mask(f"a {ODD} b") == "a [secret] b"
    assert "no-vendor" not in mask("a Zx9&amp;qq&lt;value&gt;-&#x27;of-no-vendor b")


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger and what it writes, behind the filter that the product's handler has."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redaction())
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s %(request)s", defaults={"request": ""}))
    logger = logging.getLogger("tests.redaction")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)


def test_message_arguments_traceback_stack_and_fields(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    key = "sk-proj-0123456789"
    logger.warning("refused: %s, %d times", {"key": key}, 3, extra={"request": f"Bearer {key}"}, stack_info=True)
    try:
        raise ValueError(f"bad key {key}")
    except ValueError:
        logger.exception("it failed")
    logger.warning({"event": key, "nested": [key, {"deep": (key,)}]})
    said = stream.getvalue()
    assert "0123456789" not in said
    assert "3 times" in said and "Traceback" in said and "bad key sk-[secret]" in said and "deep" in said


def test_the_products_own_handlers_have_the_filter() -> None:
    handlers = settings.LOGGING["handlers"].values()
    assert handlers and all("secrets" in handler["filters"] for handler in handlers)
    assert settings.LOGGING["filters"]["secrets"]["()"] == "memos_site.redaction.Redaction"
    assert settings.DEFAULT_EXCEPTION_REPORTER == "memos_site.redaction.Reporter"


# A debug page shows source lines, too: none of these stands in one.
TOKEN, VENDORS = "-".join(["opaque", "token", "of", "somebody"]), "-".join(["sk", "proj", "0123456789"])


def debug_page(request: HttpRequest) -> str:
    """What MEMOS_DEBUG shows of a call that failed with secrets in its arguments and its words."""

    def calls_a_server(key: str, vendors: str) -> None:
        raise ValueError(f"the server said: no {key}, and no {vendors}")

    try:
        calls_a_server(ODD, VENDORS)
    except ValueError:
        return technical_500_response(request, *sys.exc_info()).content.decode()
    raise AssertionError


@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
def test_a_debug_page_shows_no_secret(rf: RequestFactory, settings: Any, accept: str) -> None:
    settings.DEBUG = True
    known_keys.remember(ODD)
    sent = {"cookie": f"sessionid={SESSION}", "authorization": f"Bearer {TOKEN}", "x-api-key": TOKEN, "accept": accept}
    page = debug_page(rf.get(f"/?key={TOKEN}", headers=sent))
    assert "calls_a_server" in page
    for secret in (SESSION, TOKEN, VENDORS, "no-vendor", settings.SECRET_KEY):
        assert secret not in page, secret


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [False, True])
def test_an_error_of_the_api_tells_nothing(
    owner: User, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, debug: bool
) -> None:
    settings.DEBUG = debug

    def fails(*_args: object) -> None:
        raise RuntimeError("sk-proj-0123456789")

    monkeypatch.setattr("agents.models.owned.OwnedQuerySet.for_user", fails)
    _token, secret = ApiToken.make(owner, "t")
    browser = Client(raise_request_exception=False)
    response = browser.get("/api/v1/entities", headers={"authorization": f"Bearer {secret}"})
    assert response.status_code == 500
    assert json.loads(response.content)["error"]["code"] == "server_error"
    assert "0123456789" not in response.content.decode()


@pytest.mark.django_db(transaction=True)
async def test_a_key_that_was_only_tried_is_known() -> None:
    key = "only-tried-key-of-a-person"
    assert not (await trial.test("openai", "http://127.0.0.1:9/v1", "m", key)).ok
    assert key not in mask(f"it was {key}")
