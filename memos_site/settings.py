"""Django's settings, all from `memos_site.env`. One file for every way to run."""

from typing import Any

import dj_database_url
from django.forms import ModelForm
from kombu.entity import Queue

import memos_site.lean
from memos_site.admin_look import UNFOLD as UNFOLD
from memos_site.env import BASE_DIR as BASE_DIR
from memos_site.env import env
from memos_site.logs import logging_config
from memos_site.secrets import secret_key
from memos_site.version import VERSION as VERSION

# Forms are generic for the type checker; this lets them say of what at run time, too. (django-stubs-ext would do it,
# but it imports the admin and PostgreSQL's driver for that: ten megabytes in each process.)
ModelForm.__class_getitem__ = classmethod(lambda cls, _model: cls)  # type: ignore[attr-defined]

MEMOS = env
DEBUG = env.debug
SECRET_KEY = secret_key(env)

_origins = [o.strip().rstrip("/") for o in env.origins.split(",") if o.strip()]
_local = [env.host, "localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [*_local, *(o.split("://", 1)[-1].split(":")[0] for o in _origins)]
CSRF_TRUSTED_ORIGINS = _origins
# Full origins, with scheme and port: what a WebSocket handshake may name.
WEBSOCKET_ORIGINS = [*_origins, *(f"http://{host}:{env.port}" for host in _local)]

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin.apps.SimpleAdminConfig",  # its pages are loaded by admin_urls.py
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "axes",
    "channels",
    "agents",
    "interactions",
]

MIDDLEWARE = [
    "memos_site.request_id.RequestId",
    "interactions.api.errors.JsonErrors",
    "memos_site.charset.Utf8Only",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "memos_site.admin_csp.AdminPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "memos_site.compression.PageCompression",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "memos_site.urls"
ASGI_APPLICATION = "memos_site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "interactions.web.context.shell",
            ],
            "builtins": ["interactions.templatetags.memos"],
        },
    }
]

_sqlite = f"sqlite:///{env.data_dir.resolve() / 'memos.sqlite3'}"
# Connections last as long as their threads.
DATABASES: dict[str, Any] = {"default": dict(dj_database_url.parse(env.database_url or _sqlite, conn_max_age=None))}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "memos_site.sqlite3"  # the writers of one process queue
    # IMMEDIATE: a deferred read-then-write fails with "locked" at once, whatever the timeout.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": env.database_wait,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000",
    }
    DATABASES["default"]["TEST"] = {"NAME": env.data_dir.resolve() / "test.sqlite3"}
else:
    DATABASES["default"]["ENGINE"] = "memos_site.postgresql"  # short transactions wait once, not for each statement
    # A server that hangs or is cut off is an error within half a minute, never a thread that waits for ever. What the
    # address itself says (?connect_timeout=…) wins. docs/decisions/0009-postgresql-connections.md
    DATABASES["default"]["OPTIONS"] = {
        "application_name": "memos",
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        "options": "-c statement_timeout=30s -c lock_timeout=20s -c idle_in_transaction_session_timeout=60s",
        **DATABASES["default"].get("OPTIONS", {}),
    }
DATABASES["default"]["CONN_HEALTH_CHECKS"] = bool(env.database_url)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "memos_site.signed_in.UserBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = env.login_attempts
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

SESSION_ENGINE = "memos_site.signed_in"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.https
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = env.https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from beside the server, over plain HTTP
SECURE_HSTS_SECONDS = 31_536_000 if env.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.https else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
# The body cap is also enforced before Django spools a byte: memos_site/body_cap.py.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
BODY_MAX_BYTES = 1_048_576

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.data_dir.resolve() / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if env.testing
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = env.testing

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

import memos_site.celery  # noqa: E402, F401  (whoever has these settings can ring a worker)

CELERY_BROKER_URL = env.redis.replace("unix://", "redis+socket://", 1)
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = CELERY_EVENT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = env.worker_threads
CELERY_TASK_DEFAULT_QUEUE = "runs"
# Nothing is acknowledged: a doorbell that is lost is rung again, and each acknowledgement is two rounds to Redis.
CELERY_TASK_QUEUES = [Queue("runs", no_ack=True)]  # type: ignore[no-untyped-call]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "max_retries": 0,
}
CELERY_TASK_PUBLISH_RETRY = False  # a doorbell that does not ring is rung again by the sweeper
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

DEFAULT_EXCEPTION_REPORTER = "memos_site.redaction.Reporter"
LOGGING = logging_config(env)
