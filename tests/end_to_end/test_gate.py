"""The quality gate at work: what is no article is stood in for by the feed, and replaced when the article comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest

from tests.journey import Stand, Yard, plain_text, stand
from tests.journey.stand import TEXT, Answer

TITLE = "Halvorsen Tidal opens a second harbour workshop"
TEASER = "Halvorsen Tidal GmbH opened its second harbour workshop on Tuesday and took on forty apprentices."
CONSENT = (
    "<!doctype html><html><head><title>Before you continue</title></head><body><h1>Before you continue</h1><p>We and our "
    "partners use cookies and process personal data. You may accept all, reject all or manage your consent.</p></body></html>"
)
NEWSROOM = (
    "<!doctype html><html lang='en'><head><title>Newsroom</title></head><body><main><article><h1>{}</h1><p>Welcome to our "
    "harbour newsroom, where everything that is new about ferries and workshops is told first.</p><p>Choose a year to see "
    "all that was said in it, or write to the press office, which answers on every working day.</p></article></main></body></html>"
)
#: An hour passes for what waits for another try.
AN_HOUR_LATER = "UPDATE feed_items SET due_at = '2020-01-01T00:00:00.000000Z' WHERE due_at IS NOT NULL"
REVISIONS = """
    SELECT r.number, r.state, r.origin, r.draft, r.reason, e.ok, e.reasons, e.page_url
    FROM revisions r JOIN extractions e ON e.id = r.extraction_id ORDER BY r.article_id, r.number"""


@pytest.fixture
def at() -> Iterator[Stand]:
    with stand() as opened:
        yield opened


@pytest.fixture
def yard(at: Stand, tmp_path: Path) -> Iterator[Yard]:
    with Yard(tmp_path / "yard") as yard:
        yield yard.configure(at.table(), web="attempts = 1", processes=1)


def announced(at: Stand, title: str, path: str, teaser: str) -> str:
    told = at.item(title, path)
    return told.replace("</item>", f"<description>{escape(f'<p>{teaser}</p>')}</description></item>")


def test_s32_a_consent_wall_is_stood_in_for_by_a_draft_and_the_article_an_hour_later_replaces_it(
    at: Stand, yard: Yard
) -> None:
    at.feed("/feed", announced(at, TITLE, "/release", TEASER))
    at.answers["/release"] = Answer(CONSENT.encode())
    first = yard.crawl("--json")
    [line] = first.json["feeds"]
    assert (first.code, line["archived"], line["fallback"], line["why"]) == (1, 0, 1, {"NoArticle": 1})
    [held] = yard.documents().values()
    assert held.draft
    assert plain_text(held.body).strip() == TEASER
    [waiting] = yard.rows("SELECT state, last_error, due_at FROM feed_items")
    assert (waiting["state"], "consent page" in waiting["last_error"]) == ("fallback", True)
    assert waiting["due_at"] is not None

    at.page("/release", TITLE)
    yard.change(AN_HOUR_LATER)
    assert yard.crawl().code == 0
    [(path, whole)] = yard.documents().items()
    assert not whole.draft
    assert all(sentence in plain_text(whole.body) for sentence in TEXT)
    assert (whole.article_id, whole.url, whole.qrcode) == (held.article_id, held.url, held.qrcode)

    before, after = yard.rows(REVISIONS)
    assert (before["number"], before["state"], before["origin"], before["draft"]) == (
        1,
        "superseded",
        "feed",
        1,
    )
    assert (before["ok"], before["page_url"]) == (0, None)
    assert "consent page" in json.loads(before["reasons"])[0]
    assert (after["number"], after["state"], after["origin"], after["draft"]) == (2, "done", "page", 0)
    assert (after["ok"], after["reasons"]) == (1, "[]")
    assert after["page_url"].endswith("/release")
    assert after["reason"] == "page replaces the feed's own content"
    [rows] = yard.rows("SELECT count(*) AS n FROM fields WHERE field = 'body'")
    assert rows["n"] == 2
    assert path in {row["path"] for row in yard.rows("SELECT path FROM revisions")}


def test_s32_a_text_that_a_host_shows_for_two_releases_is_neither_and_is_withdrawn(
    at: Stand, yard: Yard
) -> None:
    one, two = "Harbour workshop hires forty people", "Ferries told to slow down by harbour"
    teasers = (
        "The workshop in the harbour hires forty people, Halvorsen said, and every one of them is from town.",
        "All ferries must slow down in the harbour by order of the port, which was told of waves at night.",
    )
    at.answers["/one"] = Answer(NEWSROOM.format(one).encode())
    at.answers["/two"] = Answer(NEWSROOM.format(two).encode())
    at.feed("/feed", announced(at, one, "/one", teasers[0]))
    yard.crawl()
    [alone] = yard.documents().values()
    assert "Choose a year" in alone.body  # nobody can know yet

    at.feed("/feed", announced(at, one, "/one", teasers[0]), announced(at, two, "/two", teasers[1]))
    yard.crawl()
    yard.change(AN_HOUR_LATER)
    yard.crawl()
    read = {told.title: plain_text(told.body).strip() for told in yard.documents().values()}
    assert read == {one: teasers[0], two: teasers[1]}
    errors = {row["last_error"] for row in yard.rows("SELECT last_error FROM feed_items")}
    assert errors == {"the page is not the article: template repeat"}
    assert {row["state"] for row in yard.rows("SELECT state FROM feed_items")} == {"fallback"}

    at.page("/one", one)
    yard.change(AN_HOUR_LATER)
    yard.crawl()
    [whole] = [told for told in yard.documents().values() if told.title == one]
    assert all(sentence in plain_text(whole.body) for sentence in TEXT[1:])
