"""The admin's way in: the site's own sign-in page, so that there is one lock and one look, and no idle front page."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


@login_not_required
def login(request: HttpRequest) -> HttpResponse:
    """Send whoever is not signed in to the sign-in page. Raises `PermissionDenied` for those who are no staff."""
    if request.user.is_authenticated:
        raise PermissionDenied("The admin is for members of the staff.")
    return redirect_to_login(request.GET.get("next", "/admin/"))


def index(request: HttpRequest) -> HttpResponse:
    """Open the admin at its entities. Django's list of tables would only repeat the sidebar."""
    return redirect("admin:agents_entity_changelist" if admin.site.has_permission(request) else "/admin/login/")
