"""Each failing path does what it says, as a raw socket sees it."""

from __future__ import annotations

import gzip
import time
import zlib
from email.utils import parsedate_to_datetime

import brotlicffi as brotli
import feedparser
import pytest
import pytest_asyncio

from tests.wire import SampleWire
from tests.wire.broken import MALFORMED
from tests.wire.failures import ARTICLES, NAMES, identity
from tests.wire.weird import ODD_ITEMS
from tests.wire_tests.raw import get


@pytest_asyncio.fixture
async def wire():
    async with SampleWire(wires=1, releases=1) as started:
        yield started


async def test_a_dropped_connection_is_reset_without_a_byte(wire):
    answer = await get(wire.failure("drop"))
    assert (answer.data, answer.end) == (b"", "reset")
    assert wire.log[-1].status == 0


async def test_a_closed_connection_ends_without_a_byte(wire):
    answer = await get(wire.failure("drop/close"))
    assert (answer.data, answer.end) == (b"", "closed")


async def test_silence_never_answers_and_ends_when_the_client_leaves(wire):
    answer = await get(wire.failure("drop/silence"), patience=0.2)
    assert (answer.data, answer.end) == (b"", "open")
    await get(wire.failure("ok"))  # the server has seen the client leave by now
    assert wire.log[0].finished is not None


@pytest.mark.parametrize(("path", "first"), [("slow", b"HTTP/1.1 200"), ("slow/headers", b"HTT")])
async def test_a_slow_answer_keeps_its_rate(wire, path, first):
    started = time.monotonic()
    answer = await get(wire.failure(f"{path}?rate=40"), patience=0.35)
    sent = len(answer.body if path == "slow" else answer.data)
    assert answer.data.startswith(first)
    assert 0 < sent <= 40 * (time.monotonic() - started) + 4
    assert answer.end == "open"


async def test_a_fast_enough_slow_answer_is_whole(wire):
    whole = await get(wire.failure("ok?item=3"))
    dripped = await get(wire.failure("slow?rate=1000000&item=3"))
    assert dripped.end == "closed"
    assert len(dripped.body) == int(dripped.headers["content-length"])
    assert abs(len(dripped.body) - len(whole.body)) < 5_000


@pytest.mark.parametrize("coding", ["", "gzip", "br", "deflate"])
async def test_a_body_cut_short_of_its_length_promises_more(wire, coding):
    answer = await get(wire.failure(f"cut?framing=length&coding={coding}"))
    assert answer.status == 200
    assert answer.headers.get("content-encoding", "") == coding
    assert len(answer.body) == int(answer.headers["content-length"]) // 2


async def test_a_torn_chunk_lacks_its_end(wire):
    answer = await get(wire.failure("cut?framing=chunked&coding=gzip"))
    size, _, piece = answer.body.partition(b"\r\n")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert 0 < len(piece) < int(size, 16)


@pytest.mark.parametrize("coding", ["gzip", "br"])
async def test_a_cut_without_framing_shows_only_in_the_coding(wire, coding):
    answer = await get(wire.failure(f"cut?framing=close&coding={coding}"))
    assert answer.end == "closed"
    assert not {"content-length", "transfer-encoding"} & set(answer.headers)
    if coding == "gzip":
        decoder = zlib.decompressobj(31)
        assert decoder.decompress(answer.body)
        assert not decoder.eof
    else:
        with pytest.raises(brotli.error):
            brotli.decompress(answer.body)


async def test_a_cut_falls_on_the_byte_that_was_asked_for(wire):
    answer = await get(wire.failure("cut?framing=close&coding=gzip&at=7"))
    assert len(answer.body) == 7


@pytest.mark.parametrize("status", [404, 410, 429, 503, 451])
async def test_a_status_is_the_one_asked_for(wire, status):
    assert (await get(wire.failure(f"status/{status}"))).status == status


@pytest.mark.parametrize("value", ["2", "-5", "", "1e9", "9" * 30])
async def test_retry_after_is_sent_as_it_stands(wire, value):
    answer = await get(wire.failure(f"status/429?retry-after={value}"))
    assert answer.headers["retry-after"] == value


async def test_retry_after_can_be_a_date(wire):
    answer = await get(wire.failure("status/503?retry-after=date:90"))
    gap = parsedate_to_datetime(answer.headers["retry-after"]) - parsedate_to_datetime(answer.headers["date"])
    assert 88 <= gap.total_seconds() <= 91


