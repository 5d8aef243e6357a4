"""The wire's log as JSON lines: what was asked, what went out whole, and when; ``tests.checker`` reads it.

Times are seconds since 1970 on the wall's clock, moved by ``ahead``: a campaign may let days pass.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.wire.channel import http_date
from tests.wire.loopback import Logged
from tests.wire.reply import Reply


def write(path: Path, log: Iterable[Logged], *, port: int, ahead: float = 0.0, append: bool = False) -> None:
    """Write the log to a file, a line for each request."""
    with path.open("a" if append else "w", encoding="utf-8") as out:
        out.writelines(f"{json.dumps(line(entry, port=port, ahead=ahead))}\n" for entry in log)


def line(entry: Logged, *, port: int, ahead: float = 0.0) -> dict[str, Any]:
    """One request.

    ``status`` is 0 for an answer that was cut off; ``sha256`` is of the body before any Content-Encoding,
    ``tells`` are the addresses of a feed's items, ``robots`` the text of a robots.txt.
    """
    wall = time.time() - time.monotonic() + ahead
    told: dict[str, Any] = {
        "at": entry.started + wall,
        "finished": None if entry.finished is None else entry.finished + wall,
        "host": entry.host,
        "port": port,
        "method": entry.method,
        "target": entry.target,
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in entry.headers],
        "status": entry.status,
    }
    return told | (_served(entry.reply, entry) if entry.reply is not None else {})


def _served(reply: Reply, entry: Logged) -> dict[str, Any]:
    modified = reply.last_modified
    told: dict[str, Any] = {
        "etag": reply.etag,
        "last_modified": http_date(modified) if modified else None,
        "retry_after": reply.headers.get("Retry-After"),
    }
    if entry.status == 200:
        told |= {
            "bytes": len(reply.body),
            "sha256": hashlib.sha256(reply.body).hexdigest(),
            "tells": list(reply.tells),
        }
        if entry.target == "/robots.txt":
            told["robots"] = reply.body.decode("utf-8", "replace")
    return told
