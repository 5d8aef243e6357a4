"""The failing host: whatever it does, each item ends archived, stood in for, or failed with a reason."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from crawler import document
from tests.end_to_end.conftest import Crawled
from tests.journey import ENOUGH, likeness, plain_text

pytestmark = pytest.mark.xdist_group("failing")  # the host is crawled once a run
#: Failing articles that are none: they come, if late, in another coding or from another address.
GOOD = {"ok", "slow?rate=20000", "redirect?n=3", "gzip", "br", "flaky?fails=2"}
#: … that are archived although the page lies about something.
ODD = {"charset"}
#: What the others are said to have failed of.
WHY = {
    "drop": "Unreachable", "drop/close": "Unreachable", "cut": "Truncated", "status/404": "BadStatus",
    "status/410": "BadStatus", "status/429": "BadStatus", "status/503": "BadStatus", "redirect-loop": "BadRedirect", "huge": "TooLarge",
    "not-a-feed": "NoArticle", "consent": "NoArticle", "challenge": "NoArticle", "empty": "NoArticle",
}  # fmt: skip


def name(link: str) -> str:
    """The failing path of an article's link: ``cut?framing=length``."""
    return re.sub(r"[?&]item=\d+$", "", link.partition("/fail/")[2])


def items(failing: Crawled, feed: str) -> list[dict[str, object]]:
    return failing.yard.rows(
        "SELECT i.*, a.path FROM feed_items i JOIN feeds f ON f.id = i.feed_id"
        " LEFT JOIN articles a ON a.item_id = i.id AND a.revision > 0 WHERE f.name = ? ORDER BY i.id",
        f"failing-{feed}",
    )


def test_every_failing_article_ends_as_it_must(failing: Crawled) -> None:
    assert failing.ended.code == 1
    found = items(failing, "articles")
    assert len(found) == 48
    for position, row in enumerate(found):
        path, own = name(str(row["link"])), position % 2 == 1
        why = next((kind for start, kind in WHY.items() if path.startswith(start)), None)
        wanted = "archived" if path in GOOD | ODD else "fallback" if own else row["state"]
        assert row["state"] == wanted, (path, row)
        assert (row["path"] is not None) == (wanted in {"archived", "fallback"})
        if wanted == "archived":
            assert row["last_error"] is None, path
        else:
            assert row["state"] in {"fallback", "retry", "failed"}
            assert row["last_error_kind"] == why, (path, row["last_error"])
            final = path in {"status/410", "redirect-loop", "huge?bytes=20000000"}
            assert (row["due_at"] is None) == final, path


def test_what_is_archived_of_a_failing_host_is_what_it_published(failing: Crawled) -> None:
    good = [row for row in items(failing, "articles") if name(str(row["link"])) in GOOD]
    assert len(good) == 2 * len(GOOD)
    for row in good:
        read = document.parse(failing.yard.files()[str(row["path"])])
        expected = failing.wire.expected(str(row["link"]))
        assert read.title == expected.title
        assert likeness(expected.text, plain_text(read.body)) >= ENOUGH


def test_every_failure_is_told_by_name_and_reason(failing: Crawled) -> None:
    told = failing.yard.run("inspect", "failures", "--json", "--limit", "500")
    assert told.code == 0
    wanted = {
        row["title"] for row in failing.yard.rows("SELECT title FROM feed_items WHERE last_error IS NOT NULL")
    }
    assert {row["title"] for row in told.json if row["kind"] == "item"} == wanted
    assert [row["feed"] for row in told.json if row["kind"] == "feed"] == ["failing-consent"]
    assert all(row["error"] and row["error_kind"] for row in told.json)
    assert len(wanted) > 20


def test_the_table_adds_up(failing: Crawled) -> None:
    lines = [line.split("\t") for line in failing.ended.out.splitlines()]
    states = Counter(row["state"] for row in failing.yard.rows("SELECT state FROM feed_items"))
    total = dict(zip(lines[0], lines[-1], strict=True))
    assert int(total["archived"]) == states["archived"]
    assert int(total["from feed"]) == states["fallback"]
    assert int(total["failed"]) == states["retry"] + states["failed"] + 1  # the feed that is a consent page
    assert int(total["new"]) == states.total()
    assert "Traceback" not in failing.ended.err


ODD_TITLES = {
    5: "Ältere Müller grüßen " * 12 + "Ältere Müller grüßen",
    6: '"Quotes" +++ title = "x" +++ and \'more\' \\ slashes',
    7: "Two items share this title",
    8: "Two items share this title",
}


@pytest.mark.parametrize("number", ODD_TITLES)
def test_hostile_titles_arrive_whole_and_harmless(failing: Crawled, number: int) -> None:
    [row] = [row for row in items(failing, "items") if str(row["link"]).endswith(f"ok?item={number}")]
    data = failing.yard.files()[str(row["path"])]
    assert document.parse(data).title == ODD_TITLES[number]
    assert len(str(row["path"]).rpartition("/")[2].encode()) <= 200
    assert data.count(b"\n") == 15  # twelve keys, two fences, an empty line: nothing broke out


def test_two_items_with_one_title_on_one_day_have_two_addresses(failing: Crawled) -> None:
    paths = [str(row["path"]) for row in items(failing, "items") if "share this title" in str(row["title"])]
    names = sorted(path.rpartition("/")[2] for path in paths)
    assert names == ["2026-05-28-two-items-share-this-title-2.md", "2026-05-28-two-items-share-this-title.md"]


def test_dates_that_are_missing_or_cannot_be_are_not_believed(failing: Crawled) -> None:
    dates = {
        str(row["title"]): document.parse(failing.yard.files()[str(row["path"])]).date
        for row in items(failing, "items")
        if row["path"]
    }
    for title in (
        "An item without a date",
        "An item from the future",
        "An item with a date nobody can read",
        "An item of the year one",
    ):
        [link] = [row["link"] for row in items(failing, "items") if row["title"] == title]
        page = failing.wire.expected(str(link)).date
        assert dates[title] == f"{page:%Y-%m-%dT%H:%M:%SZ}", title


def test_links_that_lead_nowhere_are_told_and_never_followed(failing: Crawled) -> None:
    lost = [row for row in items(failing, "items") if row["source_link"] is None]
    assert len(lost) == 4
    assert {row["last_error"] for row in lost} == {"the item has no usable link"}
    assert all(row["path"] is None for row in lost)
