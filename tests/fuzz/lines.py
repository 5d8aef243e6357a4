"""Short texts and texts of lines: dates, addresses, header fields, robots.txt, front matter."""

from __future__ import annotations

import re
from random import Random

from tests.fuzz import traps
from tests.fuzz.octets import Mutator, Samples

_WORD = re.compile(rb"[A-Za-z]+|[0-9]+|[^A-Za-z0-9\s]+|\s+")
_DATE_PARTS = (
    "Mon", "Tuesday", "lundi", "2024", "24", "0001", "9999", "29", "31", "32", "0", "Feb", "février", "Mai", "марта", "月", "年", "日",
    "T", "Z", ":", "-", "/", ".", ",", " ", "24:00:00", "23:59:60", "12:00 PM", "0:00 am", "下午", "오후", "+", "-0800", "+14:00", "+15:59",
    "GMT", "EST", "ET", "eastern daylight", "PDT", "BST", "UTC+", "(CET)", "W01", "20240229", "T1530", "1700000000", "1700000000000.5",
    "2016-12-31T23:59:60", "1e9", "th", "of", "at", "Q",
)  # fmt: skip
_ADDRESS_PARTS = (
    "http", "https", "HTTP", "://", ":", "//", "/", "\\", "@", "[", "]", "?", "#", "&", "=", ";", "%", "%00", "%2e", "%2F", "%C3%A9", "%zz",
    "..", ".", "www.", "wire.example", "münchen.example", "xn--mnchen-3ya.example", "127.0.0.1", "::1", "0x7f000001", "1.2.3.4.5", "80",
    "443", "65536", "utm_source", "fbclid", "token", "a" * 70, "news", "日本", "\u200b", "\t", "\n", " ", "amp;", "ref", "rss", "!", "~", "+",
    "\ud83d", "ａ", "。", "℡", "user:secret", "index.html",
)  # fmt: skip
_ROBOT_KEYS = (
    b"User-agent", b"user-agent", b"useragent", b"Disallow", b"Dissalow", b"Allow", b"Crawl-delay", b"crawl delay", b"Sitemap", b"Host", b"",
    b"#", b"Noindex", b"User-agent*", b"DISALLOW",
)  # fmt: skip
_ROBOT_VALUES = (
    b"*", b"* ", b"**", b"wirecrawler", b"wirecrawler/1.0", b"*bot", b"/", b"/*", b"/*?*=*&*$", b"$", b"/$", b"*$", b"$$", b"*" * 300, b"/" + b"*a" * 500,
    b"/%zz", b"/%2F", b"/%E3%81%82", b"/\xe3\x81\x82", b"/\xff\xfe", b"/a/index.html", b"index.htm", b"10", b"1e9", b"-1", b"nan", b"99999999999999",
    b"0.0000000000001", b"\xd9\xa1", b"/" + b"x" * 20_000, b"# x", b"/a#b", b"/;:@!?", b"", b"\0", b"/a b", b"http://a.example/x",
)  # fmt: skip
_TOML_VALUES = (
    b"''", b'""', b'"\\u0000"', b'"\\uD800"', b'"\\U0010FFFF"', b'"\\x41"', b'"\\e"', b'"a', b"'''a", b'"""a"""', b'"""', b"[", b"[" * 900, b"{a=1}",
    b"{" * 500, b"nan", b"inf", b"-inf", b"1e999", b"0x1F", b"0o7", b"1_0", b"9223372036854775808", b"-9223372036854775809", b"9" * 5000,
    b"1979-05-27", b"1979-05-27T07:32:00Z", b"07:32:00", b"true", b"TRUE", b"1", b"1.0", b"[1]", b'"a" # b', b'"a" b', b"", b"=", b'"2024-02-30T00:00:00Z"',
    b'"2024-02-29T00:00:00Z"', b'"' + b"x" * 30_000 + b'"', b'"+++"', b'"\xff"', b'"\x00"', b'"\xc2\x85\xe2\x80\xa8"', b"'\\'", b'"\\\\"', b'"\\"',
)  # fmt: skip
_FIELDS = (
    "retry-after", "date", "cache-control", "age", "expires", "link", "content-type", "etag", "last-modified", "x-hub-signature",
)  # fmt: skip
_FIELD_PARTS = (
    "max-age", "=", "no-cache", "no-store", "s-maxage", '"', "\\", ",", ";", "<", ">", "rel", "hub", "self", "anchor", "https://hub.example/",
    "http://[", "/feed", "Wed, 21 Oct 2026 07:28:00 GMT", "Wednesday, 21-Oct-26 07:28:00 GMT", "Wed Oct 21 07:28:00 2026", "text/html", "charset",
    "utf-8", "sha256", "0" * 64, "Mon, 99 Feb 0000 99:99:99 +9999", "Wed, 21 Oct 2026 07:28:00 -9999999999", "Thu, 01 Jan 1970 00:00:00 GMT",
)  # fmt: skip


