"""The pages' addresses. One line per page."""

from django.urls import URLPattern, path

from interactions.web import account, entities, home, login_link, settings

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("home/live/", home.live, name="home_live"),
    path("login/", account.SignIn.as_view(), name="login"),
    path("login/link/<str:uidb64>/<str:token>/", login_link.login_link, name="login_link"),
    path("logout/", account.SignOut.as_view(), name="logout"),
    path("account/", account.account, name="account"),
    path("account/name/", account.rename, name="account_name"),
    path("account/password/", account.set_password, name="account_password"),
    path("account/tokens/", account.make_token, name="account_tokens"),
    path("account/tokens/<int:pk>/revoke/", account.revoke_token, name="revoke_token"),
    path("settings/", settings.index, name="settings"),
    path("settings/models/", settings.models, name="settings_models"),
    path("settings/models/test/", settings.test_model, name="test_model"),
    path("settings/models/offline/", settings.use_offline, name="use_offline"),
    path("settings/models/clear/", settings.clear_model, name="clear_model"),
    path("entities/new/", entities.new, name="new_entity"),
    path("e/<slug:slug>/talk/", home.talk, name="talk"),
    path("c/", home.conversations, name="conversations"),
]
