"""Hostile documents cost little, open nothing, and raise nothing but NotAFeed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.errors import NotAFeed
from crawler.feeds import parse, xmlfeed
from tests.feeds.hostile import DOCUMENTS, SECRET
from tests.feeds.samples import ATOM, DC, URL, atom, atom_entry, item, rdf, read, rss

HOME = Path(__file__).resolve().parents[2]
SCALE = 0.1  #: of the largest documents' size; the campaign reads them whole

together = pytest.mark.xdist_group("hostile feeds")  # they are read once, by one of the suite's processes


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    """What came of the documents, read by a process that is not this one."""
    command = [sys.executable, "-m", "tests.feeds.hostile"]
    surroundings = os.environ | {"HOSTILE_SCALE": str(SCALE)}
    done = subprocess.run(
        command, cwd=HOME, capture_output=True, text=True, timeout=300, check=True, env=surroundings
    )
    return {answer["name"]: answer for answer in map(json.loads, done.stdout.splitlines())}


@pytest.mark.no_cover
@together
def test_c36_hostile_documents_cost_little_and_open_nothing(found: dict[str, dict[str, Any]]) -> None:
    assert found.keys() == DOCUMENTS.keys(), "a process did not live to tell"
    assert [name for name, answer in found.items() if answer["outcome"] not in {"read", "refused"}] == []
    assert {name: answer["cpu"] for name, answer in found.items() if answer["cpu"] >= 3} == {}
    assert {name: answer["memory"] for name, answer in found.items() if answer["memory"] >= 200} == {}
    assert {name: answer["opened"] for name, answer in found.items() if answer["opened"]} == {}


@together
def test_c36_entities_bring_neither_files_nor_each_other(found: dict[str, dict[str, Any]]) -> None:
    entities = {name for name in DOCUMENTS if "entity" in name or "entities" in name or "external" in name}
    assert len(entities) >= 9
    for name in (
        "an external entity that is a file",
        "an external entity that is a path",
        "an external document type",
    ):
        assert "a &x; %y; b" in found[name]["shown"]
    assert "&e24999;" in found["25,000 chained entities"]["shown"]
    for answer in (found[name] for name in entities):
        assert "Threads:" not in answer["shown"]
        assert "x" * 100 not in answer["shown"]
    assert "ha &l9;" in found["a billion laughs"]["shown"]


@together
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("300,000 less-than signs", "plant 1"),
        ("an inclusion", "plant 1"),
        ("200,000 nested elements", "nested more than"),
        ("100,000 attributes", "attributes"),
        ("40,000 categories", "categories"),
    ],
)
def test_c36_what_is_whole_is_kept_and_what_is_refused_has_its_cause(
    found: dict[str, dict[str, Any]], name: str, shown: str
) -> None:
    assert shown in found[name]["shown"]


def test_a_body_that_spells_a_file_that_is_a_feed_is_not_read_from_disk(tmp_path: Path) -> None:
    trap = tmp_path / "feed.xml"
    trap.write_text(rss(item()))
    for spelt in (str(trap), trap.as_uri(), f" {trap}\n", SECRET):
        with pytest.raises(NotAFeed, match="plain text"):
            parse(spelt.encode(), url=URL)


def test_whatever_feedparser_raises_is_the_documents_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RecursionError("deep in there")

    monkeypatch.setattr(feedparser, "parse", fail)
    with pytest.raises(NotAFeed, match="RecursionError"):
        read(rss(item()))


def test_the_pieces_of_a_text_are_bounded_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmlfeed, "PIECES", 10)
    assert len(read(rss(item(1, "<description>" + "\n" * 10 + "</description>"))).entries) == 1
    with pytest.raises(NotAFeed, match="more than 10 line ends"):
        read(rss(item(1, "<description>" + "\n&amp;" * 6 + "</description>")))


# --------------------------------------------------------------------------- any bytes

SEEDS = [
    document.encode()
    for document in (
        rss(
            item(1, "<guid isPermaLink='false'>bw-1</guid><pubDate>Fri, 19 Feb 2021 23:17 GMT</pubDate>"),
            item(
                2,
                "<description><![CDATA[<p>One & <a href='x'>two</a></p>]]></description><enclosure url='/a.mp3' length='5'/>",
            ),
            item(
                3, f"<dc:creator xmlns:dc='{DC}'>press@bw.example (Press)</dc:creator><category>A</category>"
            ),
        ),
        rdf("<item rdf:about='x'><title>A</title><dc:date>2024-05-01</dc:date></item>", item(2)),
        atom(
            atom_entry(
                1, "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a<br/></div></content>"
            ),
            atom_entry(
                2,
                "<summary type='html'>&lt;b&gt;</summary><author><name>A</name><email>a@b.example</email></author>",
            ),
            attributes=" xml:base='/deep/' xml:lang='de'",
        ),
        "<!DOCTYPE rss [<!ENTITY a 'b'>]>" + rss(item(1, "<description>&a; &nbsp; &</description>")),
        f"<w:feed xmlns:w='{ATOM}'><w:entry><w:title>A</w:title><w:id>1</w:id></w:entry></w:feed>",
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "items": [{"id": "1", "url": "/x", "content_text": "a"}],
            }
        ),
    )
]
SCRAPS = st.sampled_from(
    [
        b"<", b">", b"&", b"\x00", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<item>", b"</item>", b"<entry", b"</entry>",
        b'"', b"'", b"<?xml version='1.0' encoding='utf-16'?>", b"<!DOCTYPE x [", b"<!ENTITY a 'b'>", b"&a;", b"\xff",
        b"\xfe\xff", b"\xc3", b"<link href='//[bad'/>", b"xml:base='//[bad'", b"<x:y>", b"&#xD800;", b"<guid/>", b"{",
        b"[", b"<title>", b"<html>",
    ]
)  # fmt: skip


def check(body: bytes) -> None:
    """It is refused, or what is given is sound."""
    try:
        document = parse(body, url=URL, feed_name="brightwater", limit=50)
    except NotAFeed:
        return
    found = [entry.key for entry in document.entries]
    assert len(found) == len(set(found)) <= 50
    for entry in document.entries:
        assert f"{entry!s}"
        assert "".join(
            filter(None, (entry.key, entry.link, entry.title, entry.summary, entry.content, entry.guid))
        ).encode()
        for instant in (entry.published, entry.updated):
            assert instant is None or instant.utcoffset() is not None
    assert all(document.info.notes)


@given(st.binary(max_size=400))
@example(b"<rss><channel>")
@example(b"\x00")
@example(b"<")
def test_no_bytes_raise_anything_but_not_a_feed(body: bytes) -> None:
    check(body)


@settings(max_examples=80)
@given(st.lists(SCRAPS | st.text(max_size=5).map(str.encode), max_size=25))
def test_no_scraps_of_feeds_raise_anything_but_not_a_feed(scraps: list[bytes]) -> None:
    check(b"<rss><channel>" + b"".join(scraps))
    check(b"".join(scraps))


@pytest.mark.no_cover
@settings(max_examples=120)
@given(st.data())
def test_no_mutation_of_a_feed_raises_anything_but_not_a_feed(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(SEEDS))
    for _ in range(data.draw(st.integers(min_value=1, max_value=4))):
        start = data.draw(st.integers(min_value=0, max_value=len(body)))
        length = data.draw(st.integers(min_value=0, max_value=12))
        body = body[:start] + data.draw(SCRAPS | st.binary(max_size=4)) + body[start + length :]
    check(body)


def test_shuffled_elements_of_feeds_raise_nothing_but_not_a_feed() -> None:
    chance = random.Random(5)  # the same feeds at each run
    pieces = [piece + b">" for seed in SEEDS for piece in seed.split(b">")]
    for _ in range(80):
        check(b"".join(chance.choices(pieces, k=40)))
