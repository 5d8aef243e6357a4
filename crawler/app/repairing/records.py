"""Raw records that lost their rows, and the indexes beside their files."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from crawler.app.repairing.bench import REPAIRED, Bench, NotMended
from crawler.archive.warc import index, scan
from crawler.archive.warc.reading import OPEN
from crawler.archive.warc.volume import SUFFIX
from crawler.audit.facts import RawGap, RawLook
from crawler.audit.testimonies import stated
from crawler.model import Finding, RawRecord

NEVER = datetime.min.replace(tzinfo=UTC)


async def index_again(bench: Bench, finding: Finding) -> str:
    """A row for a raw record; a revision's is found by its statement, a page's fetch by address and time."""
    path, _, offset = finding.where.rpartition(":")
    looks = await asyncio.to_thread(_looks, bench, path, int(offset))
    if not looks:
        raise NotMended("no whole record is there any more")
    first = looks[0]
    statement = None
    if first.type == "conversion":
        statement = next((stated(look.text) for look in looks[1:] if look.type == "metadata"), None)
        if finding.code == "F309" or statement is None:
            raise NotMended("left as it is: a revision that was never written down, as a kill leaves it")
    if bench.store is not None:
        record = RawRecord(
            url=first.url,
            file=path.removesuffix(OPEN),
            offset=first.offset,
            length=first.length,
            payload=first.payload,
            revisit=first.type == "revisit",
            written_at=datetime.fromisoformat(first.date),
        )
        if not await bench.store.index(record, first.date, statement):
            raise NotMended("no row can be made for it: another one claims it, or its revision is not there")
    return "indexed again"


async def refer_again(bench: Bench, finding: Finding) -> str:
    """A revisit whose response lost its row refers to it again when that is indexed."""
    if not finding.where.startswith("warc_records:"):
        raise NotMended(f"repair cannot: {finding.cure}")
    if bench.store is not None:
        if not bench.dangling:  # once: these are mended last
            bench.dangling.append({f"{table}:{row}" for table, row, _ in await bench.audit.dangling()})
        if finding.where in bench.dangling[0]:
            raise NotMended(f"repair cannot: {finding.cure}")
    return "refers to what was indexed again"


async def write_index(bench: Bench, finding: Finding) -> str:
    """The CDXJ index of a closed raw file, from what is in the file."""
    path = finding.where
    file = path.removesuffix(".cdxj") + SUFFIX
    data = await asyncio.to_thread(_index, bench, file)
    if bench.store is not None:
        look = await asyncio.to_thread(bench.walk.look, path)
        if look.place not in {"file", "missing"}:
            await asyncio.to_thread(bench.aside.move, path, REPAIRED)
        await bench.archive.put(path, data)
    return "written again from its raw file"


def _index(bench: Bench, file: str) -> bytes:
    lines = []
    for one in scan.scan(bench.walk.tree, file):
        if isinstance(one, RawGap) and not one.harmless:
            raise NotMended("its raw file is damaged: restore both from a backup")
        if isinstance(one, RawLook) and one.line is not None:
            lines.append(one.line)
    return index.text(lines)


def _looks(bench: Bench, path: str, offset: int) -> list[RawLook]:
    """The record at an offset, and the two behind it."""
    for name in (path, path + OPEN):
        with suppress(FileNotFoundError):
            return scan.row(bench.walk.tree, name, offset, 3)
    raise NotMended("its file is missing")
