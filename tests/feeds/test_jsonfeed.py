"""JSON Feed 1.0 and 1.1, as written and as mistaken."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import NotAFeed
from crawler.feeds import parse
from crawler.model import Enclosure
from tests.feeds.samples import URL, only, read

VERSION = "https://jsonfeed.org/version/1.1"


def feed(*items: Any, **members: Any) -> str:
    return json.dumps({"version": VERSION, "title": "Brightwater Wire", "items": items, **members})


def test_an_item_is_read_with_all_that_it_says() -> None:
    entry = only(
        feed(
            {
                "id": "bw-1", "url": "/news/1?utm_source=json", "title": "Plant &amp; port", "summary": "Short",
                "content_html": "<p>Long <a href='more'>more</a></p>", "content_text": "ignored",
                "date_published": "2024-05-01T10:00:00+02:00", "date_modified": "2024-05-02T10:00:00Z",
                "authors": [{"name": "Press desk"}, {"name": "Legal desk"}, {"url": "x"}, "y"], "author": {"name": "Press desk"},
                "language": "en", "tags": ["Water", "", 5, "Water"], "image": "/a.png", "banner_image": "/b.png",
                "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 12}, {"mime_type": "x"}],
            }
        )
    )  # fmt: skip
    assert (entry.key, entry.guid, entry.position) == ("url:wire.example/news/1", "bw-1", 0)
    assert (entry.link, entry.source_link) == (
        "https://wire.example/news/1?utm_source=json",
        "https://wire.example/news/1",
    )
    assert (entry.title, entry.summary) == ("Plant & port", "Short")
    assert entry.content == "<p>Long <a href='https://wire.example/news/more'>more</a></p>"
    assert (entry.published, entry.updated) == (
        datetime(2024, 5, 1, 8, tzinfo=UTC),
        datetime(2024, 5, 2, 10, tzinfo=UTC),
    )
    assert (entry.published_raw, entry.updated_raw) == ("2024-05-01T10:00:00+02:00", "2024-05-02T10:00:00Z")
    assert (entry.author, entry.language, entry.categories) == ("Press desk, Legal desk", "en", ("Water",))
    assert entry.enclosures == (
        Enclosure(url="https://wire.example/a.mp3", type="audio/mpeg", length=12),
        Enclosure(url="https://wire.example/a.png", type="image/*"),
        Enclosure(url="https://wire.example/b.png", type="image/*"),
    )


@pytest.mark.parametrize(
    ("version", "form"),
    [
        (VERSION, "json11"),
        ("https://jsonfeed.org/version/1", "json1"),
        ("https://jsonfeed.org/version/2", "json"),
    ],
)
def test_every_version_is_read(version: str, form: str) -> None:
    document = read(json.dumps({"version": version, "items": [{"id": "1", "content_text": "x"}]}))
    assert (document.info.format, len(document.entries)) == (form, 1)


def test_a_feed_says_what_it_is() -> None:
    info = read(
        feed(
            home_page_url="/",
            language="de",
            hubs=[{"url": ""}, {"url": "mailto:x"}, {"url": "https://hub.example/"}],
        )
    ).info
    assert (info.title, info.link, info.language, info.hub) == (
        "Brightwater Wire",
        "https://wire.example/",
        "de",
        "https://hub.example/",
    )


def test_a_feed_that_forgot_its_version_is_known_by_its_items() -> None:
    assert (
        len(
            read(
                '{"items": [{"id": 1, "content_text": "x"}, {"external_url": "https://a.example/x"}]}'
            ).entries
        )
        == 2
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"items": [{"id": 1}]}', "names no JSON Feed version"),
        ('{"items": []}', "names no JSON Feed version"),
        ('{"items": [{"content_text": "x"}, 5]}', "names no JSON Feed version"),
        ('{"version": 5, "items": []}', "names no JSON Feed version"),
        ('{"version": "' + VERSION + '"}', "no list"),
        ('{"version": "' + VERSION + '", "items": {}}', "no list"),
        ("[1, 2]", "it is no object"),
        ('{"items": ', "broken JSON"),
        ('{"items": [' + "9" * 5000 + "]}", "broken JSON"),
        ("[" * 200_000, "nested too deep"),
        ('{"a":' * 200_000, "nested too deep"),
        (feed(title=["x"]), "its title is no text"),
        (feed(title={"x": 1}), "its title is no text"),
    ],
)
def test_other_json_is_refused_with_its_cause(body: str, reason: str) -> None:
    with pytest.raises(NotAFeed, match=reason):
        read(body)


def test_a_mark_and_white_space_before_the_document_are_passed_over() -> None:
    assert read("\ufeff \n\ufeff" + feed({"id": "1"})).entries[0].guid == "1"
    assert read("\ufeff \n" + feed({"id": "1"}).replace("Brightwater Wire", "a\tb\nc")).info.title == "a b c"


def test_items_that_are_no_objects_and_those_over_the_limit_are_noted() -> None:
    document = read(feed(5, {"id": "1"}, None, {"id": "2"}, {"id": "3"}), limit=2)
    assert [entry.guid for entry in document.entries] == ["1", "2"]
    assert document.info.notes == (
        "2 items are no objects and were left out",
        "more than 2 entries: the rest was left out",
    )


def test_the_link_is_the_url_then_the_external_one_then_an_id_that_is_one() -> None:
    assert (
        only(feed({"id": "1", "external_url": "https://other.example/x"})).link == "https://other.example/x"
    )
    assert only(feed({"id": "HTTPS://wire.example/news/1"})).link == "HTTPS://wire.example/news/1"
    assert only(feed({"id": "/news/1"})).link is None
    assert only(feed({"id": "1", "url": "javascript:alert(1)"})).link is None


def test_plain_text_becomes_paragraphs() -> None:
    entry = only(feed({"id": "1", "content_text": "One <b>\r\nline\r\n\r\n\r\n\r\nTwo & three"}))
    assert entry.content == "<p>One &lt;b&gt; line</p><p>Two &amp; three</p>"


def test_the_feeds_author_stands_in_for_the_items() -> None:
    assert only(feed({"id": "1"}, author={"name": "Press desk"})).author == "Press desk"
    assert only(feed({"id": "1"})).author is None


@pytest.mark.parametrize(
    ("size", "length"),
    [(12, 12), (12.7, 12), (0, None), (-1, None), (True, None), ("12", None), (1e300, None), (None, None)],
)
def test_a_length_is_a_plausible_number(size: Any, length: int | None) -> None:
    (media,) = only(feed({"id": "1", "attachments": [{"url": "/a.mp3", "size_in_bytes": size}]})).enclosures
    assert media.length == length


def test_an_identifier_may_be_a_number_but_nothing_else() -> None:
    document = read(
        feed(
            {"id": 5},
            {"id": 1.5},
            {"id": True, "title": "a"},
            {"id": ["x"], "title": "b"},
            {"id": " ", "title": "c"},
        )
    )
    assert [entry.guid for entry in document.entries] == ["5", "1.5", None, None, None]


def test_no_address_holds_what_no_database_takes() -> None:
    entry = only(
        feed({"id": "1\ud800", "url": "https://wire.example/x\ud800#\x00y\ud800", "title": "a\ud800"})
    )
    for text in (entry.key, entry.link, entry.source_link, entry.guid, entry.title):
        assert text
        assert text.encode()
        assert "\x00" not in text


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["https://a.example/x", "2024-05-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ITEM = st.dictionaries(
    st.sampled_from(
        "id url external_url title content_html content_text summary image banner_image date_published date_modified authors"
        " author tags language attachments".split()
    ),
    JSON
    | st.lists(
        st.dictionaries(st.sampled_from(["url", "name", "mime_type", "size_in_bytes"]), JSON, max_size=3),
        max_size=2,
    ),
    max_size=6,
)


@pytest.mark.no_cover
@given(
    st.lists(ITEM | JSON, max_size=4),
    st.dictionaries(st.sampled_from(["title", "language", "hubs", "home_page_url"]), JSON),
)
def test_no_type_of_any_member_raises(items: list[Any], members: dict[str, Any]) -> None:
    try:
        document = parse(feed(*items, **members).encode(), url=URL)
    except NotAFeed:
        assert isinstance(members.get("title"), list | dict)
        return
    assert len({entry.key for entry in document.entries}) == len(document.entries)
    for entry in document.entries:
        assert f"{entry}".encode()
