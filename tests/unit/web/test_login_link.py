"""The link that signs in once."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from interactions.web.login_link import path_for


@pytest.fixture
def link(owner: User) -> str:
    return path_for(owner)


def signed_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_looking_does_not_use_it_up(client: Client, link: str) -> None:
    for _ in range(2):
        page = client.get(link)
        assert page.status_code == 200
        assert b"js/login_link.js" in page.content
        assert signed_in(client) is None
    assert client.head(link).status_code == 200


def test_pressing_signs_in_and_leads_home(client: Client, link: str, owner: User) -> None:
    answer = client.post(link)
    assert (answer.status_code, answer["location"]) == (302, "/")
    assert signed_in(client) == str(owner.pk)


def test_it_works_once(client: Client, link: str) -> None:
    client.post(link)
    for attempt in (Client().get(link), Client().post(link)):
        assert attempt.status_code == 410
        assert b"This link has been used." in attempt.content
        assert b"make login" in attempt.content


def test_whoever_is_signed_in_already_goes_home(client: Client, link: str) -> None:
    client.post(link)
    assert client.get(link)["location"] == "/"


def test_it_expires_after_a_day(client: Client, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.now() + timedelta(hours=24, minutes=1)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)
    answer = client.post(link)
    assert answer.status_code == 410
    assert b"older than a day" in answer.content
    assert signed_in(client) is None


def test_a_new_password_ends_it(client: Client, link: str, owner: User) -> None:
    owner.set_password("another one of noor")
    owner.save()
    assert client.post(link).status_code == 410


@pytest.mark.parametrize("bad", ["x", "MQ/x", "MQ/x:y:z", "////", "%00/x"])
def test_nonsense_signs_nobody_in(client: Client, owner: User, bad: str) -> None:
    answer = client.post(f"/login/link/{bad}/")
    assert answer.status_code == 404
    assert signed_in(client) is None


def test_a_link_of_one_does_not_fit_another(client: Client, link: str, stranger: User) -> None:
    token = link.rstrip("/").rpartition("/")[2]
    foreign = path_for(stranger).rstrip("/").rpartition("/")[0]
    assert client.post(f"{foreign}/{token}/").status_code == 410
    assert signed_in(client) is None


def test_an_account_that_is_switched_off_stays_out(client: Client, link: str, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert client.post(link).status_code == 404
    assert signed_in(client) is None


def test_it_needs_the_form_of_our_own_page(link: str) -> None:
    assert Client(enforce_csrf_checks=True).post(link).status_code == 403


def test_the_command_prints_a_link_for_the_first_administrator(
    client: Client, teammate: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("login_link")
    url = capsys.readouterr().out.strip()
    assert client.post("/" + url.split("/", 3)[3]).status_code == 302
    assert signed_in(client) == str(teammate.pk)


def test_the_command_names_the_users_there_are(owner: User) -> None:
    with pytest.raises(CommandError, match="There is: noor") as error:
        call_command("login_link", "nobody")
    assert error.value.returncode == 2


def test_a_token_for_a_program(owner: User, capsys: pytest.CaptureFixture[str]) -> None:
    from interactions.models import ApiToken

    call_command("create_token", "noor", "--name", "backup")
    secret = capsys.readouterr().out.strip()
    assert ApiToken.owner_of(secret) == owner
    assert [token.name for token in ApiToken.objects.for_user(owner)] == ["backup"]
