"""Addresses and names: canonical URL, identity, politeness key, slug, short code.

Used wherever an address enters the house (feeds, extract, web) and where an article gets its own
(article, store).  Nothing here raises, whatever the input.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import string
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

import idna
from anyascii import anyascii

from crawler.urls.secrets import without_secrets as without_secrets

LONGEST = 8192  #: characters of a canonical address; RFC 9110 §4.1 asks for 8000 at least

# Names that tell a web analyst where a reader came from, and a server nothing about the article.
_TRACKING_PREFIXES = (
    "utm_",  # Google Analytics and all who copied it
    "at_",  # AT Internet (BBC)
    "wt_mc", "wt.mc",  # Webtrends (heise)
    "mtm_", "pk_", "piwik_",  # Matomo
    "hsa_", "_hs",  # HubSpot
    "oly_", "guce_", "ns_",  # Olytics, Yahoo's consent pages, comScore
)  # fmt: skip
_TRACKING = frozenset(
    # one number for each click, by whoever sold it
    "fbclid gclid gclsrc gbraid wbraid dclid msclkid yclid twclid ttclid igshid igsh li_fat_id mkt_tok"
    # newsletters
    " vero_id mc_cid mc_eid ck_subscriber_id"
    # wires and publishers: Business Wire, PR Newswire, Deutsche Welle, Al Jazeera, bioRxiv, AOL, MSN, …
    " feedref tc maca traffic_source rss ncid ocid cmp cmpid s_cid icid xtor smid guccounter soc_src soc_trk"
    " ref_src ref_url referrersource _openstat".split()
)
# These name a channel on one site and an article on the next: they go where the value is a channel.
_AMBIGUOUS = frozenset("ref source src from partner emc via".split())
_CHANNEL = re.compile(
    r"(?:full_?)?(?:rss|atom|feeds?|syndication|newsletters?|e?mail|twitter|facebook|linkedin|social|homepage)"
    r"(?:[\d._~-].*)?",
    re.IGNORECASE,
)

_INVISIBLE = [
    *range(0x21), *range(0x7F, 0xA1), *range(0x2000, 0x2010), *range(0x2028, 0x2030), 0x2060, 0x3000, 0xFEFF,
]  # fmt: skip
_EDGES = "".join(map(chr, _INVISIBLE))
_SURROGATE = re.compile("[\ud800-\udfff]")
_SCHEME = re.compile(r"^(https?):/+", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]*)?")
_PATH = re.compile(r"%([0-9A-Fa-f]{2})|[^A-Za-z0-9._~!$&'()*+,;=:@/-]")
_QUERY = re.compile(r"%([0-9A-Fa-f]{2})|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_PORTS = {"http": 80, "https": 443}


# --------------------------------------------------------------------------- addresses


def canonical(url: str, base: str | None = None) -> str | None:
    """The one spelling of an http(s) address, absolute; None for whatever is not one.

    RFC 3986 §6: scheme and host in lower case (IDNA 2008), no default port, no dot segments,
    percent-encoding in one form.  Beyond it: no user name, no fragment but ``#!``, no tracking
    parameters; the rest of the query keeps its order.  Backslashes and wrapped lines are read as
    browsers read them.  Idempotent.
    """
    if len(url) > 8 * LONGEST:
        return None
    try:
        parts = urlsplit(_absolute(url, base))
        if parts.scheme not in _PORTS:
            return None
        host = _host(parts)
        port = "" if parts.port in {None, _PORTS[parts.scheme]} else f":{parts.port}"
    except ValueError:
        return None
    path = _without_dots(_PATH.sub(_percent, parts.path))
    address = f"{parts.scheme}://{host}{port}{path}{_query(parts)}{_fragment(parts)}"
    return address if len(address) <= LONGEST else None


def identity(url: str) -> str:
    """The key under which one release is one, however its address is dressed.

    The canonical address without scheme, ``www.`` and trailing slash, its query sorted by name.
    For telling twins, not for fetching.
    """
    address = canonical(url)
    if address is None:
        return _cleaned(url)
    parts = urlsplit(address)
    bare = parts.netloc.removeprefix("www.")
    host = bare if "." in bare else parts.netloc
    pairs = sorted(filter(None, parts.query.split("&")), key=lambda pair: pair.partition("=")[0])
    query = "?" + "&".join(pairs) if pairs else ""
    return host + parts.path.rstrip("/") + query + ("#" + parts.fragment if parts.fragment else "")


def politeness_key(url: str) -> str:
    """The host that a request bothers: one gate for each, whatever scheme and port; "" for none."""
    return urlsplit(canonical(url) or "").hostname or ""


def is_root(url: str) -> bool:
    """Whether an address is a site's front page, which is nobody's release."""
    parts = urlsplit(canonical(url) or "")
    return parts.path == "/" and not parts.query and not parts.fragment


def root(url: str) -> str:
    """The front page of an address's site; of what is no address, what may be shown of it."""
    parts = urlsplit(canonical(url) or "")
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else redacted(url.partition("?")[0])