async def test_a_redirect_loop_never_arrives(wire):
    url, seen = wire.failure("redirect-loop"), []
    for _ in range(4):
        answer = await get(url)
        assert answer.status == 302
        url = answer.headers["location"]
        seen.append(url)
    assert seen[0] == seen[2]
    assert seen[1] == seen[3]


@pytest.mark.parametrize(("hops", "status"), [(1, 301), (3, 308)])
async def test_a_redirect_arrives_after_its_hops(wire, hops, status):
    path = f"redirect?n={hops}&status={status}&item=8"
    for _ in range(hops):
        answer = await get(wire.failure(path))
        assert answer.status == status
        path = answer.headers["location"]
    answer = await get(wire.failure(path))
    assert answer.status == 200
    assert (
        wire.expected(wire.failure(path)).title
        == wire.expected(wire.failure(f"redirect?n={hops}&item=8")).title
    )


async def test_a_redirect_leads_wherever_it_is_told(wire):
    answer = await get(wire.failure("redirect?to=file:///etc/hostname"))
    assert answer.headers["location"] == "file:///etc/hostname"
    assert "location" not in (await get(wire.failure("redirect?missing=1"))).headers


@pytest.mark.parametrize("form", ["article", "feed"])
async def test_a_wrong_charset_is_declared_utf8_and_is_not(wire, form):
    answer = await get(wire.failure(f"charset?as={form}"))
    assert "utf-8" in answer.headers["content-type"]
    with pytest.raises(UnicodeDecodeError):
        answer.body.decode("utf-8")
    assert "Ångström" in answer.body.decode("cp1252")


async def test_a_coding_comes_though_nobody_asked(wire):
    plain = await get(wire.failure("ok"))
    for coding, undo in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        answer = await get(wire.failure(coding))
        assert answer.headers["content-encoding"] == coding
        assert undo(answer.body).startswith(plain.body[:15])


async def test_a_huge_page_is_as_long_as_it_says(wire):
    answer = await get(wire.failure("huge?bytes=3000000"))
    assert len(answer.body) == int(answer.headers["content-length"]) == 3_000_000


async def test_a_bomb_is_small_on_the_wire(wire):
    answer = await get(wire.failure("huge?bytes=5000000&coding=gzip"))
    assert len(answer.body) < 50_000
    assert len(gzip.decompress(answer.body)) == 5_000_000


@pytest.mark.parametrize("path", ["not-a-feed", "consent", "challenge", "empty", "empty-feed"])
async def test_a_wall_says_200_and_has_no_items(wire, path):
    answer = await get(wire.failure(path))
    assert answer.status == 200
    assert feedparser.parse(answer.body).entries == []
    assert (answer.body == b"") == (path == "empty")


async def test_a_flaky_address_fails_twice_and_then_is_fine(wire):
    statuses = [(await get(wire.failure("flaky?fails=2&as=feed"))).status for _ in range(4)]
    assert statuses == [503, 503, 200, 200]


@pytest.mark.parametrize("into", ["consent", "challenge", "error", "empty"])
async def test_a_turned_feed_has_new_validators_and_no_items(wire, into):
    first, second = [await get(wire.failure(f"turned?as=feed&into={into}")) for _ in range(2)]
    assert len(feedparser.parse(first.body).entries) == 5
    assert second.status == 200
    assert second.headers["etag"] != first.headers["etag"]
    assert feedparser.parse(second.body).entries == []


async def test_odd_items_are_listed_as_they_are(wire):
    entries = feedparser.parse((await get(wire.failure("items"))).body).entries
    by_name = dict(zip((name for name, _ in ODD_ITEMS), entries, strict=True))
    assert "link" not in by_name["no link"]
    assert "published" not in by_name["no date"]
    assert by_name["future date"].published_parsed.tm_year == 2031
    assert len(by_name["long title"].title.encode()) >= 300
    assert "+++" in by_name["quoted title"].title
    assert '"Quotes"' in by_name["quoted title"].title
    assert by_name["twin title"].title == by_name["twin title again"].title
    assert by_name["twin title"].published == by_name["twin title again"].published
    assert by_name["empty title"].title == ""
    assert "title" not in by_name["no title"]
    assert by_name["script link"].link.startswith("javascript:")


