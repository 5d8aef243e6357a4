"""When a page says it was published."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract import extract, published
from tests.extract.pages import URL, article, document, page


def dated(
    head: str = "", *blocks: str, want: bool = False, url: str = URL
) -> tuple[datetime | None, str | None]:
    found = extract(page(document(article(*blocks), head=head), url=url), want_date=want)
    return found.date, found.date_from


NINE = datetime(2025, 1, 6, 9, 30, tzinfo=UTC)
META = '<meta property="article:published_time" content="2025-01-06T10:30:00+01:00">'


def ld(**values: str) -> str:
    fields = ", ".join(f'"{name}": "{value}"' for name, value in {"@type": "NewsArticle", **values}.items())
    return f'<script type="application/ld+json">{{{fields}}}</script>'


@pytest.mark.parametrize(
    ("head", "block", "source"),
    [
        (META, "", "meta article:published_time"),
        (
            ld(headline="Lanternfield opens a second plant", datePublished="2025-01-06T09:30:00Z"),
            "",
            "json-ld datePublished",
        ),
        ('<meta name="date" content="2025-01-06 09:30 UTC">', "", "meta date"),
        ("", '<time datetime="2025-01-06T09:30Z">today</time>', "time"),
    ],
)
def test_cheap_sources_are_read_without_a_search(head: str, block: str, source: str) -> None:
    assert dated(head, block) == (NINE, source)


def test_the_raw_text_is_kept() -> None:
    assert (
        extract(page(document(article(), head=META)), want_date=False).date_raw == "2025-01-06T10:30:00+01:00"
    )


def test_a_time_that_calls_itself_the_publication_time_comes_first() -> None:
    times = '<time datetime="2024-05-05">event</time><time class="published" datetime="2025-01-06T09:30Z">x</time>'
    assert dated("", times)[0] == NINE


def test_the_address_tells_a_day_where_nothing_else_does() -> None:
    found = dated(url="https://wire.example/2025/01/06/plant")
    assert found == (datetime(2025, 1, 6, tzinfo=UTC), "url")


def test_the_node_of_this_article_counts_not_that_of_a_teaser() -> None:
    teaser = ld(headline="Other news of other people", datePublished="2020-02-02T00:00:00Z")
    own = ld(headline="Lanternfield opens a second plant", datePublished="2025-01-06T09:30:00Z")
    assert dated(teaser + own)[0] == NINE


def test_dates_that_cannot_be_are_no_dates() -> None:
    assert dated('<meta name="date" content="2099-01-01"><meta name="pubdate" content="soon">') == (
        None,
        None,
    )


def test_the_search_finds_a_day_in_the_text_and_calls_it_midnight() -> None:
    found = dated("", "<p class='date'>Published on January 6, 2025</p>", want=True)
    assert found == (datetime(2025, 1, 6, tzinfo=UTC), "htmldate")


def test_a_day_takes_its_time_from_another_source_of_the_same_day() -> None:
    assert dated(META, want=True) == (NINE, "meta article:published_time")
    day = '<meta name="pubdate" content="2025-01-06">'
    assert dated(day + '<meta name="date" content="2025-01-06T09:30:00Z">')[0] == NINE


def test_a_day_does_not_take_the_time_of_another_day() -> None:
    head = '<meta property="article:published_time" content="2025-01-06"><meta name="date" content="2025-02-07T09:30:00Z">'
    assert dated(head)[0] == datetime(2025, 1, 6, tzinfo=UTC)


def test_the_day_is_the_publishers_own() -> None:
    """Half past eleven at night in New York is the next day in UTC."""
    late = published.Published(
        instant=datetime(2025, 1, 7, 4, 30, tzinfo=UTC), raw="2025-01-06T23:30:00-05:00", source="x"
    )
    for day, same in ((6, True), (7, True), (8, False)):
        midnight = published.Published(instant=datetime(2025, 1, day, tzinfo=UTC), raw="", source="y")
        assert published._same_day(late, midnight) is same
    odd = published.Published(instant=late.instant, raw="in the evening, 23:30", source="x")
    assert published._same_day(odd, published.Published(instant=late.instant, raw="", source="y"))


def test_a_search_that_breaks_does_not_cost_the_article(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("foreign code")

    monkeypatch.setattr(published, "find_date", broken)
    assert dated(META, want=True) == (None, None)


def test_a_page_without_any_date_has_none() -> None:
    assert dated(want=True, url="https://wire.example/plant") == (None, None)
