"""The link that signs a person in once: printed at the first start, or made by `manage.py login_link`."""

from datetime import timedelta
from typing import Final, Literal

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

VALID_FOR: Final = timedelta(hours=24)
BACKEND: Final = "memos_site.signed_in.UserBackend"
_signer: Final = signing.TimestampSigner(salt="interactions.login_link")

Verdict = Literal["good", "used", "expired", "broken"]


def path_for(user: User) -> str:
    """Return the path of a new link for `user`. It ends with their next sign-in, or after 24 hours."""
    uid = urlsafe_base64_encode(str(user.pk).encode())
    return reverse("login_link", args=[uid, _signer.sign(_fingerprint(user))])


def judge(user: User | None, token: str) -> Verdict:
    """Return whether `token` signs `user` in now, and if not, why."""
    try:
        fingerprint = _signer.unsign(token, max_age=VALID_FOR)
    except signing.SignatureExpired:
        return "expired"
    except signing.BadSignature:
        return "broken"
    if user is None or not user.is_active:
        return "broken"
    return "good" if fingerprint == _fingerprint(user) else "used"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login_link(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    """Sign in by POST, which the page sends by itself: whoever only looks at the link does not use it up."""
    user = _user(uidb64)
    if request.user.is_authenticated and request.user == user:
        return redirect("home")
    if request.method == "POST":
        with transaction.atomic():
            # Under the row's lock: of two who come at once, the second finds the link used.
            user = User.objects.select_for_update().filter(pk=user.pk).first() if user else None
            verdict = judge(user, token)
            if user is not None and verdict == "good":
                login(request, user, backend=BACKEND)
                return redirect("home")
    verdict = judge(user, token)
    status = 200 if verdict == "good" else 410 if verdict in ("used", "expired") else 404
    return render(request, "registration/login_link.html", {"verdict": verdict}, status=status)


def _fingerprint(user: User) -> str:
    """Return what changes with each sign-in and each password."""
    moment = user.last_login.isoformat() if user.last_login else ""
    value = f"{user.pk} {user.password} {moment}"
    return salted_hmac("interactions.login_link", value, algorithm="sha256").hexdigest()[:12]


def _user(uidb64: str) -> User | None:
    try:
        return User.objects.filter(pk=int(urlsafe_base64_decode(uidb64))).first()
    except (ValueError, OverflowError):
        return None