def redacted(text: str) -> str:
    """An address (or a text with some) for people to read: no user name, no secret query values.

    One printable line of 300 characters at most.
    """
    shown = without_secrets(text)
    line = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in shown)
    return line if len(line) <= 300 else line[:299] + "…"


def _absolute(url: str, base: str | None) -> str:
    text = _cleaned(url)
    if base is None or _SCHEME.match(text):
        return text
    return urljoin(_cleaned(base), text)


def _cleaned(url: str) -> str:
    lines = _SURROGATE.sub("\ufffd", url).strip(_EDGES).splitlines()
    text = "".join(line.strip(" \t") for line in lines).replace("\t", "")
    end = min((at for at in (text.find("?"), text.find("#")) if at >= 0), default=len(text))
    return _SCHEME.sub(r"\1://", text[:end].replace("\\", "/"), count=1) + text[end:]


def _host(parts: SplitResult) -> str:
    """A host as it is looked up; raises ``ValueError``."""
    with_port = parts.netloc.rpartition("@")[2]
    if "[" in with_port or "]" in with_port:
        bracketed = _BRACKETED.fullmatch(with_port)
        return f"[{ipaddress.IPv6Address(bracketed[1] if bracketed else '')}]"
    name = unquote(parts.hostname or "")
    if len(name) > 253:
        raise ValueError("longer than any host name (RFC 1035 §2.3.4)")
    ascii_name = name.lower() if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
    ascii_name = ascii_name.removesuffix(".")
    if len(ascii_name) > 253 or not _HOST.fullmatch(ascii_name):
        raise ValueError("not a host name")
    return ascii_name


def _percent(match: re.Match[str]) -> str:
    """One form for every character (RFC 3986 §6.2.2): encoded only where it must be, in capitals."""
    if match[1] is None:
        return quote(match[0], safe="")
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _without_dots(path: str) -> str:
    """RFC 3986 §5.2.4; never empty."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _query(parts: SplitResult) -> str:
    pairs = _QUERY.sub(_percent, parts.query).split("&")
    query = "&".join(pair for pair in pairs if not _is_tracking(pair))
    return "?" + query if query else ""


def _fragment(parts: SplitResult) -> str:
    """``#!`` chooses the page on sites that draw it themselves; other fragments a place in it."""
    return "#" + _QUERY.sub(_percent, parts.fragment) if parts.fragment.startswith("!") else ""


