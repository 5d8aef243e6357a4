"""What hostile documents do to a crawler with real workers: nothing but what is told of each of them."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from crawler.config import WorkersConfig
from crawler.errors import NoArticle, NotAFeed, WorkerFailed
from crawler.model import Extraction, FeedDocument
from crawler.workers.pool import WorkerPool
from tests.campaigns import poison
from tests.extract.monsters import monster
from tests.feeds.samples import item, rss
from tests.workers.test_tasks import FEED, PAGE, page

TASKS = "tests.workers.tasks"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    """The real tasks within little memory, for all tests of this file."""
    config = WorkersConfig(processes=1, memory=60_000_000, cpu=timedelta(seconds=4))
    async with WorkerPool(config) as pool:
        yield pool


def module(test: Any) -> Any:
    """A test that shares the pool, in one of the suite's processes."""
    return pytest.mark.xdist_group("little memory")(pytest.mark.asyncio(loop_scope="module")(test))


async def outcome(work: Any) -> Any:
    """What came of it, failures too."""
    outcomes: Any = await asyncio.gather(work, return_exceptions=True)
    return outcomes[0]


# --------------------------------------------------------------------------- C38


@pytest.mark.slow
def test_c38_poison_pages_of_a_real_crawl_are_blamed_alone_and_kept(tmp_path: Path) -> None:
    """A daemon, a wire and 1 page in 10 that crashes, exits, hangs or allocates; ``scripts/campaign poison`` in short."""
    found = poison.campaign(
        tmp_path, pages=40, share=0.1, timeout=2.0, monsters=["colspan"], tell=print, wires=2, clean=False
    )
    assert found.innocents_lost == []
    assert found.wrongly_blamed == []
    assert found.not_blamed == []
    assert found.wrong_reason == []
    assert found.bytes_not_kept == []
    assert found.daemon_deaths == 0
    assert found.poison >= 4
    assert found.pages >= 36


async def test_c38_a_document_that_hangs_keeps_one_place_of_two_and_no_innocent_waiting() -> None:
    """Two hang: while they have their second try, one after the other, the other place serves everybody."""
    config = WorkersConfig(processes=2, timeout=timedelta(seconds=1), memory=10**8)
    async with WorkerPool(config, tasks=TASKS) as pool:
        poison = [asyncio.create_task(pool.run("hang", str)) for _ in range(2)]
        innocents = [asyncio.create_task(pool.run("echo", str, str(number))) for number in range(30)]
        assert await asyncio.gather(*innocents) == [str(number) for number in range(30)]
        assert not any(each.done() for each in poison)  # nobody waited for their second tries
        outcomes = await asyncio.gather(*poison, return_exceptions=True)
        assert {str(each) for each in outcomes} == {"over 1 s; tried twice"}
        assert pool.deaths == 4


async def test_c38_so_many_waiting_documents_let_nothing_more_be_fetched() -> None:
    async with WorkerPool(WorkersConfig(processes=1, memory=10**8), tasks=TASKS) as pool:
        await asyncio.wait_for(pool.room(), 1)
        jobs = [asyncio.create_task(pool.run("work", str, "", 0.02)) for _ in range(20)]
        await asyncio.sleep(0)
        comer = asyncio.create_task(pool.room())
        await asyncio.sleep(0)
        assert pool.waiting >= 16
        assert not comer.done()
        await asyncio.gather(*jobs)
        await asyncio.wait_for(comer, 2)


# --------------------------------------------------------------------------- C36


async def test_c36_bombs_of_entities_harm_no_worker_and_ask_nobody() -> None:
    """Billion laughs, quadratic, external and parameter entities, a chain of 25,000, an endless attribute."""
    # A child of its own: what a monster of another test left in its heap is not these documents' doing.
    config = WorkersConfig(processes=1, memory=60_000_000, cpu=timedelta(seconds=4))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        there = f"http://127.0.0.1:{listener.getsockname()[1]}/hostile.dtd"
        laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
        chain = "".join(f"<!ENTITY e{n} '&e{n - 1};'>" for n in range(1, 25_000))
        heads = {
            "laughs": (f"[<!ENTITY l0 'ha'>{laughs}]", "&l9;"),
            "quadratic": (f"[<!ENTITY a '{'x' * 50_000}'>]", "&a;" * 20_000),
            "external": (f"[<!ENTITY a SYSTEM '{there}'>]", "&a;"),
            "parameter": (f"[<!ENTITY % a SYSTEM '{there}'> %a;]", "&a;"),
            "document type": (f"SYSTEM '{there}'", ""),
            "chain": (f"[<!ENTITY e0 'x'>{chain}]", "&e24999;"),
        }
        bodies = {
            name: f'<?xml version="1.0"?><?xml-stylesheet href="{there}"?><!DOCTYPE rss {head}>'
            + rss(item(1, f"<description>{told}</description>"))
            for name, (head, told) in heads.items()
        }
        bodies["inclusion"] = rss(
            f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{there}'/>", item(1)
        )
        bodies["attribute"] = rss(f'<image a="{"a" * 3_000_000}"/>', item(1))
        async with WorkerPool(config) as pool:
            for name, body in bodies.items():
                found = await outcome(pool.read_feed(page(body.encode()), feed_name="lantern"))
                assert isinstance(found, FeedDocument | NotAFeed), (name, found)
            assert pool.deaths == 0
            assert (await pool.read_feed(page(FEED), feed_name="lantern")).entries
        with pytest.raises(BlockingIOError):
            listener.accept()


# --------------------------------------------------------------------------- R57


@module
async def test_r57_a_page_that_needs_more_memory_than_there_is_is_blamed_and_the_parent_stays_small(
    pool: WorkerPool,
) -> None:
    before, deaths = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, pool.deaths
    large = await outcome(pool.read_page(page(monster("one long text", 0.3).encode()), want_date=False))
    assert isinstance(large, WorkerFailed)
    if "out of memory" in str(large):  # libxml2 may say "XMLSyntaxError: unknown error" in its place
        assert pool.deaths == deaths + 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB: it was sent twice
    assert isinstance(await pool.read_page(page(PAGE), want_date=False), Extraction)


@module
async def test_r57_a_machine_out_of_memory_takes_a_worker_before_the_parent(pool: WorkerPool) -> None:
    await outcome(pool.read_page(page(PAGE), want_date=False))
    assert [weight(pid) for pid in pool.pids] == [1000]
    assert weight(os.getpid()) < 1000


def weight(pid: int) -> int:
    """How gladly the kernel takes a process when memory is out; 1000 is most gladly."""
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text("ascii"))


# --------------------------------------------------------------------------- C37


@module
@pytest.mark.parametrize("name", ["deep", "colspan", "cells", "line breaks"])
async def test_c37_a_monster_is_answered_or_blamed_within_its_limits(pool: WorkerPool, name: str) -> None:
    found = await outcome(pool.read_page(page(monster(name, 0.2).encode()), want_date=False))
    assert isinstance(found, Extraction | NoArticle | WorkerFailed)
    assert isinstance(await pool.read_page(page(PAGE), want_date=False), Extraction)
