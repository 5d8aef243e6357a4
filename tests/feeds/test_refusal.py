"""What is no feed, and why, in the words of the log."""

from __future__ import annotations

import pytest

from crawler.errors import NotAFeed
from crawler.feeds import parse
from tests.feeds.samples import URL


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\xef\xbb\xbf", "empty"),
        (b"\x1f\x8b\x08\x00rest", "gzip"),
        (b"\x28\xb5\x2f\xfdrest", "zstd"),
        (b"PK\x03\x04", "ZIP"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n", "image"),
        (b"hello there", "plain text"),
        (b"a < b, <c>", "plain text"),
        (b"<opml><body/></opml>", "first element is <opml>|HTML page"),
        (b"<sitemap><url/></sitemap>", "first element is <sitemap>"),
    ],
)
def test_what_is_no_feed_is_refused_with_its_cause(body: bytes, reason: str) -> None:
    with pytest.raises(NotAFeed, match=reason):
        parse(body, url=URL)
