"""Pages for the tests of extraction; companies and people in them are invented."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.model import Page, sha256

NOW = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)
URL = "https://wire.example/news/2025/plant.html"

LEAD = (
    "Lanternfield Ltd, a maker of reading lamps, said on Monday that it had opened a second plant, which will "
    "employ two hundred people and make forty thousand lamps a month when it is complete."
)
MIDDLE = (
    "The company said the plant was paid for from its own means, and that the first lamps would reach shops in the "
    "spring of next year, together with a new range of shades made of recycled paper."
)
LAST = (
    "Lanternfield has made lamps since 1974. Its products are sold in thirty countries, and it was the first maker "
    "to offer a repair service for every lamp it ever sold."
)


def document(article: str, *, head: str = "", outside: str = "") -> str:
    """A page as wires build them: head, navigation, one article, footer."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lanternfield opens a second plant | '
        f"Example Wire</title>{head}</head><body><nav><a href='/'>Home</a><a href='/all'>All news</a></nav>"
        f"<main><article>{article}</article></main>{outside}<footer>© Example Wire</footer></body></html>"
    )


def article(*blocks: str) -> str:
    """A whole release with ``blocks`` between its first and second paragraph."""
    return f"<h1>Lanternfield opens a second plant</h1><p>{LEAD}</p>{''.join(blocks)}<p>{MIDDLE}</p><p>{LAST}</p>"


def page(
    content: str | bytes, *, content_type: str = "text/html; charset=utf-8", url: str = URL, status: int = 200
) -> Page:
    """The response that carries ``content``."""
    body = content.encode() if isinstance(content, str) else content
    return Page(
        url=url,
        final_url=url,
        status=status,
        headers={"content-type": content_type} if content_type else {},
        body=body,
        digest=sha256(body),
        fetched_at=NOW,
    )
