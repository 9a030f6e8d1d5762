"""Where each page is."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from memos_site import admin_door
from memos_site.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", include("interactions.api.urls")),
    path("admin/", admin_door.index),
    path("admin/login/", admin_door.login),
    path("admin/", admin.site.urls),
    path("", include("interactions.web.urls")),
]
