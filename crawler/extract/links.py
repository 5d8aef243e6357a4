"""Addresses in a document: absolute, of a harmless scheme, or not there at all."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler import prose, urls

SCHEMES = frozenset({"http", "https", "mailto"})
"""What a link in the archive may lead to."""

_WEB = frozenset({"http", "https"})
_LENGTH = 2000  #: characters of an address; longer ones are data, not addresses
_SPACE = re.compile(r"[\x00-\x20\x7f-\xa0]")
_BREAKING = re.compile(r"[\"<>\\^`{|}\u2028-\u202e\u2066-\u2069]")
"""No address has these (RFC 3986): in careless hands they end its attribute, or turn the text around it."""

_LINE_ENDS = re.compile(r"[\t\r\n]")  #: browsers take these out of addresses before they look at them
_USER = re.compile(r"(?<=\Ahttps://)[^/?#]*@|(?<=\Ahttp://)[^/?#]*@", re.IGNORECASE)
_EDGES = "".join(map(chr, range(33)))
_PLACEHOLDER = re.compile(
    r"(?:blank|placeholder|spacer|pixel|transparent|lazy|loading|1x1)[^/]*$", re.IGNORECASE
)
_TRACKER = re.compile(
    r"/(?:pixel|track|beacon|open)\b|\b1x1\b|feedburner\.com/~r|feedsportal\.com", re.IGNORECASE
)
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-hi-res-src")
_SHARE = re.compile(
    r"facebook\.com/(?:sharer|share\.php|dialog)|(?:twitter|x)\.com/(?:intent|share|home\?status)"
    r"|linkedin\.com/(?:shareArticle|sharing|cws)|pinterest\.[a-z.]+/pin/create|reddit\.com/submit|wa\.me/\?"
    r"|api\.whatsapp\.com/send|t\.me/share|telegram\.me/share|addtoany\.com|addthis\.com|sharethis\.com|xing\.com/spi"
    r"|tumblr\.com/(?:share|widgets/share)|getpocket\.com/(?:save|edit)|feedburner\.com/~ff|^mailto:\?",
    re.IGNORECASE,
)
_ICON = 50  #: pixels; an image smaller than this on either side is decoration


def absolute(base: str, reference: str | None, schemes: frozenset[str] = _WEB) -> str | None:
    """``reference`` resolved against ``base`` (RFC 3986 §5), or None where that is no use.

    A user name of ``base`` is how the page was asked for, and of no link in it.
    """
    if not reference or len(reference) > _LENGTH:
        return None
    try:
        address = urljoin(_USER.sub("", base), _LINE_ENDS.sub("", reference).strip(_EDGES))
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in schemes or not (parts.netloc or parts.scheme == "mailto"):
        return None
    return _BREAKING.sub(lambda sign: quote(sign[0]), _SPACE.sub("%20", address))


def anchor(base: str, element: HtmlElement) -> str | None:
    """The opening tag of a link, or None for a link that leads nowhere."""
    address = absolute(base, element.get("href"), SCHEMES)
    return f'<a href="{html.escape(address)}">' if address and not _tells(base, address) else None


def _tells(base: str, address: str) -> bool:
    """Does a link into the page itself (``#end``) tell a secret of the page's address?"""
    page = _secret_page(base)
    return page is not None and urls.without_secrets(address.partition("#")[0]) == page


@lru_cache(maxsize=16)  # asked for every link of a page
def _secret_page(base: str) -> str | None:
    """The page's address with its secrets hidden; None where it has none."""
    shown = urls.without_secrets(absolute(base, "#") or "")
    return shown if "=***" in shown else None


def is_share(address: str | None) -> bool:
    """Does a link offer to pass the page on, not to read on?"""
    return bool(address and _SHARE.search(address))


def figure(base: str, image: HtmlElement) -> str | None:
    """A ``<figure>`` with the image, or None for decoration and tracking pixels."""
    address = image_address(base, image)
    if address is None or is_small(image):
        return None
    alternative = prose.clean(image.get("alt") or "") or _caption(image)
    return f'<figure><img src="{html.escape(address)}" alt="{html.escape(alternative)}"></figure>'


def image_address(base: str, image: HtmlElement) -> str | None:
    """Where the picture itself is: lazy loading puts a placeholder into ``src``."""
    source = image.get("src") or ""
    candidates = [image.get(name) for name in _LAZY]
    candidates.append(_largest(image.get("srcset") or image.get("data-srcset") or ""))
    plain = not source.startswith("data:") and not _PLACEHOLDER.search(source)
    for reference in [source, *candidates] if plain else candidates:
        address = absolute(base, reference)
        if address and not _TRACKER.search(address) and not _tells(base, address):
            return address
    return None


def is_small(image: HtmlElement) -> bool:
    """True where the page itself says that the image is an icon or a pixel."""
    return any(
        (size := re.match(r"\s*(\d{1,4})(?:px)?\s*$", image.get(name) or "")) and int(size[1]) < _ICON
        for name in ("width", "height")
    )


def _largest(sources: str) -> str | None:
    """The last candidate of a srcset: authors list them by size."""
    candidates = [part.split()[0] for part in re.split(r",\s+", sources[:_LENGTH]) if part.strip()]
    return candidates[-1] if candidates else None


def _caption(image: HtmlElement) -> str:
    frame = next(image.iterancestors("figure"), None)
    caption = None if frame is None else frame.find(".//figcaption")
    return "" if caption is None else prose.clean(caption.text_content())
