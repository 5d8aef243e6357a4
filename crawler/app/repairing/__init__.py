"""``crawler repair``: what verify finds, mended where that loses nothing; dry but with ``apply``.

Nothing is deleted: altered bytes go to ``repaired/``, what no row knows to ``orphans/``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from crawler.app import present, rawarchive
from crawler.app.house import SystemClock
from crawler.app.repairing.bench import Bench
from crawler.app.repairing.deeds import DEEDS, STRAYS, mend
from crawler.app.verifying import Watch, Wish, verify
from crawler.archive.aside import Aside
from crawler.archive.local import LocalArchive
from crawler.config import Config
from crawler.model import Finding, Mending
from crawler.store.auditing import SqlAudit
from crawler.store.mending import SqlMending

#: What a start of the crawler mends by itself, as it does here (temporary files only after a kill).
_AT_START = frozenset({"F108", "F212", "F314"})
_ROWS = frozenset({"F308", "F309"})  #: of the raw archive: what a file is put again from has one


async def repair(
    config: Config,
    watch: Watch,
    *,
    article: int | None,
    apply: bool,
    told: Callable[[Mending], None] = lambda one: None,
) -> list[Mending]:
    """Verify, and mend what was found; as the archive's only writer if it is to be done.

    ``told`` hears of each at once.
    """
    wish = Wish(article=article)
    if not apply:
        found = (await verify(config, wish, watch)).findings
        async with _bench(config, None) as bench:
            return [await mend(bench, one) for one in _once(found)]
    present.begun(config)
    async with SqlAudit(config.database):
        pass  # there is an archive, and it is ours: none is made to be mended
    async with _writing(config) as (store, archive):
        before = (await verify(config, wish, watch)).findings
        await _restart(config, store, archive)
        after = (await verify(config, wish, watch)).findings if _needs_another(before) else before
        still = {(one.code, one.where) for one in after}
        gone = [one for one in before if (one.code, one.where) not in still]
        async with _bench(config, store) as bench:
            done = []
            for one in _once(after):
                done.append(await mend(bench, one))
                told(done[-1])
        await store.close_run("done")
    return [Mending(finding=one, done=True, deed="as a start of the crawler does") for one in gone] + done


def _needs_another(found: Sequence[Finding]) -> bool:
    return any(one.code in _AT_START for one in found)


def _once(found: Sequence[Finding]) -> list[Finding]:
    """Each place once, for each kind: an index is written again, a file put again, but once."""
    known: dict[tuple[str, str], Finding] = {}
    for one in found:
        if one.severity != "notice" or one.code in DEEDS:  # of the others there is nothing to be done
            known.setdefault((one.code, one.where), one)
    return sorted(known.values(), key=_turn)


def _turn(one: Finding) -> int:
    """What is in the way first, then rows by which files are found; a reference when what it refers to is mended."""
    if one.code in STRAYS:
        return 0
    if one.code in _ROWS:
        return 1
    return 3 if one.code == "F102" else 2


async def _restart(config: Config, store: SqlMending, archive: LocalArchive) -> None:
    """What a start does about the last stop: unsettled revisions, raw files that were left open."""
    await rawarchive.recovered(config, store, archive)
    async with rawarchive.opened(config, SystemClock(), store, run=0):
        pass


@asynccontextmanager
async def _writing(config: Config) -> AsyncIterator[tuple[SqlMending, LocalArchive]]:
    archive = LocalArchive(config.archive.root)
    try:
        await archive.check_writable()
        clock = SystemClock()
        store = SqlMending(config.database, config.store, slug_bytes=config.archive.slug_bytes, now=clock.now)
        await store.open()
        try:
            await store.open_run("repair", {})
            yield store, archive
        finally:
            await store.close()
    finally:
        await archive.close()


@asynccontextmanager
async def _bench(config: Config, store: SqlMending | None) -> AsyncIterator[Bench]:
    archive, raw = LocalArchive(config.archive.root), rawarchive.reading(config)
    try:
        async with SqlAudit(config.database) as audit:
            yield Bench(
                config=config,
                audit=audit,
                archive=archive,
                raw=raw,
                aside=Aside(config.archive.root),
                store=store,
            )
    finally:
        await raw.close()
        await archive.close()
