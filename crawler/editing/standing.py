"""What stands of an article: its file, if nobody altered it, and a revision made of nothing else.

Used where the next revision says what the one before said: ``killing``, ``releasing``; and by ``editing``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crawler import document, revising
from crawler.document import Document
from crawler.errors import ArchiveError
from crawler.model import Candidate, Change, Choice, Claim, Draft, Extraction, Origin, Verdict, sha256
from crawler.outbox import Outbox, render
from crawler.ports import Archive
from crawler.reading import Reading

_FIELDS = ("title", "date", "summary", "description", "source_link", "enclosure")


async def file_of(outbox: Outbox, claim: Claim) -> Document:
    """The newest revision as it was written: its file, or where that is gone or altered what was testified to.

    Raises ``ArchiveError`` as :func:`data_of` where the raw archive does not have it either, ``DocumentError``
    where it is none of our files.
    """
    try:
        return document.parse(await data_of(outbox.archive, claim))
    except ArchiveError as error:
        kept = await outbox.store.testified(claim.article_id)
        if outbox.raw is None or kept is None:
            raise
        try:
            told = await outbox.raw.testimony(kept)
        except ArchiveError:
            raise error from None
        if sha256(told.document) != claim.newest_digest:
            raise
        return document.parse(told.document)


async def data_of(archive: Archive, claim: Claim) -> bytes:
    """The file of the newest revision as it was written.

    Raises ``ArchiveError`` where it is not there or was altered since: what anybody else wrote is no testimony
    of ours.
    """
    path = document.document_path(claim.source_key, claim.date, claim.url)
    data = await archive.get(path)
    if sha256(data) != claim.newest_digest:
        raise ArchiveError(
            f"{path} was altered since it was archived; `crawler repair --apply` puts it again "
            "and keeps what lies there"
        )
    return data


def draft_of(file: Document, claim: Claim) -> Draft:
    """A file as the draft that it was made of."""
    return Draft(
        title=file.title,
        date=datetime.fromisoformat(file.date),
        draft=file.draft,
        summary=file.summary,
        description=file.description,
        source_link=file.source_link,
        enclosure=file.enclosure,
        source=file.source,
        source_key=claim.source_key,
        slug=file.url,
        body=file.body,
        choices=tuple(_stood(name, getattr(file, name)) for name in _FIELDS),
    )


def _stood(field: str, value: str) -> Choice:
    return Choice(field=field, winner=Candidate(source="revision before", value=value), rule="as it stood")


def reading_of(file: Document, origin: Origin, verdict: Verdict) -> Reading:
    """A file as if it had been read: nothing was asked for."""
    found = Extraction(origin=origin, body=file.body, text="", extractor=revising.AS_IT_STOOD)
    return Reading(extraction=found, verdict=verdict, page=None)


async def change_of(file: Document, draft: Draft, claim: Claim, outbox: Outbox, reason: str) -> Change:
    """What such a revision changes; its reason is what is said of the article from then on."""
    after = render(draft, claim, outbox.files).data
    found = await outbox.workers.compare(document.render(file), after)
    return replace(found.change, reason=reason, standing=reason)
