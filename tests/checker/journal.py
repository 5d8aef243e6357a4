"""The origin's own log, as ``tests.wire.journal`` writes it: a JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, and what became of its answer."""

    at: float  #: seconds since 1970
    finished: float | None  #: None: still on its way
    host: str
    url: str
    target: str
    headers: dict[str, str]  #: names in lower case
    status: int  #: 0: cut off
    sha256: str | None = None  #: of a 200's body
    etag: str | None = None
    last_modified: str | None = None
    retry_after: str | None = None
    robots: str | None = None  #: text of a robots.txt
    tells: tuple[str, ...] = ()  #: addresses of a feed's items

    @property
    def is_page(self) -> bool:
        """Whether it was for what a person reads."""
        return self.target != "/robots.txt" and not self.tells and self.sha256 is not None

    @property
    def conditional(self) -> bool:
        """Whether the client showed what it has."""
        return "if-none-match" in self.headers or "if-modified-since" in self.headers


def read(path: Path) -> list[Request]:
    """All requests, in the order of time."""
    with path.open(encoding="utf-8") as lines:
        found = [_request(json.loads(line)) for line in lines if line.strip()]
    return sorted((one for one in found if "/_control/" not in one.target), key=lambda one: one.at)


def _request(told: dict[str, Any]) -> Request:
    return Request(
        at=told["at"],
        finished=told["finished"],
        host=told["host"],
        url=f"http://{told['host']}:{told['port']}{told['target']}",
        target=told["target"],
        headers={name.lower(): value for name, value in told["headers"]},
        status=told["status"],
        sha256=told.get("sha256"),
        etag=told.get("etag"),
        last_modified=told.get("last_modified"),
        retry_after=told.get("retry_after"),
        robots=told.get("robots"),
        tells=tuple(told.get("tells", ())),
    )
