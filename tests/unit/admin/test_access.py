"""Who gets into the admin, and what nobody can do there."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.urls import reverse

from agents.models import Entity, ModelCall
from interactions import runs
from interactions.models import ApiToken, EventRecord

pytestmark = pytest.mark.django_db
LOG = (
    "agents_stateversion",
    "agents_modelcall",
    "interactions_eventrecord",
    "interactions_run",
    "interactions_message",
)
READ_ONLY = (*LOG, "interactions_conversation", "interactions_erasure", "agents_provider", "axes_accesslog")


def test_every_model_is_there():
    reverse("admin:index")  # which loads it
    registered = {model._meta.label for model in admin.site._registry}
    from django.apps import apps

    own = {model._meta.label for app in ("agents", "interactions") for model in apps.get_app_config(app).get_models()}
    assert own <= registered


def test_every_page_of_the_admin_opens(staff, owner, entity, conversation):
    runs.send(conversation, owner, "Hello")
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert staff.get(reverse(f"{base}_changelist")).status_code == 200, base
        row = model._default_manager.first()
        if row is not None:
            assert staff.get(reverse(f"{base}_change", args=[row.pk])).status_code == 200, base


def test_nobody_else_gets_in(client, owner, entity):
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/login/?next=/admin/x/")["Location"] == "/login/?next=/admin/x/"
    client.force_login(owner)
    for path in ("/admin/", "/admin/agents/entity/", f"/admin/agents/entity/{entity.pk}/change/"):
        assert client.get(path, follow=True).status_code == 403, path
    assert client.post(f"/admin/agents/entity/{entity.pk}/change/", {"name": "x"}, follow=True).status_code == 403


@pytest.mark.parametrize("page", READ_ONLY)
def test_what_was_written_once_is_only_read(staff, owner, entity, conversation, page):
    runs.send(conversation, owner, "Hello")
    assert staff.get(reverse(f"admin:{page}_add")).status_code == 403
    listed = staff.get(reverse(f"admin:{page}_changelist"))
    assert "delete_selected" not in listed.content.decode()
    model = next(model for model in admin.site._registry if page == f"{model._meta.app_label}_{model._meta.model_name}")
    before = model._default_manager.count()
    row = model._default_manager.first()
    if row is not None:
        assert staff.post(reverse(f"admin:{page}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        assert staff.post(reverse(f"admin:{page}_change", args=[row.pk]), {}).status_code == 403
        data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        staff.post(reverse(f"admin:{page}_changelist"), data)
    assert model._default_manager.count() == before


def test_versions_are_readable(staff, entity):
    html = staff.get(reverse("admin:agents_stateversion_changelist")).content.decode()
    assert "“Put the letters in order” priority 0.70" in html


def test_a_model_call_shows_prompt_and_answer(staff, owner, entity):
    import zstandard
    from django.utils import timezone

    call = ModelCall.objects.create(
        owner=owner,
        entity=entity,
        purpose="reply",
        model="x",
        prompt=zstandard.compress(b'[{"role": "system", "content": "Be <b>kind</b>."}]'),
        answer=zstandard.compress(b"Gladly."),
        started_at=timezone.now(),
    )
    html = staff.get(reverse("admin:agents_modelcall_change", args=[call.pk])).content.decode()
    assert "Be &lt;b&gt;kind&lt;/b&gt;." in html
    assert "Gladly." in html


def test_somebody_with_things_is_not_deleted_but_told_why(staff, owner, conversation):
    runs.send(conversation, owner, "Hello")
    page = reverse("admin:auth_user_delete", args=[owner.pk])
    response = staff.post(page, {"post": "yes"}, follow=True)
    assert "cannot be deleted" in response.content.decode()
    assert User.objects.filter(pk=owner.pk).exists()
    assert EventRecord.objects.exists()


def test_somebody_without_things_can_go(staff, stranger):
    staff.post(reverse("admin:auth_user_delete", args=[stranger.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=stranger.pk).exists()


def test_a_token_can_be_revoked(staff, owner):
    row, secret = ApiToken.make(owner, "phone")
    assert secret not in staff.get(reverse("admin:interactions_apitoken_change", args=[row.pk])).content.decode()
    staff.post(reverse("admin:interactions_apitoken_delete", args=[row.pk]), {"post": "yes"})
    assert ApiToken.owner_of(secret) is None


def test_edits_leave_a_trace_of_who(staff, shown, teammate, entity):
    page = reverse("admin:agents_entity_change", args=[entity.pk])
    staff.post(page, shown(page) | {"tagline": "New"})
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (teammate, str(entity.pk))


def test_the_admin_links_back(staff):
    assert 'href="/"' in staff.get("/admin/agents/entity/").content.decode()


def test_opening_the_admin_shows_the_entities(staff):
    assert staff.get("/admin/")["Location"] == reverse("admin:agents_entity_changelist")
    assert Entity.objects.count() == 0
