"""The front matter of an article's file, read with the standard library alone."""

from __future__ import annotations

import tomllib
from typing import Any

KEYS = {
    "title": str, "date": str, "draft": bool, "summary": str, "description": str, "source_link": str, "enclosure": str,
    "article_id": int, "feed_item_id": int, "url": str, "qrcode": str, "source": str,
}  # fmt: skip


def read(data: bytes) -> dict[str, Any] | str:
    """The values; or in words, why there are none."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"it is no UTF-8 at byte {error.start}"
    begin, fence, rest = text.partition("+++\n")
    head, second, body = rest.partition("\n+++\n")
    if begin or not fence or not second:
        return "it has no whole front matter"
    try:
        told = tomllib.loads(head)
    except tomllib.TOMLDecodeError as error:
        return f"its front matter is no TOML: {error}"
    if list(told) != list(KEYS):
        return f"its front matter has the keys {', '.join(told)}"
    wrong = [name for name, kind in KEYS.items() if type(told[name]) is not kind]
    if wrong:
        return f"of a wrong kind in its front matter: {', '.join(wrong)}"
    if not body.startswith("\n") or not body.strip():
        return "it has no body"
    return told
