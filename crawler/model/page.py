"""What travels through the web door."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from crawler.model.feed import NO_VALIDATORS, Validators
from crawler.model.raw import Exchange, RawRecord


def sha256(data: bytes) -> str:
    """The lower-case hexadecimal SHA-256 of ``data``."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The only thing the web door takes."""

    url: str
    kind: Literal["feed", "older", "page"]  #: older: a page of a feed's past, found by following its links
    validators: Validators = NO_VALIDATORS
    user_agent: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)  #: for the raw archive: on whose behalf it is made


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One HTTP exchange, or the failure of one: a retry and a redirect hop are attempts too."""

    url: str
    started_at: datetime
    number: int  #: 1 for the first try of this visit
    hop: int = 0  #: 0 for the address asked for, 1 for the first redirect target, …
    status: int | None = None
    wire_bytes: int = 0  #: body bytes as received, before decompression
    seconds: float = 0.0
    peer: str | None = None  #: IP address that answered
    location: str | None = None  #: of a redirect
    error: str | None = None  #: "Unreachable: connection reset", …
    raw: RawRecord | None = None  #: where the raw archive keeps it


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A response, complete and decompressed; for feeds and articles alike."""

    url: str  #: as asked for
    final_url: str  #: after redirects
    status: int
    headers: Mapping[str, str]  #: names in lower case, of the final response
    body: bytes  #: after Content-Encoding was undone; b"" for 304
    digest: str  #: SHA-256 of body
    fetched_at: datetime
    attempts: tuple[Attempt, ...] = ()
    exchanges: tuple[Exchange, ...] = ()  #: of this visit that were whole, for the raw archive; redirects too

    @property
    def not_modified(self) -> bool:
        """True for 304: the stored state still holds."""
        return self.status == 304

    @property
    def validators(self) -> Validators:
        """The validators of this response, byte for byte; with its address where a redirect led there."""
        etag, last_modified = self.headers.get("etag"), self.headers.get("last-modified")
        led = self.final_url != self.url.partition("#")[0] and (etag or last_modified)
        return Validators(etag=etag, last_modified=last_modified, url=self.final_url if led else None)