async def test_a_messy_feed_is_not_well_formed(wire):
    parsed = feedparser.parse((await get(wire.failure("messy"))).body)
    assert parsed.bozo
    assert len(parsed.entries) == 2


@pytest.mark.parametrize(
    ("kind", "etag"),
    [
        ("weak", 'W/"weak-1"'),
        ("unquoted", "unquoted-1"),
        ("etag-only", '"only"'),
        ("none", None),
        ("changing", '"answer-1"'),
    ],
)
async def test_odd_validators_are_sent_as_they_stand(wire, kind, etag):
    answer = await get(wire.failure(f"validators/{kind}"))
    assert answer.headers.get("etag") == etag
    assert "last-modified" not in answer.headers


async def test_last_modified_can_go_back(wire):
    first, second = [await get(wire.failure("validators/going-back?as=feed")) for _ in range(2)]
    dates = [parsedate_to_datetime(answer.headers["last-modified"]) for answer in (first, second)]
    assert dates[1] < dates[0]


async def test_a_304_can_bring_a_new_etag(wire):
    first, second = [await get(wire.failure("validators/new-etag-with-304?as=feed")) for _ in range(2)]
    assert (first.status, first.headers["etag"]) == (200, '"answer-1"')
    assert (second.status, second.headers["etag"]) == (304, '"answer-2"')


@pytest.mark.parametrize("kind", MALFORMED)
async def test_a_malformed_answer_is_sent_whole(wire, kind):
    answer = await get(wire.failure(f"malformed/{kind}"))
    assert answer.end == "closed"
    assert answer.data.startswith(b"<!DOCTYPE" if kind == "http09" else b"HTTP/1.1 ")
    marks = {
        "many-headers": b"X-Header-199:", "long-header": b"x" * 9_000, "control": b"a\x01b",
        "two-lengths": b"Content-Length: 1\r\n", "bad-length": b"Content-Length: many", "bad-chunk": b"\r\n\r\nzz\r\n",
        "304-with-body": b"304 Not Modified", "204-with-body": b"204 No Content", "stacked-coding": b"gzip, gzip",
    }  # fmt: skip
    assert marks.get(kind, b"</html>") in answer.data


async def test_an_unknown_malformation_and_an_unknown_failure_are_404(wire):
    assert (await get(wire.failure("malformed/nonsense"))).status == 404
    assert (await get(wire.failure("nonsense"))).status == 404


async def test_the_failing_feed_lists_every_article_with_and_without_its_own_text(wire):
    entries = feedparser.parse((await get(wire.failure("feed"))).body).entries
    assert len(entries) == 2 * len(ARTICLES)
    assert ["content" in entry for entry in entries] == [False, True] * len(ARTICLES)
    for entry in entries:
        expected = wire.expected(entry.link)
        assert entry.title == expected.title
        if "content" in entry:
            assert expected.paragraphs[-1].split()[0] in entry.content[0].value.rpartition("<p>")[2]


async def test_the_page_behind_a_failure_is_the_one_announced(wire):
    answer = await get(wire.failure("redirect?n=0&status=302&item=5"))
    assert wire.expected(wire.failure("redirect?n=3&item=5")).title in answer.body.decode()


@pytest.mark.parametrize("name", sorted(NAMES))
async def test_every_failure_is_a_feed_or_an_article_without_a_crash(wire, name):
    for form in ("article", "feed"):
        await get(wire.failure(f"{name}?as={form}&rate=1000000&bytes=1000"), patience=2)
    assert all(entry.status != 500 for entry in wire.log)


def test_an_article_keeps_its_identity_through_hops_and_retries():
    assert identity("/fail/redirect?n=3&item=2") == identity("/fail/redirect?n=0&status=302&item=2")
    assert identity("/fail/redirect-loop?item=1") == identity("/failing/fail/redirect-loop/b?item=1")
    assert identity("/fail/status/404?item=1") != identity("/fail/status/410?item=1")


async def test_a_client_that_leaves_is_logged_without_a_status_or_a_word(wire, caplog):
    answer = await get(wire.failure("huge?bytes=50000000"), patience=0.05)
    assert answer.end == "open"
    for _ in range(50):
        await get(wire.failure("ok"))
        if wire.log[0].finished is not None:
            break
    assert (wire.log[0].status, caplog.text) == (0, "")
