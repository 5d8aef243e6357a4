"""What travels to and from the raw archive: HTTP exchanges as they were, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["feed", "older", "page", "robots"]  #: what was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One whole HTTP exchange, byte for byte as it went over the wire but for secrets, which are redacted."""

    url: str  #: that was asked for; credentials in it redacted
    started_at: datetime
    peer: str | None  #: IP address that answered
    request_head: bytes  #: request line and headers as sent, secrets redacted, ending in an empty line
    response_head: bytes  #: status line and headers as received, ending in an empty line
    body: bytes  #: as received, after Transfer-Encoding and before Content-Encoding was undone
    kind: Kind
    hop: int = 0  #: 0 for the address asked for, 1 for the first redirect target, …
    whole: bool = True  #: False: only a part of the body was read, as of a redirect's or a huge robots.txt


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRecord:
    """Where the response of an exchange lies in the raw archive."""

    url: str
    file: str  #: path below the archive's root, with ``/``
    offset: int  #: bytes, of the record's gzip member
    length: int  #: bytes of that member
    payload: str  #: SHA-256 of the body as received, lower-case hexadecimal
    revisit: bool  #: the same body was kept before: this record tells where
    written_at: datetime
    removed: bool = False  #: taken down: a tombstone of the same length lies there
