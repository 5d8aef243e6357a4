"""A feed's own content as the article."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract import extract_entry, fragment
from crawler.model import Entry, Extraction, Origin
from tests.extract.pages import LEAD, MIDDLE
from tests.extract.test_active import ATTACKS, assert_inert


def entry(
    content: str | None = None, summary: str | None = None, link: str | None = "https://wire.example/n/1"
) -> Entry:
    return Entry(key="k", position=0, link=link, content=content, summary=summary)


def read(content: str) -> Extraction:
    found = extract_entry(entry(content))
    assert found
    return found


def test_html_becomes_clean_blocks() -> None:
    found = read(
        f"<div><p>{LEAD}</p><h1>More</h1><ul><li>One</li><li>Two <b>lamps</b></li></ul>{MIDDLE}</div>"
    )
    assert found.body == (
        f"<p>{LEAD}</p><h2>More</h2><ul><li>One</li><li>Two <strong>lamps</strong></li></ul><p>{MIDDLE}</p>"
    )
    assert found.text == f"{LEAD}\nMore\nOne\nTwo lamps\n{MIDDLE}"
    assert (found.origin, found.extractor) == (Origin.FEED, "feed")


def test_plain_text_has_paragraphs_at_empty_lines() -> None:
    found = read(f"{LEAD}\nSame &amp; same.\n \n{MIDDLE} 3 < 4")
    assert found.body == f"<p>{LEAD} Same &amp; same.</p><p>{MIDDLE} 3 &lt; 4</p>"


def test_html_that_was_escaped_twice_is_html() -> None:
    assert (
        read(f"&lt;p&gt;{LEAD}&lt;/p&gt;&lt;p&gt;{MIDDLE}&lt;/p&gt;").body == f"<p>{LEAD}</p><p>{MIDDLE}</p>"
    )


def test_content_is_taken_before_the_summary_and_the_summary_where_content_is_no_prose() -> None:
    both = extract_entry(entry(f"<p>{LEAD}</p>", f"<p>{MIDDLE}</p>"))
    assert both
    assert both.text == LEAD
    only = extract_entry(entry("<p>More</p>", f"<p>{MIDDLE}</p>"))
    assert only
    assert only.text == MIDDLE


@pytest.mark.parametrize(
    "content",
    [None, "", "<p>Short.</p>", "<img src='/a.jpg'>", "   ", "<p></p>", "<!-- x -->", "<html>", "</div>"],
)
def test_an_entry_without_prose_is_no_article(content: str | None) -> None:
    assert extract_entry(entry(content)) is None


def test_addresses_are_relative_to_the_entrys_link() -> None:
    found = read(f'<p>{LEAD} <a href="../2">More</a></p><img src="/i.jpg" alt="Plant">')
    assert '<a href="https://wire.example/2">More</a>' in found.body
    assert found.body.endswith('<figure><img src="https://wire.example/i.jpg" alt="Plant"></figure>')


def test_without_a_link_only_absolute_addresses_are_links() -> None:
    found = extract_entry(
        entry(f'<p>{LEAD} <a href="/2">a</a> <a href="https://b.example/">b</a></p>', link=None)
    )
    assert found
    assert found.body.endswith('a <a href="https://b.example/">b</a></p>')


def test_tracking_pixels_and_share_links_are_left_out() -> None:
    found = read(
        f'<p>{LEAD}</p><img src="https://t.example/open.gif" width="1" height="1">'
        '<a href="https://www.facebook.com/sharer/sharer.php?u=1">Share on Facebook</a>'
        '<img src="https://t.example/track/4.gif">'
    )
    assert found.body == f"<p>{LEAD}</p>"


def test_nothing_of_an_entry_is_lost_on_the_way() -> None:
    source = Entry(
        key="k",
        position=0,
        title="Lanternfield opens a second plant",
        published=datetime(2025, 1, 6, tzinfo=UTC),
        published_raw="Mon, 06 Jan 2025",
        author="Ada Field",
        source_link="https://wire.example/n/1",
        summary=LEAD,
    )
    found = extract_entry(source)
    assert found
    assert (found.title, found.title_from) == (source.title, "feed")
    assert (found.date, found.date_raw, found.date_from) == (source.published, source.published_raw, "feed")
    assert (found.author, found.language) == ("Ada Field", "en")


@pytest.mark.parametrize(
    "frame", ["<html><head><title>x</title></head><body>%s</body></html>", "<body>%s", "</div>%s</div>"]
)
def test_a_whole_document_in_a_feed_is_its_body(frame: str) -> None:
    assert read(frame % f"<p>{LEAD}</p>").body == f"<p>{LEAD}</p>"


def test_structure_of_all_kinds_survives() -> None:
    found = read(
        f"<blockquote>{LEAD}</blockquote><table><thead><tr><th>Year</th><th>Lamps</th></tr></thead><tbody>"
        "<tr><td colspan=2><p>1974</p></td><td>12</td></tr></tbody></table><pre>a\n  b<br>c</pre>"
        f"<ol><ul><li>inner</li></ul><li>outer</li><script>x</script></ol><hr>{MIDDLE}<br><br>End <font>of</font> it."
    )
    assert found.body == (
        f"<blockquote><p>{LEAD}</p></blockquote><table><thead><tr><th>Year</th><th>Lamps</th></tr></thead>"
        "<tbody><tr><td>1974</td><td>12</td></tr></tbody></table><pre>a<br>  b<br>c</pre>"
        f"<ol><li><ul><li>inner</li></ul></li><li>outer</li></ol><p>{MIDDLE}</p><p>End of it.</p>"
    )


def test_figures_where_no_text_is_stay_figures() -> None:
    image = '<img src="/i.jpg">'
    figure = '<figure><img src="https://wire.example/i.jpg" alt=""></figure>'
    found = read(
        f"<p>{LEAD}</p><ul><li>{image}</li></ul><blockquote>{image}</blockquote><h2>{image}</h2><pre> </pre>"
    )
    assert found.body == f"<p>{LEAD}</p>{figure}{figure}{figure}"


def test_a_list_in_a_heading_is_its_text() -> None:
    assert (
        "<h2>News <em>today</em> one two</h2>"
        in read(f"<p>{LEAD}</p><h2>News <em>today</em><ul><li>one</li><li>two</li></ul></h2>").body
    )


def test_emphasis_around_paragraphs_is_emphasis_in_each() -> None:
    found = read(f"<b><div>{LEAD}</div><div>{MIDDLE}</div></b><i></i><b>x <a href='/'>y</b> z</a>")
    assert found.body.startswith(f"<p><strong>{LEAD}</strong></p><p><strong>{MIDDLE}</strong></p>")
    assert "<em>" not in found.body


def test_what_is_nested_beyond_reason_is_still_text() -> None:
    found = read("<div>" * 150 + f"<b>{LEAD}</b><i>{MIDDLE}</i>")
    assert found.body == f"<p>{LEAD} {MIDDLE}</p>"


def test_content_beyond_the_limit_is_not_read() -> None:
    found = read("<p>" + "lamp " * (fragment.SIZE_LIMIT // 4))
    assert len(found.text) < fragment.SIZE_LIMIT


PIECES = st.sampled_from(
    [*ATTACKS, "<html>", "</html>", "<head>", "<title>", "<body>", "</body>", "<frameset>", "<p>", "</p>", "<ul><li>", "</ul>", "<table><tr><td>", "</table>", "<a href='/x'>", "</a>", "<b>", "</b>",
     "<br>", "<pre>", "</pre>", "<blockquote>", "<h1>", "</h1>", "{{< x >}}", "{{% y %}}", "+++", "\n", "\r", "\u2028", "\x85",
     "&#10;", "&#x1;", "\x00", "\ud800", "\ufffe", "<![CDATA[", "]]>", "<!--", "-->", "&", "<", ">", "\"", "𗀀", LEAD]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=25).map("".join))
def test_no_content_breaks_the_reader_or_gets_through_alive(content: str) -> None:
    found = extract_entry(entry(content, content))
    if found:
        assert_inert(found.body)
        assert found.body.splitlines() == [found.body]
        assert "{{<" not in found.body
        assert "{{%" not in found.body
        assert not found.body.startswith("+++")
        assert all(line.strip() == line and line for line in found.text.split("\n"))
