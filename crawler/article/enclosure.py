"""The image or media file shown with an article: the item's own, the page's, or a banner.

Used by ``article.py``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

from crawler import banner, prose
from crawler.choosing import choice
from crawler.config import BannersConfig
from crawler.model import Candidate, Choice, Enclosure, Entry, Extraction

_IMAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]|\Z)", re.IGNORECASE)
_PIXEL = re.compile(r"pixel|spacer|blank\.gif|1x1|/b\.gif|/~r/|doubleclick|/count(?:er)?\b", re.IGNORECASE)
_BREAKING = re.compile(
    r"[ \"'<>\\^`{|}]"
)  # whoever shows the image without care would end its attribute there
_RULES = {
    "feed.image": "the item's own image",
    "feed.media": "the item's own media file",
    "page.image": "the page's lead image",
    "banner": "a banner for the article's topic",
    "none": "no image, and no banners are configured",
}


def chosen(
    entry: Entry, extraction: Extraction, title: str, media_base: str, banners: BannersConfig
) -> Choice:
    """The enclosure of an article titled ``title``: image before media before lead image before banner."""
    own = [_media(enclosure) for enclosure in entry.enclosures]
    own.sort(key=lambda candidate: candidate.source != "feed.image")  # stable: the feed's order else
    page = _quoted(extraction.image or "")
    candidates = (
        *own,
        Candidate(source="page.image", value=page, note="" if _is_web(page) else "missing"),
    )
    if not all(candidate.note for candidate in candidates):
        return choice("enclosure", _RULES, candidates)
    topic, name = banner.choose(title, extraction.text, entry.categories, entry.key, banners)
    address = banner.image_url(name, media_base)
    resort = Candidate(source="banner" if address else "none", value=address)
    best = choice("enclosure", _RULES, candidates, resort)
    return replace(best, rule=f"{best.rule}: {topic}") if address else best


def _media(enclosure: Enclosure) -> Candidate:
    """An enclosure as a candidate: an image, another medium, or why it is neither."""
    address = _quoted(enclosure.url)
    kind = (enclosure.type or "").strip().lower()
    image = kind.startswith("image") or (
        not kind.startswith(("audio", "video")) and _IMAGE.search(address) is not None
    )
    note = ""
    if not _is_web(address):
        note = "not a web address"
    elif _PIXEL.search(address):
        note = "a counting pixel"
    elif not image and kind and not kind.startswith(("audio", "video")):
        note = "neither image, audio nor video"
    return Candidate(source="feed.image" if image else "feed.media", value=address, note=note)


def _quoted(address: str) -> str:
    """An address on one line in which nothing ends what it stands in."""
    return _BREAKING.sub(lambda sign: quote(sign[0]), prose.clean(address))


def _is_web(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))
