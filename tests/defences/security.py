"""What keeps people, pages and models where they belong."""

from typing import Final

from tests.defences.defence import Defence

DEFENCES: Final = (
    Defence(
        "sockets: only one's own",
        "interactions/consumers.py",
        'Conversation.objects.for_user(cast(User, self.scope["user"]))',
        "Conversation.objects",
        "tests/security/test_sockets.py",
        "gets_nothing",
    ),
    Defence(
        "sockets: each is listed",
        "interactions/routing.py",
        "websocket_urlpatterns = [",
        'websocket_urlpatterns = [path("ws/x/", cast(Any, ConversationConsumer.as_asgi())), ',
        "tests/security/test_sockets.py",
        "listed",
    ),
    Defence(
        "routes: each is listed",
        "interactions/web/urls.py",
        'path("account/", account.account, name="account"),',
        'path("account/", account.account, name="account"), path("x/", account.account, name="x"),',
        "tests/security/test_two_people.py tests/unit/security",
    ),
    Defence(
        "a logout: sockets close though Redis is away",
        "interactions/sockets.py",
        "            await self._check()",
        "            pass",
        "tests/security/test_processes.py",
        "within_five_seconds",
    ),
    Defence(
        "secrets: never in a log",
        "memos_site/redaction.py",
        "    for secret in _known(known_keys.known()):\n        text = text.replace(secret, MASK)\n",
        "    return text\n",
        "tests/unit/security/test_redaction.py",
    ),
    Defence(
        "origins: other sites' pages",
        "memos_site/websocket_origin.py",
        "if origins:",
        "if False:",
        "tests/unit/security/test_websocket_origin.py",
    ),
    Defence(
        "htmx on a leash",
        "templates/base.html",
        '"allowEval":false',
        '"allowEval":true',
        "tests/unit/security/test_markup.py",
        "leash",
    ),
    Defence(
        "models: no redirect is followed",
        "agents/llm/vendors.py",
        "follow_redirects=False",
        "follow_redirects=True",
        "tests/unit/security/test_source.py",
        "redirect",
    ),
    Defence(
        "too many messages",
        "interactions/runs.py",
        "        check_rate(user)",
        "        # check_rate(user)",
        "tests/integration/test_runs.py",
    ),
)
