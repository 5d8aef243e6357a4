"""The sample wire: validators, codings, publishing, log, determinism, one address."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import tomllib
from datetime import timedelta

import brotlicffi as brotli
import feedparser
import pytest
import pytest_asyncio
from PIL import Image

from crawler import config
from tests.wire import NOW, PageFolder, SampleWire, read_folder
from tests.wire.wires import CATALOGUE
from tests.wire_tests.raw import get


@pytest_asyncio.fixture
async def wire():
    async with SampleWire(releases=24) as started:
        yield started


def feed_of(wire, key):
    return next(feed.url for feed in wire.feeds if feed.name.startswith(f"{key}-"))


@pytest.mark.parametrize(("key", "start"), [("meridian", '"'), ("ledger", 'W/"')])
async def test_a_known_etag_brings_304(wire, key, start):
    url = feed_of(wire, key)
    first = await get(url)
    assert first.headers["etag"].startswith(start)
    second = await get(url, f"If-None-Match: {first.headers['etag']}")
    assert (second.status, second.body) == (304, b"")
    assert second.headers["etag"] == first.headers["etag"]
    assert (await get(url, 'If-None-Match: "other"')).status == 200
    assert (await get(url, f'If-None-Match: "a", {first.headers["etag"]}')).status == 304


async def test_last_modified_alone_brings_304_until_something_changes(wire):
    url = feed_of(wire, "harbor")
    first = await get(url)
    assert "etag" not in first.headers
    since = f"If-Modified-Since: {first.headers['last-modified']}"
    assert (await get(url, since)).status == 304
    wire.publish(len(wire.sites))
    assert (await get(url, since)).status == 200


async def test_a_wrong_etag_is_not_outvoted_by_last_modified(wire):
    url = feed_of(wire, "meridian")
    first = await get(url)
    answer = await get(url, 'If-None-Match: "x"', f"If-Modified-Since: {first.headers['last-modified']}")
    assert answer.status == 200


async def test_an_unreadable_date_is_no_condition(wire):
    assert (await get(feed_of(wire, "harbor"), "If-Modified-Since: yesterday")).status == 200


async def test_a_body_is_coded_only_as_accepted(wire):
    url = wire.posting(0).url
    plain = await get(url)
    assert "content-encoding" not in plain.headers
    zipped = await get(url, "Accept-Encoding: gzip")
    assert gzip.decompress(zipped.body) == plain.body
    squeezed = await get(url, "Accept-Encoding: gzip, br")
    assert squeezed.headers["content-encoding"] == "br"
    assert brotli.decompress(squeezed.body) == plain.body
    assert "content-encoding" not in (await get(feed_of(wire, "porthaven"), "Accept-Encoding: gzip")).headers


async def test_every_page_picture_and_robots_file_is_there(wire):
    for posting in wire.postings:
        page = await get(posting.url)
        assert page.status == 200
        assert wire.expected(posting.url).release is posting.release
        for picture in posting.release.pictures:
            image = await get(posting.site.base_url + picture)
            assert Image.open(io.BytesIO(image.body)).size == (48, 32)
    for site in (*wire.sites, wire.failing):
        assert b"Allow: /" in (await get(f"{site.base_url}/robots.txt")).body
    sitemap = await get(f"{wire.sites[0].base_url}/sitemap.xml")
    assert all(posting.url.encode() in sitemap.body for posting in wire.sites[0].postings)
    assert (await get(f"{wire.sites[0].base_url}/nothing")).status == 404


async def test_what_is_published_is_in_the_feed_and_newest(wire):
    url = feed_of(wire, "meridian")
    before = feedparser.parse((await get(url)).body).entries
    posting = wire.publish()[0]
    entries = feedparser.parse((await get(url)).body).entries
    assert posting.site.wire.key == "meridian"
    assert entries[0].title == posting.release.title
    assert [entry.title for entry in entries[1:]] == [entry.title for entry in before]
    assert posting.release.published == NOW + timedelta(minutes=1)
    assert (await get(posting.url)).status == 200


async def test_an_edit_changes_page_feed_and_validators(wire):
    posting = wire.posting(0)
    before = await get(posting.url)
    wire.edit(posting.url, title="A new headline", paragraph="One paragraph more.")
    after = await get(posting.url, f"If-None-Match: {before.headers['etag']}")
    assert after.status == 200
    assert b"A new headline" in after.body
    assert wire.expected(posting.url).paragraphs[-1] == "One paragraph more."
    assert wire.release(0).updated > wire.release(0).published
    assert b"A new headline" in (await get(feed_of(wire, "meridian"))).body


async def test_a_deleted_release_is_gone_from_feeds_and_its_address(wire):
    posting = wire.posting(0)
    wire.delete(posting.url)
    assert (await get(posting.url)).status == 410
    assert posting.url.encode() not in (await get(feed_of(wire, "meridian"))).body


async def test_everything_can_be_asked_for_over_http(wire):
    control = f"{wire.sites[2].base_url}/_control"
    published = json.loads((await get(f"{control}/publish?n=2", method="POST")).body)
    assert len(published) >= 2
    expected = json.loads((await get(f"{control}/expected?url={published[0]}")).body)
    assert expected["title"] == wire.expected(published[0]).title
    assert (await get(f"{control}/edit?url={published[0]}&title=Other", method="POST")).status == 200
    assert wire.expected(published[0]).title == "Other"
    assert (await get(f"{control}/delete?url={published[0]}", method="POST")).status == 200
    assert (await get(published[0])).status == 410
    assert len(json.loads((await get(f"{control}/feeds")).body)) == len(wire.feeds) + len(wire.failing_feeds)
    assert json.loads((await get(f"{control}/log")).body)[0]["target"] == "/_control/publish?n=2"
    assert tomllib.loads((await get(f"{control}/config")).body.decode())["feeds"]
    assert (await get(f"{control}/expected?url=http://127.77.0.1/none")).status == 404
    assert (await get(f"{control}/dance")).status == 404


async def test_the_log_has_every_request_byte_for_byte(wire):
    url = feed_of(wire, "meridian") + "?Odd=%C3%A9"
    await get(url, "X-Mixed-Case: Value ")
    entry = wire.log[-1]
    assert (entry.method, entry.target, entry.status) == ("GET", "/rss/all.xml?Odd=%C3%A9", 404)
    assert (b"X-Mixed-Case", b"Value") in entry.headers
    assert entry.header("connection") == "close"
    assert entry.host == wire.sites[0].host
    assert entry.started <= entry.finished


async def answers(seed, port, **others):
    async with SampleWire(seed=seed, releases=24, port=port, **others) as wire:
        wire.publish(3)
        urls = [
            *(posting.url for posting in wire.postings),
            *(feed.url for feed in wire.feeds),
            wire.failure("feed"),
        ]
        bodies = await asyncio.gather(*(get(url, "Accept-Encoding: gzip") for url in urls))
        return wire.port, {
            url: (raw.body, raw.headers.get("etag")) for url, raw in zip(urls, bodies, strict=True)
        }


async def test_the_same_seed_gives_the_same_bytes():
    port, first = await answers(5, 0)
    _, second = await answers(5, port, precompute=True)
    assert first == second
    _, other = await answers(6, port)
    assert not set(first) & {url for url in other if "/news/" in url}


async def test_all_wires_fit_below_one_address():
    async with SampleWire(releases=24, one_address=True) as wire:
        assert {site.host for site in wire.sites} == {"127.0.0.1"}
        for posting in wire.postings:
            assert wire.expected(posting.url).title == posting.release.title
            assert (await get(posting.url)).status == 200
        for feed in wire.feeds:
            assert (await get(feed.url)).status == 200
        assert (await get(wire.failure("status/410"))).status == 410
        assert (await get(wire.failure("ok"))).status == 200
        assert b"Sitemap" in (await get(f"http://127.0.0.1:{wire.port}/robots.txt")).body


async def test_every_wire_has_an_address_of_its_own(wire):
    assert len({site.host for site in wire.sites}) == len(CATALOGUE)
    assert {site.port for site in wire.sites} == {wire.port}


async def test_wires_repeat_under_other_names_after_the_twelfth():
    async with SampleWire(wires=30, releases=30) as wire:
        assert len({feed.name for feed in wire.feeds}) == len(wire.feeds) == 60
        assert len({site.wire.name for site in wire.sites}) == 30


async def test_latency_makes_answers_wait_by_seed():
    async with SampleWire(wires=1, releases=1, latency=0.02, seed=3) as wire:
        for _ in range(3):
            await get(wire.posting(0).url)
        waits = [entry.finished - entry.started for entry in wire.log]
        assert all(wait >= 0.004 for wait in waits)
        assert max(waits) < 0.4


async def test_the_feed_list_is_a_configuration(wire, tmp_path):
    path = tmp_path / "wire.toml"
    path.write_text(wire.config(failing=True, settings=True), encoding="utf-8")
    loaded = config.load(path)
    assert [feed.url for feed in loaded.feeds] == [feed.url for feed in (*wire.feeds, *wire.failing_feeds)]


async def test_a_page_folder_serves_bytes_as_they_are(tmp_path):
    (tmp_path / "a.html").write_bytes(b"<html><title>First &amp; best</title>\xff</html>")
    (tmp_path / "b.html.gz").write_bytes(gzip.compress(b"<html>no title</html>"))
    async with PageFolder(read_folder(tmp_path), hosts=2) as folder:
        bodies = [(await get(url)).body for url in folder.urls]
        assert bodies == [b"<html><title>First &amp; best</title>\xff</html>", b"<html>no title</html>"]
        entries = [feedparser.parse((await get(feed.url)).body).entries for feed in folder.feeds]
        assert [[entry.title for entry in listed] for listed in entries] == [["First & best"], ["/b.html"]]
        assert [listed[0].link for listed in entries] == list(folder.urls)
        assert tomllib.loads(folder.config())["feeds"][0]["url"] == folder.feeds[0].url
        assert (await get(f"{folder.urls[0]}x")).status == 404
