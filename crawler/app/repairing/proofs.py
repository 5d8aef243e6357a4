"""Published proofs: written again from the database, all that are lost at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from crawler.app import logkeeping
from crawler.app.repairing.bench import REPAIRED, Bench, NotMended
from crawler.errors import ArchiveError, ConfigError
from crawler.logbook.published import Published
from crawler.logbook.republishing import Republishing
from crawler.model import Finding
from crawler.store.logreading import SqlLogReader

#: Path → what is done, or why nothing is.
Deeds = dict[str, str | NotMended]


async def write_again(bench: Bench, finding: Finding) -> str:
    """The proof that a finding names."""
    if not bench.republished:
        bench.republished.append(await _republished(bench))
    done = bench.republished[0].get(finding.where, NotMended(f"repair cannot: {finding.cure}"))
    if isinstance(done, NotMended):
        raise done
    return done


async def _republished(bench: Bench) -> Deeds:
    """Everything that is lost; without a store only what would be written."""
    done: Deeds = {}
    async with SqlLogReader(bench.config.database) as log:
        try:
            trust = logkeeping.trust(bench.config)
        except ConfigError as error:
            raise NotMended(f"nothing is written again: {error}") from None
        work = Republishing(look=Published(log=log, files=bench.archive, trust=trust))
        async for some in work.lost():
            done |= await _written(
                bench, some, "" if trust.keys else "; no key is known, so no signature was checked"
            )
    return done | {path: NotMended(f"it is not written again: {why}") for path, why in work.refused.items()}


async def _written(bench: Bench, some: Sequence[tuple[str, bytes]], more: str) -> Deeds:
    """Proofs put together, for less than one by one; what cannot be kept aside is not replaced."""
    done: Deeds = {}
    for path, _ in some:
        look = await asyncio.to_thread(bench.walk.look, path, read=False)
        kept = "" if look.place == "missing" else f"; what lay there is kept under {REPAIRED}/"
        done[path] = f"written again from the database{kept}{more}"
        try:
            if bench.store is not None:
                await bench.keep(look)
        except (ArchiveError, OSError) as error:
            done[path] = NotMended(str(error))
    ready = [(path, data) for path, data in some if not isinstance(done[path], NotMended)]
    try:
        if bench.store is not None:
            await bench.archive.put_many(ready)
    except (ArchiveError, OSError) as error:
        done |= {path: NotMended(str(error)) for path, _ in ready}
    return done
