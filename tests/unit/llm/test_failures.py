"""Error sentences: what went wrong, what to do, and never the key."""

import socket
import ssl
from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone

from agents.errors import ModelError, ModelKeyRefused, ModelNotFound, ModelOverloaded, ModelRefused
from agents.llm import failures
from agents.llm.failures import NoEndpoint, NoSuchModel, Place

PLACE = Place("http://127.0.0.1:8080/v1", "qwen", "sk-very-secret")

OPENAI_404 = '{"error": {"message": "The model `qwen` does not exist", "code": "model_not_found"}}'


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, '{"error": {"message": "Bad key sk-very-secret"}}', ModelKeyRefused, "The key was refused by 127.0.0.1"),
        (403, "{}", ModelKeyRefused, "Enter a valid key"),
        (404, OPENAI_404, NoSuchModel, "has no model named “qwen”"),
        (404, '{"error": "model \\"qwen\\" not found, try pulling it first"}', NoSuchModel, "has no model"),
        (404, '{"detail": "Not Found"}', NoEndpoint, "There is no chat endpoint at"),
        (404, "404 page not found", NoEndpoint, "There is no chat endpoint at"),
        (405, "<html>nginx</html>", NoEndpoint, "There is no chat endpoint at"),
        (400, '{"error": {"message": "invalid model name", "code": "invalid_model"}}', NoSuchModel, "has no model"),
        (400, '{"error": {"message": "This model\'s maximum context is 10."}}', ModelRefused, "maximum context is 10"),
        (402, "{}", ModelRefused, "no credit left"),
        (429, '{"error": {"message": "x", "code": "insufficient_quota"}}', ModelRefused, "no credit left"),
        (429, "{}", ModelOverloaded, "gets more requests than it allows"),
        (500, "<html>oops</html>", ModelOverloaded, "has a problem of its own (HTTP 500). Retry"),
        (503, '[{"error": {"message": "overloaded"}}]', ModelOverloaded, "overloaded"),
        (307, "", ModelRefused, "has moved to"),
        (418, "teapot", ModelRefused, "(HTTP 418: teapot)"),
        (500, b"\x00".decode() + '{"a', ModelOverloaded, "Retry"),
    ],
)
def test_a_status_becomes_a_sentence(status: int, body: str, kind: type[ModelError], words: str) -> None:
    error = failures.refused(PLACE, status, body, {})
    assert type(error) is kind
    assert words in str(error)
    assert "sk-very-secret" not in str(error) and "\x00" not in str(error)
    assert error.transient is (kind is ModelOverloaded)


def test_a_server_that_wants_a_key_says_so_when_none_was_sent() -> None:
    error = failures.refused(Place("https://api.example.org/v1", "m"), 401, "", {})
    assert str(error) == "api.example.org asks for a key. Enter one in Settings → Models, then retry."


def test_offered_models_are_named_but_not_all_of_a_hundred() -> None:
    assert "It offers: a, b, c." in str(failures.no_model(PLACE, ["a", "b", "c"]))
    many = str(failures.no_model(PLACE, [f"m{n}" for n in range(100)]))
    assert "m11, …." in many and "m12" not in many


def test_a_long_refusal_is_cut() -> None:
    assert len(str(failures.refused(PLACE, 400, "blah " * 5000, {}))) < 500


def test_forgotten_v1() -> None:
    assert "Did you forget /v1?" in str(failures.no_endpoint(Place("http://x:8080", "m")))
    assert "Did you forget" not in str(failures.no_endpoint(PLACE))


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (ConnectionRefusedError(111, "x"), "connection refused"),
        (socket.gaierror(-2, "x"), "there is no such host"),
        (ssl.SSLCertVerificationError("x"), "its certificate could not be verified"),
        (TimeoutError(), "no answer in time"),
        (OSError("x"), "the connection was closed"),
    ],
)
def test_the_reason_is_found_in_the_chain(cause: BaseException, words: str) -> None:
    outer = RuntimeError("outer")
    outer.__cause__ = ExceptionGroup("all attempts", [cause]) if isinstance(cause, Exception) else cause
    text = str(failures.unreachable(PLACE, outer))
    assert text == (
        f"The model server at http://127.0.0.1:8080/v1 did not answer ({words}). Is it running? "
        "Check the address in Settings → Models, then retry."
    )


def test_retry_after_in_seconds_or_as_a_date() -> None:
    assert failures.retry_after({"retry-after": "2.5"}) == 2.5
    soon = failures.retry_after({"retry-after": format_datetime(timezone.now() + timedelta(seconds=60), usegmt=True)})
    assert soon is not None and 55 < soon <= 60
    assert failures.retry_after({"retry-after": "-3"}) == 0
    assert failures.retry_after({"retry-after": "soon"}) is None
    assert failures.retry_after({"retry-after": "nan"}) is None
    assert failures.retry_after({}) is None


def test_the_key_is_not_in_the_representation() -> None:
    assert "sk-very-secret" not in repr(PLACE)
    assert isinstance(failures.no_endpoint(PLACE), ModelNotFound)
