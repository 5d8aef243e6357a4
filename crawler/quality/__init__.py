"""Is what was extracted really the article that the feed announced?

Knows the pages that come with status 200 and are something else: consent, login and challenge pages,
paywall stubs, soft 404s, other articles, beginnings of articles, templates.  Meant to be precise: a
refusal costs an article its page, so every rule asks for a short text or for several signs at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from crawler import urls
from crawler.model import Entry, Extraction, Origin, Page, Verdict
from crawler.quality.announced import UNSPACED, announcement, beside, is_other, suspicion
from crawler.quality.cut import is_beginning, is_cut_off, is_teaser
from crawler.quality.signs import IDLE, SIGNS, STUB, TEMPLATE

__all__ = ["REPEATED", "SHORTEST", "STUB", "judge", "suspicion"]

SHORTEST = 60
"""Characters below which nothing is an article; scripts without spaces say as much with a third of it."""

FRACTION = 400
"""Characters below which a text must not be less than a third of what the feed itself carries."""

REPEATED = Verdict(ok=False, reasons=("template repeat",))
"""Of a page whose text the host shows for other items too, although it is not what any of them announced."""


def judge(
    extraction: Extraction, entry: Entry, page_status: int | None, *, page: Page | None = None
) -> Verdict:
    """Accept or refuse an extraction for an entry; every reason for a refusal is named.

    ``page_status`` is the HTTP status of the page, None when the feed's own content was read: that is
    the announced article by definition, so only emptiness can be wrong with it.  ``page``: its bytes
    and final address, where it is at hand.
    """
    text = extraction.text.strip()
    if not text:
        return Verdict(ok=False, reasons=("empty",))
    if extraction.origin is Origin.FEED:
        return Verdict(ok=True)
    found = [*_reasons(extraction, text, entry, page_status), *_of_the_page(page, entry)]
    reasons = tuple(dict.fromkeys(found))
    return Verdict(ok=not reasons, reasons=reasons)


def _reasons(extraction: Extraction, text: str, entry: Entry, page_status: int | None) -> Iterator[str]:
    if page_status in (404, 410):
        yield "soft 404"
    own = announcement(entry)
    said = f"{extraction.title or ''}\n{text}".lower()
    announced = f"{entry.title or ''}\n{own}".lower()
    for sign in SIGNS:
        if len(text) <= sign.limit and sign.shows(said, announced):
            yield sign.reason
    if len(text) <= STUB and len(TEMPLATE.findall(said)) > 1:
        yield "template"
    if _is_too_short(text, (extraction.title, entry.title)):
        yield "too short"
    elif is_beginning(text, own) or is_teaser(text):
        yield "truncated"
    elif len(text) < FRACTION and len(own) > 3 * len(text):
        yield "too short"
    if is_other(extraction, text, entry):
        yield "other article"


def _of_the_page(page: Page | None, entry: Entry) -> Iterator[str]:
    """What its bytes and its address say against a page."""
    if page is None:
        return
    if is_cut_off(page.body):
        yield "truncated"
    link = (entry.source_link or page.url).partition("#")[0]
    if urls.is_root(page.final_url) and not urls.is_root(link):
        yield "front page"


def _is_too_short(text: str, titles: tuple[str | None, ...]) -> bool:
    """Hardly a sentence beside the headline and what stands around every article."""
    if len(text) > STUB:
        return False
    lines = [line for line in text.splitlines() if not IDLE.fullmatch(line.strip().lower())]
    told = " ".join(beside("\n".join(lines), *titles))
    return len(told) + len(UNSPACED.findall(told)) < SHORTEST  # each of those has its space already
