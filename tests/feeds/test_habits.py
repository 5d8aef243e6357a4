"""The 25 habits of real feeds, each as a feed of our own that has it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.errors import NotAFeed
from tests.feeds.samples import MEDIA, atom, atom_entry, item, keys, only, rdf, read, rss


def test_habit_1_no_guid_anywhere() -> None:
    assert keys(rss(item(1), item(2))) == ["url:wire.example/news/1", "url:wire.example/news/2"]


def test_habit_2_guids_that_are_empty() -> None:
    found = read(rss(item(1, "<guid/>"), item(2, "<guid> </guid>"), item(3, "<guid>bw-3</guid>")))
    assert [entry.guid for entry in found.entries] == [None, None, "bw-3"]
    assert len({entry.key for entry in found.entries}) == 3


def test_habit_3_one_guid_on_two_items() -> None:
    assert len(set(keys(rss(item(1, "<guid>bw</guid>"), item(2, "<guid>bw</guid>"))))) == 2
    unlinked = "<item><title>P{}</title><guid isPermaLink='false'>bw</guid></item>"
    assert len(set(keys(rss(unlinked.format(1), unlinked.format(2))))) == 2


def test_habit_4_root_relative_link_and_guid() -> None:
    entry = only(rss("<item><title>P</title><link>/news/1</link><guid>/news/1</guid></item>"))
    assert (entry.link, entry.guid) == ("https://wire.example/news/1", "/news/1")
    alone = only(rss("<item><title>P</title><guid>/news/1</guid></item>"))
    assert alone.link == "https://wire.example/news/1"


@pytest.mark.parametrize(
    ("attribute", "guid", "link"),
    [
        (" isPermalink='false'", "12345", None),
        (" ispermalink='FALSE'", "https://wire.example/1", None),
        ("", "12345", None),
        (" isPermaLink='true'", "news/1", "https://wire.example/feeds/news/1"),
        ("", "https://wire.example/1", "https://wire.example/1"),
    ],
)
def test_habit_5_permalink_misspelt_and_numeric_guids(attribute: str, guid: str, link: str | None) -> None:
    entry = only(rss(f"<item><title>P</title><guid{attribute}>{guid}</guid></item>"))
    assert (entry.guid, entry.link) == (guid, link)


def test_habit_6_relative_atom_ids() -> None:
    entry = only(
        atom(
            "<entry><title>P</title><id>t3_x</id><link href='/r/1'/></entry>", attributes=" xml:base='/deep/'"
        )
    )
    assert (entry.guid, entry.link) == ("t3_x", "https://wire.example/r/1")


def test_habit_7_one_id_for_two_filers() -> None:
    entry = (
        "<entry><title>8-K</title><id>urn:accession-1</id><link href='https://filings.example/{}/1'/></entry>"
    )
    assert keys(atom(entry.format("a"), entry.format("b"))) == [
        "url:filings.example/a/1",
        "url:filings.example/b/1",
    ]


def test_habit_8_a_retransmission_is_an_entry_of_its_own() -> None:
    twin = item(2).replace("<title>", "<title>RETRANSMISSION: ")
    found = read(rss(item(1), twin))
    assert found.entries[1].title == "RETRANSMISSION: Brightwater Pumps opens plant 2"
    assert found.entries[0].key != found.entries[1].key


@pytest.mark.parametrize(
    "tracking",
    [
        "utm_source=rss&amp;utm_medium=feed",
        "feedref=JjAwJoNWVlmZ9==",
        "wt_mc=rss.red",
        "at_medium=RSS&amp;at_campaign=k",
        "tc=eml",
    ],
)
def test_habit_9_tracking_in_every_link(tracking: str) -> None:
    entry = only(
        rss(f"<item><title>P</title><link>https://wire.example/news/1?{tracking}&amp;id=5</link></item>")
    )
    assert entry.source_link == "https://wire.example/news/1?id=5"
    assert entry.link == f"https://wire.example/news/1?{tracking}&id=5".replace("&amp;", "&")


def test_habit_10_a_redirectors_link_beside_the_real_one() -> None:
    extra = "<feedburner:origLink>https://wire.example/news/1</feedburner:origLink>"
    entry = only(
        rss(
            f"<item><title>P</title><link>https://redirect.example/~r/1</link>{extra}</item>",
            attributes=" xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'",
        )
    )
    assert (entry.link, entry.source_link) == ("https://redirect.example/~r/1", "https://wire.example/news/1")


def test_habit_11_links_that_are_not_the_article() -> None:
    entry = only(
        atom(
            "<entry><title>P</title><link rel='replies' href='/c'/><link rel='related' href='/r'/><link uri='/u'/>"
            "<link type='application/pdf' href='/p.pdf'/><link href='/plain'/><link type='text/html' href='/news/1'/></entry>"
        )
    )
    assert entry.link == "https://wire.example/news/1"
    assert only(atom("<entry><title>P</title><id>x</id><link rel='self' href='/s'/></entry>")).link is None
    enclosed = only(
        rss("<item><title>P</title><link rel='enclosure'>/a.mp3</link><link>/news/1</link></item>")
    )
    assert enclosed.link == "https://wire.example/news/1"
    assert (
        only(atom("<entry><title>P</title><link href='mailto:x'/><link href='/n'/></entry>")).link
        == "https://wire.example/n"
    )


def test_habit_12_a_date_of_minutes_only() -> None:
    entry = only(rss(item(1, "<pubDate>Fri, 19 Feb 2021 23:17 GMT</pubDate>")))
    assert entry.published == datetime(2021, 2, 19, 23, 17, tzinfo=UTC)


def test_habit_13_the_first_of_january_of_the_year_one() -> None:
    entry = only(rss(item(1, "<pubDate>Mon, 01 Jan 0001 00:00:00 GMT</pubDate>")))
    assert (entry.published, entry.published_raw) == (None, "Mon, 01 Jan 0001 00:00:00 GMT")


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("sab, 16 dic 2023 14:02:33 +0100", datetime(2023, 12, 16, 13, 2, 33, tzinfo=UTC)),
        ("Dec 16 2023 02:02:33 PM", datetime(2023, 12, 16, 14, 2, 33, tzinfo=UTC)),
    ],
)
def test_habit_14_italian_and_american_dates(written: str, instant: datetime) -> None:
    assert only(rss(item(1, f"<pubDate>{written}</pubDate>"))).published == instant


def test_habit_15_no_date_or_an_update_only() -> None:
    assert only(rss(item(1))).published is None
    entry = only(atom(atom_entry(1, "<updated>2024-05-01T10:00:00Z</updated>")))
    assert (entry.published, entry.updated) == (None, datetime(2024, 5, 1, 10, tzinfo=UTC))


def test_habit_16_no_titles() -> None:
    found = read(
        rss("<item><description>One</description></item>", "<item><description>Two</description></item>")
    )
    assert [entry.title for entry in found.entries] == [None, None]
    assert len({entry.key for entry in found.entries}) == 2


def test_habit_17_titles_escaped_twice() -> None:
    assert (
        only(rss("<item><title>&amp;ldquo;Pumps&amp;rdquo; &amp;amp; more</title></item>")).title
        == "“Pumps” & more"
    )


def test_habit_18_utf8_encoded_twice() -> None:
    text = rss("<item><title>Größe für Zürich</title><description>“naïve”</description></item>")
    entry = only(text.encode().decode("latin-1").encode())
    assert (entry.title, entry.summary) == ("Größe für Zürich", "“naïve”")


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "utf-16-le"])
def test_habit_19_undeclared_latin_1_and_utf16(encoding: str) -> None:
    assert (
        only(rss("<item><title>Größe für Zürich</title></item>").encode(encoding)).title == "Größe für Zürich"
    )


def test_habit_20_a_blank_line_before_the_declaration_and_html_entities() -> None:
    entry = only(
        "\n\n<?xml version='1.0'?>\n" + rss("<item><title>One&nbsp;two &eacute; AT&T</title></item>")
    )
    assert entry.title == "One two é AT&T"


def test_habit_21_bytes_no_xml_parser_takes() -> None:
    found = read(rss(item(1, "<description>a \x0b & <b>c</description>"), item(2, "<x:y/>")))
    assert [entry.link for entry in found.entries] == [
        "https://wire.example/news/1",
        "https://wire.example/news/2",
    ]


def test_habit_22_enclosures_relative_padded_two_and_without_length() -> None:
    entry = only(
        rss(
            item(
                1,
                "<enclosure url=' /a.mp3\n ' type='audio/mpeg' length=''/><enclosure url='/b.jpg' type='image/jpeg' length='12'/>"
                "<media:content url='/b.jpg'/>",
            ),
            attributes=f" xmlns:media='{MEDIA}'",
        )
    )
    assert [(media.url, media.length) for media in entry.enclosures] == [
        ("https://wire.example/a.mp3", None),
        ("https://wire.example/b.jpg", 12),
    ]


def test_habit_23_netscapes_rdf_and_a_prefix_for_everything() -> None:
    netscape = rdf(item(1)).replace("http://purl.org/rss/1.0/", "http://channel.netscape.com/rdf/simple/0.9/")
    assert only(netscape).link == "https://wire.example/news/1"
    whole = atom(atom_entry(1)).replace("</", "</a:").replace("<", "<a:").replace("<a:/a:", "</a:")
    assert only(whole.replace("xmlns=", "xmlns:a=")).link == "https://wire.example/news/1"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (
            "<!DOCTYPE html><html><head><title>Brightwater | News</title></head><body/></html>",
            'HTML page titled "Brightwater | News"',
        ),
        ("<html><body>Gone</body></html>", "HTML page$"),
        (
            "<html><head><title>Just a moment...</title></head></html>",
            'bot wall, an HTML page titled "Just a moment..."',
        ),
        ("<html><title> </title><body>Before you continue</body></html>", "consent page in HTML$"),
    ],
)
def test_habit_24_a_page_or_a_wall_with_status_200(page: str, reason: str) -> None:
    with pytest.raises(NotAFeed, match=reason):
        read(page)


def test_habit_24_a_feed_with_no_items_is_a_feed_and_one_that_quotes_html_too() -> None:
    assert read(rss()).entries == ()
    assert len(read(rss(item(1, "<description><![CDATA[<html><body>x]]></description>"))).entries) == 1


def test_habit_25_long_feeds() -> None:
    text = "<description>" + "Pumps move water. " * 100 + "</description>"
    found = read(rss(*(item(number, text) for number in range(338))))
    assert len(found.entries) == 338
    assert found.info.notes == ()


def test_windows_that_are_not_newest_first_keep_their_order() -> None:
    dated = [item(day, f"<pubDate>2024-05-0{day}T00:00:00Z</pubDate>") for day in (2, 3, 1)]
    assert [entry.link for entry in read(rss(*dated)).entries] == [
        f"https://wire.example/news/{day}" for day in (2, 3, 1)
    ]
