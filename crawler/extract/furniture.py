"""Taking out of an article the lines that recur on its host's pages and are no part of the release.

That a line recurs is not enough: companies repeat themselves.  It goes only if it stands apart from the
release's own text (``apart``), and never what closes a release.  What went is returned with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from crawler import frames, prose
from crawler.extract import apart
from crawler.extract.block import Block
from crawler.extract.marks import Marks
from crawler.model import Frame, Removed

MOST = 0.4
"""Share of an article's text above which nothing is taken out: then it is the release that recurs."""

_READ = 20_000  #: characters of a release in which its names are looked for
_NAMED = 3  #: times a name stands in the release from which a line with that name in it is its own
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_CONTACT = re.compile(r"@|https?:|www\.|(?:\d[\d ().+/-]{5,}\d)")
#: What releases everywhere call themselves, wherever it stands.
_IDIOM = re.compile(
    r"\W*(?:for (?:immediate|general) (?:release|distribution)|(?:press|news|media) (?:release|statement)"
    r"|(?:not )?for (?:release|distribution|publication|dissemination)|embargo|(?:company|corporate|stock exchange|"
    r"regulatory|ad[- ]hoc)[ -](?:announcement|release|news|information)|inside information"
    r"|correct(?:ion|ed)|updat(?:e|ed)|presse(?:mitteilung|information|meldung)|zur sofortigen"
    r"|communiqué de presse|comunicado de prensa|comunicato stampa|プレスリリース|新闻稿|보도자료)\b",
    re.IGNORECASE,
)
#: Headings of closing matter that name nobody.
_ANYBODY = re.compile(
    r"\W*(?:(?:media|press|investor|company|public)?\s?(?:relations|enquiries|inquiries)?\s?"
    r"contacts?(?: us| information| details)?|pressekontakt|kontakt|-?ends?-?)\W*",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"About |Über |Acerca de|Sobre |À propos|A propos|Informazioni su|Over |会社概要|.{1,30}について|关于",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_][\w'’&-]{2,}")


def without(
    blocks: Sequence[Block], frame: Frame, area: HtmlElement, marks: Marks, title: str
) -> tuple[list[Block], tuple[Removed, ...]]:
    """The article without its host's furniture, and what was taken out.  ``area`` is looked at only."""
    recurring = [place for place, block in enumerate(blocks) if _is_known(block, frame)]
    if not recurring:
        return list(blocks), ()
    places = set(recurring)
    own = [block for place, block in enumerate(blocks) if place not in places]
    text = "\n".join(block.text for block in own)[:_READ]
    wanted = {place for place in _possible(blocks, places) if not _is_own(blocks[place].text, title, text)}
    if wanted:
        found = apart.find(area, marks, own, [blocks[place] for place in wanted])
        wanted = {place for place in wanted if found.issuperset(_keys(blocks[place]))}
    wanted = _without_headings(blocks, wanted)
    taken = sum(len(blocks[place].text) for place in wanted)
    if taken > MOST * sum(len(block.text) for block in blocks):
        return list(blocks), ()
    kept = [block for place, block in enumerate(blocks) if place not in wanted]
    return kept, tuple(_removed(blocks[place], frame) for place in sorted(wanted))


def _keys(block: Block) -> list[str]:
    return [found for line in block.text.split("\n") if (found := frames.key(line))]


def _is_known(block: Block, frame: Frame) -> bool:
    """Are all lines of a block recurring?"""
    keys = _keys(block) if frame.lines else []
    return bool(keys) and all(found in frame.lines for found in keys)


def _possible(blocks: Sequence[Block], recurring: set[int]) -> Iterator[int]:
    """Recurring blocks that do not close the release: those before its closing matter, and those at the end
    of the page, behind it, where the closing matter is of one of many companies."""
    closing = [place for place, block in enumerate(blocks) if block.text and prose.starts_tail(block.text)]
    end = closing[0] if closing else len(blocks)
    yield from (place for place in recurring if place < end)
    if not closing or not _is_of_one_of_many(blocks, closing, recurring):
        return
    last = max(
        (place for place, block in enumerate(blocks) if block.text and place not in recurring), default=0
    )
    if last >= closing[-1]:
        yield from (place for place in recurring if place > last)


def _is_of_one_of_many(blocks: Sequence[Block], closing: Sequence[int], recurring: set[int]) -> bool:
    """Does the release say who it is about, and its host's other pages do not say the same?"""
    if any(place in recurring and not _ANYBODY.fullmatch(blocks[place].text) for place in closing):
        return False
    return any(place not in recurring and _SOMEBODY.match(blocks[place].text) for place in closing)


def _is_own(line: str, title: str, text: str) -> bool:
    """Is it a line that releases write themselves, or one that speaks of this release's company?"""
    if _IDIOM.match(line) or _CONTACT.search(line):
        return True
    return any(_is_name(word, title, text) for word in dict.fromkeys(_NAME.findall(line)))


def _is_name(word: str, title: str, text: str) -> bool:
    """Is it written with a capital letter only, in the release's title or again and again in its text?"""
    if word[0].islower() or not (word in title or text.count(word) >= _NAMED):
        return False
    return re.search(rf"\b{re.escape(word.lower())}\b", text) is None


def _without_headings(blocks: Sequence[Block], wanted: set[int]) -> set[int]:
    """A heading goes only with what stands under it."""
    kept = set(wanted)
    following = len(blocks)
    for place in reversed(range(len(blocks))):
        if not blocks[place].text:
            continue
        if blocks[place].kind in _HEADINGS and following < len(blocks) and following not in kept:
            kept.discard(place)
        following = place
    return kept


def _removed(block: Block, frame: Frame) -> Removed:
    count = min(frame.lines[found] for found in _keys(block))
    return Removed(text=block.text, reason=f"stands on {count} of {frame.pages} pages of this host")
