"""Provider keys at rest: encrypted with the installation's secret, which lies outside the database, and bound to
the host they were entered for. A key that was meant for one host can't be opened for another."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from agents.errors import ModelKeyRefused
from agents.llm import known_keys


def seal(text: str, host: str) -> bytes:
    """Return `text` encrypted for `host` (host:port)."""
    return _cipher(settings.SECRET_KEY, host).encrypt(text.encode())


def open_sealed(blob: bytes | memoryview, host: str) -> str:
    """Return the text of a sealed key, "" for an empty one. Raises ModelKeyRefused when it was sealed for another
    host or with another secret."""
    if not blob:
        return ""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            key = _cipher(secret, host).decrypt(bytes(blob)).decode()
        except InvalidToken:
            continue
        known_keys.remember(key)
        return key
    raise ModelKeyRefused(
        f"The stored key for {host} can't be read: it was entered for another server, or this installation's secret "
        "has changed. Enter the key again in Settings → Models."
    )


def _cipher(secret: str | bytes, host: str) -> Fernet:
    material = secret if isinstance(secret, bytes) else secret.encode()
    derived = HKDF(SHA256(), 32, salt=b"memos.provider-key.v1", info=host.lower().encode()).derive(material)
    return Fernet(urlsafe_b64encode(derived))
