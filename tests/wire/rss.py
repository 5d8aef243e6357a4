"""RSS 2.0 in the dialects of real wires, and RSS 1.0 (RDF)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from tests.wire.blocks import plain
from tests.wire.channel import Channel, cdata, escape, quoteattr, rfc822, tag
from tests.wire.image import png_for
from tests.wire.page import content_html, image_url
from tests.wire.wires import Posting

_NAMESPACES = (
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
)
_DUBLIN_CORE = ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
_DUBLIN_CORE_MISTAKEN = ' xmlns:dc="http://dublincore.org/documents/dcmi-namespace/"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Rss:
    """The habits of one RSS 2.0 feed."""

    guid: Literal["link", "number", "relative", "none"] = "link"
    links: Literal["plain", "tracked", "campaign", "relative"] = "plain"
    body: Literal["full", "lead", "text"] = "lead"
    minutes: bool = False  #: dates without seconds, in GMT
    media: bool = False  #: enclosure, media:content, media:credit
    identifiers: bool = False  #: dc: under the wrong namespace, as one wire has it
    hints: bool = False  #: ttl, sy:updatePeriod


DIALECTS: dict[str, Rss] = {
    "rss-minutes": Rss(minutes=True, identifiers=True, media=True),
    "rss-tracked": Rss(guid="number", links="tracked"),
    "rss-plain": Rss(guid="none", body="text"),
    "rss-full": Rss(guid="number", body="full", hints=True),
    "rss-relative": Rss(guid="relative", links="relative"),
    "rss-media": Rss(links="campaign", media=True),
}


def item_link(posting: Posting, habit: str) -> str:
    """The release's address as this feed gives it."""
    if habit == "relative":
        return posting.site.prefix + posting.path
    if habit == "tracked":
        token = hashlib.sha512(posting.path.encode()).hexdigest()
        return f"{posting.url}{'&' if '?' in posting.url else '?'}feedref={token}%3D%3D"
    if habit == "campaign":
        return f"{posting.url}{'&' if '?' in posting.url else '?'}utm_source=rss&utm_medium=feed&utm_campaign=all"
    return posting.url


def write_rss(channel: Channel, rss: Rss) -> tuple[bytes, str]:
    """The feed's bytes and its Content-Type."""
    charset = channel.site.wire.charset
    dublin = _DUBLIN_CORE_MISTAKEN if rss.identifiers else _DUBLIN_CORE
    items = "".join(_item(posting, rss) for posting in channel.postings)
    hints = "<ttl>30</ttl><sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
    text = (
        f'<?xml version="1.0" encoding="{charset}"?>\n<rss version="2.0"{_NAMESPACES}{dublin}>\n<channel>\n'
        f"{tag('title', channel.title)}\n{tag('link', channel.site.base_url + '/')}\n"
        f"{tag('description', 'Releases of ' + channel.site.wire.name)}\n"
        f"{tag('language', channel.site.wire.languages[0])}\n"
        f'<atom:link href={quoteattr(channel.url)} rel="self" type="application/rss+xml"/>\n'
        f"{tag('lastBuildDate', rfc822(channel.updated))}\n{hints if rss.hints else ''}\n"
        f"{items}</channel>\n</rss>\n"
    )
    return text.encode(charset, "xmlcharrefreplace"), f"application/rss+xml; charset={charset}"


def _item(posting: Posting, rss: Rss) -> str:
    release, local = posting.release, posting.site.wire.local(posting.release.published)
    parts = [
        tag("title", release.title),
        tag("link", item_link(posting, rss.links)),
        _guid(posting, rss),
        tag("pubDate", rfc822(local, minutes=rss.minutes)),
        *_body(posting, rss),
        *(tag("category", topic) for topic in release.topics),
    ]
    if release.ticker:
        parts.append(
            tag("category", f"{release.exchange}:{release.ticker}", ' domain="https://tickers.example/"')
        )
    if rss.identifiers:
        parts += [tag("dc:identifier", str(posting.number)), tag("dc:language", release.language)]
        parts += [
            tag("dc:contributor", release.company),
            tag("dc:modified", rfc822(release.updated, minutes=True)),
        ]
    elif release.company:
        parts.append(tag("dc:creator", release.company))
    if rss.media and release.pictures:
        parts.append(_media(posting))
    return f"<item>{''.join(parts)}</item>\n"


def _guid(posting: Posting, rss: Rss) -> str:
    if rss.guid == "none":
        return ""
    if rss.guid == "number":
        return tag("guid", f"release-{posting.number}", ' isPermaLink="false"')
    if rss.guid == "relative":
        return tag("guid", posting.site.prefix + posting.path)
    return tag("guid", posting.url, ' isPermaLink="true"')


def _body(posting: Posting, rss: Rss) -> tuple[str, ...]:
    lead = posting.release.lead
    if rss.body == "full":
        return tag("description", lead), cdata("content:encoded", content_html(posting))
    return (tag("description", lead if rss.body == "text" else f"<p>{escape(lead)}</p>"),)


def _media(posting: Posting) -> str:
    address, size = quoteattr(image_url(posting)), len(png_for(posting.release.pictures[0]))
    credit = tag("media:credit", posting.release.company or posting.site.wire.name)
    return (
        f'<enclosure url={address} type="image/png" length="{size}"/>'
        f'<media:content url={address} medium="image" width="150">{credit}</media:content>'
    )


def write_rdf(channel: Channel) -> tuple[bytes, str]:
    """RSS 1.0 in the wire's charset, dates in ``dc:date``, no guid but rdf:about."""
    charset, site = channel.site.wire.charset, channel.site
    listed = "".join(f"<rdf:li rdf:resource={quoteattr(posting.url)}/>" for posting in channel.postings)
    items = "".join(_rdf_item(posting) for posting in channel.postings)
    text = (
        f'<?xml version="1.0" encoding="{charset}"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        f"{_DUBLIN_CORE}>\n<channel rdf:about={quoteattr(channel.url)}>{tag('title', channel.title)}"
        f"{tag('link', site.base_url + '/')}{tag('description', channel.title)}"
        f"<items><rdf:Seq>{listed}</rdf:Seq></items></channel>\n{items}</rdf:RDF>\n"
    )
    return text.encode(charset, "xmlcharrefreplace"), "text/xml"


def _rdf_item(posting: Posting) -> str:
    release = posting.release
    local = posting.site.wire.local(release.published)
    return (
        f"<item rdf:about={quoteattr(posting.url)}>{tag('title', release.title)}{tag('link', posting.url)}"
        f"{tag('description', plain(release.lead))}{tag('dc:date', local.isoformat())}"
        f"{tag('dc:creator', release.company)}{tag('dc:subject', release.topics[0])}</item>\n"
    )
