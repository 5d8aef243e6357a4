"""``python -m tests.measures.summaries``: how many summaries of real releases an editor would let stand."""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from crawler.summary import summarise
from tests.measures.faults import FAULTS, TASTE, Told, faults, terms
from tests.wire.release import Release, load_records

HALVES = ("all", "read", "unread")
RARE = 12  #: terms of a release by which it is known among the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What was told of one release, and what is wrong with it."""

    wire: str
    key: str
    title: str
    summary: Told
    description: Told
    source: str

    @property
    def faults(self) -> dict[str, list[str]]:
        """The faults of both."""
        return {"summary": faults(self.summary), "description": faults(self.description)}


def half(key: str) -> str:
    """Half of the releases are looked at while rules are written, the others only measured."""
    return HALVES[1 + zlib.crc32(f"half {key}".encode()) % 2]


def _rare(releases: Sequence[Release]) -> Iterator[frozenset[str]]:
    """For each release the terms with the greatest TF-IDF."""
    seen = Counter(term for release in releases for term in terms(f"{release.title}\n{release.text}"))
    for release in releases:
        counts = Counter(release.text.casefold().split())
        mine = terms(f"{release.title}\n{release.text}")
        weights = {
            term: (1 + math.log(1 + counts[term])) * math.log(len(releases) / seen[term]) for term in mine
        }
        yield frozenset(sorted(mine, key=lambda term: (-weights[term], term))[: RARE + len(mine) // 20])


def _teasers(release: Release, given: str) -> tuple[str | None, str | None]:
    """What feed and page offer: nothing, the lead, or the lead cut as wires cut it."""
    if given == "nothing":
        return None, None
    if given == "lead":
        return f"<p>{release.lead}</p>", release.lead[:160]
    return release.lead[:300] + "…", release.lead[:155] + "..."


def cases(releases: Sequence[Release], *, given: str = "nothing", part: str = "all") -> Iterator[Case]:
    """Each release's summary and description, judged."""
    for release, rare in zip(releases, _rare(releases), strict=True):
        if part not in ("all", half(release.key)):
            continue
        feed, meta = _teasers(release, given)
        made = summarise(
            release.text,
            title=release.title,
            language=release.language,
            feed_summary=feed,
            meta_description=meta,
        )
        one, other = unescape(made.summary.removeprefix("<p>").removesuffix("</p>")), made.description
        yield Case(
            wire=release.wire,
            key=release.key,
            title=release.title,
            summary=Told(value=one, other=other, title=release.title, text=release.text, rare=rare),
            description=Told(value=other, other=one, title=release.title, text=release.text, rare=rare),
            source=f"{made.summary_from} + {made.description_from}",
        )


def figures(judged: Sequence[Case]) -> dict[str, dict[str, float]]:
    """Share in percent of each fault, of texts without any that counts, and without any at all."""
    total = len(judged) or 1
    told: dict[str, dict[str, float]] = {}
    for what in ("summary", "description"):
        found = [case.faults[what] for case in judged]
        counts = Counter(name for names in found for name in names)
        lengths = [len(getattr(case, what).value) for case in judged] or [0]
        told[what] = {
            "texts": len(judged),
            "without a fault": 100 * sum(set(names) <= set(TASTE) for names in found) / total,
            "and to the taste": 100 * sum(not names for names in found) / total,
            "median length": statistics.median(lengths),
            **{name: 100 * counts[name] / total for name in FAULTS},
        }
    return told


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/measure-summaries", description=__doc__)
    add = parser.add_argument
    add("--releases", type=Path, required=True, metavar="FILE", help="JSON lines of releases (.gz too)")
    add(
        "--half",
        choices=HALVES,
        default="all",
        help="read: the half that rules were written for; unread: the other",
    )
    add("--given", choices=("nothing", "lead", "teaser"), default="nothing", help="what feed and page offer")
    add("--wires", action="store_true", help="a line for each wire")
    add("--show", type=int, default=0, metavar="N", help="print N texts of each wire, to be read")
    add("--fault", choices=tuple(FAULTS), help="print only texts with this fault")
    add("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args()


def _show(judged: Sequence[Case], number: int, fault: str | None) -> None:
    shown: Counter[str] = Counter()
    for case in sorted(judged, key=lambda case: (case.wire, zlib.crc32(case.key.encode()))):
        names = [name for found in case.faults.values() for name in found]
        if shown[case.wire] < number and (fault is None or fault in names):
            shown[case.wire] += 1
            print(f"[{case.wire}] {case.title}\n  {case.source} {case.faults}")
            print(f"  S: {case.summary.value}\n  D: {case.description.value}\n")


def main() -> int:
    """Measure and report."""
    options = _arguments()
    judged = list(cases(load_records(options.releases), given=options.given, part=options.half))
    told = figures(judged)
    if options.show:
        _show(judged, options.show, options.fault)
    elif options.json:
        print(json.dumps(told, indent=2))
    else:
        print(f"{'percent of texts':<20}{'summary':>14}{'description':>14}")
        for name, value in told["summary"].items():
            print(f"{name:<20}{value:>14.1f}{told['description'][name]:>14.1f}")
    if options.wires:
        for wire in sorted({case.wire for case in judged}):
            mine = figures([case for case in judged if case.wire == wire])
            print(f"{wire:<20}" + "".join(f"{mine[what]['without a fault']:>14.1f}" for what in mine))
    return 0


if __name__ == "__main__":
    sys.exit(main())
