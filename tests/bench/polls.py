"""Unchanged polls a second: this crawler beside lemon24/reader, every answer a 304."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urljoin

from tests.bench import figures
from tests.bench.articles import busy, settings
from tests.bench.figures import Round
from tests.bench.process import REPOSITORY, BenchError, python, serving
from tests.bench.unchanged import COUNT

CRAWLER = "this crawler"
TARGET = 3.0
HOSTS = 100
_WORKERS = (1, 10, 20)


@dataclass(slots=True)
class Contestant:
    """A process of ``updating`` that has seen all feeds once."""

    name: str
    process: subprocess.Popen[str]

    def ask(self, line: str = "") -> dict[str, float]:
        """One update; raises ``BenchError`` if the process is gone."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.read()
        return {key: float(value) for key, value in json.loads(answer).items()}

    def read(self) -> str:
        """The next line it prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise BenchError(f"{self.name} ended with {self.process.wait()}")
        return line


@contextmanager
def _started(name: str, *arguments: str | Path) -> Iterator[Contestant]:
    command = python("-m", "tests.bench.updating", *arguments)
    process = subprocess.Popen(
        command, cwd=REPOSITORY, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        contestant = Contestant(name, process)
        contestant.read()  # "ready"
        yield contestant
    finally:
        process.communicate()  # closes its standard input: it ends by itself


def run(scratch: Path, *, feeds: int, rounds: int) -> dict[str, list[Round]]:
    """Interleaved rounds: this crawler, then reader with each number of workers; raises ``BenchError``."""
    server = ("tests.bench.unchanged", "--feeds", str(feeds), "--hosts", str(min(HOSTS, feeds)))
    results: dict[str, list[Round]] = {CRAWLER: []}
    with ExitStack() as stack:
        listed = stack.enter_context(serving(scratch, *server))
        config = scratch / "crawler.toml"
        config.write_text(settings(listed, scratch / "archive"), encoding="utf-8")
        ours = stack.enter_context(_started(CRAWLER, "crawler", config))
        reader = None
        if importlib.util.find_spec("reader"):
            reader = stack.enter_context(_started("reader", "reader", listed, scratch / "reader.sqlite"))
        for _ in range(rounds):
            results[CRAWLER].append(_round(ours, "", listed, feeds))
            if reader is None:
                continue
            for workers in _WORKERS:
                theirs = _round(reader, str(workers), listed, feeds)
                results.setdefault(f"reader, {workers} workers", []).append(theirs)
    return results


def _round(contestant: Contestant, line: str, listed: Path, feeds: int) -> Round:
    """One update of all feeds, each of which has to bring exactly one 304."""
    before = _answered(listed)
    figures_of = contestant.ask(line)
    after = _answered(listed)
    brought = {status: after.get(status, 0) - before.get(status, 0) for status in ("200", "304")}
    if brought != {"200": 0, "304": feeds}:
        raise BenchError(f"{contestant.name}: {brought} in place of {feeds} times 304")
    return Round(done=feeds, wall=figures_of["wall"], cpu=figures_of["cpu"])


def _answered(listed: Path) -> dict[str, int]:
    first = tomllib.loads(listed.read_text(encoding="utf-8"))["feeds"][0]["url"]
    with urllib.request.urlopen(urljoin(first, COUNT), timeout=10) as answer:
        return {status: int(count) for status, count in json.load(answer).items()}


def report(results: dict[str, list[Round]]) -> str:
    """The table, and the ratio to reader with whatever number of workers is best for it."""
    lines = [figures.table(results, "polls"), ""]
    others = {name: rounds for name, rounds in results.items() if name != CRAWLER}
    if not others:
        return "\n".join([*lines, "reader: not measured, it is not installed (scripts/bench brings it)"])
    best = max(others, key=lambda name: median(run.rate for run in others[name]))
    label = f"unchanged polls/s, {CRAWLER} / {best} (its best)"
    ours, theirs = results[CRAWLER], others[best]
    lines.append(figures.verdict(label, figures.ratios(ours, theirs), TARGET))
    lines.append(f"  polls per CPU second {figures.spread(figures.ratios(ours, theirs, of='cpu'))}")
    return "\n".join([*lines, busy()])
