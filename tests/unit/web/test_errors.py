"""Error pages: in our look, without a trace of what went wrong inside, and with a way on."""

import pytest
from django.contrib.auth.models import User
from django.db import Error, InterfaceError, OperationalError
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views.defaults import bad_request, permission_denied, server_error
from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def test_an_unknown_address_says_so_to_everybody(client: Client, owner: User):
    for _ in range(2):
        response = client.get("/nothing/here/")
        assert response.status_code == 404 and "There is nothing here" in response.content.decode()
        client.force_login(owner)


def test_a_server_error_needs_nothing_to_be_rendered():
    response = server_error(RequestFactory().get("/"))
    html = response.content.decode()
    assert response.status_code == 500 and "Something broke on our side" in html and "css/tokens.css" in html


def test_a_malformed_request_and_a_forbidden_one_have_pages(owner: User):
    request = RequestFactory().get("/")
    assert "made no sense" in bad_request(request, ValueError()).content.decode()
    request.user = owner
    assert "not open to you" in permission_denied(request, PermissionError()).content.decode()


@pytest.mark.parametrize(
    "template", ["404.html", "403.html", "400.html", "403_csrf.html", "413.html", "500.html", "503.html"]
)
def test_every_error_page_leads_on(template: str):
    assert 'href="/"' in render_to_string(template)


def test_the_shell_itself_asks_the_database_nothing(client: Client, django_assert_num_queries: DjangoAssertNumQueries):
    with django_assert_num_queries(0):
        assert client.get("/login/").status_code == 200
        assert client.get("/nothing/here/").status_code == 404


@pytest.mark.parametrize("error", [OperationalError("database is locked"), InterfaceError("connection already closed")])
def test_a_database_that_does_not_answer_is_a_503_in_words(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Error
):
    def broken(*_: object, **__: object) -> None:
        raise error

    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.auth.authenticate", broken)
    monkeypatch.setattr("django.contrib.auth.forms.authenticate", broken)
    form = {"username": "noor", "password": "x"}
    page = client.post("/login/", form)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5") and "Try again" in page.content.decode()
    part = client.post("/login/", form, headers={"HX-Request": "true"})
    assert part.status_code == 503 and "<" not in part.content.decode()
    script = client.post("/login/", form, headers={"Accept": "application/json"})
    assert script.json()["error"]["code"] == "unavailable"
