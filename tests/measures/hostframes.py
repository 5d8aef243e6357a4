"""Frames around releases, as sites build them: what stands around, between and behind the release's own text.

Each is a page with places for what changes.  The lines in ``FRAMES`` that belong to the site are such as an
extractor that sees one page alone lets through: they stand inside the article's element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | {site}</title></head><body>'
    '<nav class="top"><ul><li><a href="/">Home</a></li><li><a href="/all">All releases</a></li>'
    '<li><a href="/about">About</a></li></ul></nav>'
)
_FOOT = '<footer><p>{site}, 4 Harbour Street, Nordhavn</p><p><a href="/terms">Terms</a></p></footer></body></html>'
TEASERS = (
    "Harbour board approves the longer quay", "Tram line to the airport opens in May", "Fewer bicycles stolen",
    "Museum shows glass of two centuries", "Bakers agree on a common oven", "Library lends tools from now on",
    "New ferry timetable from Sunday", "Weather station moves to the hill", "Choir looks for low voices",
)  # fmt: skip


def _gazette(title: str, own: Sequence[str], number: int) -> str:
    """A news site: a newsletter box between the paragraphs, a plea behind them."""
    middle = min(len(own), 3)
    box = (
        '<div class="inline-box"><p>The Harbour Gazette in your mailbox</p><p>Every morning we choose the five '
        "stories that matter on the quay, and send them before the first ferry leaves.</p></div>"
    )
    plea = (
        '<div class="support"><p>Our reporting is paid for by readers. If you found this useful, consider giving '
        "a little each month, so that it stays free for all.</p></div>"
    )
    inside = "".join((*own[:middle], box, *own[middle:], plea))
    return f"<main><article><h1>{title}</h1><div class='story'>{inside}</div></article></main>"


def _wirebox(title: str, own: Sequence[str], number: int) -> str:
    """A wire: labels above the release, hints for journalists below it."""
    labels = (
        '<div class="provided"><span>News brought to you by the members of Quaywire</span></div>'
        '<div class="tools"><p>Listen to this release in your browser</p></div>'
    )
    hints = (
        '<div class="journalists"><p>Journalists with an account receive this release as plain text and with '
        "pictures in print quality.</p><p>Quaywire carries releases as they come and checks who sent them.</p></div>"
    )
    return f"<main><article><h1>{title}</h1>{labels}<div class='body'>{''.join(own)}</div>{hints}</article></main>"


def _consent(title: str, own: Sequence[str], number: int) -> str:
    """A portal: a notice on what it stores before the text, an advertisement's label in it, teasers behind it."""
    notice = (
        '<section id="notice"><p>This portal remembers what you read, to show you more of it. You may object at any '
        "time in the settings of your account.</p></section>"
    )
    label = '<div class="ad-slot">Advertisement - the text goes on below</div>'
    teasers = "".join(
        f'<li><a href="/{step}">{TEASERS[(number + step) % len(TEASERS)]}</a></li>' for step in range(3)
    )
    more = f'<div class="next"><h3>What others read</h3><ul>{teasers}</ul></div>'
    middle = len(own) // 2
    inside = "".join((notice, *own[:middle], label, *own[middle:], more))
    return f"<div id='page'><div class='content'><h1>{title}</h1>{inside}</div></div>"


def _newsroom(title: str, own: Sequence[str], number: int) -> str:
    """A newsroom without classes: what is the site's stands in elements that say so, or in a section with an id."""
    aside = "<aside><p>Print this page or send it to a friend</p><p>Pictures may be used without asking us</p></aside>"
    alert = (
        '<section id="alerts"><p>Be told when something new stands here: leave your address with us, and you will '
        "hear from us once a week at most.</p></section>"
    )
    return f"<main><h1>{title}</h1>{aside}<div>{''.join(own)}{alert}</div></main>"


def _bare(title: str, own: Sequence[str], number: int) -> str:
    """A site whose own lines are paragraphs like any other: nothing tells them from the release's."""
    before = "<p>Published as received by the desk of the Quay Courier</p>"
    behind = "<p>The Quay Courier prints releases of its members without changing a word of them.</p>"
    return f"<main><article><h1>{title}</h1>{before}{''.join(own)}{behind}</article></main>"


Frame = Callable[[str, Sequence[str], int], str]
FRAMES: dict[str, Frame] = {
    "gazette": _gazette,
    "wirebox": _wirebox,
    "consent": _consent,
    "newsroom": _newsroom,
    "bare": _bare,
}


def page(frame: str, title: str, own: Sequence[str], number: int) -> bytes:
    """The page of a release: ``own`` are its blocks as HTML, ``number`` counts the pages of the host."""
    told = escape(title, quote=False)
    names = {"title": told, "site": f"The {frame.title()}"}
    inside = FRAMES[frame](told, own, number)
    return (_HEAD.format(**names) + inside + _FOOT.format(**names)).encode()


def boxed(own: Sequence[str], closing: int) -> list[str]:
    """The same blocks, those from ``closing`` on in a box of the company's own template."""
    return (
        [*own[:closing], f'<div class="boilerplate">{"".join(own[closing:])}</div>'] if closing else list(own)
    )
