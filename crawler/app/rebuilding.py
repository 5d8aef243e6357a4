"""A rebuild, put together: the raw archive read twice, a database made aside, files put again; no web.

The archive's lock is held from the beginning to the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from crawler.app import rawarchive
from crawler.app.house import SystemClock, feeds
from crawler.archive.local import LocalArchive
from crawler.archive.walk import Walk
from crawler.archive.warc import WarcArchive
from crawler.archive.warc.telling import Chronicle
from crawler.config import Config, StoreConfig
from crawler.errors import LogError, StoreError
from crawler.logbook.restoring import restore, statements
from crawler.model import Fronted
from crawler.ports import Frames
from crawler.rebuilding import front, stated
from crawler.rebuilding.database import Counts, Story, read
from crawler.rebuilding.files import Files, Put
from crawler.rebuilding.front import Fronts, Place
from crawler.rebuilding.plan import Plan
from crawler.store import presence
from crawler.store.lock import ArchiveLock
from crawler.store.retelling import replacing
from crawler.store.retelling.files import SqlRevisions
from crawler.store.retelling.telling import SqlRetelling
from crawler.workers.pool import WorkerPool

_BATCH = 200  #: revisions that are held at once

#: Called with what is under way, how much of it is done, and how much there is.
Watch = Callable[[str, int, int], None]


@dataclass(slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild of the database has done."""

    counts: Counts
    rows: dict[str, int]  #: that the database has now
    added: bool  #: to an older database; else everything was told again
    unchanged: bool = False  #: it lacked nothing: the old one stays as it is
    lost: str | None = None  #: where the old database is kept
    damage: list[str] = field(default_factory=list)  #: what of the raw archive cannot be read
    leaves: int = 0  #: of the log
    held: list[int] = field(default_factory=list)  #: articles that are drafts, and nothing tells why


def require_something(config: Config) -> None:
    """Raise ``StoreError`` where nothing lies that an archive could be told from: none is begun by mistake."""
    root = config.archive.root
    if config.database.exists() and not config.database.is_file():
        raise StoreError(presence.absent(config.database))
    if not config.database.is_file() and not any((root / name).is_dir() for name in ("content", "warc")):
        raise StoreError(
            f"{root}: there is nothing that an archive could be made of; name another configuration with --config PATH"
        )


@contextmanager
def locked(config: Config) -> Iterator[None]:
    """Nobody else writes to this archive; what a killed rebuild left aside is removed.

    Raises ``ArchiveBusy``.
    """
    lock = ArchiveLock(config.database)
    lock.take()
    lock.note("rebuild")
    try:
        replacing.discard(config.database)
        yield
    finally:
        lock.release()


def can_be_added_to(config: Config) -> bool:
    """Whether there is a database that only lacks something."""
    return replacing.is_sound(config.database)


async def database(config: Config, watch: Watch, *, anew: bool) -> Rebuilt:
    """Tell the database again, or what it lacks; the caller has the lock.

    Until it is whole the old one stands; one that lacks nothing goes on standing.  Raises a ``CrawlError``.
    """
    added = not anew and can_be_added_to(config)
    try:
        if added:
            replacing.copy(config.database)
        async with _desk(config) as (archive, raw, workers):
            await raw.mend()
            built = await _told(config, watch, archive, raw, workers, added=added)
        built.unchanged = added and await asyncio.to_thread(replacing.is_unchanged, config.database)
        if not built.unchanged:
            kept = f"lost-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
            lost = replacing.install(config.database, kept)
            built.lost = str(lost) if lost else None
        return built
    finally:  # also where it is interrupted
        replacing.discard(config.database)


