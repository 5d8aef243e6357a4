"""Which text is the headline, and taking it out of the body.

Rule: the ``<h1>`` that agrees best with what the metadata call the page, else the metadata, without
the site's name.  Metadata alone carry site names and search-engine titles; the first ``<h1>`` alone is
often the logo.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler import prose
from crawler.extract.block import Block
from crawler.extract.head import Head, text
from crawler.likeness import agreement, alike, words

NEAR = 0.3  #: agreement with the metadata from which an <h1> is the headline
SAME = 0.85  #: agreement with the title from which a line of the body is the headline
VERBATIM = 0.9  #: the same for a line that is a sentence, and may be the first of the article
_LEADING = 4  #: lines of the body among which a headline is looked for
_LABEL = 100  #: characters of a line that can be a rubric, a date or a byline

_TAIL = re.compile(r"(.*\S)\s*(?:\s[|\-–—·•:»«~/]+\s|\|)\s*(\S.*)$", re.DOTALL)
_TITLE_LIMIT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A headline and the rule that gave it."""

    text: str
    rule: str  #: "h1", "json-ld", "og:title", "twitter:title" or "title"


def find(tree: HtmlElement, head: Head) -> Title | None:
    """The page's headline."""
    named = list(_named(head))
    references = [words(title.text) for title in named]
    best, closeness = "", 0.0
    for heading in tree.iter("h1"):
        line = prose.clean(heading.text_content())[:_TITLE_LIMIT]
        own = words(line)
        near = max((agreement(own, reference) for reference in references), default=1.0) if own else 0.0
        if near > closeness:
            best, closeness = line, near
    if closeness >= NEAR:
        return Title(text=best, rule="h1")
    return named[0] if named else None


def _named(head: Head) -> list[Title]:
    """The page's titles by its metadata, the most careful first, without the site's name."""
    sites, host = _sites(head), (urlsplit(head.base).hostname or "").removeprefix("www.")
    candidates = [("json-ld", text(node.get("headline"))) for node in head.nodes if node.get("headline")][:1]
    candidates += [(name, text(head.meta(name))) for name in ("og:title", "twitter:title")]
    candidates.append(("title", head.title))
    return [
        Title(text=without_site(value, sites, host)[:_TITLE_LIMIT], rule=rule)
        for rule, value in candidates
        if value
    ]


def _sites(head: Head) -> list[str]:
    return [
        name for name in (head.meta("og:site_name"), head.meta("application-name"), head.publisher) if name
    ]


def without_site(title: str, sites: list[str], host: str) -> str:
    """Cut what follows the last separator if it contains a name of the site, or is its host's."""
    match = _TAIL.match(title)
    tail = _folded(match[2]) if match else ""
    if not match or not tail:
        return title
    names = [folded for name in sites if (folded := _folded(name))]
    hosts = {_folded(host), _folded(host.split(".")[0])}
    return match[1] if tail in hosts or any(name in tail for name in names) else title


def _folded(name: str) -> str:
    return "".join(words(name))


def drop_headline(blocks: list[Block], title: str | None) -> list[Block]:
    """Without the headline, when it is among the first lines, and without one line before it.

    That line is a rubric or a label; a long one, or more than one, is already the article.
    """
    lines = 0
    for place, block in enumerate(blocks):
        if lines >= _LEADING or not title:
            break
        if _repeats(block, title):
            kept = [
                other for other in blocks[:place] if lines > 1 or len(other.text) > _LABEL or not other.text
            ]
            return kept + blocks[place + 1 :]
        lines += bool(block.text) + block.text.count("\n")
    return blocks


def _repeats(block: Block, title: str) -> bool:
    """Is the block the headline again?  A sentence may say the same in other words."""
    # Behind the title of the whole page the site's name may still stand; a heading is one without it.
    cut = _TAIL.match(title) if block.kind.startswith("h") else None
    likeness = max(alike(block.text, name) for name in (title, cut[1] if cut else title))
    said = block.kind == "p" and block.text.endswith((".", "。", "!", "?"))
    return "\n" not in block.text and likeness >= (VERBATIM if said else SAME)
