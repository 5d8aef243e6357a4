"""Articles a second: this crawler, bare trafilatura, and Scrapy + feedparser + trafilatura."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tests.bench import figures, pages, progress
from tests.bench.figures import Round
from tests.bench.process import BenchError, Ended, measure, python, serving
from tests.bench.without import MARK

CRAWLER, BARE, SCRAPY = "this crawler", "bare trafilatura", "Scrapy + feedparser + trafilatura"
TARGETS = {BARE: 0.8, SCRAPY: 1.6}
HOSTS = 24
_SINCE = "2020-01-01"  #: before all pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What every contestant runs over."""

    pages: Path  #: folder of files
    count: int
    feeds: Path  #: TOML: the same pages over HTTP
    scratch: Path

    def fresh(self) -> Path:
        """An empty folder for one contestant's results."""
        folder = self.scratch / "results"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder


def run(given: Path | None, scratch: Path, *, rounds: int, limit: int | None) -> dict[str, list[Round]]:
    """Interleaved rounds of every contestant that is installed; raises ``BenchError``."""
    return raced(_contestants(), given, scratch, rounds=rounds, limit=limit)


def raced(
    contestants: dict[str, Callable[[Course], Round]],
    given: Path | None,
    scratch: Path,
    *,
    rounds: int,
    limit: int | None,
    quiet: bool = False,
) -> dict[str, list[Round]]:
    """Rounds of all contestants over the same pages: in turn, and back again (A B, B A …), so that none is always first."""
    folder = scratch / "pages"
    count = pages.lay_out(given, folder, limit=limit)
    results: dict[str, list[Round]] = {name: [] for name in contestants}
    server = ("tests.wire", "--pages", folder, "--hosts", str(HOSTS), "--window", "0", "--precompute")
    turns = [one for number in range(rounds) for one in list(contestants.items())[:: -1 if number % 2 else 1]]
    with serving(scratch, *server) as feeds, progress.shown(len(turns), quiet=quiet) as begin:
        course = Course(pages=folder, count=count, feeds=feeds, scratch=scratch)
        for name, contestant in turns:
            begin(name)
            results[name].append(contestant(course))
    return results


def report(results: dict[str, list[Round]]) -> str:
    """The table, the ratios with their targets, and what came of the pages here."""
    ours = results[CRAWLER]
    lines = [figures.table(results, "articles"), ""]
    for other, target in TARGETS.items():
        if other not in results:
            lines.append(f"{other}: not measured, its packages are not installed (scripts/bench brings them)")
            continue
        theirs, label = results[other], f"articles/s, {CRAWLER} / {other}"
        lines.append(figures.verdict(label, figures.ratios(ours, theirs), target))
        steady = figures.spread(figures.ratios(ours, theirs, of="steady"))
        cpu = figures.spread(figures.ratios(ours, theirs, of="cpu"))
        lines.append(f"  without start and end {steady}, articles per CPU second {cpu}")
    return "\n".join([*lines, f"{CRAWLER} left: {ours[-1].note}", busy()])


def busy() -> str:
    """How much else the machine had to do: wall times of a busy one say little, CPU times more."""
    return f"{os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f} over the last five minutes"


def _contestants() -> dict[str, Callable[[Course], Round]]:
    found: dict[str, Callable[[Course], Round]] = {CRAWLER: crawled, BARE: _bare}
    return found | ({SCRAPY: _scrapy} if importlib.util.find_spec("scrapy") else {})


def settings(feeds: Path, root: Path, *, raw: bool = True) -> str:
    """A configuration of this crawler with defaults but for what loopback needs, and perhaps no raw archive."""
    return (
        f'include = ["{feeds}"]\n[archive]\nroot = "{root}"\nraw = {str(raw).lower()}\n'
        '[web]\ndelay = "0s"\nallow_private = ["127.0.0.0/8"]\n'
    )


def crawled(course: Course, *, raw: bool = True, without: str | None = None) -> Round:
    """This crawler, end to end into a fresh archive: files, QR images and rows, all durable.

    ``without``: one of its works, as ``without.py`` names them, is left out.
    """
    folder = course.fresh()
    config = folder / "crawler.toml"
    config.write_text(settings(course.feeds, folder / "archive", raw=raw), encoding="utf-8")
    # 1 is a crawl that kept the feed's own text, or nothing, for some pages: counted below.
    program = ("tests.bench.without", without) if without else ("crawler",)
    command = python("-m", *program, "--config", config, "crawl", "--since", _SINCE)
    ended = measure(command, accept=(0, 1))
    found = _archived(folder / "archive", course, ended)
    return replace(found, note=f"{found.note}; {_left_out(without, ended)}") if without else found


def _left_out(what: str, ended: Ended) -> str:
    """How often it was left out, by the last line; never, and the round means nothing."""
    _, mark, calls = ended.output.rpartition(MARK)
    if not mark or not calls.strip():
        raise BenchError(f"{CRAWLER}: {what} was not left out\n{ended.output[-2000:]}")
    return f"{MARK}{calls.strip()}"


def _archived(root: Path, course: Course, ended: Ended) -> Round:
    """Every page was fetched and judged once, and the files are as many as the articles."""
    if not (root / "crawler.db").exists():
        raise BenchError(f"{CRAWLER} made no archive\n{ended.output[-2000:]}")
    with closing(sqlite3.connect(root / "crawler.db")) as database:
        captured = database.execute("SELECT item_id, outcome, at FROM captures").fetchall()
        fetched = database.execute(
            "SELECT count(DISTINCT url) FROM fetches WHERE item_id IS NOT NULL AND status = 200"
        ).fetchone()[0]
    outcomes = Counter(outcome for _, outcome, _ in captured)
    files = sum(1 for _ in root.glob("content/**/*.md"))
    images = sum(1 for _ in root.glob("static/**/*.webp"))
    note = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    wanted = outcomes["archived"] + outcomes["fallback"]
    if len({item for item, _, _ in captured}) != course.count or fetched != course.count:
        raise BenchError(
            f"{CRAWLER}: {fetched} of {course.count} pages fetched, {note}\n{ended.output[-2000:]}"
        )
    if files != wanted or images < wanted or not wanted:
        raise BenchError(f"{CRAWLER}: {files} files and {images} images for {wanted} articles")
    times = tuple(datetime.fromisoformat(at).timestamp() for _, _, at in captured)
    return Round(
        done=course.count, wall=ended.wall, cpu=ended.cpu, finished=times, note=f"{note}; {files} files"
    )


def _bare(course: Course) -> Round:
    """The same files, nothing fetched, nothing kept."""
    out = course.fresh() / "bare.jsonl"
    return _lines(BARE, out, course, measure(python("-m", "tests.bench.bare", course.pages, out)))


def _scrapy(course: Course) -> Round:
    """The same feeds over HTTP; what was found is written as JSON lines."""
    out = course.fresh() / "scrapy.jsonl"
    return _lines(SCRAPY, out, course, measure(python("-m", "tests.bench.spider", course.feeds, out)))


def _lines(name: str, out: Path, course: Course, ended: Ended) -> Round:
    """A round from a file with a line for each page; each page must be there once."""
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    if len({line["page"] for line in found}) != course.count or len(found) != course.count:
        raise BenchError(f"{name}: {len(found)} of {course.count} pages\n{ended.output[-2000:]}")
    times = tuple(line["at"] for line in found)
    return Round(done=course.count, wall=ended.wall, cpu=ended.cpu, finished=times)
