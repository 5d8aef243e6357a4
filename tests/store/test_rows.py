"""Values survive their visit to the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Enclosure, Entry
from crawler.store.entries import entry_digest, entry_of, entry_row, host_of
from crawler.store.rows import (
    fetch_row,
    instant,
    instant_or_none,
    length,
    seconds,
    stamp,
    stamp_or_none,
    storable,
)
from tests.store.examples import attempt

INSTANTS = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
TEXTS = st.none() | st.text(st.characters(codec=None, exclude_categories=()), max_size=12)


@given(INSTANTS, INSTANTS)
def test_the_order_of_texts_is_the_order_of_times(first: datetime, second: datetime) -> None:
    assert (stamp(first) < stamp(second)) == (first < second)
    assert instant(stamp(first)) == first
    assert instant(stamp(first)).tzinfo is UTC
    assert len(stamp(first)) == len("2025-02-26T21:10:16.123456Z")


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        stamp(datetime(2025, 2, 26))  # noqa: DTZ001


def test_nothing_stays_nothing() -> None:
    assert (
        stamp_or_none(None)
        is instant_or_none(None)
        is seconds(None)
        is length(None)
        is storable(None)
        is None
    )


@given(TEXTS)
def test_storable_text_is_utf8_and_stays_as_it_is(text: str | None) -> None:
    kept = storable(text)
    assert storable(kept) == kept
    assert kept is None or kept.encode().decode() == kept


@given(
    title=TEXTS,
    summary=TEXTS,
    link=TEXTS,
    categories=st.lists(st.text(max_size=5)),
    size=st.none() | st.integers(),
)
def test_an_entry_comes_back_and_is_not_taken_for_an_edit(
    title: str | None, summary: str | None, link: str | None, categories: list[str], size: int | None
) -> None:
    entry = Entry(
        key="k",
        position=3,
        title=title,
        summary=summary,
        source_link=link,
        categories=tuple(categories),
        published=datetime(2025, 2, 26, tzinfo=UTC),
        enclosures=(Enclosure(url="https://a.example/a.mp3", length=size),),
    )
    back = entry_of({"key": "k", "position": 3, **entry_row(entry)})
    assert entry_digest(back) == entry_digest(entry)
    assert (back.title, back.summary) == (storable(title), storable(summary))
    assert (back.categories, back.enclosures, back.published) == (
        tuple(categories), entry.enclosures, entry.published,
    )  # fmt: skip


def test_a_digest_tells_a_missing_text_from_an_empty_one() -> None:
    digests = {
        entry_digest(Entry(key="k", position=0, title=title, summary=summary))
        for title, summary in ((None, ""), ("", None), ("", ""), (None, None), ("a", "b"), ("a b", None))
    }
    assert len(digests) == 6


def test_the_host_is_that_of_the_first_usable_address() -> None:
    assert host_of(None, "mailto:x", "https://WWW.Orbit.example:443/a") == "www.orbit.example"
    assert host_of(None, "", "nonsense") == "nowhere"


def test_z71_a_fetch_is_stored_without_the_secrets_of_its_addresses() -> None:
    secret = "https://user:canary@wire.example/feed?page=2&token=canary"
    told = fetch_row(attempt(secret, location=f"{secret}&more={'x' * 400}", error=f"{secret}: closed"))
    assert told["url"] == "https://wire.example/feed?page=2&token=***"
    assert told["location"] == f"https://wire.example/feed?page=2&token=***&more={'x' * 400}"
    assert told["error"] == "https://wire.example/feed?page=2&token=***: closed"
