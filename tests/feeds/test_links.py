"""Which of an entry's addresses is its page: the feed itself, whose address may hold a key, is not."""

from __future__ import annotations

import json

import pytest

from crawler import urls
from crawler.feeds.links import resolve
from tests.feeds.samples import atom, only, rss

URL = "https://wire.example/feeds/all.xml?token=canary"
OWN = [
    "#a",
    "\n #a ",
    "https://wire.example/feeds/all.xml?token=canary#a",
    "http://www.wire.example/feeds/all.xml?token=canary",
    "?token=canary",
]


@pytest.mark.parametrize("target", OWN)
def test_a_place_in_the_feed_is_no_link_of_an_rss_item(target: str) -> None:
    entry = only(rss(f"<item><title>Plant opens</title><link>{target}</link></item>"), url=URL)
    assert (entry.link, entry.source_link) == (None, None)


def test_a_permalink_or_an_original_that_is_the_feed_is_no_link() -> None:
    burner = "http://rssnamespace.org/feedburner/ext/1.0"
    item = (
        f"<item><title>Plant opens</title><guid>{URL}#7</guid>"
        f'<feedburner:origLink xmlns:feedburner="{burner}">{URL}#7</feedburner:origLink></item>'
    )
    entry = only(rss(item), url=URL)
    assert (entry.link, entry.source_link) == (None, None)


def test_the_next_link_is_taken_where_the_first_is_the_feed() -> None:
    links = f'<link href="{URL}#7"/><link href="/news/7"/>'
    entry = only(atom(f"<entry><title>Plant opens</title><id>tag:7</id>{links}</entry>"), url=URL)
    assert entry.link == "https://wire.example/news/7"


@pytest.mark.parametrize("target", OWN)
def test_a_place_in_a_json_feed_is_no_link(target: str) -> None:
    item = {"id": f"{URL}#7", "url": target, "content_text": "Brightwater opens a plant."}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Wire", "items": [item]}
    entry = only(json.dumps(feed), url=URL)
    assert (entry.link, entry.source_link) == (None, None)


def test_a_json_items_external_address_serves_where_its_own_is_the_feed() -> None:
    item = {"id": "7", "url": "#7", "external_url": "https://other.example/7", "content_text": "x"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Wire", "items": [item]}
    assert only(json.dumps(feed), url=URL).link == "https://other.example/7"


def test_without_the_feeds_address_a_relative_link_stays_as_it_is() -> None:
    assert only(rss("<item><title>T</title><link>news/7</link></item>"), url="").link == "news/7"


def test_a_text_of_megabytes_in_an_addresss_place_is_no_link() -> None:
    assert resolve("https://wire.example/" + "x" * (8 * urls.LONGEST), "", URL) is None


def test_a_title_of_megabytes_is_cut() -> None:
    entry = only(rss(f"<item><title>{'word ' * 1_000_000}</title></item>"), url=URL)
    assert entry.title is not None
    assert len(entry.title) <= 20_000
