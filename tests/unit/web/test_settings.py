"""Settings: which model answers, who may choose it, and a key that never comes back."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from agents.llm import catalog
from agents.models import Provider
from tests.stub_model import StubModel

pytestmark = pytest.mark.django_db
KEY = "sk-very-secret-7c2f"
CHANGES = ("settings_models", "use_offline", "clear_model", "test_model")


@pytest.fixture
def staff(client: Client, teammate: User) -> Client:
    client.force_login(teammate)
    return client


def page(client: Client) -> str:
    response = client.get(reverse("settings_models"))
    assert response.status_code == 200
    return response.content.decode()


def save(client: Client, **fields: str):
    given = {"kind": "openai", "model": "m1", "base_url": "http://gpu-box.local:8000/v1", "key": KEY, **fields}
    return client.post(reverse("settings_models"), given)


def test_settings_begin_with_the_models(staff: Client):
    assert staff.get(reverse("settings"))["Location"] == reverse("settings_models")


def test_the_page_says_plainly_that_no_model_is_connected(staff: Client):
    assert "no language model is connected" in page(staff)


def test_a_model_is_saved_and_used(staff: Client):
    assert save(staff)["Location"] == reverse("settings_models")
    now = catalog.describe()
    assert now.label == "m1 at gpu-box.local:8000" and now.source == "settings"
    html = page(staff)
    assert "M1 at gpu-box.local:8000" in html and "set on this page" in html
    assert 'value="http://gpu-box.local:8000/v1"' in html


def test_the_key_never_comes_back(staff: Client):
    save(staff)
    html = page(staff)
    assert KEY not in html and "7c2f" not in html and "A key is stored" in html
    refused = save(staff, base_url="not a url")
    assert refused.status_code == 400 and KEY not in refused.content.decode()
    assert KEY.encode() not in bytes(Provider.objects.get().key_encrypted)


def test_an_empty_key_keeps_the_stored_one_and_the_box_forgets_it(staff: Client):
    save(staff)
    save(staff, key="", model="m2")
    assert Provider.objects.get(active=True).key_encrypted
    save(staff, key="", no_key="on")
    assert not Provider.objects.get(active=True).key_encrypted


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "nonsense"},
        {"base_url": "not a url"},
        {"base_url": "file:///etc/passwd"},
        {"model": "x" * 121},
        {"model": "a\x00b"},
        {"base_url": "", "key": ""},
    ],
)
def test_what_cannot_work_is_refused_at_its_field_and_kept(staff: Client, fields: dict[str, str]):
    response = save(staff, **fields)
    html = response.content.decode()
    assert response.status_code == 400 and 'aria-invalid="true"' in html
    assert not Provider.objects.exists()
    assert 'value="m1"' in html or "model" in fields


def test_the_test_button_says_that_it_works(staff: Client):
    with StubModel() as stub:
        response = staff.post(
            reverse("test_model"), {"kind": "openai", "base_url": stub.base_url, "model": "", "key": KEY}
        )
    html = response.content.decode()
    assert response.status_code == 200 and "answered in" in html and "result--bad" not in html
    assert not Provider.objects.exists()


def test_the_test_button_says_what_is_wrong(staff: Client):
    given = {"kind": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "m", "key": KEY}
    html = staff.post(reverse("test_model"), given).content.decode()
    assert "That does not work yet." in html and "127.0.0.1:9" in html and KEY not in html


def test_the_offline_responder_can_be_chosen_and_everything_forgotten(staff: Client):
    save(staff)
    staff.post(reverse("use_offline"))
    assert catalog.describe().is_offline and Provider.objects.count() == 2
    assert 'value="m1"' in page(staff)
    staff.post(reverse("clear_model"))
    assert not Provider.objects.exists()


@pytest.mark.parametrize("name", CHANGES)
def test_who_is_not_staff_changes_nothing_and_reaches_nothing(client: Client, owner: User, name: str):
    client.force_login(owner)
    with StubModel() as stub:
        response = client.post(reverse(name), {"kind": "openai", "base_url": stub.base_url, "model": "m", "key": ""})
        assert not stub.requests
    assert response.status_code == 403
    assert not Provider.objects.exists()


def test_who_is_not_staff_sees_an_explanation_and_no_form(client: Client, owner: User):
    client.force_login(owner)
    html = page(client)
    assert "Who can change this" in html and 'name="key"' not in html and reverse("test_model") not in html


@pytest.mark.parametrize("name", CHANGES[1:])
def test_reading_changes_nothing(staff: Client, name: str):
    assert staff.get(reverse(name)).status_code == 405
