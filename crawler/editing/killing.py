"""A release that its wire has killed by another one: what stands of it is held back as a draft, never deleted.

Nothing is fetched: the page is often gone.  Used by ``pipeline``; what was archived stays, as earlier revisions.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from crawler.editing import standing
from crawler.errors import ArchiveError, DocumentError
from crawler.model import KILLED, Captured, Draft, DueItem, Origin, Verdict
from crawler.outbox import Outbox
from crawler.reading import held


async def hold(item: DueItem, outbox: Outbox, *, now: datetime) -> Captured | None:
    """Hold back what stands, as a revision; None where its file is gone or altered: then the page is asked."""
    claim = await outbox.store.claim(item, _outline(item, now), code_seed=item.entry.key)
    try:
        file = await standing.file_of(outbox, claim)
    except (ArchiveError, DocumentError):
        return None
    origin = item.standing or Origin.PAGE
    found = standing.reading_of(file, origin, Verdict(ok=origin is Origin.PAGE))
    draft = held(standing.draft_of(file, claim), "its wire has killed the release")
    change = await standing.change_of(file, draft, claim, outbox, KILLED)
    written = await outbox.put(item, found, draft, claim, change=change, now=now)
    outcome: Literal["archived", "fallback"] = "archived" if origin is Origin.PAGE else "fallback"
    return Captured(
        item=item, at=now, outcome=outcome if written else "unchanged", article_id=claim.article_id
    )


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
