"""The real tasks in real workers: the same values as without processes, within the same limits."""

from __future__ import annotations

import asyncio
import gzip
import json
import resource
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from crawler import document
from crawler.config import WorkersConfig
from crawler.errors import CrawlError, DocumentError, NoArticle, NotAFeed, WorkerFailed
from crawler.model import Attempt, Entry, Extraction, FeedDocument, Page, sha256
from crawler.workers.inline import InlineWorkers
from crawler.workers.pool import WorkerPool
from tests.revising.samples import DOCUMENT, body

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
ADDRESS = "https://wire.example/releases/a"

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("worker tasks")]

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Lantern Wire</title><link>https://wire.example/
</link><description>News</description><ttl>30</ttl><item><title>Lanternfield opens a plant</title><guid>a</guid>
<link>https://wire.example/releases/a</link><pubDate>Mon, 06 Jan 2025 10:00:00 GMT</pubDate></item>
<item><title>Lanternfield closes a plant</title><guid>b</guid><link>https://wire.example/releases/b</link></item>
</channel></rss>"""
PAGE = b"""<!doctype html><html lang="en"><head><title>Lanternfield opens a plant</title></head><body><article>
<h1>Lanternfield opens a plant</h1><p>Lanternfield Ltd said on Monday that it had opened a second plant, which will
employ two hundred people and make forty thousand reading lamps a month.</p><p>The company said the plant was paid
for from its own means, and that the first lamps would reach shops in the spring of next year.</p></article></body>
</html>"""


def page(body: bytes, address: str = ADDRESS) -> Page:
    """A page as the web door returns it."""
    now = datetime(2025, 1, 6, 12, tzinfo=UTC)
    return Page(
        url=address,
        final_url=address,
        status=200,
        headers={"content-type": "text/html"},
        body=body,
        digest=sha256(body),
        fetched_at=now,
        attempts=(Attempt(url=address, started_at=now, number=1),),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    """One for all of them: a process of it takes as long to start as most documents together."""
    async with WorkerPool(WorkersConfig(processes=1)) as pool:
        yield pool


async def test_all_tasks_answer_as_they_do_without_processes(pool: WorkerPool) -> None:
    inline = InlineWorkers()
    entry = Entry(key="a", position=0, link=ADDRESS, content=PAGE.decode().partition("<article>")[2])
    feed = await pool.read_feed(page(FEED), feed_name="lantern")
    assert feed == await inline.read_feed(page(FEED), feed_name="lantern")
    assert [item.title for item in feed.entries] == [
        "Lanternfield opens a plant",
        "Lanternfield closes a plant",
    ]
    extraction = await pool.read_page(page(PAGE), want_date=True)
    assert extraction == await inline.read_page(page(PAGE), want_date=True)
    assert "forty thousand reading lamps" in extraction.text
    own = await pool.read_entry(entry)
    assert own == await inline.read_entry(entry)
    assert own is not None
    assert await pool.read_entry(Entry(key="b", position=0)) is None
    image = await pool.draw_qrcode(ADDRESS)
    assert image == await inline.draw_qrcode(ADDRESS)
    assert image[8:12] == b"WEBP"
    before, after = (document.render(one) for one in (DOCUMENT, body("<p>Two cranes</p><p>New</p>")))
    comparison = await pool.compare(before, after, known=("One tug",))
    assert comparison == await inline.compare(before, after, known=("One tug",))
    assert (comparison.change.fields, comparison.change.added) == (("body",), 1)


async def test_what_is_no_feed_and_no_article_is_told(pool: WorkerPool) -> None:
    with pytest.raises(NotAFeed):
        await pool.read_feed(page(PAGE), feed_name="lantern")
    with pytest.raises(DocumentError):
        await pool.compare(b"no file of ours", document.render(DOCUMENT))
    with pytest.raises(NoArticle):
        await pool.read_page(page(b"<html></html>"), want_date=False)


async def test_a_feed_that_names_a_file_is_not_opened(pool: WorkerPool) -> None:
    with pytest.raises(NotAFeed):
        await pool.read_feed(page(b"/dev/zero"), feed_name="lantern")


async def test_the_feed_that_crashes_expat_leaves_the_parent_alone(pool: WorkerPool) -> None:
    chain = "".join(f'<!ENTITY e{n} "&e{n - 1};">' for n in range(1, 25_000))
    body = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "x">{chain}]><rss>&e24999;</rss>'.encode()
    [outcome] = await asyncio.gather(pool.read_feed(page(body), feed_name="lantern"), return_exceptions=True)
    assert isinstance(outcome, FeedDocument | NotAFeed | WorkerFailed)
    assert (await pool.read_feed(page(FEED), feed_name="lantern")).entries


async def test_an_html_monster_is_answered_or_blamed_within_its_limits(pool: WorkerPool) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    monster = b"<html><body>" + b"<div>" * 100_000 + b"deep" + b"<table><td colspan=1000000000>" * 1000
    [outcome] = await asyncio.gather(pool.read_page(page(monster), want_date=False), return_exceptions=True)
    assert isinstance(outcome, Extraction | NoArticle | WorkerFailed)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the measuring data is not beside the project")
async def test_real_pages_answer_as_they_do_without_processes(pool: WorkerPool) -> None:
    inline, deaths = InlineWorkers(), pool.deaths
    rows = [json.loads(line) for line in (SHARED / "pages/gold.jsonl").read_text("utf-8").splitlines()[::60]]
    for row in rows:
        body = gzip.decompress((SHARED / "pages" / row["html"]).read_bytes())
        outcomes: list[object] = []
        for workers in (pool, inline):
            try:
                outcomes.append(await workers.read_page(page(body, row["url"]), want_date=True))
            except CrawlError as error:
                outcomes.append((error.kind, str(error)))
        assert outcomes[0] == outcomes[1]
    assert pool.deaths == deaths
