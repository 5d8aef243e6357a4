"""What commands write with that change single articles: the archive's only writer, its files and raw records.

No web, and no page is read.  Used by ``takedowns`` and ``releases``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from crawler.app import logkeeping, present, rawarchive
from crawler.app.house import SystemClock
from crawler.archive.local import LocalArchive
from crawler.config import Config
from crawler.errors import CrawlError, StoreError
from crawler.outbox import Outbox
from crawler.ports import Clock
from crawler.store.sql import SqlStore
from crawler.store.standings import SqlStandings
from crawler.workers.inline import InlineWorkers


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What there is to work with."""

    standings: SqlStandings
    outbox: Outbox
    clock: Clock


@asynccontextmanager
async def writing(
    config: Config, store: SqlStore, command: str, arguments: Mapping[str, Any], clock: SystemClock
) -> AsyncIterator[Desk]:
    """Open ``store`` to be written, after a recovery; its log gets a head at the end.  Raises ``CrawlError``."""
    present.begun(config)
    archive = LocalArchive(config.archive.root)
    try:
        await archive.check_writable()
        async with store:
            await store.open_run(command, arguments)
            await rawarchive.recovered(config, store, archive)
            async with (
                SqlStandings(config.database) as standings,
                rawarchive.opened(config, clock, store, run=0) as raw,
            ):
                outbox = Outbox(
                    workers=InlineWorkers(),  # draws a QR code of our own, and reads nothing foreign
                    archive=archive,
                    store=store,
                    files=config.archive,
                    raw=raw.testifying,
                )
                try:
                    yield Desk(standings=standings, outbox=outbox, clock=clock)
                except (CrawlError, asyncio.CancelledError) as error:
                    with suppress(StoreError):
                        await store.close_run("failed" if isinstance(error, CrawlError) else "interrupted")
                    raise
                await store.close_run("done")
                await logkeeping.logbook(config, store, archive, clock).head()
    finally:
        await archive.close()
