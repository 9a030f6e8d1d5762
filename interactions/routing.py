"""Where each socket is."""

from typing import Any, cast

from django.urls import path

from interactions.consumers import ConversationConsumer

websocket_urlpatterns = [path("ws/conversations/<uuid:conversation>/", cast(Any, ConversationConsumer.as_asgi()))]
