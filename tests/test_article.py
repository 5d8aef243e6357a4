"""Which candidate wins each field of an article, and what is recorded of the losers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import article
from crawler.config import ArchiveConfig, BannersConfig, Topic
from crawler.model import Choice, Draft, Enclosure, Entry, Extraction, Feed, Origin, Verdict, sha256

NOW = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)
SEEN = datetime(2025, 3, 3, 15, 30, 20, 999, tzinfo=UTC)
PUBLISHED = datetime(2025, 3, 3, 14, 0, tzinfo=UTC)
PAGE = "https://www.example.com/news/acme-opens-plant-42"
TITLE = "Acme Robotics Opens Robot Plant in Reno"
TEXT = (
    "Acme Robotics Inc. today opened a plant in Reno that will build 4,000 robots a year for hospitals.\n"
    "The plant employs 250 people and runs on power from its own roof of nine thousand panels.\n"
    "Reno gave the land for the plant, and the state of Nevada pays for a new road to the interstate.\n"
    "Robots from the plant will be delivered to the first twelve hospitals before the end of summer."
)
FEED = Feed(
    id=1, name="example", url="https://www.example.com/rss", source="Example Wire", source_key="examplewire"
)
ENTRY = Entry(
    key="guid:42",
    position=0,
    guid="42",
    link=PAGE + "?utm_source=rss",
    source_link=PAGE,
    title=TITLE,
    published=PUBLISHED,
    author="Jane Roe",
    content="<p>short</p>",
    summary="Acme opened …",
)
FOUND = Extraction(
    origin=Origin.PAGE,
    body=f"<p>{TEXT}</p>",
    text=TEXT,
    title=TITLE,
    language="en",
    author="Desk",
    extractor="trafilatura 2",
)
BANNERS = BannersConfig(topics=(Topic(name="business", keywords={"robot": 1}, images=("business-1.svg",)),))
ARCHIVE = ArchiveConfig(public_url="https://archive.example/", slug_bytes=60)
OK = Verdict(ok=True)
BAD = Verdict(ok=False, reasons=("consent page", "stub"))


def made(entry: Entry = ENTRY, found: Extraction = FOUND, **changes: Any) -> Draft:
    settings: dict[str, Any] = {
        "feed": FEED,
        "page_url": PAGE,
        "first_seen": SEEN,
        "now": NOW,
        "verdict": OK,
        "archive": ARCHIVE,
        "banners": BANNERS,
    }
    return article.compose(entry, found, **(settings | changes))


def chosen(draft: Draft, field: str) -> Choice:
    (choice,) = (choice for choice in draft.choices if choice.field == field)
    return choice


def why(draft: Draft, field: str, source: str) -> str:
    """What was said against a loser."""
    (note,) = (loser.note for loser in chosen(draft, field).losers if loser.source == source)
    return note


def test_a_draft_carries_every_field_and_a_choice_for_each() -> None:
    draft = made()
    assert draft.title == TITLE
    assert draft.date == PUBLISHED
    assert draft.draft is False
    assert draft.source_link == PAGE
    assert (draft.source, draft.source_key) == ("Example Wire", "examplewire")
    assert draft.slug == "2025-03-03-acme-robotics-opens-robot-plant-in-reno"
    assert draft.body == FOUND.body
    assert [choice.field for choice in draft.choices] == [
        "title", "date", "draft", "summary", "description", "source_link", "enclosure", "author", "body", "language",
    ]  # fmt: skip
    assert all(choice.rule for choice in draft.choices)
    assert all(loser.note for choice in draft.choices for loser in choice.losers)


def test_the_same_input_gives_the_same_draft_whenever_it_is_made() -> None:
    assert made() == made(now=NOW + timedelta(days=900))


# --------------------------------------------------------------------------- title


@pytest.mark.parametrize("title", [None, "", " \n", "…", "..."])
def test_the_pages_headline_stands_in_for_a_missing_title(title: str | None) -> None:
    draft = made(replace(ENTRY, title=title))
    assert (draft.title, chosen(draft, "title").winner.source) == (TITLE, "page.title")


@pytest.mark.parametrize(
    "cut",
    [
        "Acme Robotics Opens Robot…",
        "Acme Robotics Opens Rob...",
        "Acme Robotics Opens […]",
        "ACME ROBOTICS OPENS [...]",
    ],
)
def test_a_title_cut_with_dots_gives_way_to_the_headline_it_begins(cut: str) -> None:
    draft = made(replace(ENTRY, title=cut))
    assert draft.title == TITLE
    assert why(draft, "title", "feed.title") == "cut"


def test_a_title_cut_without_dots_gives_way_to_the_headline_that_goes_on() -> None:
    assert made(replace(ENTRY, title="Acme Robotics Opens Rob")).title == TITLE
    assert made(replace(ENTRY, title="Acme Robotics Opens")).title == TITLE


def test_a_cut_title_is_kept_when_the_page_shows_another_headline() -> None:
    draft = made(replace(ENTRY, title="Acme Robotics Opens…"), replace(FOUND, title="Latest News"))
    assert draft.title == "Acme Robotics Opens…"
    assert why(draft, "title", "page.title") == "another came first"


def test_a_cut_title_that_the_page_words_alike_gives_way() -> None:
    page = "Acme Robotics Inc. Opens Robot Plant in Reno"
    assert (
        made(replace(ENTRY, title="Acme Robotics Opens Robot Plant in…"), replace(FOUND, title=page)).title
        == page
    )


def test_a_title_that_ends_in_dots_on_both_sides_is_the_feeds() -> None:
    draft = made(replace(ENTRY, title="To Be Continued..."), replace(FOUND, title="To Be Continued..."))
    assert chosen(draft, "title").winner.source == "feed.title"


@pytest.mark.parametrize(
    "suffix", [" | Example Wire", " - Example Wire", " – A Second Headline", ": Part Two", ""]
)
def test_what_follows_a_bar_or_a_dash_on_the_page_is_not_the_titles_end(suffix: str) -> None:
    draft = made(found=replace(FOUND, title=TITLE + suffix))
    assert chosen(draft, "title").winner.source == "feed.title"


def test_the_sites_name_after_the_title_is_not_its_end() -> None:
    assert made(found=replace(FOUND, title=TITLE + " Example Wire", site="Example Wire")).title == TITLE
    assert made(found=replace(FOUND, title=TITLE + " (Nevada)", site=None)).title == TITLE + " (Nevada)"


def test_without_any_title_the_first_sentence_serves() -> None:
    draft = made(replace(ENTRY, title=None), replace(FOUND, title=None))
    assert draft.title == TEXT.split("\n")[0]
    assert chosen(draft, "title").winner.source == "article.text"


def test_a_sentence_too_long_for_a_title_is_cut_at_a_word() -> None:
    text = "Acme opened a plant " + "and another " * 40 + "today."
    title = made(replace(ENTRY, title=None), replace(FOUND, title=None, text=text)).title
    assert title.endswith(("and…", "another…"))
    assert len(title) <= 201


def test_without_title_and_text_the_hosts_name_serves() -> None:
    assert (
        made(replace(ENTRY, title=None), replace(FOUND, title=None, text="", body="")).title
        == "www.example.com"
    )


def test_a_title_is_freed_of_markup_controls_and_entities_but_not_of_shouting() -> None:
    draft = made(replace(ENTRY, title="ACME &amp; SONS\x00\n <b>OPEN</b> PLANT"), replace(FOUND, title=None))
    assert draft.title == "ACME & SONS OPEN PLANT"


# --------------------------------------------------------------------------- date


def test_the_feeds_publication_date_wins_in_utc_without_fractions() -> None:
    eastern = timezone(timedelta(hours=-5))
    draft = made(replace(ENTRY, published=datetime(2025, 3, 3, 23, 30, 5, 77, tzinfo=eastern)))
    assert draft.date == datetime(2025, 3, 4, 4, 30, 5, tzinfo=UTC)
    assert draft.slug.startswith("2025-03-04-")


def test_the_pages_date_stands_in_for_a_missing_one_and_the_feeds_update_for_both() -> None:
    day = datetime(2025, 3, 2, tzinfo=UTC)
    entry = replace(ENTRY, published=None, updated=PUBLISHED)
    draft = made(entry, replace(FOUND, date=day, date_raw="2025-03-02"))
    assert (draft.date, chosen(draft, "date").winner.source) == (day, "page.date")
    assert chosen(made(entry), "date").winner.source == "feed.updated"


def test_an_item_without_any_date_is_dated_when_it_was_first_seen() -> None:
    draft = made(replace(ENTRY, published=None))
    assert draft.date == SEEN.replace(microsecond=0)
    assert chosen(draft, "date").winner.source == "first_seen"


@pytest.mark.parametrize(
    ("wrong", "note"),
    [
        (NOW + timedelta(hours=25), "more than a day in the future"),
        (datetime(1989, 12, 31, tzinfo=UTC), "before 1990"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9))), "before 1990"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-9))), "more than a day in the future"),
        (datetime(1, 1, 1), "before 1990"),  # noqa: DTZ001 - a reader of dates may forget the zone
    ],
)
def test_a_date_that_cannot_be_loses_with_the_reason(wrong: datetime, note: str) -> None:
    draft = made(replace(ENTRY, published=wrong, updated=PUBLISHED))
    assert draft.date == PUBLISHED
    assert why(draft, "date", "feed.published") == note


def test_a_date_some_hours_ahead_is_a_matter_of_zones() -> None:
    ahead = NOW + timedelta(hours=23)
    assert made(replace(ENTRY, published=ahead)).date == ahead


@pytest.mark.parametrize(
    ("day", "raw", "note"),
    [
        (datetime(2025, 3, 3, tzinfo=UTC), "March 3, 2025", "agrees: the same day, without a time"),
        (datetime(2025, 3, 4, tzinfo=UTC), None, "agrees: the same day, without a time"),
        (datetime(2025, 2, 28, tzinfo=UTC), "28 Feb 2025", "another came first"),
        (datetime(2025, 3, 3, tzinfo=UTC), "2025-03-03T00:00", "another came first"),
    ],
)
def test_a_day_without_a_time_agrees_with_an_instant_of_that_day(
    day: datetime, raw: str | None, note: str
) -> None:
    assert why(made(found=replace(FOUND, date=day, date_raw=raw)), "date", "page.date") == note


def test_the_feeds_update_of_the_day_that_the_page_names_says_the_time() -> None:
    entry = replace(ENTRY, published=None, updated=PUBLISHED)
    midnight = PUBLISHED.replace(hour=0, minute=0, second=0)
    draft = made(entry, replace(FOUND, date=midnight, date_raw=f"{PUBLISHED:%Y-%m-%d}"))
    assert (draft.date, chosen(draft, "date").winner.source) == (PUBLISHED, "feed.updated")
    assert why(draft, "date", "page.date") == "agrees: the same day, without a time"
    timed = made(entry, replace(FOUND, date=midnight, date_raw=midnight.isoformat()))
    assert timed.date == midnight


# --------------------------------------------------------------------------- source_link


def test_the_pages_final_address_wins_without_its_tracking() -> None:
    final = "https://www.example.com/news/moved-42?utm_medium=feed&id=7#top"
    assert made(page_url=final).source_link == "https://www.example.com/news/moved-42?id=7"


def test_a_redirect_to_the_front_page_keeps_the_feeds_link() -> None:
    draft = made(page_url="https://www.example.com/")
    assert draft.source_link == PAGE
    assert why(draft, "source_link", "page.url") == "a site's front page"


def test_a_page_that_is_not_the_article_keeps_the_feeds_link() -> None:
    draft = made(page_url="https://consent.example.com/ask", verdict=BAD)
    assert draft.source_link == PAGE
    assert why(draft, "source_link", "page.url") == "the page is not the article"


@pytest.mark.parametrize(
    ("guid", "address", "source"),
    [
        ("https://www.example.com/id/42", "https://www.example.com/id/42", "feed.guid"),
        ("tag:example.com,2025:42", "https://www.example.com/", "feed.url"),
        (None, "https://www.example.com/", "feed.url"),
    ],
)
def test_an_item_without_a_link_has_its_identifier_or_the_feed(
    guid: str | None, address: str, source: str
) -> None:
    draft = made(replace(ENTRY, link=None, source_link=None, guid=guid), page_url=None)
    assert (draft.source_link, chosen(draft, "source_link").winner.source) == (address, source)


@pytest.mark.parametrize("guid", [None, "https://www.example.com/rss?token=canary#a"])
def test_the_key_to_a_feed_never_stands_in_an_article(guid: str | None) -> None:
    feed = replace(FEED, url="https://www.example.com/rss?token=canary")
    draft = made(replace(ENTRY, link=None, source_link=None, guid=guid), page_url=None, feed=feed)
    assert draft.source_link == "https://www.example.com/"
    assert "canary" not in repr(draft)


# --------------------------------------------------------------------------- enclosure


def enclosed(*enclosures: Enclosure, **changes: Any) -> Draft:
    return made(replace(ENTRY, enclosures=enclosures), **changes)


JPEG = Enclosure(url="https://img.example/a.jpg", type="image/jpeg")
VIDEO = Enclosure(url="https://img.example/a.mp4", type="video/mp4")


def test_the_items_own_image_comes_before_its_media_and_the_pages_image() -> None:
    draft = enclosed(VIDEO, JPEG, found=replace(FOUND, image="https://img.example/lead.jpg"))
    assert draft.enclosure == JPEG.url
    assert [loser.value for loser in chosen(draft, "enclosure").losers] == [
        VIDEO.url, "https://img.example/lead.jpg",
    ]  # fmt: skip


def test_the_items_media_come_before_the_pages_image() -> None:
    draft = enclosed(VIDEO, found=replace(FOUND, image="https://img.example/lead.jpg"))
    assert (draft.enclosure, chosen(draft, "enclosure").winner.source) == (VIDEO.url, "feed.media")


@pytest.mark.parametrize("url", ["https://img.example/a.PNG?w=2", "https://img.example/a.webp#x"])
def test_an_image_without_a_type_is_known_by_its_name(url: str) -> None:
    assert chosen(enclosed(VIDEO, Enclosure(url=url)), "enclosure").winner.value == url


@pytest.mark.parametrize(
    ("enclosure", "note"),
    [
        (Enclosure(url="data:image/png;base64,AAAA", type="image/png"), "not a web address"),
        (Enclosure(url="https://img.example/pixel.gif", type="image/gif"), "a counting pixel"),
        (
            Enclosure(url="https://img.example/a.pdf", type="application/pdf"),
            "neither image, audio nor video",
        ),
    ],
)
def test_an_enclosure_that_cannot_be_shown_loses_to_the_pages_image(enclosure: Enclosure, note: str) -> None:
    draft = enclosed(enclosure, found=replace(FOUND, image="https://img.example/lead.jpg"))
    assert (draft.enclosure, chosen(draft, "enclosure").winner.source) == (
        "https://img.example/lead.jpg", "page.image",
    )  # fmt: skip
    assert chosen(draft, "enclosure").losers[0].note == note


def test_an_audio_file_named_like_an_image_is_media() -> None:
    draft = enclosed(Enclosure(url="https://img.example/a.jpg", type="audio/mpeg"), JPEG)
    assert chosen(draft, "enclosure").winner.source == "feed.image"
    assert chosen(draft, "enclosure").losers[0].source == "feed.media"


def test_without_images_a_banner_for_the_topic_is_shown_and_the_topic_recorded() -> None:
    draft = made(found=replace(FOUND, image="lead.jpg"))
    assert draft.enclosure == "https://archive.example/banners/business-1.svg"
    assert chosen(draft, "enclosure").rule == "a banner for the article's topic: business"
    assert why(draft, "enclosure", "page.image") == "missing"


def test_banners_stand_where_media_stand() -> None:
    archive = ArchiveConfig(public_url="https://archive.example/", media_url="https://cdn.example/m")
    assert made(archive=archive).enclosure == "https://cdn.example/m/banners/business-1.svg"


def test_c42_nothing_in_an_enclosures_address_ends_what_it_stands_in() -> None:
    quoted = "https://img.example/%22%3E%3Cb%20x=%27%60%7B%7D.png"
    url = "https://img.example/\"><b x='`{}.png"
    assert enclosed(Enclosure(url=url, type="image/png")).enclosure == quoted
    assert made(found=replace(FOUND, image=url)).enclosure == quoted


def test_without_banners_there_is_no_enclosure() -> None:
    draft = made(banners=BannersConfig())
    assert (draft.enclosure, chosen(draft, "enclosure").winner.source) == ("", "none")


# --------------------------------------------------------------------------- draft, summary, author, body


@pytest.mark.parametrize(
    ("verdict", "origin", "text", "held"),
    [
        (OK, Origin.PAGE, "Short.", False),
        (OK, Origin.FEED, "Short.", False),
        (BAD, Origin.PAGE, "Short.", False),
        (BAD, Origin.FEED, "x" * 399, True),
        (BAD, Origin.FEED, "x" * 400, False),
    ],
)
def test_only_a_feeds_teaser_without_its_page_is_held_back(
    verdict: Verdict, origin: Origin, text: str, held: bool
) -> None:
    draft = made(found=replace(FOUND, origin=origin, text=text), verdict=verdict)
    assert draft.draft is held
    assert chosen(draft, "draft").winner.value == str(held).lower()


def test_summary_and_description_name_their_sources_and_what_lost() -> None:
    draft = made(found=replace(FOUND, description="Acme builds robots for hospitals in a new plant."))
    assert draft.summary.startswith("<p>Acme Robotics Inc. today opened a plant")
    assert draft.description == "Acme builds robots for hospitals in a new plant."
    assert chosen(draft, "summary").winner.source == "article.sentences"
    assert why(draft, "summary", "feed.summary") == "cut"
    assert chosen(draft, "description").winner.source == "page.description"


def test_the_entrys_language_serves_where_the_page_has_none() -> None:
    text = (
        "M. Dupont ouvre une usine de robots à Lyon pour les hôpitaux. "
        + "Il gagne beaucoup d'argent avec cela."
    )
    draft = made(replace(ENTRY, language="fr"), replace(FOUND, language=None, text=text))
    assert "M. Dupont ouvre une usine" in draft.summary


def test_the_author_is_recorded_where_one_is_known() -> None:
    draft = made()
    assert chosen(draft, "author").winner.value == "Jane Roe"
    assert why(draft, "author", "page.author") == "another came first"
    nobody = made(replace(ENTRY, author=None), replace(FOUND, author=None))
    assert "author" not in {choice.field for choice in nobody.choices}


def test_bodies_are_recorded_by_their_digests() -> None:
    body = chosen(made(), "body")
    assert body.winner.source == "page"
    assert body.winner.value == "sha256:" + sha256(FOUND.body.encode())
    assert [loser.source for loser in body.losers] == ["feed.content", "feed.summary"]
    bare = made(replace(ENTRY, content=None, summary=None), replace(FOUND, extractor=""))
    assert chosen(bare, "body").losers == ()


@pytest.mark.parametrize(("content", "source"), [("<p>x</p>", "feed.content"), (None, "feed.summary")])
def test_a_body_from_the_feed_says_why_the_page_lost(content: str | None, source: str) -> None:
    draft = made(
        replace(ENTRY, content=content), replace(FOUND, origin=Origin.FEED), verdict=BAD, page_url=None
    )
    assert chosen(draft, "body").winner.source == source
    assert chosen(draft, "body").losers[0].note == "consent page; stub"
    quiet = made(found=replace(FOUND, origin=Origin.FEED), page_url=None)
    assert chosen(quiet, "body").losers[0].note == "not fetched"


@given(
    st.none() | st.text(),
    st.none() | st.text(),
    st.text(),
    st.none() | st.text(),
    st.none() | st.datetimes(timezones=st.none() | st.just(UTC)),
)
def test_whatever_feed_and_page_say_a_draft_is_whole(
    title: str | None, headline: str | None, text: str, address: str | None, date: datetime | None
) -> None:
    entry = replace(
        ENTRY, title=title, published=date, summary=title, source_link=address,
        enclosures=(Enclosure(url=address or "", type=title),),
    )  # fmt: skip
    draft = made(entry, replace(FOUND, title=headline, text=text, image=address, date=date), page_url=address)
    assert draft.title
    assert len(draft.title.splitlines()) == 1
    assert draft.date.tzinfo is UTC
    assert draft.source_link.startswith(("http://", "https://"))
    assert draft.enclosure.startswith(("http://", "https://"))
    assert 0 < len(draft.slug.encode()) <= 60
