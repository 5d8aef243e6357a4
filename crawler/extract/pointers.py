"""Lines of an article that only lead elsewhere: "Read also: …", "click here", what else the site offers.

Precise rather than complete: a line goes only for a label and a link together, or where nothing but short
lines follow.  A release may link its own words and list its own headings.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from crawler.extract.block import Block

LABELLED = 0.4
"""Share of linked text from which a labelled line leads elsewhere."""

WHOLE = 0.85
"""Share of linked text from which a line is nothing but a link."""

_LINE = 250  #: characters of a line that can be a pointer
_CALL = 200  #: the same for one that asks to click
_HEADING = 60  #: the same for one above more of the site
_SHORT = 200  #: characters below which a block is a teaser, not the article going on
_LAST = 0.75  #: share of the text before which the article does not end

_LINKED = re.compile(r"<a [^>]*>(.*?)</a>", re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>")
_KINDS = frozenset({"p", "h2", "h3", "h4", "h5", "h6"})
_LISTED = _KINDS | {"ul", "ol"}


def _any(phrases: str, end: str) -> re.Pattern[str]:
    lines = "|".join(line.strip() for line in phrases.strip().splitlines())
    return re.compile(rf"^\W{{0,5}}(?:{lines}){end}", re.IGNORECASE)


_LABEL = _any(
    r"""
    related(?: (?:stor|article|content|coverage|post|video)\w*)?|(?:also )?read(?: (?:more|also|next|now|our))?
    more(?: (?:on|from|in|about)\b[^:|]{0,30})?|see (?:also|more)|watch(?: (?:more|now|also))?|listen
    don['’]t miss|you (?:may|might) also (?:like|be interested)[^:]{0,10}|recommended(?: reading)?
    further reading|click here
    lesen sie(?: auch| mehr)?|lesetipp|mehr (?:zum thema|dazu|lesen)|(?:auch|noch) interessant|siehe auch
    (?:à )?lire(?: aussi)?|voir aussi|le[ea] (?:también|más)|te puede interesar|ver también|leggi anche
    leia (?:também|mais)|veja também|lees (?:ook|meer)|les også|läs (?:också|mer|även)|læs også|lue myös
    czytaj (?:też|także|więcej)|zobacz (?:też|także)|čtěte (?:také|více)|чита(?:йте|ть) также
    関連記事|あわせて読みたい|相关阅读|관련기사
    """,
    r"\s{0,3}[:|»>→\-–—：]",
)
_CLICK = re.compile(
    r"\bclick(?:ing)? here\b|^(?:get|sign up|subscribe|download|follow)\b"
    r"|\b(?:hier klicken|cliquez ici|haga clic aquí)\b",
    re.IGNORECASE,
)
_MORE = _any(
    r"""
    more (?:from|on|stories|news|articles)\b.{0,40}|popular(?: (?:now|stories|posts|articles))?
    .{0,30}most (?:read|popular)\b.{0,30}|related(?: (?:stories|articles|posts|content|news|coverage|topics))?
    you (?:may|might) also (?:like|enjoy).{0,20}|recommended.{0,30}|latest (?:news|stories).{0,20}|trending.{0,20}
    read (?:more|next)|up next|what to read next
    mehr (?:zum thema|von|aus)\b.{0,40}|weitere (?:artikel|meldungen|themen|nachrichten).{0,30}
    das könnte sie auch interessieren|auch interessant|meistgelesen.{0,20}
    (?:à )?lire aussi|sur le même (?:sujet|thème)|les plus lus|(?:te|le) puede interesar
    también te puede.{0,30}|noticias relacionadas|leggi anche|leia (?:também|mais)|veja também|lees ook
    関連(?:記事|ニュース)|相关(?:阅读|新闻|文章)|관련 ?기사|читайте также
    """,
    r"\W{0,5}$",
)


def dropped(blocks: Sequence[Block]) -> list[Block]:
    """The article without its lines that lead elsewhere."""
    return _without_end(_without_more([block for block in blocks if not _leads(block)]))


def linked(block: Block) -> float:
    """Share of a block's text that is linked, 0.0 to 1.0."""
    inner = (html.unescape(_MARKUP.sub("", text)) for text in _LINKED.findall(block.html))
    return min(1.0, sum(map(len, inner)) / max(1, len(block.text)))


def _leads(block: Block) -> bool:
    if block.kind not in _KINDS or len(block.text) > _LINE:
        return False
    if _LABEL.match(block.text):
        return linked(block) >= LABELLED
    calls = block.kind == "p" and len(block.text) < _CALL and _CLICK.search(block.text)
    return bool(calls) and linked(block) >= WHOLE


def _without_more(blocks: list[Block]) -> list[Block]:
    """Cut at a heading above more of the site, near the end, if only teasers follow."""
    total, before = sum(len(block.text) for block in blocks), 0
    for place, block in enumerate(blocks):
        near_end = before > _LAST * total and 0 < len(block.text) < _HEADING
        if near_end and _MORE.match(block.text) and _are_teasers(blocks[place + 1 :]):
            return blocks[:place]
        before += len(block.text)
    return blocks


def _are_teasers(blocks: Sequence[Block]) -> bool:
    return all(len(block.text) < _SHORT for block in blocks)


def _without_end(blocks: list[Block]) -> list[Block]:
    """Cut lines at the end that are nothing but links."""
    end = len(blocks)
    while end and (not blocks[end - 1].text or _is_link(blocks[end - 1])):
        end -= 1
    return blocks[:end] if end and any(block.text for block in blocks[end:]) else blocks


def _is_link(block: Block) -> bool:
    return block.kind in _LISTED and linked(block) >= WHOLE
