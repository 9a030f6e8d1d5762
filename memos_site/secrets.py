"""The installation's secret key: given by the environment, or made once and kept in the data folder."""

import os
import secrets
import tempfile
from pathlib import Path

from memos_site.env import Env


def secret_key(env: Env) -> str:
    """Return the signing key, making `secret.key` (mode 0600) in the data folder at the first start.

    Raises `OSError` when the folder cannot be written.
    """
    if env.secret_key:
        return env.secret_key.get_secret_value()
    path = env.data_dir / "secret.key"
    if not path.exists():
        _make(path)
    return path.read_text().strip()


def _make(path: Path) -> None:
    """Write a new key whole or not at all: of two processes that start at once, the first one's key stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)  # mkstemp's files are 0600
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
