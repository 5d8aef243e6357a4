"""``python -m tests.measures.furniture``: what knowing a host's other pages does to the text of its releases.

Releases of your own stand in the frames of ``hostframes``, twenty pages are read to learn the host, then more
are read with what was learnt.  ``harm``: releases of whose own text a line was taken out.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import fmean

from crawler import frames
from crawler.errors import NoArticle
from crawler.extract import extract
from crawler.model import Extraction, Frame, Page, sha256
from tests.measures.hostframes import FRAMES, boxed, page
from tests.wire.blocks import Style, to_html
from tests.wire.release import Release, load_records

LEARNT = 20  #: pages before the measure begins
SEEN = 30  #: pages measured of each host
_TOKEN = re.compile(r"\w+")
_ABOUT = re.compile(r"About (?-i:[A-Z])")
_NAMED = re.compile(r"About ((?:[A-Z][\w&.-]*\s?){1,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Releases that one host shows."""

    name: str
    kind: str  #: "wire", of many companies, or "company"
    frame: str
    releases: Sequence[Release]
    box: bool = False  #: what closes a release stands in a box of its own


@dataclass(slots=True)
class Figures:
    """What was found of one kind of host in one frame."""

    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    removed: int = 0
    harmed: list[str] = field(default_factory=list)


def hosts(releases: Sequence[Release], kinds: Sequence[str]) -> Iterator[Host]:
    """Wires of many companies, each frame by turns; companies' newsrooms, with and without a box."""
    turns = cycle(FRAMES)
    wires, companies = _grouped(releases)
    if "wire" in kinds:
        for wire, found in wires.items():
            for number, part in enumerate(_parts(found, LEARNT + SEEN)):
                if len(part) > LEARNT:
                    yield Host(name=f"{wire} {number}", kind="wire", frame=next(turns), releases=part)
    if "company" in kinds:
        for company, found in companies.items():
            for box, frame in ((False, next(turns)), (True, next(turns))):
                yield Host(name=company, kind="company", frame=frame, releases=found, box=box)


def _parts(releases: Sequence[Release], size: int) -> Iterator[Sequence[Release]]:
    return (releases[start : start + size] for start in range(0, len(releases), size))


def _grouped(releases: Sequence[Release]) -> tuple[dict[str, list[Release]], dict[str, list[Release]]]:
    wires: dict[str, list[Release]] = {}
    companies: dict[str, list[Release]] = {}
    for release in releases:
        wires.setdefault(release.wire, []).append(release)
        name = next((found[1] for line in release.paragraphs if (found := _NAMED.match(line))), None)
        if name:
            companies.setdefault(name.strip(), []).append(release)
    return wires, {name: found[: LEARNT // 2 + 6] for name, found in companies.items() if len(found) >= 10}


def measure(host: Host, figures: Figures) -> None:
    """Read a host's pages one by one, each with what was learnt of those before it; judge them once it is known."""
    known = frames.Known()
    learnt = LEARNT if host.kind == "wire" else frames.PAGES
    for number, release in enumerate(host.releases):
        found = _read(host, release, number, frames.frame(known))
        if found is None:
            continue
        if number >= learnt:
            _judge(host, release, found, figures)
        known = frames.learned(known, found.lines)


def _judge(host: Host, release: Release, found: Extraction, figures: Figures) -> None:
    """Without the frame, the removed lines would stand in the text, too; where, hardly matters."""
    gone = [line for each in found.removed for line in each.text.split("\n")]
    figures.before.append(f1(release.text, "\n".join((found.text, *gone))))
    figures.after.append(f1(release.text, found.text))
    figures.removed += len(found.removed)
    own = {frames.key(line) for line in release.text.split("\n")}
    lost = [line for line in gone if frames.key(line) in own]
    if lost:
        figures.harmed.append(f"{host.name} ({host.frame}): {lost[0][:100]}")


def _read(host: Host, release: Release, number: int, frame: Frame) -> Extraction | None:
    blocks = [to_html((block,), Style(), lambda link: link) for block in release.blocks]
    closing = next((place for place, block in enumerate(release.blocks) if _ABOUT.match(block.text)), 0)
    body = page(host.frame, release.title, boxed(blocks, closing) if host.box else blocks, number)
    url = f"https://{host.frame}.example/release/{number}"
    try:
        return extract(
            Page(
                url=url, final_url=url, status=200, headers={}, body=body, digest=sha256(body),
                fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
            ),
            want_date=False,
            frame=frame,
        )  # fmt: skip
    except NoArticle:
        return None


def f1(gold: str, found: str) -> float:
    """Agreement of two texts by their runs of four words, 0.0 to 1.0."""
    one, other = _shingles(gold), _shingles(found)
    common = sum((one & other).values())
    return 2 * common / max(1, sum(one.values()) + sum(other.values()))


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _TOKEN.findall(text.casefold())
    return Counter(zip(*(words[start:] for start in range(4)), strict=False))


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=Path, required=True, help="one release in JSON a line")
    parser.add_argument("--kind", choices=("wire", "company"), action="append", help="only these hosts")
    parser.add_argument("--hosts", type=int, help="at most so many")
    options = parser.parse_args()
    results: dict[str, Figures] = {}
    every = hosts(load_records(options.releases), options.kind or ("wire", "company"))
    for host in islice(every, options.hosts):
        measure(host, results.setdefault(f"{host.kind} in {host.frame}", Figures()))
        print(f"{host.name}, {len(host.releases)} releases", file=sys.stderr, flush=True)
    for name, found in sorted(results.items()):
        told = {
            "pages": len(found.before),
            "before": round(100 * fmean(found.before or [0]), 2),
            "after": round(100 * fmean(found.after or [0]), 2),
            "lines removed": found.removed,
            "harmed": len(found.harmed),
        }
        print(f"{name:<22}{json.dumps(told)}")
        for line in found.harmed[:5]:
            print(f"    {line}")
    return 1 if any(found.harmed for found in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
