"""How the admin (django-unfold) looks and what its sidebar offers: our paper, ink and mark."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy

# The greys of static/css/tokens.css, light to dark; the accent of the admin is ink.
_BASE = {
    "50": "oklch(0.990 0.003 170)",
    "100": "oklch(0.963 0.005 170)",
    "200": "oklch(0.905 0.005 190)",
    "300": "oklch(0.820 0.007 200)",
    "400": "oklch(0.690 0.010 215)",
    "500": "oklch(0.500 0.014 240)",
    "600": "oklch(0.400 0.014 240)",
    "700": "oklch(0.300 0.010 225)",
    "800": "oklch(0.260 0.012 225)",
    "900": "oklch(0.205 0.011 225)",
    "950": "oklch(0.180 0.009 225)",
}
_PRIMARY = {
    "50": "oklch(0.97 0.015 215)",
    "100": "oklch(0.94 0.03 215)",
    "200": "oklch(0.88 0.05 215)",
    "300": "oklch(0.80 0.08 215)",
    "400": "oklch(0.72 0.09 215)",
    "500": "oklch(0.60 0.09 215)",
    "600": "oklch(0.46 0.075 225)",
    "700": "oklch(0.41 0.065 225)",
    "800": "oklch(0.35 0.055 225)",
    "900": "oklch(0.30 0.045 225)",
    "950": "oklch(0.24 0.035 225)",
}


def _item(title: str, icon: str, page: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{page}_changelist")}


_BACK = {
    "title": "Back to MemOS",
    "icon": "arrow_back",
    "link": reverse_lazy("home"),
    "active": lambda request: False,  # else every page below "/" would light it up
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "MemOS admin",
    "SITE_HEADER": "MemOS",
    "SITE_SUBHEADER": "Admin",
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("mark.svg")}],
    "SHOW_HISTORY": True,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "COLORS": {"base": _BASE, "primary": _PRIMARY},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {"items": [_BACK]},
            {
                "title": "Entities",
                "items": [
                    _item("Entities", "neurology", "agents_entity"),
                    _item("Goals", "flag", "agents_goal"),
                    _item("Desires", "favorite", "agents_desire"),
                    _item("Memories", "bookmark", "agents_memory"),
                    _item("Versions", "history", "agents_stateversion"),
                ],
            },
            {
                "title": "Conversations",
                "items": [
                    _item("Conversations", "forum", "interactions_conversation"),
                    _item("Messages", "chat_bubble", "interactions_message"),
                    _item("Runs", "play_circle", "interactions_run"),
                    _item("Events", "receipt_long", "interactions_eventrecord"),
                    _item("Model calls", "dns", "agents_modelcall"),
                ],
            },
            {
                "title": "People",
                "items": [
                    _item("Users", "person", "auth_user"),
                    _item("API tokens", "key", "interactions_apitoken"),
                    _item("Failed sign-ins", "lock", "axes_accessattempt"),
                    _item("Sign-ins", "login", "axes_accesslog"),
                ],
            },
            {
                "title": "Installation",
                "items": [
                    _item("Language models", "hub", "agents_provider"),
                    _item("Erasures", "ink_eraser", "interactions_erasure"),
                ],
            },
        ],
    },
}