def _is_tracking(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = name.lower().removeprefix("amp;")  # "&amp;" escaped once too often
    if name in _AMBIGUOUS:
        return _CHANNEL.fullmatch(value) is not None
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


# --------------------------------------------------------------------------- names

# Nothing is to be read into them: they vanish, so that "Japan's" is "japans" and "Acme®" is "acme".
_VANISHING = re.compile("['`\u2018\u2019\u201b\u2032\u00b4\u2122\u00ae\u00a9]")
_DATE = len("2025-02-26-")


def slug(text: str, limit: int) -> str:
    """A name for ``text`` in ``a-z0-9-``, of 1 to ``limit`` bytes, cut at a word where it can be.

    Every script is transliterated; apostrophes vanish; twins that differ only in Unicode
    normalisation get one slug.  A text without letters and digits (emoji have none) gets
    ``release-`` and six digits of its SHA-256.
    """
    plain = _SURROGATE.sub("\ufffd", text)
    plain = unicodedata.normalize("NFKC", _VANISHING.sub("", plain))
    # Symbols would be named in English (":rocket:"), which the title does not say.
    letters = "".join(" " if unicodedata.category(sign) == "So" else sign for sign in plain[: 20 * limit])
    words = re.findall(r"[a-z0-9]+", _VANISHING.sub("", anyascii(letters)).lower())
    if not words:
        words = ["release", hashlib.sha256(plain.encode()).hexdigest()[:6]]
    return _cut("-".join(words), limit)


def dated_slug(date: datetime, title: str, limit: int) -> str:
    """``2025-02-26-`` (UTC) and the title's slug, at most ``limit`` bytes (at least 26) in all."""
    day = (date.astimezone(UTC) if date.tzinfo else date).date().isoformat()
    return f"{day}-{slug(title, limit - _DATE)}"


def numbered(url: str, n: int, limit: int) -> str:
    """``<url>-<n>``, at most ``limit`` bytes: the next wish where ``url`` is taken."""
    suffix = f"-{n}"
    return _cut(url, limit - len(suffix)) + suffix


def short_codes(seed: str) -> Iterator[str]:
    """Codes such as ``poemx1IL``, the same for the same seed, without end: take the first free one.

    A harmless word and four base62 signs, one of them a digit, so that they spell nothing.
    Codes name files: they must be unique without regard to case (SQLite: ``COLLATE NOCASE``),
    because some file systems have none.
    """
    alphabet = string.digits + string.ascii_letters
    material = seed.encode("utf-8", "surrogatepass")
    number = 0
    while True:
        digest = hashlib.sha256(b"%d:%b" % (number, material)).digest()
        value = int.from_bytes(digest[1:], "big")
        signs = "".join(alphabet[value // 62**place % 62] for place in range(4))
        if any(sign.isdigit() for sign in signs):
            yield _WORDS[digest[0]] + signs
        number += 1


def _cut(text: str, limit: int) -> str:
    """At most ``limit`` bytes, at a word; within one where words would cost more than half."""
    if len(text) <= limit:
        return text
    at = text.rfind("-", 0, limit + 1)
    return text[: at if at > limit // 2 else limit].rstrip("-")


_WORDS = (
    "able acre aloe alto apex aqua arch area aria army atom aunt axis bake ball bank barn bass bath bead "
    "beam bean bell belt bike bird boat book boot bowl brim buoy cake calm camp card cart cave cell chef "
    "city clay club coat code coin cone cook cork corn cove crab crew cube dale dawn deck deer desk dial "
    "dice dock dome door dove drum duck dune east easy echo edge fair farm fern film firm fish flag flow "
    "foam folk font foot fork form fort gate gear gift glad glen glow goal goat gold good gown grid grip "
    "gulf hall harp hawk haze herb herd hill hive home hood hoop horn idea iris iron isle item jazz joke "
    "kelp kind king kite knot lace lake lamb lamp land lane lark lawn leaf lens life lily lime line link "
    "lion loaf loft logo loom loop lute lyre mall mark mast maze meal mild milk mill mint moon moss myth "
    "nail name navy neat nest news node noon note oboe okra opal open oval oven pace pack page paid palm "
    "park path peak pear pine plan play plot plum poem poet pond pony pool port rain ramp reed reef rice "
    "ring road robe rock roof room rope rose ruby sail salt sand seal seed shoe silk snow soap sofa song "
    "soup spin star stem step surf swan tale tent tile tone tree tuna tune twig vase veil verb view vine "
    "wave well west wind wing wire wood wool word yard yarn year zest zinc zone zoom"
).split()
