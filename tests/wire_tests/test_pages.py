"""Pages and prose: every template carries the whole text, and no release is like another."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trafilatura
from hypothesis import given
from hypothesis import strategies as st

from tests.wire import NOW, Release, load_records, page, prose
from tests.wire.blocks import Block, Style, parse, plain, to_html
from tests.wire.wires import CATALOGUE, Site

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "releases" / "releases.jsonl.gz"


def tokens(text):
    single = re.search(r"[\u3040-\u30ff]", text)
    return Counter(re.findall(r"\w" if single else r"\w+", text))


def f1(expected, found):
    wanted, got = tokens(expected), tokens(found)
    return 2 * sum((wanted & got).values()) / max(1, sum(wanted.values()) + sum(got.values()))


def posted(wire, number, index):
    site = Site(wire, f"127.77.0.{index + 1}", port=8000)
    language = wire.languages[number % len(wire.languages)]
    published = NOW - timedelta(hours=number)
    return site.post(
        prose.write(
            11, number * 12 + index, wire=wire.name, language=language, published=published, stride=12
        )
    )


@pytest.mark.parametrize("wire", CATALOGUE, ids=lambda wire: wire.key)
def test_an_extractor_finds_the_whole_body_in_each_template(wire):
    for number in range(6):
        posting = posted(wire, number, CATALOGUE.index(wire))
        found = trafilatura.extract(page.render(posting), url=posting.url) or ""
        assert f1(posting.release.text, found) >= 0.995


@pytest.mark.parametrize("wire", CATALOGUE, ids=lambda wire: wire.key)
def test_a_page_can_be_read_in_its_own_charset_and_shows_its_title(wire):
    posting = posted(wire, 1, CATALOGUE.index(wire))
    text = page.render(posting).decode(wire.charset)
    assert "$" not in re.sub(r"\$\d|US\$", "", text)  # no placeholder is left
    assert posting.release.lead.split()[-1].strip(".") in text


def test_templates_differ_from_each_other():
    assert len({wire.template for wire in CATALOGUE}) == len(CATALOGUE) >= 8
    assert {wire.charset for wire in CATALOGUE} == {"utf-8", "iso-8859-1", "shift_jis"}
    assert {wire.links for wire in CATALOGUE} == {"root", "absolute", "relative", "base"}


@pytest.mark.parametrize("language", prose.LANGUAGES)
def test_releases_are_all_different_and_of_a_releases_length(language):
    written = [
        prose.write(2, number, wire="A Wire", language=language, published=NOW, stride=12)
        for number in range(150)
    ]
    originals = [release for release in written if release.kind != "retransmission"]
    assert len({release.text for release in written}) == 150
    assert len({release.title for release in originals}) >= 0.97 * len(originals)
    assert all(300 <= len(release.text) <= 6_500 for release in written)
    assert not any("{" in release.title + release.subtitle + release.text for release in written)


def test_english_has_every_kind_of_news_and_long_releases():
    written = [prose.write(2, n, wire="A Wire", language="en", published=NOW, stride=1) for n in range(300)]
    assert {release.kind for release in written} == {*prose.kinds("en"), "retransmission"}
    assert max(len(release.text) for release in written) > 4_000
    blocks = {block.kind for release in written for block in release.blocks}
    assert blocks == {"paragraph", "quote", "heading", "bullets", "table", "picture"}


def test_a_retransmission_repeats_the_wires_release_before():
    written = [prose.write(2, n, wire="A Wire", language="en", published=NOW, stride=1) for n in range(120)]
    twins = [n for n, release in enumerate(written) if release.kind == "retransmission"]
    assert twins
    for number in twins:
        assert written[number].title == f"RETRANSMISSION: {written[number - 1].title}"
        assert written[number].paragraphs[1:] == written[number - 1].paragraphs


def test_a_text_with_an_unknown_slot_is_loud():
    writer = prose._Writer("en", "event", prose.Random(1), NOW, "A Wire")
    with pytest.raises(KeyError, match="nonsense"):
        writer.expand("a {nonsense}")


def record(**changes):
    base = {
        "wire": "Tidewater", "day": "2025-03-04", "title": "A title", "source_link": "https://wire.example/1",
        "text": "Lead with [a link](https://x.example/).\n\n* one\n* two **bold**\n\n![alt](https://x.example/a.png)\n\nEnd",
    }  # fmt: skip
    return {**base, **changes}


def test_a_record_becomes_a_release():
    release = Release.from_record(record())
    assert release.paragraphs == ("Lead with a link.", "one\ntwo bold", "End")
    assert release.pictures[0].startswith("/media/")
    assert release.published.date() == datetime(2025, 3, 4, tzinfo=UTC).date()
    assert release == Release.from_record(record())


def test_records_are_read_from_a_file_and_can_be_moved_in_time(tmp_path):
    lines = "\n".join(
        json.dumps(record(source_link=f"https://w.example/{n}", day=f"2025-03-0{n}")) for n in (3, 1, 2)
    )
    (tmp_path / "r.jsonl").write_text(lines)
    (tmp_path / "r.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    plain_ones, zipped = load_records(tmp_path / "r.jsonl"), load_records(tmp_path / "r.jsonl.gz", newest=NOW)
    assert [release.key[-1] for release in plain_ones] == ["1", "2", "3"]
    assert zipped[-1].published == NOW
    assert zipped[1].published - zipped[0].published == plain_ones[1].published - plain_ones[0].published


@pytest.mark.shared
def test_real_records_are_all_read_and_nothing_of_their_text_is_lost():
    if not SHARED.exists():
        pytest.skip(f"no measuring data at {SHARED}")
    releases = load_records(SHARED)
    assert len(releases) > 3_000
    with gzip.open(SHARED, "rt", encoding="utf-8") as lines:
        texts = {entry["source_link"]: entry["text"] for entry in map(json.loads, lines)}
    for release in releases[::10]:
        text = re.sub(r"!\[[^\]\n]*\]\(\S+?\)", "", texts[release.key])
        whole = tokens(re.sub(r"\[([^\]\n]*)\]\(\S+?\)|^\s*\d{1,2}[.)] ", r"\1", text, flags=re.MULTILINE))
        assert sum((whole - tokens(release.text)).values()) <= 2


def test_markdown_becomes_html_with_links_in_place():
    blocks = parse("# Head\nText & [a](/b)\n\n1. one\n2. two")
    html = to_html(blocks, Style(), lambda target: f"http://h{target}")
    assert (
        html
        == '<h2>Head</h2>\n<p>Text &amp; <a href="http://h/b">a</a></p>\n<ol>\n<li>one</li>\n<li>two</li>\n</ol>\n'
    )
    assert to_html(blocks[1:2], Style(upper=True), str) == '<P>Text &amp; <A href="/b">a</A></P>\n'


@given(st.text(max_size=300))
def test_any_text_can_be_read_and_written(text):
    blocks = parse(text)
    html = to_html(blocks, Style(), str)
    assert "<script" not in html
    assert all(
        block.text == "\n".join(plain(line) for line in block.lines)
        for block in blocks
        if block.kind != "picture"
    )


def test_a_table_is_read_row_by_row():
    table = Block("table", rows=(("a", "b"), ("", "1")))
    assert table.text == "a b\n1"
