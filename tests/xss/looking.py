"""Archived articles in a real browser: many to a page as CommonMark renders them, and on the pages that Hugo made."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from crawler.document import Document
from tests.xss.browser import Browser
from tests.xss.nodes import rendered
from tests.xss.sight import Sight

Found = dict[str, list[str]]  #: name → what it did that it must not


async def in_commonmark(browser: Browser, documents: Mapping[str, Document], *, batch: int = 16) -> Found:
    """Bodies and summaries, a ``batch`` of articles on each page; who does wrong is then looked at alone."""
    alike = {(document.summary, document.body): name for name, document in documents.items()}
    names = list(alike.values())
    pages = {f"/commonmark/{at}/": names[at : at + batch] for at in range(0, len(names), batch)}
    for path, some in pages.items():
        browser.pages[path] = _page(documents[name] for name in some)
    wrong = await in_hugo(browser, pages)
    for path in wrong:
        for name in pages[path]:
            browser.pages[f"/alone/{name}/"] = _page([documents[name]])
    alone = [f"/alone/{name}/" for path in wrong for name in pages[path]]
    return (await in_hugo(browser, alone)) or wrong


async def in_hugo(browser: Browser, paths: Iterable[str]) -> Found:
    """Pages as they are served."""
    places = list(paths)
    sights = await asyncio.gather(*(browser.look(path) for path in places))
    return {path: strange for path, sight in zip(places, sights, strict=True) if (strange := _strange(sight))}


def _strange(sight: Sight) -> list[str]:
    return sight.strange() if sight.elements > 3 else ["shows nothing"]


def _page(documents: Iterable[Document]) -> tuple[str, bytes]:
    return raw_page(
        "".join(f"<div>{rendered(each.summary)}{rendered(each.body)}</div>" for each in documents)
    )


def raw_page(markup: str) -> tuple[str, bytes]:
    """A page that holds nothing but this."""
    text = f'<!doctype html><html><head><meta charset="utf-8"><title>Archive</title></head><body>{markup}</body></html>'
    return "text/html; charset=utf-8", text.encode("utf-8", "replace")
