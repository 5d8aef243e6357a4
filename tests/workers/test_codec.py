"""Answers on their way: whatever a step may return arrives unchanged, and nothing else does."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.model import Enclosure, Entry, Extraction, FeedDocument, FeedInfo, FeedTally, Origin
from crawler.workers.codec import BadAnswer, plain, reader

text = st.text(max_size=30)
words = st.none() | text
instants = st.none() | st.datetimes(timezones=st.just(UTC))
spans = st.none() | st.timedeltas()
enclosures = st.builds(Enclosure, url=text, type=words, length=st.none() | st.integers(0, 2**40))
entries = st.builds(
    Entry,
    key=text,
    position=st.integers(0, 5000),
    guid=words,
    title=words,
    published=instants,
    updated=instants,
    content=words,
    categories=st.lists(text, max_size=3).map(tuple),
    enclosures=st.lists(enclosures, max_size=3).map(tuple),
)
infos = st.builds(FeedInfo, format=text, title=words, ttl=spans, skip_hours=st.just((1, 23)))
documents = st.builds(FeedDocument, info=infos, entries=st.lists(entries, max_size=3).map(tuple))
extractions = st.builds(
    Extraction, origin=st.sampled_from(Origin), body=text, text=text, date=instants, title=words
)


def travel(value: object, shape: Any) -> Any:
    """There and back, as between two processes."""
    wire = json.dumps(plain(value), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return reader(shape)(json.loads(wire.decode("utf-8", "surrogatepass")))


@settings(max_examples=50)
@given(documents)
def test_a_feed_document_arrives_unchanged(document: FeedDocument) -> None:
    assert travel(document, FeedDocument) == document


@given(extractions)
def test_an_extraction_arrives_unchanged(extraction: Extraction) -> None:
    arrived = travel(extraction, Extraction | None)
    assert arrived == extraction
    assert type(arrived.origin) is Origin


@given(st.binary(max_size=2000))
def test_an_image_arrives_unchanged(image: bytes) -> None:
    assert travel(image, bytes) == image


def test_nothing_and_mappings_arrive() -> None:
    assert travel(None, Extraction | None) is None
    assert travel(FeedTally(feed="a", why={"no date": 2}), FeedTally) == FeedTally(
        feed="a", why={"no date": 2}
    )
    assert travel({"a": 1.5}, Mapping[str, float]) == {"a": 1.5}
    assert travel("up", Literal["up", "down"]) == "up"


@pytest.mark.parametrize(
    ("raw", "shape"),
    [
        (1, str), (True, int), (1, float), ("a", int), (None, str), ({}, tuple[str, ...]),
        ("abc", tuple[str, ...]), ([1], tuple[str, ...]), ([], Mapping[str, str]), ({"a": 1}, Mapping[str, str]),
        ("2025-01-06T10:00:00", datetime), ("2025-01-06T10:00:00+01:00", datetime), ("yesterday", datetime),
        (1, datetime), (10**30, timedelta), (1.5, timedelta), ("%%%", bytes), ("é", bytes), ("moon", Origin),
        (["page"], Origin), ("a\ud800é", str), ("\udfff", str | None), ({"\ud800": "a"}, Mapping[str, str]),
        ({"a": "\ud800"}, Mapping[str, str]), (["\ud800"], tuple[str, ...]), ("sideways", Literal["up", "down"]), ([], Literal["up"]), ([], Enclosure),
        (["a", None, None, None], Enclosure), ([5, None, None], Enclosure), ({"url": "a"}, Enclosure),
    ],
)  # fmt: skip
def test_what_is_not_of_the_shape_is_refused(raw: object, shape: Any) -> None:
    with pytest.raises(BadAnswer):
        reader(shape)(raw)


def test_a_lone_surrogate_leaves_an_honest_child_as_a_replacement_character() -> None:
    assert travel("é \ud800 x", str) == "é \ufffd x"
    assert travel({"\udfff": "a"}, Mapping[str, str]) == {"\ufffd": "a"}


@pytest.mark.parametrize("shape", [list[str], object, str | int, tuple[str, int], Mapping[int, str], dict])
def test_types_that_do_not_travel_are_a_mistake_of_ours(shape: Any) -> None:
    with pytest.raises(TypeError, match="travel"):
        reader(shape)


@pytest.mark.parametrize("value", [object(), [1], {1, 2}, timezone])
def test_values_that_do_not_travel_are_a_mistake_of_ours(value: object) -> None:
    with pytest.raises(TypeError, match="does not travel"):
        plain(value)


def test_every_field_of_the_answers_has_a_type_that_travels() -> None:
    for shape in (FeedDocument, Extraction, Extraction | None, bytes):
        assert callable(reader(shape))
    assert dataclasses.is_dataclass(FeedDocument)


def test_an_article_costs_the_parent_less_than_half_a_millisecond() -> None:
    body = "<p>" + "Lanternfield — opens a plant. " * 600 + "</p>"
    extraction = Extraction(origin=Origin.PAGE, body=body, text=body, date=datetime(2025, 1, 6, tzinfo=UTC))
    wire = json.dumps(plain(extraction), ensure_ascii=False).encode()
    read = reader(Extraction)
    best = min(_timed(lambda: read(json.loads(wire.decode("utf-8", "surrogatepass")))) for _ in range(20))
    assert best < 0.0005


def _timed(call: Any) -> float:
    before = time.perf_counter()
    call()
    return time.perf_counter() - before
