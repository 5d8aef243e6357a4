"""The tools' environment, and a raw archive with one of everything, served by pywb."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.archive.warc import WarcArchive
from crawler.archive.warc.tombstones import Graveyard
from crawler.model import RawRecord
from crawler.model.takedown import RemovedRecord
from tests.archive.exchanges import ABOUT, BODY, HOUR, NOON, exchange
from tests.archive.test_warc_testimony import told
from tests.replay.tools import Wayback, closed, environment, wayback

MOVED = b"HTTP/1.1 301 Moved Permanently\r\nLocation: https://www.orbitwire.example/release/2\r\n\r\n"


@pytest.fixture(scope="session")
def tools() -> Path:
    """Where pywb, wacz and bagit are."""
    found = environment()
    if found is None:
        pytest.skip("no pywb: `scripts/replay ARCHIVE check` makes its environment")
    return found


async def _fill(root: Path) -> None:
    archive = WarcArchive(root, now=lambda: NOON)
    pages: list[RawRecord] = []
    for number, coding in enumerate(("", "gzip", "deflate"), 1):
        pages += await archive.keep([exchange(number, BODY + b"%d" % number, coding)], about=ABOUT)
    later = {"started_at": NOON + HOUR}
    await archive.keep([exchange(1, BODY + b"1", **later)], about=ABOUT)  # the same address again
    await archive.keep([exchange(7, BODY + b"2", "gzip")], about=ABOUT)  # the same body elsewhere
    hops = [
        exchange(8, b"moved", response_head=MOVED),
        exchange(2, BODY + b"2", "gzip", hop=1, started_at=NOON + 2 * HOUR),
    ]
    await archive.keep(hops, about=ABOUT)
    for page in pages:
        of = {"page": (page.file, page.offset), "page_url": page.url, "at": NOON + HOUR}
        await archive.testify(replace(told(), **of, address=f"https://archive.example/{page.offset}/"))
    [gone] = await archive.keep([exchange(9, BODY * 30)], about=ABOUT)
    await archive.close()
    removed = RemovedRecord(
        id=1, path=gone.file, start=gone.offset, size=gone.length, type="response", digest=gone.payload, url=gone.url
    )  # fmt: skip
    Graveyard(root).bury(gone.file, [removed], NOON + HOUR)


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Original, redirect, revisits, three codings, testimonies, and a record that was taken down."""
    root = tmp_path_factory.mktemp("archive")
    asyncio.run(_fill(root))
    return root


@pytest.fixture(scope="session")
def served(tools: Path, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wayback]:
    """pywb over that archive."""
    with wayback(tools, tmp_path_factory.mktemp("pywb"), closed(archive)) as found:
        yield found
