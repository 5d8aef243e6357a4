"""Rows of one article against each other and against what was stated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crawler import statement
from crawler.audit import rows, statements
from crawler.audit.facts import ArticleRow
from tests.audit.samples import CONTENT, FIRST, OLDER, SECOND, article, revision, stated


def codes(found: ArticleRow) -> list[str]:
    return [one.code for one in (*rows.judge(found), *statements.judge(found))]


def test_d51_an_article_whose_rows_agree_is_clean() -> None:
    assert codes(article()) == []
    fallback = article(revision(1, origin="feed", statement=None, leaf=None), state="fallback", revision=1,
                       item_state="fallback", sha256=FIRST, size=101)  # fmt: skip
    assert codes(fallback) == []
    claimed = article(state="claimed", revision=0, path=None, sha256=None, size=None, item_article=None)
    assert codes(replace(claimed, revisions=())) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"path": "content/elsewhere.md"}, "F105"),
        ({"sha256": FIRST}, "F105"),
        ({"size": 103}, "F105"),
        ({"title": "Another title"}, "F105"),
        ({"draft": True}, "F105"),
        ({"revision": 3}, "F103"),
        ({"revision": 1}, "F105"),
        ({"revision": 0}, "F104"),
        ({"state": "fallback"}, "F107"),
        ({"state": "claimed"}, "F107"),
        ({"item_article": 8}, "F114"),
        ({"item_article": None}, "F114"),
        ({"item_state": "fallback"}, "F114"),
        ({"date": "not a date"}, "F109"),
        ({"date": "2026-04-03T09:30:00.000000Z"}, "F109"),
        ({"url": "Another Place"}, "F109"),
        ({"url": "another-place"}, "F109"),
        ({"code": "tideA1bX"}, "F109"),
        ({"source_key": "other-wire"}, "F109"),
        ({"source": "Other Wire"}, "F110"),
        ({"source_link": "https://stand.example/other"}, "F110"),
        ({"source_link": None}, "F110"),
        ({"item_id": 10}, "F110"),
    ],
)
def test_d51_a_touched_article_row_is_named(changes: dict[str, Any], code: str) -> None:
    found = codes(article(**changes))
    assert code in found
    assert all(one.article == 7 for one in rows.judge(article(**changes)))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "superseded"}, "F104"),
        ({"state": "odd"}, "F107"),
        ({"state": "removed"}, "F107"),
        ({"origin": "elsewhere"}, "F107"),
        ({"origin": "feed"}, "F110"),
        ({"number": 3}, "F106"),
        ({"path": OLDER}, "F109"),
        ({"qrcode_path": "static/x.webp"}, "F109"),
        ({"reason": "re-extraction"}, "F110"),
        ({"title": "Another"}, "F110"),
        ({"notice": "kill"}, "F110"),
        ({"draft": True}, "F110"),
        ({"sha256": FIRST}, "F110"),
        ({"size": 1}, "F110"),
        ({"qrcode_sha256": FIRST}, "F110"),
        ({"qrcode_size": 1}, "F110"),
        ({"created_at": "2026-03-03T09:30:00.000001Z"}, "F110"),
        ({"item_id": None}, "F110"),
        ({"page_url": None}, "F110"),
        ({"page_sha256": SECOND}, "F110"),
        ({"extractor": "reader 2"}, "F110"),
        ({"ok": False}, "F110"),
        ({"reasons": '["stub"]'}, "F110"),
        ({"reasons": "no list"}, "F110"),
        ({"reasons": None}, "F110"),
        ({"statement": None}, "F111"),
        ({"statement": "{}"}, "F111"),
        ({"statement": '{"format":"crawler-revision/1"}'}, "F111"),
        ({"leaf": FIRST}, "F112"),
    ],
)
def test_d51_a_touched_revision_row_is_named(changes: dict[str, Any], code: str) -> None:
    touched = article(revision(1, state="superseded", path=OLDER), replace(revision(2), **changes))
    assert code in codes(touched)


def test_a_statement_has_one_form_only() -> None:
    spaced = statement.render(stated(2)).decode().replace(",", ", ")
    touched = article(revision(1, state="superseded", path=OLDER), revision(2, statement=spaced, leaf=None))
    assert codes(touched) == ["F111"]


def test_a_statement_names_the_revision_before_it() -> None:
    other = statement.render(replace(stated(2), previous="9" * 64)).decode()
    touched = article(revision(1, state="superseded", path=OLDER), revision(2, statement=other, leaf=None))
    assert codes(touched) == ["F113"]


def test_two_newest_revisions_and_a_newest_one_that_is_gone_are_named() -> None:
    assert "F104" in codes(article(revision(1, path=CONTENT), revision(2)))
    assert "F103" in codes(article(revision(1, state="superseded", path=OLDER)))


def test_letters_that_no_stream_can_write_are_no_difference() -> None:
    told = statement.render(replace(stated(2), title="Halvorsen \ud800 opens")).decode()
    odd = revision(2, statement=told, leaf=None, title="Halvorsen \ufffd\ufffd\ufffd opens")
    titled = article(revision(1, state="superseded", path=OLDER), odd, title=odd.title)
    assert codes(titled) == []


def test_a_revision_that_is_being_written_is_no_contradiction_but_unsettled() -> None:
    during = article(revision(1, state="superseded", path=OLDER), revision(2), revision(3, state="intended"))
    assert codes(during) == []
    assert [one.code for one in rows.unsettled(during)] == ["F108"]


def test_what_was_taken_down_has_earlier_revisions_that_are_removed() -> None:
    removed = revision(1, state="removed", path=CONTENT, title="Withdrawn")
    down = article(removed, revision(2), taken_down_at="2026-04-01T00:00:00.000000Z")
    assert codes(down) == []
    rebuilt = replace(down, revisions=down.revisions[1:])
    assert codes(rebuilt) == []
    begun = replace(down, unfinished_takedown="2026-04-01T00:00:00.000000Z")
    assert [one.code for one in rows.unsettled(begun)] == ["F115"]
