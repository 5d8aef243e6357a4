"""Releases written from the texts in ``texts/``: the same seed and number give the same release.

A text's ``{…}`` is a fact of the release, a rule of its language's ``[common]`` table, a choice
``a|b``, or a number ``n:1..9`` or ``d:0.5..9.9``; what stands inside is worked out first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.wire.blocks import Block, picture_path
from tests.wire.release import Release, long_date

_TEXTS = Path(__file__).parent / "texts"
_FILES = {
    "en": ("english_business", "english_figures", "english_occasions"),
    "de": ("german",),
    "es": ("spanish",),
    "fr": ("french",),
    "ja": ("japanese",),
    "ru": ("russian",),
    "ar": ("arabic",),
}
LANGUAGES = tuple(_FILES)
_INNERMOST = re.compile(r"\{([^{}]*)\}")
_RETRANSMITTED = 25  #: one release in so many is the corrected twin of the wire's one before


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_TEXTS / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def _language(language: str) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for name in _FILES[language]:
        tables.update(_read(name))
    return tables


def kinds(language: str) -> tuple[str, ...]:
    """The kinds of news that exist in a language."""
    return tuple(name for name in _language(language) if name != "common")


def related_titles(language: str, rng: Random, count: int) -> list[str]:
    """Headlines for the boxes around an article; they are not releases."""
    written = []
    for _ in range(count):
        kind = rng.choice(kinds(language))
        writer = _Writer(language, kind, rng, datetime(2025, 1, 1, tzinfo=UTC), "")
        written.append(writer.pick("titles"))
    return written


class _Writer:
    """The facts of one release and the dice that wrote it."""

    def __init__(self, language: str, kind: str, rng: Random, day: datetime, wire: str) -> None:
        tables, companies = _language(language), _read("companies")
        self.language, self.rng, self.day = language, rng, day
        self.table: Mapping[str, Any] = tables[kind]
        self.prose: Mapping[str, Any] = self.table["prose"]
        self.common: Mapping[str, Any] = tables["common"]
        self.facts: dict[str, str] = _names(companies, language, rng)
        self.facts |= {
            "wire": wire, "date": long_date(day, language), "year": str(day.year),
            "last_year": str(day.year - 1), "next_year": str(day.year + 1),
        }  # fmt: skip
        for name, text in {**companies["facts"][language], **self.table["facts"]}.items():
            self.facts[name] = self.expand(text)
        self.facts["CITY"] = self.facts["city"].partition(",")[0].upper()

    def expand(self, text: str) -> str:
        """Work out every ``{…}``, the innermost first."""
        while (match := _INNERMOST.search(text)) is not None:
            text = text[: match.start()] + self._value(match[1]) + text[match.end() :]
        return text

    def _value(self, name: str) -> str:
        if name in self.facts:
            return self.facts[name]
        if name in self.common:
            return str(self.rng.choice(self.common[name]))
        if name.startswith("n:"):
            low, high = name[2:].split("..")
            return str(self.rng.randint(int(low), int(high)))
        if name.startswith("d:"):
            low, high = name[2:].split("..")
            return f"{self.rng.uniform(float(low), float(high)):.1f}".replace(".", self.common["decimal"])
        if "|" not in name:
            raise KeyError(f"no fact, rule, choice or number: {{{name}}}")
        return self.rng.choice(name.split("|"))

    def pick(self, name: str) -> str:
        """One of the texts called ``name``, of this kind or common to the language."""
        return self.expand(self.rng.choice(self.prose.get(name) or self.common[name]))

    def several(self, name: str, low: int, high: int) -> list[str]:
        """Some of the texts called ``name``, in a new order, none twice."""
        texts = self.prose[name]
        count = min(len(texts), self.rng.randint(low, high))
        return [self.expand(text) for text in self.rng.sample(texts, count)]


def _names(companies: Mapping[str, Any], language: str, rng: Random) -> dict[str, str]:
    """Two invented companies, with what belongs to the first."""
    first, other = rng.sample(companies["first"], 2)
    second = rng.choice(companies["second"])
    form = rng.choice(companies["forms"][language])
    slug = f"{first}-{second}".lower().replace(" ", "-")
    compact = slug.replace("-", "")
    joined = f"{form}{first} {second}" if language == "ja" else f"{first} {second} {form}"
    return {
        "company": f"{form} {first} {second}" if language == "ru" else joined,
        "short": first,
        "partner": f"{other} {rng.choice(companies['second'])}",
        "slug": slug,
        "site": f"https://www.{compact}.example/",
        "email": f"press@{compact}.example",
        "ticker": (first[:2] + second[:2] + rng.choice("XQZ")).upper().replace(" ", "N"),
    }


def write(seed: int, number: int, *, wire: str, language: str, published: datetime, stride: int) -> Release:
    """Release ``number``; ``stride`` is the distance to the same wire's release before it.

    One in 25 is a RETRANSMISSION: the release before, with a note and a new date.
    """
    if not _retransmits(seed, number, language, stride):
        return _original(seed, number, wire, language, published)
    original = _original(seed, number - stride, wire, language, published)
    note = Random(f"{seed}:{number}").choice(_language(language)["common"]["correction"])
    return replace(
        original,
        key=str(number),
        kind="retransmission",
        title=f"RETRANSMISSION: {original.title}",
        blocks=(Block("paragraph", (note.replace("{company}", original.company),)), *original.blocks),
    )


def _retransmits(seed: int, number: int, language: str, stride: int) -> bool:
    """Never two in a row, so that the release before is an original."""
    if language != "en" or number < stride:
        return False
    chosen = Random(f"{seed}:{number}:role").randrange(_RETRANSMITTED) == 0
    return chosen and not _retransmits(seed, number - stride, language, stride)


def _original(seed: int, number: int, wire: str, language: str, published: datetime) -> Release:
    rng = Random(f"{seed}:{number}:text")
    kind = rng.choice(kinds(language))
    writer = _Writer(language, kind, rng, published, wire)
    public = bool(writer.table.get("public"))
    return Release(
        key=str(number),
        wire=wire,
        kind=kind,
        language=language,
        title=writer.pick("titles"),
        subtitle=writer.pick("subtitles") if rng.random() < 0.6 else "",
        blocks=tuple(_blocks(writer, f"{seed}:{number}", public=public)),
        published=published,
        updated=published,
        topics=tuple(writer.table["topics"]),
        company=writer.facts["company"],
        exchange=writer.facts["exchange"] if public else "",
        ticker=writer.facts["ticker"] if public else "",
    )


def _blocks(writer: _Writer, key: str, *, public: bool) -> Iterator[Block]:
    """Lead, middle in changing order, then what companies always say at the end."""
    rng = writer.rng
    brief = bool(writer.table.get("brief")) and rng.random() < 0.6
    yield Block("paragraph", (writer.expand(writer.common["dateline"]) + writer.pick("leads"),))
    if brief:
        yield from _paragraphs(writer.several("details", 1, 2))
    else:
        yield from _middle(writer, key)
        yield Block("paragraph", (writer.pick("more"),))
    yield from _paragraphs([writer.expand(text) for text in writer.prose.get("closings", ())])
    if not brief or rng.random() < 0.5:
        yield Block("heading", (writer.pick("about_headings"),))
        yield Block("paragraph", (writer.pick("abouts"),))
    if public:
        yield Block("heading", (writer.pick("caution_headings"),))
        yield Block("paragraph", (writer.pick("cautions"),))
    if not brief:
        yield Block("heading", (writer.pick("contact_headings"),))
        yield Block("paragraph", (writer.pick("contacts"),))


def _middle(writer: _Writer, key: str) -> Iterator[Block]:
    rng = writer.rng
    details = [Block("paragraph", (text,)) for text in writer.several("details", 2, 6)]
    yield details.pop()
    quotes = [
        Block(rng.choice(("paragraph", "paragraph", "quote")), (text,))
        for text in writer.several("quotes", 1, 2)
    ]
    rest = [*details, *quotes]
    rng.shuffle(rest)
    half = len(rest) // 2
    yield from rest[:half]
    if writer.table["images"] and rng.random() < 0.7:
        yield Block("picture", (picture_path(key), writer.facts["company"]))
    if rng.random() < 0.5:
        yield Block("heading", (writer.pick("headings"),))
    yield from rest[half:]
    if rng.random() < 0.7:
        yield Block("paragraph", (writer.pick("bullet_intros"),))
        yield Block("bullets", tuple(writer.several("bullets", 3, 6)))
    if "table" in writer.prose:
        yield Block("heading", (writer.pick("table_headings"),))
        rows = tuple(tuple(writer.expand(cell) for cell in row) for row in writer.prose["table"])
        yield Block("table", rows=rows)
    if writer.language == "en" and rng.random() < 0.2:
        yield from _annex(writer)


def _annex(writer: _Writer) -> Iterator[Block]:
    """Other news of the same company: this is how releases become long."""
    for kind in writer.rng.sample(("energy", "partnership", "product", "appointment"), 2):
        other = _Writer("en", kind, writer.rng, writer.day, writer.facts["wire"])
        kept = ("company", "short", "slug", "site", "email", "city")
        other.facts |= {name: writer.facts[name] for name in kept}
        yield Block("heading", (other.pick("titles"),))
        yield from _paragraphs(other.several("details", 2, 4))
        yield Block("paragraph", (other.pick("bullet_intros"),))
        yield Block("bullets", tuple(other.several("bullets", 3, 5)))


def _paragraphs(texts: list[str]) -> Iterator[Block]:
    for text in texts:
        yield Block("paragraph", (text,))
