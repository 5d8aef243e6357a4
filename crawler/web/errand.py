"""What one visit is to bring, and the headers that are sent for it."""

from __future__ import annotations

from dataclasses import dataclass

from yarl import URL

from crawler.message.decode import ACCEPTED
from crawler.model import Validators
from crawler.model.raw import Kind
from crawler.web import addresses

_FEEDS = (
    "application/rss+xml, application/atom+xml, application/feed+json, "
    "application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)
_ACCEPT = {
    "feed": _FEEDS,
    "older": _FEEDS,
    "page": "text/html, application/xhtml+xml;q=0.9, */*;q=0.5",
    "robots": "text/plain, */*;q=0.5",
}
_NONE = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What one visit is to bring, redirects and all."""

    url: URL
    kind: Kind
    agent: str  #: how we name ourselves to the site asked for; a feed's own name may hold a secret
    agent_elsewhere: str  #: and to any other
    limit: int
    redirects: int
    codings: str = ACCEPTED  #: of the body
    validators: Validators = _NONE
    delay: float = 0.0  #: Crawl-delay of the first host, seconds

    def agent_at(self, url: URL) -> str:
        """How we name ourselves at an address."""
        return self.agent if addresses.same_site(self.url, url) else self.agent_elsewhere

    def headers(self, url: URL) -> dict[str, str]:
        """All that is sent besides Host: validators only to the site they came from."""
        sent = {
            "User-Agent": self.agent_at(url),
            "Accept": _ACCEPT[self.kind],
            "Accept-Encoding": self.codings,
        }
        source = _source(self.validators, self.url)
        if source is None or not addresses.same_site(source, url):
            return sent
        if (etag := self.validators.etag) and _sendable(etag):
            sent["If-None-Match"] = etag
        if (modified := self.validators.last_modified) and _sendable(modified):
            sent["If-Modified-Since"] = modified
        return sent


def _source(validators: Validators, asked: URL) -> URL | None:
    """Who gave the validators; None where that cannot be read."""
    if validators.url is None:
        return asked
    try:
        return addresses.parse(validators.url)
    except ValueError:
        return None


def _sendable(value: str) -> bool:
    """Whether a validator can be given back byte for byte: one line, and no byte was replaced."""
    return value.isprintable() and "\N{REPLACEMENT CHARACTER}" not in value
