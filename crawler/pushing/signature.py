"""Whose push it is: secrets, the tokens of callback addresses, HMAC over the body (W3C WebSub §8)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

_SECRET = 32  #: bytes; as hexadecimal text well below the 200 bytes that a hub must take
_METHODS = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
_HEADER = re.compile(r"\s*([A-Za-z0-9]{1,16})=([0-9A-Fa-f]{1,256})\s*")


def new_secret() -> str:
    """A secret for one subscription."""
    return secrets.token_hex(_SECRET)


def token(secret: str) -> str:
    """The last part of a subscription's callback address: 256 bits that only its hub is told."""
    mac = hmac.digest(secret.encode(), b"websub callback", "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def digest(token: str) -> str:
    """Under which a token is kept and looked up: it tells nothing, and its comparison leaks nothing."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Proof:
    """An ``X-Hub-Signature`` being checked over the raw body as it arrives."""

    def __init__(self, header: str | None, secret: str) -> None:
        match = _HEADER.fullmatch(header or "")
        method = _METHODS.get(match[1].lower()) if match else None
        self._claimed = match[2].lower() if match else ""
        self._mac = hmac.new(secret.encode(), digestmod=method) if method else None

    def feed(self, data: bytes) -> None:
        """The next bytes of the body."""
        if self._mac is not None:
            self._mac.update(data)

    def holds(self) -> bool:
        """Whether the whole body was signed with the secret."""
        return self._mac is not None and hmac.compare_digest(self._mac.hexdigest(), self._claimed)
