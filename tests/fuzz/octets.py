"""Bytes changed without a look at what they mean: flips, cuts, splices, encodings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz import traps

Samples = Sequence[bytes]
Mutator = Callable[[bytes, Random, Samples], bytes]

_DIGITS = re.compile(rb"[0-9]+")


def place(data: bytes, rng: Random) -> int:
    """A position, often near a boundary of markup."""
    at = rng.randrange(len(data) + 1)
    near = data.find(rng.choice((b"<", b">", b'"', b"\n", b"=", b" ")), at)
    return near if near >= 0 and rng.random() < 0.6 else at


def piece(data: bytes, rng: Random, most: int = 4096) -> tuple[int, int]:
    """Begin and end of a part."""
    start = place(data, rng)
    length = min(int(rng.paretovariate(0.6)), most)
    return start, min(start + length, len(data))


def flip(data: bytes, rng: Random, samples: Samples) -> bytes:
    """Some bits."""
    if not data:
        return b"\x80"
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def scribble(data: bytes, rng: Random, samples: Samples) -> bytes:
    """Random bytes over a part."""
    start, end = piece(data, rng, 64)
    return data[:start] + rng.randbytes(end - start) + data[end:]


def cut(data: bytes, rng: Random, samples: Samples) -> bytes:
    """The end, or the beginning, is lost."""
    at = place(data, rng)
    return data[at:] if rng.random() < 0.2 else data[:at]


def drop(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A part is lost."""
    start, end = piece(data, rng)
    return data[:start] + data[end:]


def repeat(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A part stands there many times."""
    start, end = piece(data, rng, 512)
    times = rng.choice((2, 3, 10, 100, 1000))
    return data[:end] + data[start:end] * min(times, 40_000 // max(end - start, 1)) + data[end:]


def move(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A part stands elsewhere."""
    start, end = piece(data, rng)
    rest = data[:start] + data[end:]
    at = place(rest, rng)
    return rest[:at] + data[start:end] + rest[at:]


def splice(data: bytes, rng: Random, samples: Samples) -> bytes:
    """The beginning of one document and the end of another, or a part of another within."""
    other = rng.choice(samples)
    if rng.random() < 0.5:
        return data[: place(data, rng)] + other[place(other, rng) :]
    at, (start, end) = place(data, rng), piece(other, rng, 20_000)
    return data[:at] + other[start:end] + data[at:]


def insert(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A sign that readers trip over."""
    at = place(data, rng)
    what = rng.choice(traps.BROKEN) if rng.random() < 0.3 else rng.choice(traps.SIGNS).encode()
    return data[:at] + what * rng.choice((1, 1, 1, 2, 50)) + data[at:]


def number(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A number goes to an end of its range."""
    found = list(_DIGITS.finditer(data))
    if not found:
        return insert(data, rng, samples)
    match = rng.choice(found)
    return data[: match.start()] + rng.choice(traps.NUMBERS).encode() + data[match.end() :]


def transcode(data: bytes, rng: Random, samples: Samples) -> bytes:
    """Another encoding, with or without saying so."""
    text = data.decode("utf-8", "replace")
    if rng.random() < 0.5:
        text = re.sub(
            r"(?i)utf-8|iso-8859-1|windows-1252", lambda _: rng.choice(traps.CHARSETS[:-1]), text, count=2
        )
    encoded = text.encode(rng.choice(traps.ENCODINGS), rng.choice(("replace", "ignore")))
    return (rng.choice(traps.BOMS) if rng.random() < 0.3 else b"") + encoded


def mark(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A byte order mark, rarely the right one."""
    return rng.choice(traps.BOMS) + data


def normalise(data: bytes, rng: Random, samples: Samples) -> bytes:
    """Another normal form of Unicode; or another case."""
    text = data.decode("utf-8", "replace")
    if rng.random() < 0.3:
        return (text.upper() if rng.random() < 0.5 else text.swapcase()).encode()
    form = rng.choice(("NFC", "NFD", "NFKC", "NFKD"))
    return unicodedata.normalize(form, text).encode("utf-8", "replace")  # type: ignore[arg-type]


def line_ends(data: bytes, rng: Random, samples: Samples) -> bytes:
    """Other line ends, or none."""
    return re.sub(rb"\r\n|\n", lambda _: rng.choice((b"\r", b"\r\n", b"\n\n", b"", b"\xe2\x80\xa8")), data)


def blank(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A part is overwritten with NUL or white space, as by a disk or a proxy."""
    start, end = piece(data, rng)
    return data[:start] + rng.choice((b"\0", b" ", b"\xff", b"<", b"&")) * (end - start) + data[end:]


ALL: tuple[Mutator, ...] = (
    flip, scribble, cut, drop, repeat, move, splice, insert, number, transcode, mark, normalise, line_ends, blank,
)  # fmt: skip
