"""The settings pages: which language model answers. For staff; everybody else sees what is set."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agents.errors import ProviderRefused
from agents.llm import catalog
from agents.models import Provider
from interactions.web.request import person

KINDS = [(kind.value, kind.label) for kind in Provider.Kind if kind is not Provider.Kind.OFFLINE]


class ProviderForm(forms.Form):
    """Where a model is and how to reach it. The key goes in and never comes out."""

    kind = forms.ChoiceField(label="Kind of server", choices=KINDS)
    model = forms.CharField(
        label="Model", max_length=120, required=False, help_text="Empty: the server’s first, or the vendor’s usual one."
    )
    base_url = forms.CharField(
        label="Address",
        max_length=300,
        required=False,
        help_text="Empty: the vendor’s own, or Ollama on this machine. Otherwise such as http://gpu-box.local:8000/v1.",
    )
    key = forms.CharField(
        label="Key",
        max_length=500,
        required=False,
        widget=forms.PasswordInput,
        help_text="Stored encrypted, for this address only. It can be replaced but never read back, not even by you.",
    )
    no_key = forms.BooleanField(label="Forget the stored key", required=False)

    def new_key(self) -> str | None:
        """Return the key that was typed; None to keep the stored one, "" to forget it."""
        return given_key(self.cleaned_data["key"], self.cleaned_data["no_key"])


def given_key(typed: str, forget: bool) -> str | None:
    """Return what `catalog` takes as a key: the typed one, "" for none, None for the stored one."""
    return "" if forget else typed.strip() or None


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Settings begin with the models."""
    return redirect("settings_models")


@require_http_methods(["GET", "POST"])
@never_cache
def models(request: HttpRequest) -> HttpResponse:
    """Which model answers, from where it is known, and the form to choose another one."""
    if request.method == "GET":
        return _page(request, ProviderForm(initial=_initial()))
    _staff_only(person(request))
    form = ProviderForm(request.POST)
    if not form.is_valid() or not _saved(form):
        return _page(request, form, status=400)
    messages.success(request, f"From now on {catalog.describe().label} answers.")
    return redirect("settings_models")


@require_POST
@never_cache
async def test_model(request: HttpRequest) -> HttpResponse:
    """Try the model as the form describes it, stored or not, and say what is wrong."""
    _staff_only(await request.auser())
    given = request.POST
    result = await catalog.test(
        given.get("kind", ""),
        given.get("base_url", ""),
        given.get("model", ""),
        given_key(given.get("key", ""), "no_key" in given),
    )
    return render(request, "settings/test_result.html", {"result": result})


@require_POST
def use_offline(request: HttpRequest) -> HttpResponse:
    """Let the built-in responder answer, whatever else is there."""
    _staff_only(person(request))
    catalog.set_provider("offline", "", "", None)
    messages.success(request, "From now on the offline responder answers.")
    return redirect("settings_models")


@require_POST
def clear_model(request: HttpRequest) -> HttpResponse:
    """Forget what was set here, keys included: the environment decides again."""
    _staff_only(person(request))
    catalog.clear_provider()
    messages.success(request, f"What was set here is forgotten. Now {catalog.describe().label} answers.")
    return redirect("settings_models")


def _staff_only(user: Any) -> None:
    if not (isinstance(user, User) and user.is_staff):
        raise PermissionDenied


def _saved(form: ProviderForm) -> bool:
    given = form.cleaned_data
    try:
        catalog.set_provider(given["kind"], given["model"], given["base_url"], form.new_key())
    except ProviderRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    return True


def _shown_row() -> Provider | None:
    """Return the provider that the form shows: the active one, else the last that was used."""
    wired = Provider.objects.exclude(kind=Provider.Kind.OFFLINE)
    return wired.order_by("-active", "-created_at").first()


def _initial() -> dict[str, str]:
    row = _shown_row()
    return {"kind": row.kind, "model": row.model, "base_url": row.base_url} if row else {}


def _page(request: HttpRequest, form: ProviderForm, status: int = 200) -> HttpResponse:
    row = _shown_row()
    context = {
        "form": form,
        "now": catalog.describe(),
        "limits_money": bool(settings.MEMOS.money_per_day),
        "has_key": bool(row and row.key_encrypted),
        "is_set_here": Provider.objects.exists(),
    }
    return render(request, "settings/models.html", context, status=status)
