"""A page, or the feed's own content, read, judged and composed into a draft.

What ``pipeline`` does with what it has just fetched, and ``reextracting`` with what was kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler import article, quality
from crawler.config import ArchiveConfig, BannersConfig
from crawler.errors import CrawlError
from crawler.model import Draft, DueItem, Extraction, Page, Verdict
from crawler.ports import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An extraction, what was thought of it, and the page it came from (None: the feed alone)."""

    extraction: Extraction
    verdict: Verdict
    page: Page | None


async def read_page(item: DueItem, page: Page, workers: Workers) -> Reading:
    """The article of a page, and whether it is the item's; raises ``NoArticle`` or ``WorkerFailed``."""
    extraction = await workers.read_page(page, want_date=item.entry.published is None)
    verdict = quality.judge(extraction, item.entry, page.status, page=page)
    return Reading(extraction=extraction, verdict=verdict, page=page)


async def read_entry(item: DueItem, verdict: Verdict, workers: Workers) -> Reading | None:
    """The feed's own content in place of a page; None when it has no prose.  ``verdict``: of the page."""
    extraction = await workers.read_entry(item.entry)
    if extraction is None:
        return None
    return Reading(extraction=extraction, verdict=verdict, page=None)


def refused(error: CrawlError) -> Verdict:
    """Of a page that could not be had, or holds no article."""
    return Verdict(ok=False, reasons=(f"{error.kind}: {error}",))


def compose(
    item: DueItem, reading: Reading, now: datetime, *, files: ArchiveConfig, banners: BannersConfig
) -> Draft:
    """The article as it is to be archived; ``now`` tells which dates lie in the future."""
    return article.compose(
        item.entry,
        reading.extraction,
        feed=item.feed,
        page_url=reading.page.final_url if reading.page else None,
        first_seen=item.first_seen,
        now=now,
        verdict=reading.verdict,
        archive=files,
        banners=banners,
    )
