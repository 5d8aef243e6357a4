"""The scan: limits, where a document ends, and the raw facts."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import NotAFeed
from crawler.feeds import scan as scanning
from crawler.feeds import xmlfeed
from crawler.feeds.mend import Prepared
from crawler.feeds.scan import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_NAMESPACES,
    MAX_SHORT_TEXT,
    MAX_TAGS,
    scan,
)
from tests.feeds.samples import atom, atom_entry, item, only, rdf, read, rss

ITEMS = [item(number) for number in range(1, 9)]
PREFIXED = '<r:rss version="2.0" xmlns:r="http://backend.userland.com/rss2"><r:channel><r:title>W</r:title>{}</r:channel></r:rss>'


def prefixed(text: str) -> str:
    return text.replace("</", "</r:").replace("<", "<r:").replace("<r:/r:", "</r:")


FEEDS = {
    "rss": rss(*ITEMS),
    "rdf": rdf(*ITEMS),
    "atom": atom(*map(atom_entry, range(1, 9))),
    "prefixed rss": PREFIXED.format(prefixed("".join(ITEMS))),
    "prefixed atom": prefixed(atom(*map(atom_entry, range(1, 9)))).replace("xmlns=", "xmlns:r="),
    "entries outside the channel": "<rss version='2.0'><channel><title>W</title></channel>"
    + "".join(ITEMS)
    + "</rss>",
}


@pytest.mark.parametrize("name", FEEDS)
@pytest.mark.parametrize("limit", [0, 1, 3, 7, 8, 9])
def test_a_feed_over_the_limit_is_cut_at_it(name: str, limit: int) -> None:
    found = read(FEEDS[name], limit=limit)
    assert [entry.link for entry in found.entries] == [
        f"https://wire.example/news/{number}" for number in range(1, min(limit, 8) + 1)
    ]
    assert (f"more than {limit:,} entries: the rest was left out" in found.info.notes) == (limit < 8)


@pytest.mark.parametrize("name", FEEDS)
@pytest.mark.parametrize("wrong", ["<b></i>", "&bogus;", "<", "<x:y/>", "\x00", "<![CDATA["])
def test_what_is_wrong_after_the_limit_is_never_seen(name: str, wrong: str) -> None:
    before, mark, after = FEEDS[name].rpartition("news/8")
    found = read(before + wrong + mark + after, limit=5)
    assert len(found.entries) == 5
    assert "more than 5 entries: the rest was left out" in found.info.notes


def test_what_is_wrong_before_the_limit_is_mended_first() -> None:
    document = rss(item(1, "<description>salt & pepper</description>"), *ITEMS[1:])
    found = read(document, limit=2)
    assert [entry.position for entry in found.entries] == [0, 1]
    assert found.entries[0].summary == "salt & pepper"


def test_a_nested_entry_over_the_limit_ends_the_feed_before_the_outer_one() -> None:
    found = read(rss(item(1), item(2, item(3))), limit=2)
    assert [entry.link for entry in found.entries] == ["https://wire.example/news/1"]


def test_the_limit_holds_where_the_scan_cannot_count() -> None:
    assert len(read(rss("<b></i>", *ITEMS), limit=3).entries) == 3


CUTS = {
    "in a title": ("<item><title>Half a ti", "the last, unfinished entry was left out"),
    "in a tag": ("<item><tit", "the last, unfinished entry was left out"),
    "in a CDATA section": ("<item><title><![CDATA[Half", "the last, unfinished entry was left out"),
    "between entries": ("", "its end is missing"),
    "in a tag between entries": ("<ite", "its end is missing"),
    "in a comment": ("<!-- nothing", "its end is missing"),
    "in an instruction": ("<?php echo", "its end is missing"),
    "in an end tag": ("</chan", "its end is missing"),
    "in the feed's CDATA section": ("<copyright>(c) <![CDATA[Brightwater <![CDATA[", "its end is missing"),
}


@pytest.mark.parametrize("name", CUTS)
def test_a_cut_feed_gives_its_whole_entries(name: str) -> None:
    end, note = CUTS[name]
    found = read(rss(item(1), item(2)).removesuffix("</channel></rss>") + end)
    assert [entry.position for entry in found.entries] == [0, 1]
    assert found.info.notes == (f"cut short: {note}",)


def test_a_closed_section_before_an_open_one_is_kept() -> None:
    whole = item(1, "<description><![CDATA[a <b>b</b>]]></description>")
    found = read(rss(whole).removesuffix("</channel></rss>") + "<item><title><![CDATA[Half")
    assert [entry.summary for entry in found.entries] == ["a <b>b</b>"]


@pytest.mark.no_cover
@given(end=st.integers(min_value=0, max_value=len(FEEDS["rdf"])), name=st.sampled_from(sorted(FEEDS)))
def test_wherever_a_feed_is_cut_what_is_given_is_whole(end: int, name: str) -> None:
    try:
        found = read(FEEDS[name][:end])
    except NotAFeed:
        assert "<r:rss" in FEEDS[name] or "<item" not in FEEDS[name][:end]
        return
    whole = read(FEEDS[name]).entries
    assert [entry.source_link for entry in found.entries] == [
        entry.source_link for entry in whole[: len(found.entries)]
    ]


def test_text_after_the_document_is_skipped() -> None:
    found = read(rss(item(1)) + "<script>track()</script>")
    assert (len(found.entries), found.info.notes) == (1, ("text after the document was skipped",))


def test_an_unmendable_feed_is_read_leniently() -> None:
    found = read(rss(item(1), "<b></i>", item(2, "<guid>bw-2</guid><pubDate>2024-05-01T10:00Z</pubDate>")))
    assert [entry.link for entry in found.entries] == [
        "https://wire.example/news/1",
        "https://wire.example/news/2",
    ]
    assert found.entries[1].guid == "bw-2"
    assert found.entries[1].published is not None
    assert found.info.notes == ("not well-formed: mismatched tag in line 1",)


def test_an_unmendable_feed_that_ends_within_an_entry_loses_that_one() -> None:
    found = read("<rss version='2.0'><channel><b></i>" + item(1) + item(2).removesuffix("</item>"))
    assert [entry.position for entry in found.entries] == [0]
    assert "cut short: the last, unfinished entry was left out" in found.info.notes


def test_a_long_unmendable_feed_is_read_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmlfeed, "LENIENT", 500)
    early = read(rss("<b></i>", *ITEMS))
    assert 0 < len(early.entries) < 8
    assert any("only its first 500 bytes" in note for note in early.info.notes)
    for wrong in ("<b></i>", "<b c=d>", "<b <c>", "a < b", "<x:b/>"):
        late = read(rss(*ITEMS, wrong))
        assert len(late.entries) == 8, wrong
        assert any("the entries from there on were left out" in note for note in late.info.notes)
    with pytest.raises(NotAFeed, match="too long to be read"):
        read(rss("<b></i>", "x" * 2000))
    with pytest.raises(NotAFeed, match="too long to mend"):
        xmlfeed._closed(b"x", scan(b"x", limit=1).problem or pytest.fail("no problem"))


@given(
    st.integers(min_value=0, max_value=4),
    st.sampled_from(["syntax", "cut", "junk", "limit"]),
    st.binary(max_size=40),
)
def test_settling_ends_whatever_the_scan_says(depth: int, kind: str, tail: bytes) -> None:
    """A scan that never comes to rest is stopped after ROUNDS of them."""
    scans = itertools.count()

    def restless(document: bytes, *, limit: int) -> scanning.Facts:
        next(scans)
        facts = scanning.Facts(root="rss")
        facts.problem = scanning.Problem("trouble", 1, len(document), kind, open=("a",) * depth)
        return facts

    original = xmlfeed.scan
    xmlfeed.scan = restless
    try:
        xmlfeed._settle(Prepared("<rss>" + tail.decode("latin-1")), 10)
    except NotAFeed:
        pass
    finally:
        xmlfeed.scan = original
    assert next(scans) <= xmlfeed.ROUNDS


def nested(depth: int) -> str:
    return rss("<x>" * (depth - 2) + "</x>" * (depth - 2))


def test_the_limits_of_a_document_are_exact() -> None:
    def attributes(count: int) -> str:
        return "<x " + " ".join(f'a{number}=""' for number in range(count)) + "/>"

    def namespaces(count: int) -> str:
        return "".join(f'<x xmlns:n{number}="urn:{number}"/>' for number in range(count))

    for make, most, word in (
        (lambda count: rss(attributes(count)), MAX_ATTRIBUTES, "attributes"),
        (nested, MAX_DEPTH, "nested"),
        (lambda count: rss(namespaces(count)), MAX_NAMESPACES, "namespaces"),
    ):
        assert read(make(most)).info.title == "Brightwater Wire"
        with pytest.raises(NotAFeed, match=word):
            read(make(most + 1))


def test_too_many_elements_cut_the_feed_before_the_entry_that_has_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert MAX_ELEMENTS > 50_000
    monkeypatch.setattr(scanning, "MAX_ELEMENTS", 20)
    found = read(rss(item(1), item(2, "<x/>" * 30)))
    assert [entry.position for entry in found.entries] == [0]
    assert found.info.notes == ("more than 20 elements: the rest was left out",)


def test_what_costs_feedparser_more_than_its_length_is_refused() -> None:
    tags = "".join(f"<category>{number}</category>" for number in range(MAX_TAGS))
    assert len(read(rss(item(1, tags), item(2, tags))).entries) == 2
    with pytest.raises(NotAFeed, match="categories"):
        read(rss(item(1, tags + "<category>x</category>")))
    name = "n" * MAX_SHORT_TEXT
    assert only(rss(item(1, f"<author>{name}</author>"))).author
    with pytest.raises(NotAFeed, match="name"):
        read(rss(item(1, f"<author>{name}n</author>")))


def test_a_document_type_declaration_is_refused_by_the_scan() -> None:
    with pytest.raises(NotAFeed, match="document type"):
        scan(b"<!DOCTYPE rss><rss/>", limit=9)


def test_the_facts_are_raw() -> None:
    facts = scan(
        atom(
            "<entry xml:base='deep/'><id> t3_x </id><id>two</id><link rel='http://iana.org/ALTERNATE' HREF='a' type='TEXT/html'/>"
            "<link> b </link><link rel=''>c</link></entry>",
            attributes=" xml:base='https://cdn.example/' version='1'",
        ).encode(),
        limit=9,
    )
    (entry,) = facts.items
    assert (facts.root, facts.version, entry.base) == ("feed", "1", "https://cdn.example/deep/")
    assert (entry.texts["guid"], entry.first("guid"), entry.first("updated")) == (
        [" t3_x ", "two"],
        "t3_x",
        None,
    )
    assert [(link.target, link.relation, link.type, link.written) for link in entry.links] == [
        ("a", "alternate", "text/html", False),
        ("b", "alternate", "", True),
        ("c", "alternate", "", True),
    ]


def test_an_entry_nested_in_a_link_does_not_lend_it_a_later_text() -> None:
    facts = scan(
        b"<rss><item><link><item><guid>inner</guid></item></link><guid>outer</guid></item><item><guid>next</guid></item></rss>",
        limit=9,
    )
    assert [link.target for link in facts.items[0].links] == [""]
    assert [entry.first("guid") for entry in facts.items] == ["outer", "inner", "next"]
