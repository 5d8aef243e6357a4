"""Which addresses mean the same page, as far as a judge needs to know."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

_TRACKING = ("utm_", "fbclid", "gclid", "mc_", "ref_src", "src_")


def identity(url: str) -> str:
    """An address without scheme, ``www.``, fragment and whatever tracks."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True)
             if not name.lower().startswith(_TRACKING)]  # fmt: skip
    host = parts.netloc.lower().removeprefix("www.")
    return f"{host}{parts.path or '/'}{'?' + urlencode(query) if query else ''}"