def word(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A word, number or sign is that of another sample, lost, or doubled."""
    words = _WORD.findall(data)
    if not words:
        return rng.choice(samples)
    at = rng.randrange(len(words))
    others = _WORD.findall(rng.choice(samples)) or [b""]
    words[at] = rng.choice(
        (rng.choice(others), b"", words[at] * 2, words[at][::-1], rng.choice(traps.NUMBERS).encode())
    )
    return b"".join(words)


def shuffle(data: bytes, rng: Random, samples: Samples) -> bytes:
    """The words in another order."""
    words = _WORD.findall(data)
    rng.shuffle(words)
    return b"".join(words)


def _composed(parts: tuple[str, ...], rest: tuple[str, ...]) -> Mutator:
    def compose(data: bytes, rng: Random, samples: Samples) -> bytes:
        """Nothing but parts, in any order; or one of them in the text; or a whole trap."""
        if rng.random() < 0.2:
            return rng.choice(rest).encode("utf-8", "surrogatepass")
        made = "".join(rng.choices(parts, k=rng.choice((1, 3, 6, 9)))).encode("utf-8", "surrogatepass")
        if rng.random() < 0.5:
            return made
        at = rng.randrange(len(data) + 1)
        return data[:at] + made + data[at:]

    return compose


date = _composed(_DATE_PARTS, traps.DATES)
address = _composed(_ADDRESS_PARTS, traps.ADDRESSES)


def header(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A field with a value of parts, or the value of another field."""
    lines = data.split(b"\n")
    value = "".join(rng.choices(_FIELD_PARTS + traps.NUMBERS[:30], k=rng.choice((1, 2, 4, 12))))
    new = f"{rng.choice(_FIELDS)}: {value}".encode()
    if rng.random() < 0.5:
        lines[rng.randrange(len(lines))] = new
    else:
        lines.append(new)
    return b"\n".join(lines)


def _line(data: bytes, rng: Random, new: bytes) -> bytes:
    """A line is another, doubled, lost, moved, or the new one is put before it."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    way = rng.randrange(6)
    if way == 0:
        lines[at] = new
    elif way == 1:
        lines.insert(at, new)
    elif way == 2:
        del lines[at]
    elif way == 3:
        lines.insert(rng.randrange(len(lines)), lines.pop(at))
    elif way == 4:
        lines[at:at] = [lines[at]] * rng.choice((1, 2, 300))
    else:
        lines[at] = new * rng.choice((1, 2, 200))
    return b"\n".join(lines)


def robots(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A line of robots.txt."""
    mark = rng.choice((b": ", b":", b" : ", b" ", b"\t:\t", b"::"))
    return _line(data, rng, rng.choice(_ROBOT_KEYS) + mark + rng.choice(_ROBOT_VALUES))


def front_matter(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A line of front matter: another value, key or fence."""
    keys = re.findall(rb"(?m)^(\w+) =", data) or [b"title"]
    key = rng.choice(
        (
            rng.choice(keys),
            b"tags",
            b"[table]",
            b"a.b",
            b'"title"',
            b"'date'",
            b"",
            b"\xef\xbb\xbftitle",
            b"+++",
        )
    )
    mark = rng.choice((b" = ", b"=", b"  =\t", b" : ", b" == "))
    if rng.random() < 0.6 and (found := re.search(rb"(?m)^" + re.escape(key) + rb" = (.*)$", data)):
        return data[: found.start(1)] + rng.choice(_TOML_VALUES) + data[found.end(1) :]
    return _line(
        data,
        rng,
        rng.choice((key + mark + rng.choice(_TOML_VALUES), b"+++", b"+++ ", b"", b"# x", b"\r", b"---")),
    )
