"""Who offers a push: headers before the document, strangers' words taken with care."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import feeds
from crawler.model import FeedInfo, PushOffer
from crawler.pushing import offer
from crawler.pushing.links import LONGEST, links, usable
from tests.websub.examples import HUB, TOPIC

INFO = FeedInfo(format="atom10", hub=HUB, topic=TOPIC)
BOTH = PushOffer(hub=HUB, topic=TOPIC)


def header(text: str) -> dict[str, str]:
    return {"link": text}


@pytest.mark.parametrize(
    "text",
    [
        f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"',
        f"<{HUB}>;rel=hub,<{TOPIC}>;rel=self",
        f'<{TOPIC}> ; REL="Self" , <{HUB}> ; Rel = "HUB"',
        '</feed>; rel=self, <//hub.example/>; rel="preload hub"; title="a; b, <c>"',
        f'<https://evil.example/>; rel=hub; anchor="#x", <{HUB}>; rel=hub, <{TOPIC}>; rel="self"',
        f'<{HUB}>; rel="hub"; rel="self", <{TOPIC}>; rel="\\s\\e\\l\\f"; type="application/rss+xml"',
        f"<mailto:a@b>; rel=hub, <{HUB}>; rel=hub, <https://second.example/>; rel=hub, <{TOPIC}>; rel=self",
        f"<http://[>; rel=hub, <{HUB}>; rel=hub, <{TOPIC}>; rel=self",
    ],
)
def test_a_link_header_is_read_as_rfc_8288_writes_it(text: str) -> None:
    assert offer(header(text), None, "https://wire.example/other") == BOTH


def test_the_header_goes_before_the_document() -> None:
    other = FeedInfo(format="rss20", hub="https://other.example/", topic="https://other.example/feed")
    told = header(f"<{HUB}>; rel=hub, <{TOPIC}>; rel=self")
    assert offer(told, other, TOPIC) == BOTH
    assert offer({}, INFO, TOPIC) == BOTH
    assert offer(header("</style.css>; rel=preload"), INFO, TOPIC) == BOTH


@pytest.mark.parametrize(
    ("hub", "topic"),
    [
        (None, TOPIC),
        (HUB, None),
        ("ftp://hub.example/", TOPIC),
        (HUB, "feed.xml"),
        ("https://user:pass@hub.example/", TOPIC),
        ("https://[::1/", TOPIC),
        (HUB, "https:///feed"),
        (HUB, TOPIC + "x" * LONGEST),
        ("https://hub.example/\x1b[2J", TOPIC),
        (HUB, "https://wire.example/feed?token=s3cr3t"),
    ],
)
def test_without_a_usable_hub_and_topic_there_is_no_offer(hub: str | None, topic: str | None) -> None:
    assert offer({}, FeedInfo(format="rss20", hub=hub, topic=topic), TOPIC) is None


def test_a_hub_without_a_document_and_a_topic_is_no_offer() -> None:
    assert offer(header(f"<{HUB}>; rel=hub"), None, TOPIC) is None
    assert offer({}, None, TOPIC) is None


@given(st.text(alphabet=st.sampled_from('<>;,="\\ relhubsf:/a1'), max_size=200))
def test_no_header_breaks_the_reader(text: str) -> None:
    for target, relations in links(text):
        assert "<" not in target
        assert all(relation == relation.lower() and relation for relation in relations)
    assert offer(header(text), INFO, TOPIC) is not None or "hub" in text or "self" in text


def test_a_topic_as_long_as_an_address_may_be_is_offered() -> None:
    topic = "https://wire.example/" + "a" * (LONGEST - 21)
    assert offer(header(f"<{HUB}>; rel=hub, <{topic}>; rel=self"), None, TOPIC) == PushOffer(
        hub=HUB, topic=topic
    )


def test_a_long_header_is_read_to_its_64th_link() -> None:
    many = ", ".join(f"<https://hub{number}.example/>; rel=hub" for number in range(9999))
    assert len(list(links(many))) == 64


def test_an_address_without_a_host_is_not_usable() -> None:
    assert usable("https://hub.example")
    assert not usable("https:")


RSS = f"""<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
<title>Orbit</title><atom:link rel="hub" href="{HUB}"/><atom:link rel="self" href="{TOPIC}"/>
<item><title>One</title><link>https://wire.example/1</link></item></channel></rss>"""
ATOM = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Orbit</title>
<link rel="self" href="{TOPIC}"/><link rel="hub" href="{HUB}"/><link rel="hub" href="https://second.example/"/>
<entry><title>One</title><id>1</id><link href="https://wire.example/1"/></entry></feed>"""
JSON = f"""{{"version": "https://jsonfeed.org/version/1.1", "title": "Orbit", "feed_url": "{TOPIC}",
"hubs": [{{"type": "rssCloud", "url": "https://cloud.example/"}}, {{"type": "WebSub", "url": "{HUB}"}}],
"items": [{{"id": "1", "url": "https://wire.example/1", "content_text": "x"}}]}}"""


@pytest.mark.parametrize("document", [RSS, ATOM, JSON], ids=["rss", "atom", "json"])
def test_every_format_tells_of_its_hub(document: str) -> None:
    info = feeds.parse(document.encode(), url=TOPIC).info
    assert offer({}, info, TOPIC) == BOTH
