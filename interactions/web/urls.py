"""The pages' addresses. One line per page."""

from django.urls import URLPattern, path

from interactions.web import account

urlpatterns: list[URLPattern] = [
    path("login/", account.SignIn.as_view(), name="login"),
    path("logout/", account.SignOut.as_view(), name="logout"),
    path("account/", account.account, name="account"),
    path("account/name/", account.rename, name="account_name"),
    path("account/password/", account.set_password, name="account_password"),
    path("account/tokens/", account.make_token, name="account_tokens"),
    path("account/tokens/<int:pk>/revoke/", account.revoke_token, name="revoke_token"),
]
