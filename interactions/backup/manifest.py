"""What an archive says about itself: its last member, so that an archive that was cut off has none."""

import hashlib
import hmac
from typing import Literal

from django.conf import settings
from django.utils import timezone
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

NAME = "manifest.json"


class Member(BaseModel):
    """One file of the archive: its size in bytes and its SHA-256 in hexadecimal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What is in the archive, and what it needs. `server` is PostgreSQL's major version, 0 for SQLite."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    version: str
    made_at: AwareDatetime = Field(default_factory=timezone.now)
    database: Literal["sqlite", "postgresql"]
    server: int = 0
    migrations: tuple[str, ...]
    secret: str = Field(description="Recognises the secret that sealed the stored model keys; does not give it away.")
    members: dict[str, Member]


def secret_mark() -> str:
    """Return what recognises this process's secret key. The key is long and random: its hash tells nothing else."""
    return hmac.new(settings.SECRET_KEY.encode(), b"memos.backup.secret.v1", hashlib.sha256).hexdigest()[:16]
