"""The log's files below ``log/``: written again from the database, all that are lost at once."""

from __future__ import annotations

import asyncio

from crawler.app import logkeeping
from crawler.app.repairing.bench import ORPHANS, REPAIRED, Bench, NotMended, Reissued
from crawler.errors import ConfigError, LogError
from crawler.logbook.lines import ENTRIES, FOLDER
from crawler.logbook.reissuing import Reissue
from crawler.model import Finding
from crawler.store.logreading import SqlLogReader


async def write_again(bench: Bench, finding: Finding) -> str:
    """The file that a finding names, or those that are missing in its folder."""
    if not bench.reissued:
        bench.reissued.append(await _reissued(bench))
    [done] = bench.reissued
    if done.refused:
        raise NotMended(f"nothing is written again: {done.refused}; {finding.cure}")
    if finding.where in {FOLDER, ENTRIES} and done.told:
        return done.told
    if finding.where not in done.deeds:
        raise NotMended(f"repair cannot: {finding.cure}")
    return done.deeds[finding.where]


async def _reissued(bench: Bench) -> Reissued:
    """Everything that is lost; without a store only what would be written."""
    done = Reissued()
    try:
        async with SqlLogReader(bench.config.database) as log:
            work = Reissue(log=log, files=bench.archive, trust=logkeeping.trust(bench.config))
            async for path, data in work.lost():
                done.deeds[path] = await _written(bench, path, data)
    except (LogError, ConfigError) as error:
        return Reissued(refused=str(error))
    for path in work.strays:
        done.deeds[path] = f"moved to {ORPHANS}/{path}"
        if bench.store is not None:
            done.deeds[path] = f"moved to {await asyncio.to_thread(bench.aside.move, path, ORPHANS)}"
    many = len(done.deeds) - len(work.strays)
    done.told = f"{many} file{'s' * (many != 1)} of the log written again from the database" if many else ""
    if work.blank:
        done.told += f"; of leaves without a statement ({_few(work.blank)}) the hash alone"
    if many and work.unchecked:
        done.told += "; no key is known, so no signature was checked"
    return done


async def _written(bench: Bench, path: str, data: bytes) -> str:
    look = await asyncio.to_thread(bench.walk.look, path, read=False)
    if bench.store is not None:
        await bench.keep(look)
        await bench.archive.put(path, data)
    kept = "" if look.place == "missing" else f"; what lay there is kept under {REPAIRED}/"
    return f"written again from the database{kept}"


def _few(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (" …" if len(numbers) > 5 else "")
