"""The CDXJ index beside each WARC file: a line for every response and revisit, sorted (pywb reads it)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from crawler.archive.warc.stored import Stored
from crawler.message import head

_WWW = re.compile(r"^www\d*\.")
_PORTS = {"http": 80, "https": 443}


def line(stored: Stored, name: str, offset: int, length: int) -> str | None:
    """The line of one record; None for a record that is not looked up."""
    if stored.type not in {"response", "revisit"}:
        return None
    answer = head.parse(stored.block.partition(b"\r\n\r\n")[0])
    url = stored.fields.get("warc-target-uri", "")
    told = {
        "url": url,
        "mime": "warc/revisit" if stored.type == "revisit" else _mime(answer),
        "status": str(answer.status),
        "digest": stored.fields.get("warc-payload-digest", ""),
        "length": str(length),
        "offset": str(offset),
        "filename": name,
    }
    stamp = re.sub(r"\D", "", stored.fields.get("warc-date", ""))[:14]
    return f"{surt(url)} {stamp} {json.dumps(told)}"


def text(lines: Iterable[str]) -> bytes:
    """The file's bytes."""
    return "".join(f"{one}\n" for one in sorted(lines)).encode("ascii", "backslashreplace")


def surt(url: str) -> str:
    """An address turned round for sorting: ``com,example)/path`` (Sort-friendly URI Reordering Transform)."""
    parts = urlsplit(url)
    host = _WWW.sub("", (parts.hostname or "").lower())
    port = f":{parts.port}" if parts.port not in {None, _PORTS.get(parts.scheme)} else ""
    path = parts.path.lower().rstrip("/") or "/"
    query = "&".join(sorted(parts.query.lower().split("&"))) if parts.query else ""
    return f"{','.join(reversed(host.split('.')))}{port}){path}{'?' + query if query else ''}"


def _mime(answer: head.Head) -> str:
    values = answer.every("content-type")
    return values[0].partition(";")[0].strip().lower() if values else "unk"
