"""Addresses: absolute, harmless, or not there."""

from __future__ import annotations

import pytest
from lxml.html import fromstring

from crawler.extract import links

BASE = "https://wire.example/news/a.html"


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("b.html", "https://wire.example/news/b.html"),
        ("//cdn.example/b", "https://cdn.example/b"),
        ("?page=2", "https://wire.example/news/a.html?page=2"),
        ("#note", "https://wire.example/news/a.html#note"),
        ("http://b.example/ä b", "http://b.example/ä%20b"),
        ("/a file.pdf", "https://wire.example/a%20file.pdf"),
        (" \n https://b.example/x\n ", "https://b.example/x"),
        ("mailto:press@lamps.example", "mailto:press@lamps.example"),
        ('/"onclick="x()', "https://wire.example/%22onclick=%22x()"),
        ("/a>b<c{d}|`^\\", "https://wire.example/a%3Eb%3Cc%7Bd%7D%7C%60%5E%5C"),
        ("/gpj.\u202eexe\u2028", "https://wire.example/gpj.%E2%80%AEexe%E2%80%A8"),
        ("javascript:alert(1)", None),
        ("JavaScript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("tel:+15550100", None),
        ("http://[broken", None),
        ("", None),
        (None, None),
        ("/" + "x" * 3000, None),
    ],
)
def test_a_reference_becomes_an_address_or_nothing(reference: str | None, address: str | None) -> None:
    assert links.absolute(BASE, reference, links.SCHEMES) == address


SECRET = "https://editor:geheim@wire.example/news/a.html?token=s3cret&page=1#top"


@pytest.mark.parametrize(
    "reference", ["#end", "#", "?token=s3cret&page=1#end", "a.html?token=s3cret&page=1", "?token=&page=1"]
)
def test_a_link_into_a_page_whose_address_holds_a_secret_is_its_text_only(reference: str) -> None:
    assert links.anchor(SECRET, fromstring(f'<a href="{reference}">x</a>')) is None
    assert links.image_address(SECRET, fromstring(f'<img src="{reference}">')) is None


def test_a_link_elsewhere_tells_nothing_of_the_pages_address() -> None:
    assert links.absolute(SECRET, "b.html#end") == "https://wire.example/news/b.html#end"
    assert links.absolute(SECRET, "?page=2") == "https://wire.example/news/a.html?page=2"
    assert links.anchor(SECRET, fromstring('<a href="?page=2">x</a>')) is not None
    assert links.anchor(BASE, fromstring('<a href="#end">x</a>')) == f'<a href="{BASE}#end">'


def test_an_address_without_a_host_is_none() -> None:
    assert links.absolute("", "https:///nowhere") is None
    assert links.absolute("", "/nowhere") is None


def test_images_are_of_the_web_only() -> None:
    assert links.absolute(BASE, "mailto:press@lamps.example") is None


@pytest.mark.parametrize(
    ("address", "share"),
    [
        ("https://www.facebook.com/sharer/sharer.php?u=x", True),
        ("https://twitter.com/intent/tweet?text=x", True),
        ("mailto:?subject=Read%20this", True),
        ("https://www.linkedin.com/shareArticle?url=x", True),
        ("https://www.facebook.com/lanternfield", False),
        ("mailto:press@lamps.example", False),
        (None, False),
    ],
)
def test_share_links_are_told_from_links_to_accounts(address: str | None, share: bool) -> None:
    assert links.is_share(address) is share
