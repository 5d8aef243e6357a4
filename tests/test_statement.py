"""Statements: canonical bytes that say all, and no secret."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import statement
from crawler.errors import DocumentError
from crawler.model import (
    ArchivedFile,
    Candidate,
    Change,
    Choice,
    Claim,
    DueItem,
    Entry,
    Feed,
    Notice,
    RawRecord,
    Record,
    Removed,
    Ruled,
)
from tests.store.examples import NOON, choices, entry, feed, record

RAW = RawRecord(
    url="https://orbitwire.example/1", file="warc/a.warc.gz", offset=354, length=9, payload="ab" * 32, revisit=False,
    written_at=NOON,
)  # fmt: skip


def due_item() -> DueItem:
    return DueItem(item_id=310, feed=feed(), entry=entry(), first_seen=NOON)


def claim_of(item: DueItem) -> Claim:
    return Claim(
        article_id=252,
        feed_item_id=item.item_id,
        url="2025-02-26-tidal-barges",
        code="poemx1IL",
        date=NOON,
        source_key="orbitwire",
        revision=2,
        newest_digest="cd" * 32,
    )


@pytest.fixture
def item() -> DueItem:
    return due_item()


@pytest.fixture
def told(item: DueItem) -> Record:
    return record(item, claim_of(item))


def test_a_statement_is_read_again_as_it_was_written(item: DueItem, told: Record) -> None:
    said = statement.of(told, item, RAW)
    data = statement.render(said)
    assert statement.parse(data) == said
    assert statement.render(statement.parse(data)) == data
    assert said.raw_sha256 == RAW.payload
    assert statement.of(told, item, None).raw_sha256 is None


def test_the_bytes_are_canonical_json(item: DueItem, told: Record) -> None:
    data = statement.render(statement.of(told, item, RAW))
    values = json.loads(data)
    assert data == json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert values["format"] == "crawler-revision/1"
    assert values["document"]["sha256"] == told.document.digest
    assert not hashlib.sha256(data).hexdigest().isupper()


@settings(max_examples=60)
@given(title=st.text(), key=st.text(), reasons=st.lists(st.text(), max_size=3), number=st.integers(1, 2**62))
def test_any_words_survive_and_a_lone_surrogate_harms_nothing(
    title: str, key: str, reasons: list[str], number: int
) -> None:
    item = due_item()
    said = statement.of(record(item, claim_of(item)), item, None)
    said = replace(said, title=title, item_key=key, reasons=tuple(reasons), revision=number)
    again = statement.parse(statement.render(said))
    if all(sign < "\ud800" or sign > "\udfff" for text in (title, key, *reasons) for sign in text):
        assert again == said
    assert statement.render(again) == statement.render(said)


def test_no_secret_of_an_address_is_stated(item: DueItem, told: Record) -> None:
    secret = "https://user:hunter2@orbitwire.example/1?token=hunter2&id=3"
    item = replace(
        item,
        feed=replace(item.feed, url=secret),
        entry=replace(item.entry, key=f"url:{secret}", guid=secret, link=secret, source_link=secret),
    )
    told = replace(
        told,
        page_url=secret,
        draft=replace(told.draft, source_link=secret, choices=choices(source_link=secret)),
    )
    said = statement.render(statement.of(told, item, None)) + statement.detail(told, item)
    assert b"hunter2" not in said
    assert b"id=3" in said


def test_a_detail_is_read_again(item: DueItem, told: Record) -> None:
    choice = Choice(
        field="title",
        winner=Candidate(source="feed.title", value="A title"),
        rule="the feed's",
        losers=(Candidate(source="page.h1", value="Another", note="cut"),),
    )
    found = replace(
        told.extraction,
        frame_pages=3,
        removed=(Removed(text="Share this", reason="on 9 of 9 pages"),),
        ruled=Ruled(won=("body: div",), missed=("title: h2",)),
    )
    told = replace(told, extraction=found, draft=replace(told.draft, choices=(choice,)))
    entry = replace(item.entry, published=NOON, updated=NOON)
    again = statement.parse_detail(
        statement.detail(told, replace(item, entry=entry)), statement.of(told, item, None)
    )
    assert again.choices == (choice,)
    assert again.extraction == replace(found, body="", text="", extractor=found.extractor)
    assert again.first_seen == item.first_seen
    assert again.entry["published"] == "2025-02-26T12:00:00.000000Z"
    bare = replace(told, extraction=replace(found, ruled=None))
    nothing = replace(item, entry=Entry(key="guid:1:x", position=0))
    last = statement.parse_detail(statement.detail(bare, nothing), statement.of(bare, nothing, None))
    assert (last.extraction.ruled, last.entry["link"]) == (None, None)


def test_what_a_revision_changes_is_read_again(item: DueItem, told: Record) -> None:
    notice = Notice(kind="correction", evidence="CORRECTION", links=("https://orbitwire.example/0",))
    for change in (
        Change(reason="correction", notice=notice, standing="correction", fields=("title", "body"), kept=0.9),
        Change(reason="page edited", returns_to=1),
    ):
        said = replace(told, change=change)
        again = statement.parse_detail(statement.detail(said, item), statement.of(said, item, None))
        assert again.change == change


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"{", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "no statement of the form"),
        (b'{"format":"crawler-revision/1"}', "cannot be read: KeyError"),
    ],
)
def test_what_is_no_statement_is_told(data: bytes, problem: str) -> None:
    with pytest.raises(DocumentError, match=problem):
        statement.parse(data)


def test_what_is_no_detail_is_told(item: DueItem, told: Record) -> None:
    with pytest.raises(DocumentError, match="a detail that cannot be read"):
        statement.parse_detail(b"{}", statement.of(told, item, None))


def test_files_and_feeds_keep_their_names(item: DueItem, told: Record) -> None:
    said = statement.parse(statement.render(statement.of(told, item, None)))
    assert isinstance(said.document, ArchivedFile)
    assert isinstance(item.feed, Feed)
    assert (said.feed, said.item, said.article) == (
        item.feed.name,
        told.claim.feed_item_id,
        told.claim.article_id,
    )
