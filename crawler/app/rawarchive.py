"""The raw archive, put together: WARC files below the archive's root, and the web that fills them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from crawler.archive.local import LocalArchive
from crawler.archive.warc import Mended, WarcArchive
from crawler.config import Config
from crawler.errors import ArchiveError
from crawler.holding import HeldRaw
from crawler.model import Severed, ToldVisit
from crawler.ports import Clock, Hold, RawArchive, RawIndex, Store, Web, once
from crawler.recording import RecordingWeb, Replaying, RobotsLog, records_of, unsettled
from crawler.recovery import Recovered, recover


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """An open raw archive; with ``robots`` None nothing is kept."""

    archive: WarcArchive
    index: RawIndex
    held: RawArchive  #: the same, to be added to: where the disk is full, that waits
    robots: RobotsLog | None
    mended: Mended
    run: int
    visits: dict[str, ToldVisit]  #: pages of the last run that it did not come to settle
    unread: bool  #: there may be more of them: the next start is to look again

    def before(self, web: Web) -> Web:
        """The web with every page kept as it came."""
        if self.robots is not None:
            web = RecordingWeb(web=web, raw=self.held, run=self.run)
        return (
            Replaying(web=web, raw=self.archive, index=self.index, visits=self.visits) if self.visits else web
        )

    async def note_left(self) -> None:
        """Note where pages lie that nobody came for; raises ``StoreError``."""
        for item in list(self.visits):
            await self.index.note_raw(records_of(self.visits.pop(item)))

    @property
    def testifying(self) -> RawArchive | None:
        """Where revisions are testified to."""
        return self.held if self.robots else None


async def recovered(config: Config, store: Store, archive: LocalArchive) -> Recovered:
    """Make the last stop good, with what was kept raw until then; from here on nobody else writes to the archive."""
    await archive.take()
    raw = reading(config)
    try:
        return await recover(store, archive, raw, torn=await raw.is_torn())
    finally:
        await raw.close()


async def _left(
    archive: WarcArchive, index: RawIndex, severed: Sequence[Severed], mended: Sequence[str]
) -> dict[str, ToldVisit] | None:
    """What the last run kept and did not settle; None where it cannot be read: the network is asked again."""
    if not severed:
        return {}
    try:
        return await unsettled(await archive.unclaimed(severed, mended), index)
    except ArchiveError:
        return None


def reading(config: Config) -> WarcArchive:
    """What was kept, to be read; also while a crawler runs."""
    return WarcArchive(config.archive.root)


@asynccontextmanager
async def opened(
    config: Config,
    clock: Clock,
    index: RawIndex,
    run: int,
    *,
    hold: Hold = once,
    severed: Sequence[Severed] = (),
) -> AsyncIterator[Raw]:
    """The raw archive, whether or not it is to be added to; files that a crash left open are closed first.

    The caller holds the archive's lock.  ``severed``: when crawls that were killed may have left something to be
    replayed.
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
        left = await archive.left_open()
        mended = await archive.mend()
        visits = await _left(archive, index, severed, left)
        held = HeldRaw(raw=archive, hold=hold)
        robots = RobotsLog(raw=held, index=index, run=run) if settings.raw else None
        yield Raw(
            archive=archive,
            index=index,
            held=held,
            robots=robots,
            mended=mended,
            run=run,
            visits=visits or {},
            unread=visits is None,
        )
    finally:
        with suppress(ArchiveError):  # what is in its file is durable; the next start closes it
            await archive.close()
