"""Frames around what a page says, as wires, newsrooms, apps and old sites build them."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping

from crawler.model import Page, sha256
from tests.extract.pages import NOW

_HEAD = '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title></head>'
_TEASERS = "".join(
    f'<li><a href="/news/{number}">{name}</a></li>'
    for number, name in enumerate(("Ferry timetable for the summer", "A museum of clocks reopens", "Harvest of pears begins"))
)  # fmt: skip


def plain(language: str, title: str, content: str) -> str:
    """Nothing but a headline's element and the content."""
    return f"{_HEAD.format(language=language, title=title)}<body>{content}</body></html>"


def wire(language: str, title: str, content: str) -> str:
    """Navigation, an article, related news, a footer."""
    return (
        f"{_HEAD.format(language=language, title=f'{title} | Example Wire')}<body><header><a href='/'>Example Wire</a>"
        f"<nav><ul><li><a href='/all'>All news</a></li><li><a href='/send'>Send a release</a></li></ul></nav></header>"
        f"<main><article>{content}</article></main><aside><h3>Related</h3><ul>{_TEASERS}</ul></aside>"
        f"<footer><p>© Example Wire</p><a href='/terms'>Terms</a></footer></body></html>"
    )


def newsroom(language: str, title: str, content: str) -> str:
    """Nested sections, a banner about cookies that lies above every page."""
    return (
        f"{_HEAD.format(language=language, title=f'{title} - Newsroom')}<body><div id='cookie-banner'><p>We use cookies to "
        f"improve this site.</p><button>Accept</button></div><div class='page'><div class='row'><div class='content'>"
        f"{content}</div></div></div><div class='newsletter'><p>Get our news by mail</p></div></body></html>"
    )


def old(language: str, title: str, content: str) -> str:
    """Tables, no landmarks."""
    return (
        f"{_HEAD.format(language=language, title=title)}<body><table><tr><td><a href='/'>Home</a><br><a href='/n'>News</a></td>"
        f"<td>{content}</td></tr><tr><td colspan=2>Example Wire 1999</td></tr></table></body></html>"
    )


FRAMES: Mapping[str, Callable[[str, str, str], str]] = {
    "plain": plain,
    "wire": wire,
    "newsroom": newsroom,
    "old": old,
}


def paragraphs(title: str, text: str) -> str:
    """A headline and a text, a paragraph a line, as HTML."""
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n") if line.strip())
    return f"<h1>{html.escape(title)}</h1>{lines}"


def answered(body: bytes, url: str, final_url: str | None = None) -> Page:
    """The page as the web door hands it on."""
    return Page(
        url=url, final_url=final_url or url, status=200, headers={"content-type": "text/html; charset=utf-8"},
        body=body, digest=sha256(body), fetched_at=NOW,
    )  # fmt: skip
