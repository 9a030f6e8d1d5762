"""Signing in and out, and the account page."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from interactions.models import ApiToken

pytestmark = pytest.mark.django_db


@pytest.fixture
def noor(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def sign_in(client: Client, name: str, password: str, **more: str):
    return client.post(reverse("login"), {"username": name, "password": password, **more})


def test_the_right_password_leads_home(client: Client, owner: User):
    assert sign_in(client, "noor", "secret-of-noor")["Location"] == reverse("home")


def test_signing_in_leads_to_where_one_wanted_to_go_but_never_elsewhere(client: Client, owner: User):
    assert sign_in(client, "noor", "secret-of-noor", next="/account/")["Location"] == "/account/"
    client.logout()
    assert sign_in(client, "noor", "secret-of-noor", next="https://evil.example/")["Location"] == reverse("home")


def test_a_wrong_password_says_so_and_keeps_the_name(client: Client, owner: User):
    html = sign_in(client, "noor", "wrong-password").content.decode()
    assert "This name and password do not belong together" in html
    assert 'value="noor"' in html and "wrong-password" not in html


def test_too_many_wrong_passwords_have_to_wait(client: Client, owner: User):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        response = sign_in(client, "noor", "wrong")
    assert response.status_code == 429
    html = response.content.decode()
    assert "Too many attempts" in html and "15 minutes" in html and reverse("login") in html
    assert sign_in(client, "noor", "secret-of-noor").status_code == 429


def test_signing_out_is_a_post(noor: Client):
    assert noor.get(reverse("logout")).status_code == 405
    assert noor.post(reverse("logout"))["Location"] == reverse("login")
    assert noor.get("/account/").status_code == 302


@pytest.mark.parametrize(
    "name", ["logout", "account_name", "account_password", "account_tokens", "use_offline", "clear_model", "test_model"]
)
def test_every_change_needs_the_csrf_token(teammate: User, name: str):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(teammate)
    assert strict.post(reverse(name)).status_code == 403


def test_the_sign_in_form_needs_the_csrf_token(owner: User):
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict, "noor", "secret-of-noor").status_code == 403


def test_a_name_is_saved_and_shown(noor: Client):
    noor.post(reverse("account_name"), {"first_name": "Noor of the attic"}, follow=True)
    assert "Noor of the attic" in noor.get("/account/").content.decode()


@pytest.mark.parametrize("bad", ["", "x" * 151, "a\x00b"])
def test_a_bad_name_is_refused_and_kept(noor: Client, owner: User, bad: str):
    response = noor.post(reverse("account_name"), {"first_name": bad})
    assert response.status_code == 400
    assert 'aria-invalid="true"' in response.content.decode()
    owner.refresh_from_db()
    assert owner.first_name == "Noor"


def test_a_password_is_changed_with_the_old_one_and_this_session_stays(noor: Client, owner: User):
    elsewhere = Client()
    elsewhere.force_login(owner)
    passwords = {"new_password1": "quiet-harbour-9", "new_password2": "quiet-harbour-9"}
    refused = noor.post(reverse("account_password"), {"old_password": "not it", **passwords})
    assert refused.status_code == 400 and "quiet-harbour-9" not in refused.content.decode()
    noor.post(reverse("account_password"), {"old_password": "secret-of-noor", **passwords})
    assert noor.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    owner.refresh_from_db()
    assert owner.check_password("quiet-harbour-9")


def test_who_came_by_a_link_sets_a_first_password_without_an_old_one(noor: Client, owner: User):
    owner.set_unusable_password()
    owner.save()
    noor.force_login(owner)
    html = noor.get("/account/").content.decode()
    assert "Set the password" in html and "old_password" not in html
    noor.post(reverse("account_password"), {"new_password1": "quiet-harbour-9", "new_password2": "quiet-harbour-9"})
    owner.refresh_from_db()
    assert owner.check_password("quiet-harbour-9")


def test_an_old_password_is_asked_even_if_the_field_is_left_out(noor: Client, owner: User):
    new = {"new_password1": "quiet-harbour-9", "new_password2": "quiet-harbour-9"}
    assert noor.post(reverse("account_password"), new).status_code == 400
    owner.refresh_from_db()
    assert owner.check_password("secret-of-noor")


def test_a_token_is_shown_once_and_works(noor: Client, owner: User):
    response = noor.post(reverse("account_tokens"), {"name": "A script"})
    html = response.content.decode()
    secret = html.split('<code class="secret" tabindex="0">')[1].split("<")[0]
    assert ApiToken.owner_of(secret) == owner
    assert "no-store" in response["Cache-Control"]
    later = noor.get("/account/").content.decode()
    assert secret not in later and "A script" in later


def test_a_token_without_a_name_is_refused(noor: Client):
    assert noor.post(reverse("account_tokens"), {"name": " "}).status_code == 400
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_by_its_owner_alone(noor: Client, owner: User, stranger: User):
    token, secret = ApiToken.make(owner, "Mine")
    foreign = Client()
    foreign.force_login(stranger)
    assert foreign.post(reverse("revoke_token", args=[token.pk])).status_code == 404
    assert "Mine" not in foreign.get("/account/").content.decode()
    assert ApiToken.owner_of(secret) == owner
    noor.post(reverse("revoke_token", args=[token.pk]))
    assert ApiToken.owner_of(secret) is None
