"""When a page says it was published."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract import extract, published
from tests.extract.pages import LEAD, URL, article, document, page


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
    found = dated("", f"<p>{LEAD}</p>" * 9, "<p class='date'>Published on January 6, 2025</p>", want=True)
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


# --------------------------------------------------------------------------- statements against the search


def test_the_day_beside_the_headline_is_better_than_a_search() -> None:
    lines = "<p>By the newsroom</p><p>6 January 2025</p><p>Founded on 1 May 1974, in Nordhavn, by two brothers.</p>"
    page_ = document(f"<h1>Lanternfield opens a second plant</h1>{lines}{article()}")
    found = extract(page(page_))
    assert (found.date, found.date_from) == (datetime(2025, 1, 6, tzinfo=UTC), "beside the headline")


def test_the_day_may_stand_before_the_headline() -> None:
    found = extract(page(document(f"<div><p>Jan 6, 2025</p></div>{article()}")))
    assert (found.date, found.date_from) == (datetime(2025, 1, 6, tzinfo=UTC), "beside the headline")


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "line", ["Updated January 6, 2025", "Event: January 6, 2025", "January 6, 2999", "Foobar 6, 2025", "2025"]
)
def test_a_change_an_event_and_no_day_are_no_dateline(line: str) -> None:
    found = extract(page(document(f"<h1>Lanternfield opens a second plant</h1><p>{line}</p>{article()}")))
    assert found.date_from != "beside the headline"


def test_text_of_scripts_beside_the_headline_is_no_dateline() -> None:
    scripts = "<script>var day = '2025-01-06'</script><noscript>2025-01-06</noscript>"
    found = extract(page(document(f"<h1>Lanternfield opens a second plant</h1>{scripts}{article()}")))
    assert found.date_from != "beside the headline"


def test_a_time_that_calls_itself_the_publication_time_is_stated() -> None:
    time = '<time itemprop="datePublished" datetime="2025-01-06T10:30+01:00">some day</time>'
    assert dated("", time, "<p>Founded on 1 May 1974.</p>", want=True) == (NINE, "time published")


def test_two_statements_outweigh_a_day_that_the_search_reads_from_the_address() -> None:
    head = META + ld(datePublished="2025-01-06T09:30:00Z", headline="Lanternfield opens a second plant")
    found = dated(head, want=True, url="https://wire.example/2024/12/16-lamps-for-all.html")
    assert found == (NINE, "meta article:published_time")


def test_a_lone_statement_gives_way_to_a_day_that_another_supports() -> None:
    head = META.replace("2025-01-06", "2025-02-13") + ld(datePublished="2025-01-06T09:30:00Z")
    search = published.Published(
        instant=datetime(2025, 1, 6, tzinfo=UTC), raw="2025-01-06", source="htmldate"
    )
    stated = [
        published.Published(
            instant=datetime(2025, 2, 13, tzinfo=UTC), raw="2025-02-13", source="meta article:published_time"
        ),
        published.Published(instant=NINE, raw="2025-01-06T09:30:00Z", source="json-ld datePublished"),
    ]
    assert published._supported(stated, search) is search
    assert published._supported(stated[:1], search) is stated[0]
    assert published._supported(stated[1:], search) is search
    assert dated(head, want=False)[0] == datetime(2025, 2, 13, 9, 30, tzinfo=UTC)
