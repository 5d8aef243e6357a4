"""Servers that answer, but wrongly (S29–S34): nothing is lost, doubled, overwritten or asked for without need."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest

from tests.journey import Stand, Yard, stand
from tests.journey.stand import Answer

TITLE = "Corran Bay Ferries orders two electric boats"

#: Lets hours pass for what waits for another try.
LATER = "UPDATE feed_items SET due_at = '2020-01-01T00:00:00.000000Z' WHERE due_at IS NOT NULL"


@pytest.fixture
def at() -> Iterator[Stand]:
    with stand() as opened:
        yield opened


@pytest.fixture
def yard(at: Stand, tmp_path: Path) -> Iterator[Yard]:
    at.page("/release", TITLE)
    with Yard(tmp_path / "yard") as yard:
        yield yard.configure(at.table(), web="attempts = 1", processes=1)


def tell(at: Stand, *items: str, etag: str | None = None) -> None:
    at.feed("/feed", *items)
    at.answers["/feed"].etag = etag


def wall(text: str) -> Answer:
    return Answer(
        f"<!doctype html><html><head><title>{text}</title></head><body><p>{text}</p></body></html>".encode()
    )


def test_s29_a_login_page_in_the_feeds_place_advances_no_validators_and_loses_no_item(
    at: Stand, yard: Yard
) -> None:
    tell(at, at.item(TITLE, "/release"), etag='"good-1"')
    assert yard.crawl().code == 0
    good = yard.rows("SELECT etag, body_sha256, latest_keys FROM feeds")
    for answer in (wall("Please sign in to read on."), Answer(b"", type="application/rss+xml")):
        answer.etag = '"wall"'
        at.answers["/feed"] = answer
        ended = yard.crawl("--json")
        assert (ended.code, ended.json["feeds"][0]["why"]) == (1, {"feed: NotAFeed": 1})
        assert yard.rows("SELECT etag, body_sha256, latest_keys FROM feeds") == good
    assert [etag for path, etag in at.vouched if path == "/feed"] == [None, '"good-1"', '"good-1"']
    assert yard.rows("SELECT count(*) AS sighted FROM sightings WHERE last_seen IS NULL") == [{"sighted": 1}]
    assert yard.count() == 1


def test_s30_unstable_identities_bring_no_second_article_and_no_second_fetch(at: Stand, yard: Yard) -> None:
    twin = at.url.replace("http://", "https://")

    def item(link: str, guid: str) -> str:
        return f"<item><title>{TITLE}</title><link>{escape(link)}</link>{guid}</item>"

    page = f"{at.url}/release"
    for number in range(3):
        fresh = f"<guid isPermaLink='false'>poll-{number}</guid>"
        tell(
            at,
            item(f"{page}?utm_source=feed&utm_campaign={number}", fresh),
            item(page, ""),
            item(page, fresh),
            item(f"{twin}/release", "<guid>twin</guid>"),
        )
        assert yard.crawl().code == 0
    assert at.asked.count("/release") + sum(path.startswith("/release?") for path in at.asked) == 1
    assert yard.rows("SELECT count(*) AS items FROM feed_items") == [{"items": 1}]
    assert yard.count() == 1


def test_s31_of_an_absurd_feed_what_is_left_out_is_told_and_no_date_is_believed(
    at: Stand, yard: Yard
) -> None:
    yard.configure(at.table(), web="attempts = 1", poll="entries = 40", processes=1)
    dates = ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2099 00:00:00 GMT", "1 Jan 44 BC", ""]
    items = [at.item(f"Notice {number}", None, date=dates[number % 4], own=True) for number in range(60)]
    items[0] = at.item("Wharf " * 180_000, None, own=True)
    tell(at, *items)
    ended = yard.crawl("--json")
    assert (ended.code, ended.json["feeds"][0]["seen"]) == (
        1,
        40,
    )  # 1: all are fallbacks, for none has a page
    assert "more than 40 entries" in yard.rows("SELECT notes FROM feeds")[0]["notes"]
    assert all(read.date[:4] not in {"1970", "2099", "0044"} for read in yard.documents().values())
    assert all(len(path.rpartition("/")[2].encode()) <= 200 for path in yard.files())


def test_s32_an_article_that_flips_gains_revisions_and_never_a_wall(at: Stand, yard: Yard) -> None:
    def edited(word: str) -> None:
        tell(at, at.item(f"{TITLE}, {word}", "/release"))

    del at.answers["/release"]
    edited("first told")
    yard.crawl()
    yard.change(LATER)
    at.page("/release", TITLE)
    yard.crawl()
    [first] = yard.documents().values()
    assert "Corran" in first.title
    for answer in (
        wall("Subscribe to continue reading. Sign in or start a free trial."),
        wall("404 Page not found"),
    ):
        at.answers["/release"] = answer
        edited(answer.body.decode()[30:60].replace("<", " ").replace(">", " "))
        yard.crawl()
        [still] = yard.documents().values()
        assert still.body == first.body
    at.page("/release", TITLE)
    body = at.answers["/release"].body
    at.answers["/release"] = Answer(
        body.replace(
            b"</article>",
            b"<p>The second boat will follow in the spring, the yard said on Friday.</p></article>",
        )
    )
    edited("corrected")
    yard.crawl()
    yard.change(LATER)
    assert yard.crawl().code == 0
    [newest] = yard.documents().values()
    assert "will follow in the spring" in newest.body
    kept = [data.decode() for path, data in yard.files().items() if path.startswith("revisions/")]
    assert any(first.body in data for data in kept)


ENCODINGS = (
    b'<?xml version="1.0" encoding="punycode"?>%s',
    b'<?xml version="1.0" encoding="undefined"?>%s',
    b'<?xml version="1.0" encoding="x-klingon"?>%s',
)


def feed_of(title: str, link: str) -> str:
    return f'<rss version="2.0"><channel><title>Stand</title><item><title>{title}</title><link>{link}</link></item></channel></rss>'


def test_s34_no_encoding_lets_an_exception_escape_and_the_choice_is_recorded(at: Stand, yard: Yard) -> None:
    told: dict[str, bytes] = {}
    for number, frame in enumerate(ENCODINGS):
        at.page(f"/release/{number}", f"{TITLE} {number}")
        told[f"/odd/{number}"] = frame % feed_of(f"{TITLE} {number}", f"{at.url}/release/{number}").encode()
    at.page("/release/utf-16", "渡輪公司訂購兩艘電動船")
    told["/utf-16"] = feed_of("渡輪公司訂購兩艘電動船", f"{at.url}/release/utf-16").encode("utf-16-le")
    at.page("/release/gb", "渡轮公司订购两艘电动船")
    told["/gb"] = b'<?xml version="1.0" encoding="gb18030"?>' + feed_of(
        "渡轮公司订购两艘电动船", f"{at.url}/release/gb"
    ).encode("gb18030")
    lone = feed_of("Lone &#xD800; surrogate and a stray \x1b", f"{at.url}/release")
    told["/lone"] = lone.encode()
    for path, body in told.items():
        at.answers[path] = Answer(
            body, type="application/rss+xml; charset=iso-8859-1" if path == "/gb" else "application/rss+xml"
        )
    page = (
        at.answers["/release/gb"]
        .body.decode()
        .replace("<head>", '<head><meta charset="gb18030">')
        .encode("gb18030")
    )
    at.answers["/release/gb"] = Answer(page, type="text/html; charset=iso-8859-1")
    yard.configure(
        "".join(at.table(path, name=path.strip("/").replace("/", "-")) for path in told),
        web="attempts = 1",
        processes=1,
    )
    ended = yard.crawl("--json")
    assert ended.code in {0, 1}, ended.err
    assert {failure["error"].partition(":")[0] for failure in ended.json["failures"]} <= {
        "the body is not well-formed XML"
    }
    assert "渡輪公司訂購兩艘電動船" in {read.title for read in yard.documents().values()}
    assert "渡轮公司订购两艘电动船" in {read.title for read in yard.documents().values()}
    chosen = yard.rows("SELECT charset, charset_from FROM extractions WHERE page_url LIKE '%/release/gb'")
    assert chosen
    assert chosen[0]["charset_from"]
    assert not yard.rows("SELECT 1 FROM failures WHERE error_kind = 'Bug'")
