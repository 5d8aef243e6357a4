"""One finding after the other: what is done about it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from crawler.app.repairing import logfiles, proofs, records
from crawler.app.repairing.bench import ORPHANS, REPAIRED, Bench, NotMended
from crawler.audit import files
from crawler.audit.facts import ArticleRow, Expected
from crawler.errors import ArchiveError, StoreError
from crawler.model import Finding, Mending, RawRecord, sha256

_Deed = Callable[[Bench, Finding], Awaitable[str]]


async def mend(bench: Bench, finding: Finding) -> Mending:
    """Mend a finding, or say why that cannot be; without a store only what would be done."""
    deed = DEEDS.get(finding.code)
    try:
        if deed is None:
            raise NotMended(f"repair cannot: {finding.cure}")
        return Mending(finding=finding, done=True, deed=await deed(bench, finding))
    except (NotMended, ArchiveError, StoreError, OSError) as error:
        return Mending(finding=finding, done=False, deed=str(error))


async def _put_again(bench: Bench, finding: Finding) -> str:
    """A file as it was archived, from the testimony in the raw archive; what lies there is kept aside first."""
    if finding.article is None:
        raise NotMended("no article is known for it")
    want, article = await _wanted(bench, finding.article, finding.where)
    look = await asyncio.to_thread(bench.walk.look, finding.where)
    if look.sha256 == want.sha256:
        raise NotMended(f"the file is whole; it is its row that is not: {finding.cure}")
    data = await _testified(bench, article, want)
    if bench.store is not None:
        await bench.keep(look)
        await bench.archive.put(want.path, data)
    kept = "" if look.place == "missing" else f"; what lay there is kept under {REPAIRED}/"
    return f"put again from the raw archive{kept}"


async def _wanted(bench: Bench, number: int, path: str) -> tuple[Expected, ArticleRow]:
    for article in await bench.audit.by_number([number]):
        for want in files.expected(article):
            if want.path == path and not want.removed:
                return want, article
    raise NotMended("no row wants a file there any more")


async def _testified(bench: Bench, article: ArticleRow, want: Expected) -> bytes:
    """The file's bytes as the raw archive has them, with the very digest that the row wants."""
    why = "the raw archive keeps nothing of it"
    for row in await bench.audit.records_of(article.id):
        if row.type != "conversion":
            continue
        try:
            told = await bench.raw.testimony(_record(row.path, row.start, row.size, row.sha256, row.url))
        except ArchiveError as error:
            why = str(error)
            continue
        for data in (told.document, told.image):
            if sha256(data) == want.sha256:
                return data
    raise NotMended(f"it cannot be put again: {why}; restore it from a backup")


def _record(path: str, start: int, size: int, digest: str, url: str) -> RawRecord:
    return RawRecord(
        url=url,
        file=path,
        offset=start,
        length=size,
        payload=digest,
        revisit=False,
        written_at=records.NEVER,
    )


async def _set_aside(bench: Bench, finding: Finding) -> str:
    """Out of the way, byte for byte."""
    if bench.store is None:
        return f"moved to {ORPHANS}/{finding.where}"
    return f"moved to {await asyncio.to_thread(bench.aside.move, finding.where, ORPHANS)}"


async def _at_start(bench: Bench, _finding: Finding) -> str:
    if bench.store is not None:
        raise NotMended("a start of the crawler could not settle it")
    return "settled as a start of the crawler does"


#: What is set aside, whatever it is.
STRAYS = ("F210", "F211", "F212", "F213", "F313")
DEEDS: dict[str, _Deed] = {
    **dict.fromkeys(("F201", "F202", "F204", "F206", "F207", "F208", "F209"), _put_again),
    **dict.fromkeys(STRAYS, _set_aside),
    **dict.fromkeys(("F108", "F314"), _at_start),
    **dict.fromkeys(("F308", "F309"), records.index_again),
    **dict.fromkeys(("F311", "F312"), records.write_index),
    "F102": records.refer_again,
    "L405": logfiles.write_again,
    "L412": proofs.write_again,
}
