"""A page, or the feed's own content, read, judged and composed into a draft.

What ``pipeline`` does with what it has just fetched, and ``reextracting`` with what was kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler import article, quality
from crawler.config import ArchiveConfig, BannersConfig
from crawler.errors import CrawlError
from crawler.model import (
    KILLED,
    KILLS,
    RELEASED,
    Candidate,
    Choice,
    Draft,
    DueItem,
    Extraction,
    Notice,
    Page,
    RawRecord,
    Verdict,
)
from crawler.ports import Workers
from crawler.revising import notices

#: An embargo that would last longer is a date that was misread.
LONGEST_EMBARGO = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An extraction, what was thought of it, and the page it came from (None: the feed alone)."""

    extraction: Extraction
    verdict: Verdict
    page: Page | None
    raw: RawRecord | None = None  #: where that page is kept


async def read_page(item: DueItem, page: Page, workers: Workers) -> Reading:
    """The article of a page, and whether it is the item's; raises ``NoArticle`` or ``WorkerFailed``."""
    extraction = await workers.read_page(page, want_date=item.entry.published is None)
    verdict = quality.judge(extraction, item.entry, page.status, page=page)
    kept = page.attempts[-1].raw if page.attempts else None
    return Reading(extraction=extraction, verdict=verdict, page=page, raw=kept)


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
    draft = article.compose(
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
    if item.notice == RELEASED:
        return released(draft) if draft.draft else draft
    if item.killed or _kills_itself(item, reading):
        return held(draft, "its wire has killed the release")
    until = embargoed(item, reading, now)
    return held(draft, f"embargoed until {until:%Y-%m-%d %H:%M} UTC") if until else draft


def noticed(item: DueItem, reading: Reading) -> Notice | None:
    """What the wire says with this release of one that it sent before."""
    found = reading.extraction
    return notices.read(_titles(item, reading), found.text, above=found.above)


def _titles(item: DueItem, reading: Reading) -> tuple[str | None, ...]:
    """The feed's, and the page's."""
    return item.entry.title, reading.extraction.title


def _kills_itself(item: DueItem, reading: Reading) -> bool:
    """Whether a release that stands now says at its own address that it is killed."""
    if item.standing is None or item.notice == KILLS:
        return False
    notice = noticed(item, reading)
    return notice is not None and notice.kind == KILLED


def embargoed(item: DueItem, reading: Reading, now: datetime) -> datetime | None:
    """Until when a release is not to be published, if that is still to come.

    A day without a year is one near the release's own day: years later it is no embargo of next month.
    """
    found = reading.extraction
    said = min(now, item.entry.published or found.date or now)
    until = notices.embargo(found.text, titles=_titles(item, reading), above=found.above, now=said)
    return until if until and now < until <= now + LONGEST_EMBARGO else None


def held(draft: Draft, rule: str) -> Draft:
    """An article that is held back: a draft, which no site shows."""
    return _decided(draft, Candidate(source="notice", value="true"), rule)


def released(draft: Draft) -> Draft:
    """An article that a person has taken out of a hold: public whatever its wire said."""
    return _decided(draft, Candidate(source="release", value="false"), RELEASED)


def _decided(draft: Draft, winner: Candidate, rule: str) -> Draft:
    """Whether an article is a draft, decided by other than its quality."""
    others = tuple(choice for choice in draft.choices if choice.field != "draft")
    losers = tuple(choice.winner for choice in draft.choices if choice.field == "draft")
    why = Choice(field="draft", winner=winner, rule=rule, losers=losers)
    return replace(draft, draft=winner.value == "true", choices=(*others, why))
