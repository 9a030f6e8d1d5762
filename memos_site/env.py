"""Every environment variable that MemOS reads, typed. Nothing else reads the environment."""

import os
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parent.parent
DATABASE_SCHEMES = ("postgresql", "postgres", "sqlite")
REDIS_SCHEMES = ("redis", "rediss", "unix")


class Env(BaseSettings):
    """The environment of one process. Bad values raise `pydantic.ValidationError` at start."""

    model_config = SettingsConfigDict(env_prefix="MEMOS_", env_ignore_empty=True, extra="ignore")

    data_dir: Path = Field(BASE_DIR / "data", description="Database, secret key, Redis socket, uploads.")
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the web server listens on.")
    origins: str = Field("", description="Comma-separated public origins, such as https://memos.example.org.")
    secret_key: SecretStr | None = Field(None, description="Signing key; made at the first start when unset.")
    debug: bool = Field(False, description="Django's debug pages. Never in production.")
    https: bool = Field(False, description="Served over HTTPS: secure cookies and HSTS.")

    model: str = Field("auto", description="auto | offline | openai:NAME | anthropic:NAME | google:NAME | ollama:NAME")
    strategy: Literal["reactive", "inline", "deliberate"] = Field(
        "inline", description="How entities act that have no strategy of their own."
    )
    offline_pace: float = Field(
        0.018, ge=0, description="Seconds the offline responder waits between two words, so that one can read along."
    )
    model_deadline: float = Field(180, gt=0, description="Seconds one model request may take in all.")
    model_idle: float = Field(45, gt=0, description="Seconds a model may be silent within one request.")
    model_retries: int = Field(3, ge=0, le=10, description="Further attempts after a transient model error.")
    model_max_chars: int = Field(200_000, gt=0, description="Characters one model answer may have.")

    run_seconds: float = Field(300, gt=0, description="Wall time of one run, in seconds.")
    run_actions: int = Field(16, gt=0, description="Actions of one run.")
    run_tokens: int = Field(0, ge=0, description="Tokens of one run; 0 for no limit.")
    run_money: float = Field(0, ge=0, description="USD of one run, by list prices; 0 for no limit.")
    lease_seconds: float = Field(12, gt=0, description="Seconds without a heartbeat until a run is taken over.")
    sweep_seconds: float = Field(3, gt=0, description="Seconds between two sweeps for runs that nobody works on.")
    worker_threads: int = Field(128, gt=0, description="Sequences one worker runs at once.")
    drain_seconds: float = Field(0, ge=0, description="Seconds the web server goes on serving once told to end.")
    login_attempts: int = Field(8, gt=0, description="Failed sign-ins until an address has to wait.")
    messages_per_minute: int = Field(120, gt=0, description="Messages one user may send in a minute.")
    tokens_per_day: int = Field(0, ge=0, description="Tokens one user may use in a day (UTC); 0 for no limit.")
    money_per_day: float = Field(0, ge=0, description="USD one user may spend in a day (UTC); 0 for no limit.")
    sockets_per_user: int = Field(50, gt=0, description="Sockets one user may have open at one web process.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["line", "json"] = Field("line", description="Lines for people, or a JSON object per line.")
    otel_endpoint: str = Field(
        "",
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="A collector's OTLP/HTTP address; off when unset.",
    )
    otel_service_name: str = Field("memos", validation_alias="OTEL_SERVICE_NAME")
    otel_content: bool = Field(False, description="Prompts and answers go into the traces, too.")

    database_wait: float = Field(
        20, ge=1, description="Seconds to wait for a database that is locked or does not answer; then it is a 503."
    )
    database_url: str = Field("", validation_alias="DATABASE_URL", description="postgresql://… ; SQLite when unset.")
    redis_url: str = Field("", validation_alias="REDIS_URL", description="redis://… or unix://… ; embedded when unset.")
    openai_base_url: str = Field("", validation_alias="OPENAI_BASE_URL")
    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    anthropic_api_key: SecretStr | None = Field(None, validation_alias="ANTHROPIC_API_KEY")
    google_api_key: SecretStr | None = Field(None, validation_alias=AliasChoices("GOOGLE_API_KEY", "GEMINI_API_KEY"))
    ollama_base_url: str = Field(
        "http://127.0.0.1:11434", validation_alias=AliasChoices("OLLAMA_BASE_URL", "OLLAMA_HOST")
    )
    failpoint: str = Field(
        "", description="NAME:kill|stop|raise, or @FILE that holds it; honoured only under test settings."
    )
    testing: bool = Field(False, description="Set by the test suite.")

    @field_validator("database_url", "redis_url")
    @classmethod
    def _has_known_scheme(cls, url: str, info: ValidationInfo) -> str:
        schemes = DATABASE_SCHEMES if info.field_name == "database_url" else REDIS_SCHEMES
        if url and url.partition("://")[0] not in schemes:
            raise ValueError(f"an address that begins with one of {', '.join(f'{s}://' for s in schemes)}")
        return url

    def child_environment(self, **changes: str) -> dict[str, str]:
        """Return this process's environment with `changes`, for a process that it starts."""
        return {**os.environ, **changes}

    @property
    def url(self) -> str:
        """Where a browser finds this installation, without a slash at the end."""
        if origins := [origin.strip().rstrip("/") for origin in self.origins.split(",") if origin.strip()]:
            return origins[0]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host.strip("[]"), self.host.strip("[]"))
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def redis_socket(self) -> Path:
        """Where the embedded Redis listens."""
        return self.data_dir.resolve() / "redis.sock"

    @property
    def redis(self) -> str:
        """The Redis to use: the configured one, else the embedded one's unix socket."""
        return self.redis_url or f"unix://{self.redis_socket}"


env = Env()
