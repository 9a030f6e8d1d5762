"""Forms: missing, extra, wrong type, 10 MB, NUL, bidi, other types. 400 names the field, what was typed stays."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

import httpx
import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.models import Provider
from interactions.models import ApiToken
from memos_site.asgi import application
from tests.bad_input.nasty import texts
from tests.unit.security.test_routes import ROUTES, facts, filled, things

__all__ = ["things"]  # a fixture
pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Form:
    """A form of the pages: its address, who may send it, what is well-formed, and what is not (field and value).

    `shows` are the fields whose value is on the page that says what is wrong."""

    path: str
    good: dict[str, str] = field(default_factory=dict)
    bad: tuple[tuple[str, str], ...] = ()
    shows: tuple[str, ...] = ()
    who: str = "owner"

    def __str__(self) -> str:
        return self.path


PASSWORDS = {"old_password": "secret-of-noor", "new_password1": "fern-otter-9", "new_password2": "fern-otter-9"}
ENTITY = {"name": "Shim", "tagline": "A ship.", "persona": "Calm.", "strategy": "", "first_mood": "calm"}
CHAIN = {"name": "Evening", "action-0": "SPEAK", "context-0": "Greet.", "do": "save"}
SERVER = {"kind": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1", "key": ""}
FORMS = (
    Form("c/<uuid:pk>/messages/", {"text": "Hi"}, (("text", ""), ("text", "a\0b"), ("text", "x" * 20_001)), ("text",)),
    Form("e/<slug:slug>/talk/", {"text": "Hi"}, (("text", "a\0b"), ("text", "  "), ("text", "x" * 20_001)), ("text",)),
    Form("c/<uuid:pk>/title/", {"title": "T"}, (("title", ""), ("title", "a\0"), ("title", "x" * 121)), ("title",)),
    Form("c/<uuid:pk>/read/", {"seq": "1"}, (("seq", "x"), ("seq", "-1"), ("seq", "٣"), ("seq", ""))),
    Form("e/<slug:slug>/edit/<slug:part>/", {"version": "1", "appearance": "Tall."}, (("appearance", "a\0b"),
         ("appearance", "x" * 4_001)), ("appearance",)),
    Form("e/<slug:slug>/settings/", {"strategy": "", "max_actions": "5", "max_seconds": "",
         "max_tokens": "", "max_money": "", "first_lines": ""},
         (("strategy", "evil"), ("max_actions", "0"), ("max_actions", "x"), ("max_seconds", "9" * 20),
         ("max_tokens", "0"), ("max_tokens", "1.5"), ("max_money", "NaN"), ("max_money", "-1"), ("max_money", "1e99"),
         ("first_lines", "a\0")),
         ("max_actions", "max_seconds", "max_tokens", "max_money")),
    Form("e/<slug:slug>/triggers/", {"what": "Ask", "how": "in", "when": "10 min"},
         (("what", ""), ("what", "a\0"), ("what", "x" * 501), ("how", "evil"), ("when", ""), ("when", "soon"),
         ("when", "0"), ("when", "-3"), ("when", "9" * 30), ("when", "٣ min")), ("what", "when")),
    Form("e/<slug:slug>/initiative/", {"runs_per_day": "5", "answer_hours": "2", "quiet_from": "22:00",
         "quiet_until": "07:00", "reflect_after_turns": "0", "reflect_after_minutes": "0"},
         (("runs_per_day", "-1"), ("runs_per_day", "1001"), ("runs_per_day", "x"), ("answer_hours", "0"),
         ("answer_hours", "nan"), ("quiet_from", "25:00"), ("quiet_until", ""), ("quiet_until", "22:00"),
         ("reflect_after_turns", "9" * 20)), ("runs_per_day",)),
    Form("account/zone/", {"zone": "Europe/Berlin"}, (("zone", ""), ("zone", "../../etc/passwd"), ("zone", "a\0"))),
    Form("account/name/", {"first_name": "N"}, (("first_name", ""), ("first_name", "a\0"), ("first_name", "x" * 151)),
         ("first_name",)),
    Form("account/password/", PASSWORDS, (("old_password", "no"), ("new_password2", "x"), ("new_password1", "a\0b"))),
    Form("account/tokens/", {"name": "phone"}, (("name", ""), ("name", "a\0"), ("name", "x" * 81)), ("name",)),
    Form("entities/new/", ENTITY, (("name", ""), ("name", "x" * 81), ("persona", "\0"), ("persona", "x" * 20_001),
         ("strategy", "evil"), ("first_mood", "evil"), ("tagline", "x" * 161)), ("name", "tagline", "persona")),
    Form("chains/new/", CHAIN, (("name", ""), ("name", "x" * 61), ("after-0", "nobody"))),
    Form("chains/<int:pk>/", CHAIN, (("name", ""), ("name", "x" * 61), ("after-0", "nobody"))),
    Form("insights/<slug:slug>/learning/", {"do": "on"}, (("do", "evil"), ("do", ""))),
    Form("c/<uuid:pk>/messages/<uuid:message>/edit/", {"text": "Ho"},
         (("text", ""), ("text", "a\0b"), ("text", "x" * 20_001))),
    Form("c/<uuid:pk>/commands/", {"text": "/help"},
         (("text", ""), ("text", "a\0b"), ("text", "/fly"), ("text", "/goal"), ("text", "/goal " + "x" * 501))),
    Form("c/<uuid:pk>/move/", {"name": "Cellar"}, (("name", "a\0b"), ("name", "x" * 61))),
    Form("folders/<int:pk>/name/", {"name": "Cellar"}, (("name", ""), ("name", "a\0b"), ("name", "x" * 61))),
    Form("settings/models/", SERVER, (("kind", "evil"), ("base_url", "file:///etc/passwd"), ("base_url", "http://"),
         ("base_url", "javascript:alert(1)"), ("base_url", "x" * 301), ("model", "a\0"), ("model", "x" * 121),
         ("key", "a\nb"), ("key", "ключ"), ("key", "x" * 501)), ("model", "base_url"), who="teammate"),
    Form("login/", {"username": "noor", "password": "secret-of-noor"}, (("username", ""), ("username", "a\0"),
         ("password", "wrong"), ("username", "x" * 5_000)), ("username",), who=""),
)  # fmt: skip
# Sent without a field of their own, and those that take whatever comes for what it is.
NO_FIELDS = {
    "logout/", "account/tokens/<int:pk>/revoke/", "settings/models/offline/", "settings/models/clear/",
    "c/<uuid:pk>/messages/<uuid:message>/withdraw/", "c/<uuid:pk>/actions/<str:action>/undo/", "runs/<uuid:pk>/cancel/",
    "e/<slug:slug>/memories/<int:key>/<slug:name>/", "e/<slug:slug>/versions/<int:number>/undo/",
    "e/<slug:slug>/versions/<int:number>/rollback/", "e/<slug:slug>/versions/<int:number>/fork/",
    "e/<slug:slug>/archive/", "e/<slug:slug>/unarchive/", "e/<slug:slug>/delete/", "e/<slug:slug>/restore/",
    "c/<uuid:pk>/chains/<int:chain>/run/", "chains/<int:pk>/remove/", "chains/<int:pk>/restore/",
    "insights/<slug:slug>/compare/",
    "c/<uuid:pk>/runs/<uuid:run>/fork/", "c/<uuid:pk>/delete/", "c/<uuid:pk>/restore/", "folders/<int:pk>/delete/",
    "folders/<int:pk>/restore/", "runs/<uuid:pk>/regenerate/", "runs/<uuid:pk>/switch/", "runs/<uuid:pk>/undo/",
    "runs/<uuid:pk>/redo/", "runs/<uuid:pk>/delete/", "runs/<uuid:pk>/restore/",
    "runs/<uuid:pk>/rate/",  # of what is over: tests/unit/web/test_talk_tools.py
    "e/<slug:slug>/triggers/<int:pk>/<slug:deed>/", "e/<slug:slug>/tellings/<int:pk>/<slug:act>/",
    "runs/<uuid:pk>/answer/<str:action>/",  # its text: tests/unit/web/test_answers.py
    "runs/<uuid:pk>/retry/", "settings/models/test/", "login/link/<str:uidb64>/<str:token>/",
}  # fmt: skip
POSTED = [route.path for route in ROUTES if route.method == "POST" and not route.path.startswith("api/")]


def everything() -> list[object]:
    """Return what forms could have changed."""
    users = User.objects.order_by("pk").values_list("pk", "first_name", "password")
    return [*facts(), *users, *Provider.objects.values_list("pk", "base_url", "active"), ApiToken.objects.count()]


@pytest.fixture
def sender(client: Client, request: pytest.FixtureRequest, things: dict[str, Any]) -> Any:
    """Sign in whoever may send a form."""

    def sign_in(form: Form) -> Client:
        if form.who:
            client.force_login(request.getfixturevalue(form.who))
        return client

    return sign_in


def test_forms_are_all_listed() -> None:
    assert {form.path for form in FORMS} | NO_FIELDS == set(POSTED)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_forms_take_what_is_right(sender: Any, things: dict[str, Any], form: Form) -> None:
    answer = sender(form).post(filled(form.path, things), {**form.good, "extra": "1", "owner": "2", "is_staff": "on"})
    assert answer.status_code in (200, 202, 204, 302), answer.content.decode()[:500]
    assert not User.objects.get(username="noor").is_staff


@pytest.mark.parametrize(
    ("form", "name", "value"),
    [(form, name, value) for form in FORMS for name, value in form.bad],
    ids=lambda part: str(part)[:30].replace("\0", "NUL"),
)
def test_forms_name_the_field_and_keep_what_was_typed(
    sender: Any, things: dict[str, Any], form: Form, name: str, value: str
) -> None:
    client, given = sender(form), {**form.good, name: value}
    before = everything()
    answer = client.post(filled(form.path, things), given)
    assert answer.status_code == 400, answer.content.decode()[:300]
    page = html.unescape(answer.content.decode())
    if form.path == "login/" and name == "password":
        assert "do not belong together" in page
    elif form.shows or form.path == "account/password/":
        marked = re.findall(r'<(?:input|textarea|select)[^>]*aria-invalid="true"[^>]*>', page)
        assert any(f'name="{name}"' in tag for tag in marked), page[-3_000:]
    else:
        assert name in page
    for shown in form.shows:
        assert given[shown].strip().replace("\0", "") in page.replace("\0", "").replace("\ufffd", "")
    assert "secret-of-noor" not in page and not (form.good.get("key") and form.good["key"] in page)
    assert everything() == before


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"text": "Hi", "title": "T", "name": "N"}'),
        ("text/plain", b"text=Hi"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-da"),
        ("multipart/form-data; boundary=" + "x" * 300, b"--"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"text=Hi"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(2_000))),
        ("multipart/form-data; charset=hex; boundary=x",
         b'--x\r\nContent-Disposition: form-data; name="q"\r\n\r\nzz\r\n--x--\r\n'),
        ("multipart/form-data; charset=unicode_escape; boundary=x",
         b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\\ud800\r\n--x--\r\n'),
    ],
    ids=["json", "text", "no boundary", "cut", "long boundary", "utf-7", "fields", "hex", "escape"],
)  # fmt: skip
def test_forms_of_another_type_are_refused(
    sender: Any, things: dict[str, Any], form: Form, kind: str, body: bytes
) -> None:
    client = sender(form)
    before = everything()
    answer = client.generic("POST", filled(form.path, things), body, content_type=kind)
    if form.path == "e/<slug:slug>/talk/" and answer.status_code == 302:
        return  # without a text it only begins a talk
    assert answer.status_code in (400, 415), answer.content.decode()[:300]
    assert everything() == before


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_forms_with_any_text_answer_in_order(sender: Any, things: dict[str, Any], form: Form) -> None:
    client, path = sender(form), filled(form.path, things)
    names = st.sampled_from([*form.good, "next", "csrfmiddlewaretoken"])

    @settings(max_examples=12)
    @given(given_=st.dictionaries(names, texts(), max_size=4), is_htmx=st.booleans())
    def send(given_: dict[str, str], is_htmx: bool) -> None:
        headers = {"HX-Request": "true"} if is_htmx else {}
        answer = client.post(
            path, {**form.good, **given_, **({"key": ""} if "key" in form.good else {})}, headers=headers
        )
        assert answer.status_code in (200, 202, 204, 302, 400, 403, 409, 429), answer.status_code
        if form.who:
            client.force_login(User.objects.get(username="noor" if form.who == "owner" else "tarik"))

    send()


@pytest.mark.parametrize("name", ["kind", "base_url", "model", "key"])
def test_forms_of_a_model_to_try_say_what_is_wrong(client: Client, teammate: User, name: str) -> None:
    client.force_login(teammate)
    for value in (
        "\0",
        "x" * 10_000,
        "http://[",
        "http://a:99999",
        "file:///etc/passwd",
        "ключ",
        "a\r\nb: c",
        "\u202e",
    ):
        answer = client.post("/settings/models/test/", {**SERVER, name: value})
        assert answer.status_code in (200, 400) and "Traceback" not in answer.content.decode(), (name, value)


@pytest.mark.parametrize("query", ["q=%5Cud800", "seen=%5Cud800", "page=%5Cud800"])
def test_forms_by_get_take_no_charset_of_the_clients(
    client: Client, owner: User, things: dict[str, Any], query: str
) -> None:
    client.force_login(owner)
    for path in ("/", f"/c/{things['conversation']}/timeline/"):
        for charset in ("unicode_escape", "hex", "utf-16", "nonsense"):
            answer = client.generic("GET", f"{path}?{query}", content_type=f"text/plain; charset={charset}")
            assert answer.status_code in (200, 400, 415), (path, charset)


async def big(size: int) -> AsyncIterator[bytes]:
    yield b"text="
    for _ in range(size // 65_536):
        yield b"x" * 65_536


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("is_declared", [True, False])
async def test_forms_of_10_mb_are_too_big(form: Form, is_declared: bool) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    path = "/" + re.sub(r"<\w+:\w+>", unknown, form.path)
    body: Any = urlencode({"text": "x" * 10_000_000}).encode() if is_declared else big(10_000_000)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(cast(Any, application)), base_url="http://127.0.0.1:8000"
    ) as client:
        answer = await client.post(path, content=body, headers=kind)
    assert answer.status_code == 413 and "too big" in answer.text
