"""Where each page is."""

from typing import Any

from django.urls import URLPattern, URLResolver, include, path
from django.urls.resolvers import RoutePattern

from memos_site import admin_door
from memos_site.health import healthz, readyz

handler500 = "memos_site.server_error.handle"


class LazyResolver(URLResolver):
    """Loads its addresses when one of them is asked for. Django loads all of them when any is: the admin, with its
    forms and PostgreSQL's driver, is a tenth of a web process."""

    _is_wanted = False

    def _populate(self) -> None:
        if self._is_wanted or "urlconf_module" in self.__dict__:
            super()._populate()

    def _reverse_with_prefix(self, *args: Any, **kwargs: Any) -> str:
        self._is_wanted = True
        address: str = super()._reverse_with_prefix(*args, **kwargs)  # type: ignore[misc]
        return address


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("api/v1/", include("interactions.api.urls")),
    path("admin/", admin_door.index, name="admin_door"),
    path("admin/login/", admin_door.login),
    LazyResolver(RoutePattern("admin/"), "memos_site.admin_urls", app_name="admin", namespace="admin"),
    path("", include("interactions.web.urls")),
]
