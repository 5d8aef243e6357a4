"""The raw archive, put together: WARC files below the archive's root, and the web that fills them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from crawler.archive.warc import Mended, WarcArchive
from crawler.config import Config
from crawler.errors import ArchiveError
from crawler.ports import Clock, RawIndex, Web
from crawler.recording import RecordingWeb, RobotsLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """An open raw archive; with ``robots`` None nothing is kept."""

    archive: WarcArchive
    robots: RobotsLog | None
    mended: Mended
    run: int

    def before(self, web: Web) -> Web:
        """The web with every page kept as it came."""
        return RecordingWeb(web=web, raw=self.archive, run=self.run) if self.robots else web


def reading(config: Config) -> WarcArchive:
    """What was kept, to be read; also while a crawler runs."""
    return WarcArchive(config.archive.root)


@asynccontextmanager
async def opened(config: Config, clock: Clock, index: RawIndex, run: int) -> AsyncIterator[Raw]:
    """The raw archive, whether or not it is to be added to; files that a crash left open are closed first.

    The caller holds the archive's lock.
    """
    settings = config.archive
    archive = WarcArchive(
        settings.root,
        index=index,
        file_size=settings.raw_file_size,
        file_age=settings.raw_file_age,
        information={"robots": "obey" if config.web.robots else "ignore"},
        now=clock.now,
    )
    try:
        mended = await archive.mend()
        robots = RobotsLog(raw=archive, index=index, run=run) if settings.raw else None
        yield Raw(archive=archive, robots=robots, mended=mended, run=run)
    finally:
        with suppress(ArchiveError):  # what is in its file is durable; the next start closes it
            await archive.close()
