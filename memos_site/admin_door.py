"""The admin's way in: the site's own sign-in page, so that there is one lock and one look."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse


@login_not_required
def login(request: HttpRequest) -> HttpResponse:
    """Send whoever is not signed in to the sign-in page. Raises `PermissionDenied` for those who are no staff."""
    if request.user.is_authenticated:
        raise PermissionDenied("The admin is for members of the staff.")
    return redirect_to_login(request.GET.get("next", "/admin/"))
