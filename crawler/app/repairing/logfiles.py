"""The log's files below ``log/``: written again from the database, all that are lost at once."""

from __future__ import annotations

import asyncio

from crawler.app import logkeeping
from crawler.app.repairing.bench import ORPHANS, REPAIRED, Bench, NotMended, Reissued
from crawler.errors import ArchiveError, ConfigError, LogError, StoreError
from crawler.logbook.lines import ENTRIES, FOLDER
from crawler.logbook.reissuing import Reissue
from crawler.model import Finding
from crawler.store.logreading import SqlLogReader


async def write_again(bench: Bench, finding: Finding) -> str:
    """The file that a finding names, or those that are missing in its folder."""
    if not bench.reissued:
        bench.reissued.append(await _reissued(bench))
    [done] = bench.reissued
    if finding.where in done.deeds:
        return done.deeds[finding.where]
    if done.stopped:
        before = f"{done.told}; then no more: " if done.told else "nothing is written again: "
        raise NotMended(f"{before}{done.stopped}; {finding.cure}")
    if finding.where in {FOLDER, ENTRIES} and done.told:
        return done.told
    raise NotMended(f"repair cannot: {finding.cure}")


async def _reissued(bench: Bench) -> Reissued:
    """Everything that is lost; without a store only what would be written.  What fails ends it, and undoes nothing."""
    done = Reissued()
    try:
        async with SqlLogReader(bench.config.database) as log:
            work = Reissue(log=log, files=bench.archive, trust=logkeeping.trust(bench.config))
            async for path, data in work.lost():
                done.deeds[path] = await _written(bench, path, data)
                done.told = _told(len(done.deeds))
        if done.told:
            done.told = _told(len(done.deeds), work)
        for path in work.strays:  # they may go when all that they hold lies elsewhere, and not before
            done.deeds[path] = await _moved(bench, path)
    except (LogError, ConfigError, ArchiveError, StoreError, OSError) as error:
        done.stopped = str(error)
    return done


def _told(many: int, work: Reissue | None = None) -> str:
    """How much of the whole is written, and when it is all what is to be known of it."""
    told = f"{many} file{'s' * (many != 1)} of the log written again from the database"
    if work is not None and work.blank:
        told += f"; of leaves without a statement ({_few(work.blank)}) the hash alone"
    if work is not None and work.unchecked:
        told += "; no key is known, so no signature was checked"
    return told


async def _moved(bench: Bench, path: str) -> str:
    if bench.store is None:
        return f"moved to {ORPHANS}/{path}"
    return f"moved to {await asyncio.to_thread(bench.aside.move, path, ORPHANS)}"


async def _written(bench: Bench, path: str, data: bytes) -> str:
    look = await asyncio.to_thread(bench.walk.look, path, read=False)
    if bench.store is not None:
        await bench.keep(look)
        await bench.archive.put(path, data)
    kept = "" if look.place == "missing" else f"; what lay there is kept under {REPAIRED}/"
    return f"written again from the database{kept}"


def _few(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (" …" if len(numbers) > 5 else "")
