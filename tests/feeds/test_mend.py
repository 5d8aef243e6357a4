"""What is wrong with feeds' text, and how it is put right."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import NotAFeed
from crawler.feeds import links, mend, plain
from crawler.feeds.mend import Prepared, entities, prefixes, prepare, unprefixed
from tests.feeds.samples import item, only, rdf, read, rss

BODY = rss(item(1))


@pytest.mark.parametrize(
    "before",
    [
        "",
        "\ufeff",
        "\n\n ",
        "<?xml version='1.0'?>",
        "\ufeff\n<?xml version='1.0'?>\n<?xml version='1.0' encoding='x'?>",
        "<?xml-stylesheet href='a.xsl'?>",
        "<!-- made by Brightwater --><!---->",
        "<!DOCTYPE rss>",
        "<!doctype rss PUBLIC '-//X//DTD > [//EN' \"a.dtd\">",
        "<!DOCTYPE rss [ <!-- ' ]> --> <!ELEMENT rss (a|b)> ]>",
        "<!DOCTYPE rss [<!ENTITY % x SYSTEM 'file:///etc/passwd'> %x; ]>",
        "<!DOCTYPE rss><!-- a --><!DOCTYPE rss>",
    ],
)
def test_the_prolog_goes_without_a_word(before: str) -> None:
    assert prepare(before + BODY) == Prepared(BODY)


@pytest.mark.parametrize(
    "before",
    [
        "Notice: undefined index in feed.php\n",
        "<br />\n<b>Warning</b>: cannot read cache in <b>feed.php</b><br />\n<?xml version='1.0'?>",
        "<!-- never closed ",
        "<?php never closed ",
        "<!WRONG><!DOCTYPE rss [<!ENTITY a 'b'>]>",
        "x " * 15_000 + "<!DOCTYPE rss [<!ENTITY a 'b'>]>",
    ],
)
def test_what_else_stands_before_the_document_is_skipped_and_noted(before: str) -> None:
    assert prepare(before + BODY) == Prepared(BODY, {}, ("text before the document was skipped",))


@pytest.mark.parametrize(
    "text",
    ["", "plain text", "<!-- only", "<!DOCTYPE rss [", "<!DOCTYPE rss 'x", "<!DOCTYPE rss [<!-- x", "<?xml"],
)
def test_text_without_a_document_stays_without_one(text: str) -> None:
    assert "<rss" not in prepare(text).text


def test_a_root_that_is_not_a_feeds_is_left_where_it_is() -> None:
    assert prepare("<opml><rss/></opml>").text == "<opml><rss/></opml>"


def test_control_characters_go_and_are_counted() -> None:
    found = prepare("<rss>a\x00b\x0c\ufffe\ud800\t\n</rss>")
    assert found == Prepared("<rss>ab\t\n</rss>", {}, ("4 control characters were removed",))


def test_harmless_entities_of_the_document_are_kept_and_others_forgotten() -> None:
    found = prepare(
        "<!DOCTYPE rss [<!ENTITY bw \"Brightwater &#38; Sons\"><!ENTITY q '\"'><!ENTITY e ''><!ENTITY lol '&bw;&bw;'>"
        f"<!ENTITY tag '<b>'><!ENTITY x SYSTEM 'file:///etc/passwd'><!ENTITY long '{'x' * 101}'>]><rss/>"
    )
    assert found.entities == {"bw": "Brightwater &amp; Sons", "q": "&quot;", "e": ""}
    assert found.notes == ("entity declarations were removed",)


def test_a_declared_entity_is_read_as_what_it_stands_for() -> None:
    entry = only(
        '<!DOCTYPE rss [<!ENTITY b "Brightwater">]>'
        + rss("<item><title>&b; &lol; &nbsp;opens</title></item>")
    )
    assert entry.title == "Brightwater &lol; opens"


def test_declared_entities_may_grow_to_a_bound_only() -> None:
    declared = {"a": "x" * 1000}
    assert len(entities("&a;" * 1000, declared)) == mend.EXPANSION
    with pytest.raises(NotAFeed, match="entities"):
        entities("&a;" * 1001, declared)


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("a & b &amp; c", "a &amp; b &amp; c"),
        ("&nbsp;&eacute;&nonesuch;&lt;", "\xa0é&amp;nonesuch;&lt;"),
        ("AT&T; &LT; &#38;", "AT&amp;T; &lt; &#38;"),
        ("&#1;&#x0;&#xD800;&#x110000;&#9;&#xE9;&#65534;&#x1F600;", "&#9;&#xE9;&#x1F600;"),
        ("&#12345678;", "&amp;#12345678;"),
        (
            "<![CDATA[a & b]]> & <!-- & --> & <? & ?> &",
            "<![CDATA[a & b]]> &amp; <!-- & --> &amp; <? & ?> &amp;",
        ),
        ("& <![CDATA[ & never closed", "&amp; <![CDATA[ & never closed"),
        ("<a href='?x=1&y=2&copy=3'>", "<a href='?x=1&amp;y=2&amp;copy=3'>"),
    ],
)
def test_references_that_xml_does_not_know_are_replaced(text: str, mended: str) -> None:
    assert entities(text, {}) == mended


def test_usual_prefixes_are_declared_where_they_are_missing() -> None:
    document = "<rss version='2.0'><channel><dc:creator/><odd:x/><media:content/></channel></rss>"
    assert prefixes(document).startswith(
        f'<rss xmlns:dc="{mend.NAMESPACES["dc"]}" xmlns:media="{mend.NAMESPACES["media"]}" version='
    )
    assert prefixes("no element") == "no element"
    declared = "<rss xmlns:dc='x'><dc:y/></rss>"
    assert prefixes(declared) == declared


def test_a_feed_that_forgot_to_declare_its_prefixes_is_read() -> None:
    entry = only(rss(item(1, "<dc:creator>Press desk</dc:creator><content:encoded>Long</content:encoded>")))
    assert (entry.author, entry.content) == ("Press desk", "Long")


def test_a_prefix_that_nobody_declared_for_feeds_is_taken_away() -> None:
    document = (
        '<w:rss version="2.0" xmlns:w="urn:wire"><w:channel><w:title>W</w:title><w:item><w:title>Plant</w:title>'
        "<w:link>https://wire.example/news/1</w:link></w:item></w:channel></w:rss>"
    )
    assert only(document).link == "https://wire.example/news/1"
    assert unprefixed("<rss><item/><w:item/></rss>") == "<rss><item/><w:item/></rss>"
    assert unprefixed("<rss/>") == "<rss/>"


def test_a_prefixed_rdf_is_read() -> None:
    document = rdf(item(1)).replace('xmlns="', 'xmlns:r="')
    document = document.replace("<item", "<r:item").replace("</item", "</r:item")
    for name in ("title", "link", "channel"):
        document = document.replace(f"<{name}>", f"<r:{name}>").replace(f"</{name}>", f"</r:{name}>")
    assert only(document).link == "https://wire.example/news/1"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (" A <b>bold</b>\n claim<br/>made ", "A bold claim made"),
        ("&amp;ldquo;Quoted&amp;rdquo;", "“Quoted”"),
        ("AT&T <3 pumps, 1 < 2", "AT&T <3 pumps, 1 < 2"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("<widget>", "<widget>"),
        (" \n ", None),
        (None, None),
        ("x" * 1000, "x" * 1000),
        ("x" * 1001, "x" * 999 + "…"),
        ("GrÃ¶ÃŸe â€“ fÃ¼r", "Größe – für"),
        ("Ã¶ and ö", "Ã¶ and ö"),
        ("Ã¶ 公", "Ã¶ 公"),
    ],
)
def test_a_title_is_one_line_of_plain_text(raw: str | None, shown: str | None) -> None:
    assert plain.title(raw) == shown


@given(st.text(st.characters()))
def test_no_text_that_is_shown_holds_what_no_file_takes(text: str) -> None:
    for shown in (plain.title(text), plain.markup(text), plain.raw(text), links.resolve(text, text, text)):
        assert shown is None or (shown.encode() and "\x00" not in shown)


def test_addresses_are_made_tidy_and_those_of_other_schemes_dropped() -> None:
    assert links.resolve(" https://a.example/x\n  y?a=1&amp;b=2 ", "", "") == "https://a.example/xy?a=1&b=2"
    assert links.resolve("/x", "deep/", "https://a.example/feed") == "https://a.example/x"
    assert links.resolve("x", "deep/", "https://a.example/feed") == "https://a.example/deep/x"
    assert links.resolve("javascript:alert(1)", "", "https://a.example/") is None
    assert links.resolve("https:///x", "", "") is None


def test_absolute_leaves_absolute_and_empty_ones_alone() -> None:
    text = "<a href='#x'>a</a> <a href=''>b</a> <img src=\"data:x\"> <a title='src=x'>"
    assert plain.absolute(text, "https://a.example/") == text
    assert plain.absolute(None, "https://a.example/") is None
    assert plain.absolute("<a href='x'>", "") == "<a href='x'>"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("press@bw.example (Press desk)", "Press desk"),
        ("Press desk &lt;press@bw.agency&gt;", "Press desk"),
        ("Press desk (press@bw.com)", "Press desk"),
        ("press@bw.agency", "press@bw.agency"),
        ("Press desk", "Press desk"),
        ("", None),
    ],
)
def test_an_author_is_a_name_without_the_mail_address(written: str, name: str | None) -> None:
    assert only(rss(item(1, f"<author>{written}</author>"))).author == name


LONG = {
    "question marks after <?xml": "<?xml " + "?" * 1_000_000,
    "declarations": "<?xml version='1.0'?>" * 100_000,
    "comments": "<!-- a -->" * 100_000,
    "document types": "<!DOCTYPE a>" * 100_000,
    "brackets in a document type": "<!DOCTYPE a [" + "[]'" * 300_000,
    "entity names": "<!DOCTYPE a [" + "<!ENTITY x '" * 100_000,
    "white space": "<!DOCTYPE a [<!ENTITY" + " " * 1_000_000,
    "prefixes": "<a:b " * 200_000,
    "references": "&a" * 200_000,
    "open sections": "<![CDATA[" * 100_000,
}


@pytest.mark.no_cover
@pytest.mark.parametrize("name", LONG)
def test_mending_takes_linear_time(name: str) -> None:
    start = time.process_time()
    prepared = prepare(LONG[name])
    unprefixed(prefixes(entities(prepared.text, prepared.entities)))
    entities(LONG[name], {})
    assert time.process_time() - start < 2


def test_question_marks_in_a_declaration_cost_no_more_than_letters() -> None:
    def seconds(text: str) -> float:
        start = time.process_time()
        prepare("<?xml " + text)
        return time.process_time() - start

    letters = min(seconds("x" * 2_000_000) for _ in range(3))
    assert min(seconds("?" * 2_000_000) for _ in range(3)) < 3 * letters + 0.1


def test_many_entities_are_declared_in_vain_after_the_thousandth() -> None:
    declared = "".join(f"<!ENTITY e{number} '{number}'>" for number in range(1200))
    assert len(prepare(f"<!DOCTYPE rss [{declared}]><rss/>").entities) == 1000


def test_notes_of_mending_stand_in_the_feeds() -> None:
    found = read("Notice: x\n" + rss(item(1, "<description>\x01 a</description>")))
    assert found.info.notes == ("1 control characters were removed", "text before the document was skipped")
