"""Errors as the API tells them: always `{"error": {"code", "message", "field"}}`, whatever went wrong and where."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import BaseModel, ConfigDict

from agents.errors import StateError, VersionConflict
from interactions.errors import InteractionError

NOT_FOUND = "There is nothing here that you can see."

# What Django itself answers where no view of ours is reached.
_BARE = {
    400: ("bad_request", "The request could not be understood."),
    401: ("not_signed_in", "Sign in, or send “Authorization: Bearer …” with a token from manage.py create_token."),
    403: ("forbidden", "This is not allowed."),
    404: ("not_found", NOT_FOUND),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("body_too_big", "The request is too big."),
    415: ("not_json", "Send the body as application/json."),
    429: ("too_many_requests", "Too many requests: wait a little."),
    500: ("server_error", "Something broke on the server. Nothing of this request was stored."),
    503: ("unavailable", "The service cannot answer right now: try again in a moment."),
}


class ErrorDetail(BaseModel):
    """What went wrong: a stable code for programs, a sentence for people, and the field that caused it."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str
    field: str | None = None


class ErrorAnswer(BaseModel):
    """The body of every answer with a status of 400 or more."""

    error: ErrorDetail


class ApiError(Exception):
    """An error of the API's own. `more` goes into the error object beside the three fields."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None, **more: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.field, self.more = status, code, message, field, more


def answer(status: int, code: str, message: str, field: str | None = None, **more: Any) -> JsonResponse:
    """Return the response for one error."""
    response = JsonResponse({"error": {"code": code, "message": message, "field": field, **more}}, status=status)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def bare(status: int, field: str | None = None) -> JsonResponse:
    """Return the response for a status that comes without words of its own."""
    code, message = _BARE.get(status, ("error", f"The request failed with status {status}."))
    return answer(status, code, message, field)


def install(api: NinjaAPI) -> None:
    """Let `api` answer every error in the one shape."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        ApiError: _api_error,
        InteractionError: _interaction_error,
        VersionConflict: _version_conflict,
        StateError: _state_error,
        ValidationError: _validation_error,
        AuthenticationError: lambda request, error: bare(401),
        HttpError: _http_error,
        Http404: lambda request, error: bare(404),
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _api_error(request: HttpRequest, error: ApiError) -> HttpResponse:
    return answer(error.status, error.code, error.message, error.field, **error.more)


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    cause = error.__cause__  # what the parser says about a body arrives wrapped
    return _api_error(request, cause) if isinstance(cause, ApiError) else bare(error.status_code)


def _interaction_error(request: HttpRequest, error: InteractionError) -> HttpResponse:
    if error.status == 404:
        return bare(404)  # the same words for what is foreign and for what never was
    return answer(error.status, error.code, str(error), error.field or None)


def _version_conflict(request: HttpRequest, error: VersionConflict) -> HttpResponse:
    return answer(409, error.code, str(error), "version", version=error.actual)


def _state_error(request: HttpRequest, error: StateError) -> HttpResponse:
    return answer(400, error.code, str(error))


def _validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    field = field_path(first["loc"])
    return answer(400, "invalid_field", f"{field or 'The body'}: {first['msg']}", field or None)


def field_path(location: Sequence[str | int]) -> str:
    """Return the dotted path to a field as the client wrote it: without “body” and our parameter's name."""
    parts = [str(part) for part in location]
    return ".".join(parts[2:] if parts[:1] == ["body"] else parts[1:])


class JsonErrors:
    """Django middleware, the outermost: under /api/ errors are JSON too that no view of the API has made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Replace the page of an error under /api/ by its JSON; keep headers such as Allow."""
        response = self.get_response(request)
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        if response.status_code < 400 or is_json or not request.path.startswith("/api/"):
            return response
        plain = bare(response.status_code)
        for name, value in response.headers.items():
            if name.lower() not in ("content-type", "content-length"):
                plain[name] = value
        plain.cookies = response.cookies
        return plain
