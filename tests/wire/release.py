"""A release: what a company says, before a wire puts it on a page.

Made by ``prose`` from the texts of this project, or from a plain record of the caller's.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.wire.blocks import Block, parse

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
}
_PATTERNS = {"en": "{m} {d}, {y}", "de": "{d}. {m} {y}", "es": "{d} de {m} de {y}", "ja": "{y}年{n}月{d}日"}
_TOPICS = ("business", "technology", "health", "markets", "energy", "people", "products", "events")
_SPANISH_WIRES = frozenset({"noticiasnewswire"})


def long_date(moment: datetime, language: str) -> str:
    """The date in words, as a dateline of that language has it."""
    names = _MONTHS.get(language, _MONTHS["en"]).split()
    pattern = _PATTERNS.get(language, "{d} {m} {y}")
    return pattern.format(d=moment.day, m=names[moment.month - 1], n=moment.month, y=moment.year)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release.  Its first block is the lead; ``updated`` moves when it is edited."""

    key: str  #: "17", or the address of a record
    wire: str  #: name of the wire it was written for
    kind: str  #: "funding", "earnings", "retransmission", …, "record"
    language: str
    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    published: datetime
    updated: datetime
    topics: tuple[str, ...]
    company: str = ""
    exchange: str = ""  #: "" for a company that is not listed
    ticker: str = ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The body's plain text, a string for each paragraph, heading, list or table."""
        return tuple(block.text for block in self.blocks if block.kind != "picture")

    @property
    def text(self) -> str:
        """The body's plain text, one block (list item, table row) a line."""
        return "\n".join(self.paragraphs)

    @property
    def lead(self) -> str:
        """The first paragraph's plain text."""
        return next((block.text for block in self.blocks if block.kind == "paragraph"), self.title)

    @property
    def pictures(self) -> tuple[str, ...]:
        """Paths of the pictures in the body, on the wire's own host."""
        return tuple(block.lines[0] for block in self.blocks if block.kind == "picture")

    @classmethod
    def from_record(cls, record: Mapping[str, str]) -> Release:
        """A plain record (``wire, day, title, text, source_link``) as a release.

        The minute of the day and the topics are drawn from the address, so the same record always gives the same
        release.
        """
        key = record["source_link"]
        number = zlib.crc32(key.encode())
        day = datetime.fromisoformat(record["day"]).replace(tzinfo=UTC)
        published = day + timedelta(minutes=number % 1440)
        first = number // 7 % len(_TOPICS)
        return cls(
            key=key,
            wire=record["wire"],
            kind="record",
            language="es" if record["wire"] in _SPANISH_WIRES else "en",
            title=record["title"],
            subtitle="",
            blocks=parse(record["text"]),
            published=published,
            updated=published,
            topics=(_TOPICS[first], _TOPICS[(first + 3) % len(_TOPICS)]),
        )


def load_records(path: Path, *, limit: int | None = None, newest: datetime | None = None) -> list[Release]:
    """Releases of a JSON-lines file (``.gz`` or plain), oldest first.

    ``newest`` moves all dates so that the youngest release has this one.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        found = [Release.from_record(json.loads(line)) for line in lines if line.strip()][:limit]
    found.sort(key=lambda release: (release.published, release.key))
    return moved(found, newest) if newest and found else found


def moved(releases: Iterable[Release], newest: datetime) -> list[Release]:
    """The releases with all dates moved so that the youngest has the date ``newest``."""
    listed = list(releases)
    shift = newest - max(release.published for release in listed)
    return [
        replace(release, published=release.published + shift, updated=release.updated + shift)
        for release in listed
    ]
