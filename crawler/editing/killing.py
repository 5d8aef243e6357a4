"""A release that its wire has killed by another one: what stands of it is held back as a draft, never deleted.

Nothing is fetched: the page is often gone.  Used by ``pipeline``; what was archived stays, as earlier revisions.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from crawler import document, revising
from crawler.document import Document
from crawler.errors import ArchiveError, DocumentError
from crawler.model import (
    KILLED,
    Candidate,
    Captured,
    Choice,
    Claim,
    Draft,
    DueItem,
    Extraction,
    Origin,
    Verdict,
)
from crawler.outbox import Outbox, render
from crawler.reading import Reading, held

_FIELDS = ("title", "date", "summary", "description", "source_link", "enclosure")


async def hold(item: DueItem, outbox: Outbox, *, now: datetime) -> Captured | None:
    """Hold back what stands, as a revision; None where its file cannot be read: then the page is asked."""
    claim = await outbox.store.claim(item, _outline(item, now), code_seed=item.entry.key)
    try:
        path = document.document_path(claim.source_key, claim.date, claim.url)
        file = document.parse(await outbox.archive.get(path))
    except (ArchiveError, DocumentError):
        return None
    origin = item.standing or Origin.PAGE
    found = Reading(
        extraction=Extraction(origin=origin, body=file.body, text="", extractor="none: the file as it stood"),
        verdict=Verdict(ok=origin is Origin.PAGE),
        page=None,
    )
    draft = held(_as_it_stands(file, claim), "its wire has killed the release")
    after = document.parse(render(draft, claim, outbox.files).data)
    change = replace(revising.measured(KILLED, file, after), standing=KILLED)
    written = await outbox.put(item, found, draft, claim, change=change, now=now)
    outcome: Literal["archived", "fallback"] = "archived" if origin is Origin.PAGE else "fallback"
    return Captured(
        item=item, at=now, outcome=outcome if written else "unchanged", article_id=claim.article_id
    )


def _as_it_stands(file: Document, claim: Claim) -> Draft:
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


def _outline(item: DueItem, now: datetime) -> Draft:
    """As much of a draft as finds the item's article."""
    return Draft(
        title=item.entry.title or "",
        date=item.entry.published or now,
        draft=True,
        summary="",
        description="",
        source_link=item.entry.source_link or "",
        enclosure="",
        source=item.feed.source,
        source_key=item.feed.source_key,
        slug="",
        body="",
    )
