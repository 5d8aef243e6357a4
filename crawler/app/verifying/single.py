"""The raw records of one article, each by itself."""

from __future__ import annotations

from contextlib import suppress

from crawler.app.verifying.desk import Desk
from crawler.archive.warc import scan
from crawler.archive.warc.members import NotWhole
from crawler.archive.warc.reading import OPEN
from crawler.audit import raw
from crawler.audit.facts import RawLook, RecordRow
from crawler.errors import ArchiveError


async def verify(desk: Desk, article: int) -> None:
    """The pages that were kept of an article, and what is kept of its revisions."""
    for row in await desk.audit.records_of(article):
        desk.tell(raw.references(row, forsaken=False))
        look = await desk.run(_look, desk, row)
        if isinstance(look, str):
            desk.tell([raw.absent(row, look)])
        else:
            desk.tell(raw.record(row.path, look))
            desk.tell(raw.rows(row.path, look, [row]))
        desk.count("records")


def _look(desk: Desk, row: RecordRow) -> RawLook | str:
    """The record, or why it is none."""
    try:
        for name in (row.path, row.path + OPEN):
            with suppress(FileNotFoundError):
                return scan.at(desk.walk.tree, name, row.start)
    except (NotWhole, ArchiveError, OSError, ValueError) as error:
        return str(error)
    return "its file is missing"
