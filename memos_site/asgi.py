"""The way in for the web: HTTP and sockets."""

import os
from typing import Any, cast

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memos_site.settings")
django.setup(set_prefix=False)

# Models can be imported only now.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from interactions.routing import websocket_urlpatterns  # noqa: E402
from memos_site import health, telemetry  # noqa: E402
from memos_site.bearer import BearerAuth  # noqa: E402
from memos_site.body_cap import BodyCap  # noqa: E402
from memos_site.handler import SyncChainHandler  # noqa: E402
from memos_site.websocket_origin import WebSocketOrigin  # noqa: E402

_routes: Any = URLRouter(cast(Any, websocket_urlpatterns))
_signed_in: Any = AuthMiddlewareStack(cast(Any, BearerAuth(_routes)))
_sockets: Any = WebSocketOrigin(_signed_in, settings.WEBSOCKET_ORIGINS)
_capped: Any = BodyCap(cast(Any, SyncChainHandler()), settings.BODY_MAX_BYTES)

application = ProtocolTypeRouter({"http": _capped, "websocket": _sockets})
health.drain(settings.MEMOS.drain_seconds)
telemetry.start("web")
