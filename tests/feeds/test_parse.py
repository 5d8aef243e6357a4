"""Every format a feed comes in, and what parse makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.feeds.samples import ATOM, DC, MEDIA, URL, atom, atom_entry, item, only, rdf, read, rss


def test_an_rss_item_is_read_with_all_that_it_says() -> None:
    entry = only(
        rss(
            "<item><title>Plant opens</title><link>https://wire.example/news/1</link><guid isPermaLink='false'>bw-1</guid>"
            "<pubDate>Fri, 19 Feb 2021 23:17:00 GMT</pubDate><description>&lt;p&gt;Short&lt;/p&gt;</description>"
            "<content:encoded>&lt;p&gt;The whole release&lt;/p&gt;</content:encoded><author>press@bw.example (Press desk)</author>"
            "<category>Water</category><category>Pumps</category><category>Water</category>"
            "<enclosure url='https://wire.example/a.jpg' type='image/jpeg' length='1200'/></item>",
            attributes=' xmlns:content="http://purl.org/rss/1.0/modules/content/"',
        )
    )
    assert (entry.position, entry.guid, entry.title) == (0, "bw-1", "Plant opens")
    assert entry.link == entry.source_link == "https://wire.example/news/1"
    assert entry.published == datetime(2021, 2, 19, 23, 17, tzinfo=UTC)
    assert entry.published_raw == "Fri, 19 Feb 2021 23:17:00 GMT"
    assert (entry.summary, entry.content) == ("<p>Short</p>", "<p>The whole release</p>")
    assert (entry.author, entry.categories) == ("Press desk", ("Water", "Pumps"))
    (media,) = entry.enclosures
    assert (media.url, media.type, media.length) == ("https://wire.example/a.jpg", "image/jpeg", 1200)
    assert entry.key == "url:wire.example/news/1"


def test_an_atom_entry_is_read_with_all_that_it_says() -> None:
    entry = only(
        atom(
            "<entry><title type='html'>Plant &amp;amp; port</title><id>tag:wire.example,2024:1</id>"
            "<link rel='self' href='https://wire.example/1.xml'/><link href='https://wire.example/news/1'/>"
            "<link rel='enclosure' href='/a.pdf' type='application/pdf' length='7'/>"
            "<published>2024-05-01T10:00:00+02:00</published><updated>2024-05-02T10:00:00Z</updated>"
            "<summary>Short</summary><content type='html'>&lt;p&gt;Long&lt;/p&gt;</content>"
            "<author><name>Press desk</name></author><category term='Water'/><category label='Ports'/></entry>",
            attributes=' xml:lang="en"',
        )
    )
    assert (entry.title, entry.guid, entry.link) == (
        "Plant & port",
        "tag:wire.example,2024:1",
        "https://wire.example/news/1",
    )
    assert entry.published == datetime(2024, 5, 1, 8, tzinfo=UTC)
    assert entry.updated == datetime(2024, 5, 2, 10, tzinfo=UTC)
    assert entry.updated_raw == "2024-05-02T10:00:00Z"
    assert (entry.summary, entry.content, entry.author, entry.language) == (
        "Short",
        "<p>Long</p>",
        "Press desk",
        "en",
    )
    assert entry.categories == ("Water", "Ports")
    assert [(media.url, media.length) for media in entry.enclosures] == [("https://wire.example/a.pdf", 7)]


def test_a_lone_content_is_not_its_own_summary() -> None:
    entry = only(atom(atom_entry(1, "<content type='html'>&lt;p&gt;Long&lt;/p&gt;</content>")))
    assert (entry.summary, entry.content) == (None, "<p>Long</p>")


@pytest.mark.parametrize(
    ("document", "form"),
    [
        ("<rss version='0.91'><channel><title>W</title>{}</channel></rss>", "rss091u"),
        ("<rss version='0.92'><channel><title>W</title>{}</channel></rss>", "rss092"),
        ("<rss version='0.93'><channel><title>W</title>{}</channel></rss>", "rss093"),
        ("<rss version='0.94'><channel><title>W</title>{}</channel></rss>", "rss094"),
        (rss("{}"), "rss20"),
        (
            "<rss version='2.0' xmlns='http://backend.userland.com/rss2'><channel><title>W</title>{}</channel></rss>",
            "rss20",
        ),
        (rdf("{}"), "rss10"),
        (
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://my.netscape.com/rdf/simple/0.9/'>"
            "<channel><title>W</title></channel>{}</rdf:RDF>",
            "rss090",
        ),
        ("<rss><channel><title>W</title>{}</channel></rss>", "rss"),
    ],
)
def test_every_rss_is_read(document: str, form: str) -> None:
    found = read(document.format(item(1) + item(2)))
    assert found.info.format == form
    assert [entry.link for entry in found.entries] == [
        "https://wire.example/news/1",
        "https://wire.example/news/2",
    ]
    assert [entry.position for entry in found.entries] == [0, 1]


def test_rdf_items_have_their_about_as_guid_and_their_dublin_core_date() -> None:
    entry = only(
        rdf(
            "<item rdf:about='https://wire.example/news/1'><title>Plant</title><link>https://wire.example/news/1</link>"
            "<dc:date>2024-05-01T10:00:00Z</dc:date><dc:creator>Press desk</dc:creator></item>"
        )
    )
    assert entry.guid == "https://wire.example/news/1"
    assert (entry.published, entry.author) == (datetime(2024, 5, 1, 10, tzinfo=UTC), "Press desk")


def test_atom_0_3_is_read_with_its_own_names_of_dates() -> None:
    found = read(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>W</title><entry><title>Plant</title>"
        "<link rel='alternate' type='text/html' href='https://wire.example/news/1'/><id>bw:1</id>"
        "<issued>2004-05-01T10:00:00Z</issued><modified>2004-05-02T10:00:00Z</modified></entry></feed>"
    )
    (entry,) = found.entries
    assert found.info.format == "atom03"
    assert (entry.published, entry.updated) == (
        datetime(2004, 5, 1, 10, tzinfo=UTC),
        datetime(2004, 5, 2, 10, tzinfo=UTC),
    )


def test_a_channel_definition_is_read_by_its_href() -> None:
    found = read(
        "<channel><title>W</title><item href='https://wire.example/news/1'><title>Plant</title></item></channel>"
    )
    assert [entry.link for entry in found.entries] == ["https://wire.example/news/1"]


def test_a_feed_says_what_it_is() -> None:
    info = read(
        rss(
            item(),
            head="<title>Brightwater &amp;amp; Sons</title><link>/wire</link><language>en-gb</language><ttl>30</ttl>"
            "<skipHours><hour>24</hour><hour>3</hour><hour>x</hour></skipHours>"
            "<skipDays><day>sunday</day><day>Monday</day><day>Noday</day></skipDays>"
            f"<a:link xmlns:a='{ATOM}' rel='hub' href='https://hub.example/'/>"
            f"<a:link xmlns:a='{ATOM}' rel='hub' href='https://second.example/'/>",
        )
    ).info
    assert (info.format, info.title, info.link, info.language) == (
        "rss20",
        "Brightwater & Sons",
        "https://wire.example/wire",
        "en-gb",
    )
    assert (info.hub, info.ttl) == ("https://hub.example/", timedelta(minutes=30))
    assert (info.skip_hours, info.skip_days, info.notes) == ((0, 3), ("Monday", "Sunday"), ())


@pytest.mark.parametrize(
    ("head", "interval"),
    [
        ("<ttl>90</ttl>", timedelta(minutes=90)),
        ("<ttl>9999999</ttl>", timedelta(days=365)),
        ("<ttl>99999999999999999999</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>٣٠</ttl>", None),
        ("<ttl/>", None),
        ("", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", timedelta(hours=1)),
        (
            "<sy:updatePeriod> Daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            timedelta(hours=6),
        ),
        (
            "<sy:updatePeriod>weekly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
            timedelta(days=7),
        ),
        ("<sy:updatePeriod>at times</sy:updatePeriod>", None),
        ("<ttl>0</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", timedelta(hours=1)),
    ],
)
def test_how_often_a_feed_changes_is_a_hint(head: str, interval: timedelta | None) -> None:
    attributes = ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    assert read(rss(item(), head=head, attributes=attributes)).info.ttl == interval


def test_a_hub_without_an_address_is_none_and_the_language_may_be_the_roots() -> None:
    info = read(atom(atom_entry(), head="<link rel='hub' href=' '/>", attributes=" xml:lang='de'")).info
    assert (info.hub, info.language, info.link) == (None, "de", None)


def test_a_hub_is_found_where_the_scan_could_not_look() -> None:
    broken = f"<a:link xmlns:a='{ATOM}' rel='hub' href='https://hub.example/'/><b></i>"
    assert read(rss(head=broken + item())).info.hub == "https://hub.example/"


def test_media_rank_enclosure_then_content_then_thumbnail_then_image() -> None:
    entry = only(
        rss(
            item(
                1,
                "<itunes:image href='https://cdn.example/d.jpg'/><media:thumbnail url='https://cdn.example/c.jpg'/>"
                "<media:content url='https://cdn.example/b.jpg' medium='image' fileSize='x'/>"
                "<media:content url='https://cdn.example/b.mp4' type='Video/MP4' fileSize='0'/><media:content/>"
                "<enclosure url='https://cdn.example/a.mp3' type='audio' length='12'/>"
                "<enclosure url='https://cdn.example/a.mp3' type='audio/mpeg'/>",
            ),
            attributes=f" xmlns:media='{MEDIA}' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'",
        )
    )
    assert [(media.url.rpartition("/")[2], media.type, media.length) for media in entry.enclosures] == [
        ("a.mp3", None, 12),
        ("b.jpg", "image/*", None),
        ("b.mp4", "video/mp4", None),
        ("c.jpg", "image/*", None),
        ("d.jpg", "image/*", None),
    ]


def test_blank_and_repeated_items_are_left_out_and_noted_unless_every_one_is_wanted() -> None:
    document = rss(item(1), item(1), "<item/>", item(2))
    found = read(document)
    assert [entry.position for entry in found.entries] == [0, 3]
    assert found.info.notes == ("1 empty items were left out", "1 items that repeat another were left out")
    whole = read(document, every=True)
    assert [entry.position for entry in whole.entries] == [0, 1, 2, 3]
    assert whole.entries[0].key == whole.entries[1].key
    assert whole.info.notes == ()


def test_dates_that_cannot_be_read_or_name_no_zone_are_noted() -> None:
    found = read(
        rss(
            item(1, "<pubDate>soon</pubDate>"),
            item(2, "<pubDate>2024-05-01 10:00</pubDate>"),
            item(3, f"<dc:modified xmlns:dc='{DC}'>2024-05-01T10:00:00Z</dc:modified>"),
        )
    )
    assert found.info.notes == (
        "1 dates could not be read",
        "1 dates name no time zone and were read as UTC",
    )
    assert (found.entries[0].published, found.entries[0].published_raw) == (None, "soon")


def test_the_first_readable_date_counts() -> None:
    extra = f"<pubDate>soon</pubDate><dc:date xmlns:dc='{DC}'>2024-05-01T10:00:00Z</dc:date>"
    assert only(rss(item(1, extra))).published_raw == "2024-05-01T10:00:00Z"


def test_relative_addresses_in_markup_follow_xml_base_then_the_link() -> None:
    plain = only(rss(item(1, "<description>&lt;img src='../a.png'&gt;</description>")))
    assert plain.summary == "<img src='https://wire.example/a.png'>"
    based = only(
        atom(
            atom_entry(
                1,
                "<summary type='html'>&lt;a href='s'&gt;x&lt;/a&gt;</summary>"
                "<content type='html' xml:base='deep/'>&lt;a href='c'&gt;x&lt;/a&gt;</content>",
            ),
            attributes=" xml:base='https://cdn.example/base/'",
        )
    )
    assert based.summary == "<a href='https://cdn.example/base/s'>x</a>"
    assert based.content == "<a href='https://cdn.example/base/deep/c'>x</a>"


def test_an_address_that_cannot_be_joined_stays_and_an_unusable_base_is_passed_over() -> None:
    entry = only(rss(item(1, "<description>&lt;a href='//[bad'&gt;x&lt;/a&gt;</description>")))
    assert entry.summary == "<a href='//[bad'>x</a>"
    entry = only(atom("<entry xml:base='//[bad'><link href='/news/1'/><title>P</title></entry>"))
    assert entry.link == "https://wire.example/news/1"


def test_a_feed_without_entries_is_a_feed() -> None:
    found = read(rss())
    assert (found.entries, found.info.title) == ((), "Brightwater Wire")


def test_without_an_address_relative_links_stay_relative() -> None:
    document = atom("<entry><title>P</title><link href='news/1'/></entry>")
    assert only(document, url="").link == "news/1"
    assert only(document, url="").source_link is None
    assert only(document.replace("news/1", "mailto:x"), url="").link is None


def test_older_pages_of_a_feed_are_told_by_rfc_5005_and_json_feed() -> None:
    paged = read(
        atom(atom_entry(), head="<link rel='next' href='?page=2'/><link rel='self' href='/all'/>")
    ).info
    assert (paged.older, paged.archived, paged.topic) == (f"{URL}?page=2", False, "https://wire.example/all")
    both = "<link rel='next' href='?page=2'/><link rel='prev-archive' href='/2025/01.atom'/>"
    archived = read(atom(atom_entry(), head=both)).info
    assert (archived.older, archived.archived) == ("https://wire.example/2025/01.atom", True)
    assert read(atom(atom_entry())).info.older is None


def test_a_relation_may_be_spelt_as_ianas_address() -> None:
    head = "<link rel='http://www.iana.org/assignments/relation/next' href='?page=2'/>"
    assert read(atom(atom_entry(), head=head)).info.older == f"{URL}?page=2"
