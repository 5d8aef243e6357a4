"""Each feed format is read by feedparser (JSON by json) with the right items."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from urllib.parse import urljoin

import feedparser
import pytest
import pytest_asyncio

from tests.wire import SampleWire
from tests.wire.feeds import DIALECTS
from tests.wire.wires import CATALOGUE
from tests.wire_tests.raw import get

PLACES = [(wire.key, place.name, place.dialect) for wire in CATALOGUE for place in wire.feeds]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire():
    async with SampleWire(releases=300, window=0) as started:
        yield started


def listed(wire, key, topic):
    site = next(site for site in wire.sites if site.wire.key == key)
    chosen = [posting for posting in site.postings if topic is None or topic in posting.release.topics]
    return site, sorted(chosen, key=lambda posting: posting.release.published, reverse=True)


def topic_of(key, name):
    return next(place.topic for w in CATALOGUE if w.key == key for place in w.feeds if place.name == name)


@pytest.mark.parametrize(("key", "name", "dialect"), [place for place in PLACES if place[2] != "json"])
@pytest.mark.asyncio(loop_scope="module")
async def test_an_xml_feed_holds_the_wires_releases(wire, key, name, dialect):
    site, postings = listed(wire, key, topic_of(key, name))
    feed = next(feed for feed in wire.feeds if feed.name == f"{key}-{name}")
    answer = await get(feed.url)
    parsed = feedparser.parse(answer.body, response_headers={"content-type": answer.headers["content-type"]})
    trouble = parsed.get("bozo_exception")  # text/xml without a charset says us-ascii (RFC 3023)
    assert trouble is None or isinstance(trouble, feedparser.CharacterEncodingOverride)
    assert parsed.feed.title.startswith(site.wire.name)
    assert [entry.title for entry in parsed.entries] == [posting.release.title for posting in postings]
    for entry, posting in zip(parsed.entries, postings, strict=True):
        assert wire.expected(urljoin(feed.url, entry.link)).url == posting.url
        when = (
            entry.updated_parsed
            if dialect == "atom-updated"
            else entry.get("published_parsed") or entry.updated_parsed
        )
        assert datetime(*when[:6], tzinfo=UTC) == posting.release.published


@pytest.mark.parametrize("name", ["all", "products"])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_json_feed_holds_the_wires_releases(wire, name):
    _, postings = listed(wire, "opendesk", topic_of("opendesk", name))
    feed = next(feed for feed in wire.feeds if feed.name == f"opendesk-{name}")
    value = json.loads((await get(feed.url)).body)
    assert value["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["url"] for item in value["items"]] == [posting.url for posting in postings]
    assert [item["title"] for item in value["items"]] == [posting.release.title for posting in postings]
    dates = [datetime.fromisoformat(item["date_published"]) for item in value["items"]]
    assert dates == [posting.release.published for posting in postings]


async def entries_of(wire, name):
    feed = next(feed for feed in wire.feeds if feed.name == name)
    body = (await get(feed.url)).body
    return body, feedparser.parse(body).entries


@pytest.mark.asyncio(loop_scope="module")
async def test_the_dialects_differ_as_real_wires_do(wire):
    body, _ = await entries_of(wire, "meridian-all")
    assert re.search(rb"<pubDate>\w{3}, \d\d \w{3} \d{4} \d\d:\d\d GMT</pubDate>", body)
    assert b"http://dublincore.org/documents/dcmi-namespace/" in body
    _, tracked = await entries_of(wire, "ledger-all")
    assert all("feedref=" in entry.link for entry in tracked)
    body, plain = await entries_of(wire, "porthaven-all")
    assert b"<guid" not in body
    assert plain
    body, relative = await entries_of(wire, "canal-tous")
    assert re.search(rb"<link>/communique/\d+-[a-z0-9-]+</link><guid>/", body)
    assert relative
    body, _ = await entries_of(wire, "nordlicht-alle")
    assert b"<published>" not in body
    _, full = await entries_of(wire, "kestrel-all")
    assert all(entry.content[0].type == "text/html" for entry in full)
    _, xhtml = await entries_of(wire, "vital-all")
    assert all(entry.content[0].type == "application/xhtml+xml" for entry in xhtml)
    _, media = await entries_of(wire, "harbor-all")
    assert any(entry.get("enclosures") for entry in media)
    assert all("utm_source=" in entry.link for entry in media)
    body, _ = await entries_of(wire, "kizuna-all")
    assert "株式会社" in body.decode("shift_jis")


@pytest.mark.asyncio(loop_scope="module")
async def test_full_text_in_a_feed_is_the_whole_text(wire):
    _, entries = await entries_of(wire, "kestrel-all")
    for entry in entries:
        text = re.sub(r"<[^>]+>", " ", entry.content[0].value)
        words = re.findall(r"\w+", wire.expected(entry.link).text)
        assert set(words) <= set(re.findall(r"\w+", text))


@pytest.mark.asyncio(loop_scope="module")
async def test_an_enclosure_resolves_and_has_the_length_it_says(wire):
    _, entries = await entries_of(wire, "harbor-all")
    enclosure = next(entry.enclosures[0] for entry in entries if entry.get("enclosures"))
    picture = await get(enclosure.href)
    assert picture.headers["content-type"] == "image/png"
    assert picture.body.startswith(b"\x89PNG")
    assert len(picture.body) == int(enclosure.length)


@pytest.mark.asyncio(loop_scope="module")
async def test_topic_feeds_overlap_and_some_releases_are_on_two_wires(wire):
    _, everything = await entries_of(wire, "kestrel-all")
    _, business = await entries_of(wire, "kestrel-business")
    links = {entry.link for entry in business}
    assert links
    assert links < {entry.link for entry in everything}
    twice = [postings for postings in wire.press.postings.values() if len(postings) == 2]
    assert len(twice) > 5
    assert all(first.site is not second.site and first.url != second.url for first, second in twice)


async def test_a_window_keeps_the_newest():
    async with SampleWire(wires=1, releases=30, window=7) as wire:
        _, entries = await entries_of(wire, "meridian-all")
        assert [entry.title for entry in entries] == [wire.release(-n).title for n in range(1, 8)]


def test_every_dialect_is_used_by_a_wire():
    assert {dialect for _, _, dialect in PLACES} == set(DIALECTS)
