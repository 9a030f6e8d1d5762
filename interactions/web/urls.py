"""The pages' addresses. One line per page."""

from django.urls import URLPattern, path

from interactions.web import account, cards, chat, entities, home, login_link, panel, sending, settings, timeline_page

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
    path("c/new/", chat.new_talk, name="new_talk"),
    path("c/<uuid:pk>/", chat.chat, name="chat"),
    path("c/<uuid:pk>/list/", chat.conversation_list, name="conversation_list"),
    path("c/<uuid:pk>/title/", chat.title, name="title"),
    path("c/<uuid:pk>/older/", chat.older, name="older"),
    path("c/<uuid:pk>/new/", chat.new, name="new"),
    path("c/<uuid:pk>/read/", chat.read, name="read"),
    path("c/<uuid:pk>/messages/", sending.send, name="send"),
    path("c/<uuid:pk>/messages/<uuid:message>/withdraw/", sending.withdraw, name="withdraw"),
    path("c/<uuid:pk>/state/", panel.state_panel, name="state_panel"),
    path("c/<uuid:pk>/actions/<str:action>/", cards.action_card, name="action_card"),
    path("c/<uuid:pk>/actions/<str:action>/undo/", cards.undo, name="undo_action"),
    path("c/<uuid:pk>/timeline/", timeline_page.timeline, name="timeline"),
    path("c/<uuid:pk>/events/<int:seq>/", timeline_page.event_fields, name="event_fields"),
    path("runs/<uuid:pk>/cancel/", sending.cancel_run, name="cancel_run"),
    path("runs/<uuid:pk>/retry/", sending.retry_run, name="retry_run"),
]
