"""The API's addresses, below /api/v1/."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.csrf import csrf_exempt

from interactions.api import reference
from interactions.api.api import api
from interactions.api.errors import bare


@csrf_exempt
@login_not_required
def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer 404 in JSON for every address that is none of the API's."""
    return bare(404)


def _routes() -> list[URLPattern | URLResolver]:
    """Return the API's own routes. They authenticate by themselves: answer 401, not a redirect to the login page."""
    routes: list[URLPattern | URLResolver] = [
        route for route in api.urls[0] if not isinstance(route, URLPattern) or route.name != "api-root"
    ]
    for route in routes:
        assert isinstance(route, URLPattern)
        route.callback = login_not_required(route.callback)
    return routes


app_name = "api"
urlpatterns = [
    path("docs", reference.page, name="docs"),
    path("openapi.json", reference.document, name="openapi"),
    *_routes(),
    path("", nothing, name="api-root"),  # the schema finds its own prefix by this name
    path("<path:rest>", nothing),
]