async def _told(
    config: Config, watch: Watch, archive: LocalArchive, raw: WarcArchive, workers: WorkerPool, *, added: bool
) -> Rebuilt:
    """Both readings of the raw archive, then what only the files tell, then the log."""
    chronicle, clock = Chronicle(config.archive.root), SystemClock()
    size = chronicle.size()
    plan = await read(chronicle, lambda so_far: watch("reading", so_far, size))
    fronts = Fronts(archive=archive)
    places = await _fronts(config, fronts, plan, archive)
    async with SqlRetelling(replacing.aside(config.database), StoreConfig(synchronous="NORMAL")) as store:
        story = Story(
            chronicle=chronicle,
            raw=raw,
            workers=workers,
            store=store,
            plan=plan,
            settings=config.poll,
            now=clock.now(),
            added=added,
        )
        await story.begin(feeds(config))
        await story.tell(lambda so_far: watch("telling", so_far, size))
        watch("telling", size, size)
        held = await _fronted(story.counts, store, fronts, places, archive)
        rows = await store.finish(feeds(config), clock.now(), floor=config.poll.floor)
        leaves, trouble = await _log(store, archive, clock.now())
    damage = [f"{one.path} at {one.offset}: {one.why}" for one in plan.damage] + trouble
    story.counts.unreadable += fronts.unreadable
    return Rebuilt(
        counts=story.counts, rows=rows, added=added, damage=damage, leaves=leaves, held=sorted(held)
    )


def _is_unexplained(one: Fronted) -> bool:
    """Whether it is a draft, and nothing tells why."""
    return one.newest and one.draft and one.stated is None and not one.tombstone


async def _log(store: SqlRetelling, archive: LocalArchive, now: datetime) -> tuple[int, list[str]]:
    """The log again; where its files do not fit each other, a database without it is better than none."""
    try:
        return (await restore(store, archive, now=now)).leaves, []
    except LogError as error:
        return 0, [f"the log: {error}"]


async def _fronts(config: Config, fronts: Fronts, plan: Plan, archive: LocalArchive) -> list[Place]:
    """Articles of which only their files tell, and the log's; their numbers are spoken for."""
    files = await asyncio.to_thread(_files, config)
    wires, found = frozenset(feed.source_key for feed in feeds(config)), list[Place]()
    async for one in fronts.read(files, plan):
        front.know_wire(plan, one, wires)
        found.append(front.noted(one))
    places = await stated.placed(found, lambda: statements(archive))
    for place in places:
        front.know(plan, place)
    return places


async def _fronted(
    counts: Counts, store: SqlRetelling, fronts: Fronts, places: Sequence[Place], archive: LocalArchive
) -> list[int]:
    """Tell them, a batch at a time; articles that are drafts, and nothing tells why."""
    held: list[int] = []
    for at in range(0, len(places), _BATCH):
        batch = await stated.told(places[at : at + _BATCH], fronts.again, partial(statements, archive))
        new = await store.fronted(batch)
        counts.files += len(new)
        counts.stated += sum(one.stated is not None for one in new)
        held.extend(one.article for one in new if _is_unexplained(one))
    return held


def _files(config: Config) -> list[tuple[str, datetime]]:
    """Files of articles and of their older revisions, with the time at which each was written."""
    walk, found = Walk(config.archive.root), []
    for folder in ("content", "revisions"):
        for path in walk.files(folder):
            look = walk.look(path, read=False)
            if path.endswith(".md") and look.place == "file":
                found.append((path, datetime.fromtimestamp(look.modified / 1e9, UTC)))
    return found


async def files(config: Config, watch: Watch) -> Put:
    """Put files again that are lost; the caller has the lock.  Raises a ``CrawlError``."""
    async with (
        SqlRevisions(config.database) as revisions,
        _desk(config, revisions) as (archive, raw, workers),
    ):
        count = await revisions.count()
        putting = Files(
            archive=archive,
            raw=raw,
            workers=workers,
            revisions=revisions,
            settings=config.archive,
            banners=config.banners,
        )
        return await putting.run(lambda done: watch("files", done, count))


@asynccontextmanager
async def _desk(
    config: Config, frames: Frames | None = None
) -> AsyncIterator[tuple[LocalArchive, WarcArchive, WorkerPool]]:
    async with AsyncExitStack() as stack:
        archive = LocalArchive(config.archive.root)
        stack.push_async_callback(archive.close)
        await archive.check_writable()
        await archive.take()
        raw = rawarchive.reading(config)
        stack.push_async_callback(raw.close)
        workers = WorkerPool(
            config.workers.model_copy(update={"processes": 1}),  # one document after the other
            entries=config.poll.entries,
            effort=config.extract.effort,
            frames=frames,
            rules=config.rules,
        )
        await workers.start()
        stack.push_async_callback(workers.close)
        yield archive, raw, workers
