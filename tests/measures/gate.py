"""``python -m tests.measures.gate``: does the gate know a page that is no article, and leave articles alone?"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crawler import quality
from crawler.errors import NoArticle
from crawler.extract import extract
from crawler.model import Entry, Page
from tests.measures import bad
from tests.measures.frames import FRAMES, answered, paragraphs
from tests.wire.release import load_records

#: What the gate calls each kind.
NAMES = {
    "consent": {"consent page"}, "challenge": {"challenge page"}, "login": {"login page"}, "paywall": {"paywall stub"},
    "soft 404": {"soft 404"}, "wrong article": {"other article", "front page"}, "template repeat": {"template repeat"},
    "empty": {"empty", "too short"}, "truncated": {"truncated"},
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Count:
    """Pages of one kind: how many, how many were refused, how many by their own name."""

    pages: int = 0
    refused: int = 0
    named: int = 0
    missed: list[str] = field(default_factory=list)


def reasons(entry: Entry, page: Page) -> tuple[str, ...]:
    """Why the page is refused; none for an article."""
    try:
        found = extract(page)
    except NoArticle:
        return ("empty",)
    return quality.judge(found, entry, page.status, page=page).reasons


def why(case: bad.Bad) -> tuple[str, ...]:
    """Why a bad page is refused; none if it is let through."""
    return _repeated(case) if case.again else reasons(case.entry, case.page)


def _repeated(case: bad.Bad) -> tuple[str, ...]:
    """Why the second page of a template is refused, when the first is known."""
    if case.again is None:
        return ()
    entry, page = case.again
    try:
        first, second = extract(case.page), extract(page)
    except NoArticle:
        return ("empty",)
    key = quality.suspicion(second, entry)
    if key is not None and key == quality.suspicion(first, case.entry):
        return quality.REPEATED.reasons
    return quality.judge(second, entry, 200, page=page).reasons


def recall(*, seen: bool | None) -> dict[str, Count]:
    """Counts of bad pages by kind; ``seen`` None for all."""
    counts: dict[str, Count] = {kind: Count() for kind in NAMES}
    for case in bad.pages():
        if seen is not None and case.seen is not seen:
            continue
        found = why(case)
        count = counts[case.kind]
        count.pages += 1
        count.refused += bool(found)
        count.named += not NAMES[case.kind].isdisjoint(found)
        if not found:
            count.missed.append(f"{case.language} {case.frame} {case.entry.source_link}")
    return counts


def pages(folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Annotated articles (``gold.jsonl``): name, and why it is refused.  The gold title and lead are the feed's."""
    for line in (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        gold = json.loads(line)
        page = answered(gzip.decompress((folder / gold["html"]).read_bytes()), gold["url"])
        summary = gold["text"].strip().split("\n")[0][:300]
        title = gold.get("title")
        announced = Entry(
            key="k", position=0, title=title, summary=summary if title else None, source_link=gold["url"]
        )
        yield gold["id"], reasons(announced, page)


def releases(file: Path, *, every: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Releases in the frames, each in one of them: address, and why it is refused."""
    names = list(FRAMES)
    for number, release in enumerate(load_records(file)):
        if number % every:
            continue
        frame = FRAMES[names[zlib.crc32(release.key.encode()) % len(names)]]
        markup = frame(release.language, release.title, paragraphs(release.title, release.text))
        announced = Entry(
            key="k", position=0, title=release.title, summary=release.lead[:300], source_link=release.key
        )
        yield release.key, reasons(announced, answered(markup.encode(), release.key))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/measure-gate", description=__doc__)
    add = parser.add_argument
    add(
        "--pages",
        type=Path,
        metavar="FOLDER",
        help="annotated articles (gold.jsonl), none of which may be refused",
    )
    add(
        "--releases",
        type=Path,
        metavar="FILE",
        help="JSON lines of releases (.gz too), none of which may be refused",
    )
    add("--every", type=int, default=1, metavar="N", help="only every Nth release")
    add(
        "--half",
        choices=("all", "seen", "unseen"),
        default="all",
        help="bad pages that rules were written for, or the others",
    )
    add("--missed", action="store_true", help="list bad pages that were let through")
    add("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args()


def _alarms(name: str, judged: Sequence[tuple[str, tuple[str, ...]]]) -> dict[str, object]:
    wrong = {key: list(why) for key, why in judged if why}
    return {
        "articles": name,
        "pages": len(judged),
        "refused": len(wrong),
        "why": Counter(reason for why in wrong.values() for reason in why),
        "which": wrong,
    }


def main() -> int:
    """Measure and report."""
    options = _arguments()
    counts = recall(seen={"all": None, "seen": True, "unseen": False}[options.half])
    alarms = []
    if options.pages:
        alarms.append(_alarms("annotated", list(pages(options.pages))))
    if options.releases:
        alarms.append(_alarms("releases", list(releases(options.releases, every=options.every))))
    if options.json:
        told = {
            kind: {"pages": count.pages, "refused": count.refused, "named": count.named}
            for kind, count in counts.items()
        }
        print(json.dumps({"bad": told, "articles": alarms}, ensure_ascii=False, indent=2))
        return 0
    print(f"{'bad pages':<20}{'pages':>8}{'refused':>9}{'by name':>9}")
    for kind, count in counts.items():
        print(f"{kind:<20}{count.pages:>8}{count.refused:>9}{count.named:>9}")
        for missed in count.missed if options.missed else ():
            print(f"    {missed}")
    for alarm in alarms:
        print(f"{alarm['articles']}: {alarm['refused']} of {alarm['pages']} articles refused")
        for key, why in alarm["which"].items():  # type: ignore[attr-defined]
            print(f"    {key}: {', '.join(why)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
