"""Signing in and out, and a person's own account: name, password, API tokens."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from interactions.models import ApiToken
from interactions.web.request import person

LONGEST_NAME: Final = User._meta.get_field("username").max_length or 150


class SignInForm(AuthenticationForm):
    """Name and password, with errors that say what to do."""

    error_messages = {
        "invalid_login": "This name and password do not belong together. Check both; capitals matter.",
        "inactive": "This account is switched off. Ask whoever runs this MemOS.",
    }

    def clean_username(self) -> str:
        """Refuse a name that is too long to be one; failed sign-ins are stored with the name."""
        name: str = self.cleaned_data["username"]
        if len(name) > LONGEST_NAME:
            raise forms.ValidationError(f"Names have at most {LONGEST_NAME} characters.")
        return name


class SignIn(LoginView):
    """The sign-in page."""

    template_name = "registration/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Show what is wrong, as an error."""
        response = super().form_invalid(form)
        response.status_code = 400
        return response


class SignOut(LogoutView):
    """Signing out; by POST, so that no picture or link can do it."""


class NameForm(forms.ModelForm[User]):
    """What the pages call a person."""

    first_name = forms.CharField(label="Name", max_length=150, strip=True)

    class Meta:
        model = User
        fields = ("first_name",)


class TokenForm(forms.ModelForm[ApiToken]):
    """What a token is for."""

    name = forms.CharField(label="What is it for?", max_length=80, strip=True)

    class Meta:
        model = ApiToken
        fields = ("name",)


@require_GET
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """A person's own page."""
    return _page(request)


@require_POST
def rename(request: HttpRequest) -> HttpResponse:
    """Change what the pages call the person."""
    # A refused form leaves its value on the instance, and the page's header shows the person: a copy of the row.
    form = NameForm(request.POST, instance=User.objects.get(pk=person(request).pk))
    if not form.is_valid():
        return _page(request, status=400, name_form=form)
    form.save()
    messages.success(request, "Your name is saved.")
    return redirect("account")


@require_POST
def set_password(request: HttpRequest) -> HttpResponse:
    """Set or change the password. Every other session of this person ends."""
    user = person(request)
    form = _password_form(user, request.POST)
    if not form.is_valid():
        return _page(request, status=400, password_form=form)
    form.save()
    update_session_auth_hash(request, user)
    messages.success(request, "Your password is saved. Other devices have to sign in again.")
    return redirect("account")


@require_POST
@never_cache
def make_token(request: HttpRequest) -> HttpResponse:
    """Make an API token and show it, this once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, status=400, token_form=form)
    token, secret = ApiToken.make(person(request), form.cleaned_data["name"])
    return _page(request, made=token, secret=secret)


@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a token back: programs that use it stop working at once."""
    token = get_object_or_404(ApiToken.objects.for_user(person(request)), pk=pk)
    token.delete()
    messages.success(request, f"The token “{token.name}” is revoked.")
    return redirect("account")


def _password_form(user: User, data: Any = None) -> "SetPasswordForm[User]":
    form = PasswordChangeForm(user, data) if user.has_usable_password() else SetPasswordForm(user, data)
    for each in form.fields.values():
        each.widget.attrs.pop("autofocus", None)  # the page has more to it than this form
    return form


def _page(request: HttpRequest, status: int = 200, **context: Any) -> HttpResponse:
    user = person(request)
    context.setdefault("name_form", NameForm(instance=user))
    context.setdefault("password_form", _password_form(user))
    context.setdefault("token_form", TokenForm())
    context["tokens"] = ApiToken.objects.for_user(user).order_by("-created_at")
    return render(request, "settings/account.html", context, status=status)
