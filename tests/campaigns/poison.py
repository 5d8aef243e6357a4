"""C38: one page in a hundred kills its worker, by a crash, an exit, a hang or 10 GB; nobody else is harmed.

``python -m tests.campaigns.poison --pages 2000``: the real daemon on the sample wire, first without poison,
then with it: real processes, real pool, database and files.  Beside the wire stands a host with real pages
made to be expensive, read within the same limits.  Exit 1 if anything is not as it must be.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from crawler.model import sha256
from tests.campaigns.telling import figures, progress
from tests.extract.monsters import MONSTERS
from tests.journey import Running, Stand, Yard, newsroom, stand, until
from tests.journey.stand import Answer
from tests.wire import SampleWire
from tests.workers.poison import KINDS, MARK

_OPEN = "SELECT count(*) AS n FROM feed_items WHERE state = 'new'"
_ITEMS = (
    "SELECT i.id, i.link, i.source_link, i.state, i.last_error, i.last_error_kind, f.name AS feed"
    " FROM feed_items i JOIN feeds f ON f.id = i.feed_id"
)
_RAW = "SELECT count(*) AS n FROM warc_records r JOIN fetches f ON f.id = r.fetch_id WHERE f.item_id = ?"
_LIES = re.compile(r"its bytes lie in (quarantine/([0-9a-f]{64})\.bin)$")


@dataclass(slots=True, kw_only=True)
class Run:
    """One daemon's work."""

    code: int | None = None
    seconds: float = 0.0  #: from the first request to the last page's outcome
    pages: int = 0
    rss: int = 0  #: MB, the daemon's own peak
    items: list[dict[str, Any]] = field(default_factory=list)
    log: str = ""


@dataclass(slots=True, kw_only=True)
class Found:
    """What came of it."""

    pages: int = 0
    poison: int = 0
    monsters: dict[str, str] = field(default_factory=dict)  #: real expensive pages → how they ended
    innocents_lost: list[str] = field(default_factory=list)
    daemon_deaths: int = 0
    wrongly_blamed: list[str] = field(default_factory=list)
    not_blamed: list[str] = field(default_factory=list)
    wrong_reason: list[str] = field(default_factory=list)
    bytes_not_kept: list[str] = field(default_factory=list)
    recoveries: int = 0
    recovery_p50: float = 0.0  #: seconds a slot was without a worker
    recovery_max: float = 0.0
    rate_clean: float = 0.0  #: pages a second
    rate_poisoned: float = 0.0
    rss_clean: int = 0  #: MB
    rss_poisoned: int = 0

    @property
    def violations(self) -> int:
        """How much is not as it must be."""
        lists = (self.innocents_lost, self.wrongly_blamed, self.not_blamed, self.wrong_reason)
        return sum(map(len, lists)) + len(self.bytes_not_kept) + self.daemon_deaths


def spoil(wire: SampleWire, share: float, seed: int) -> dict[str, str]:
    """Turn so many of the releases into poison, each kind as often; address → kind."""
    rng, kinds = Random(f"{seed}:poison"), list(KINDS)
    chosen = rng.sample(range(len(wire.press.releases)), max(1, round(share * len(wire.press.releases))))
    poison: dict[str, str] = {}
    for number, release in enumerate(chosen):
        kind = kinds[number % len(kinds)]
        wire.edit(wire.posting(release).url, paragraph=f"{MARK}: {kind}, number {number}.")
        for posting in wire.press.postings[wire.press.releases[release].key]:
            poison[posting.url] = kind
    return poison


@contextmanager
def freak_show(names: list[str]) -> Iterator[Stand]:
    """A host of real pages that cost as much as anybody knows how to make them."""
    with stand() as opened:
        items = []
        for number, name in enumerate(names):
            opened.answers[f"/{number}"] = Answer(MONSTERS[name]().encode())
            items.append(opened.item(f"Monster number {number}", f"/{number}"))
        opened.feed("/feed", *items)
        yield opened


def _configured(yard: Yard, feeds: str, workers: str, *, raw: bool) -> Yard:
    """With the raw archive, or with the quarantine in its place."""
    yard.configure(feeds, workers=workers)
    told = yard.config.read_text(encoding="utf-8")
    yard.config.write_text(
        told.replace("[archive]", f"[archive]\nraw = {str(raw).lower()}"), encoding="utf-8"
    )
    return yard


def crawl(yard: Yard, expected: int) -> Run:
    """The daemon, until every page has had its visit; then told to stop."""
    run = Run()
    daemon = yard.start("run")
    began = time.monotonic()
    until(lambda: _visited(yard, expected), seconds=3600, process=daemon.process)
    run.seconds = time.monotonic() - began
    run.rss = _peak(daemon)
    daemon.send(signal.SIGTERM)
    run.code = daemon.process.wait(30)
    run.items = yard.rows(_ITEMS)
    run.pages, run.log = len(run.items), daemon.log()
    return run


def _visited(yard: Yard, expected: int) -> bool:
    time.sleep(0.2)  # a look costs the daemon's machine something
    try:
        items = yard.rows("SELECT count(*) AS n FROM feed_items")[0]["n"]
        return bool(items >= expected and yard.rows(_OPEN)[0]["n"] == 0)
    except Exception:  # the database is being made
        return False


def _peak(daemon: Running) -> int:
    try:
        told = Path(f"/proc/{daemon.process.pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", told)
    return int(found[1]) // 1000 if found else 0


def judge(found: Found, run: Run, poison: dict[str, str], yard: Yard, *, timeout: float) -> None:
    """Compare what every page came to with what it is."""
    found.daemon_deaths += run.code != 0 or "Traceback" in run.log
    for item in run.items:
        url = item["source_link"] or item["link"]
        blamed = item["last_error_kind"] == "WorkerFailed"
        if item["feed"] == "stand":
            found.monsters[url] = item["last_error"] or item["state"]
        elif url not in poison:
            found.pages += 1
            if blamed:
                found.wrongly_blamed.append(f"{url}: {item['last_error']}")
            elif item["state"] not in {"archived", "duplicate"}:
                found.innocents_lost.append(f"{url}: {item['state']}, {item['last_error']}")
        elif not blamed:
            found.not_blamed.append(f"{url}: {item['state']}, {item['last_error']}")
        else:
            found.poison += 1
            _judge_blame(found, item, KINDS[poison[url]].format(timeout=timeout), yard)


def _judge_blame(found: Found, item: dict[str, Any], reason: str, yard: Yard) -> None:
    told = str(item["last_error"])
    if told.endswith("its bytes lie in the raw archive"):
        if not yard.rows(_RAW, item["id"])[0]["n"]:
            found.bytes_not_kept.append(f"{item['link']}: {told}")
    else:
        _judge_bytes(found, item, told, yard)
    if not told.startswith(f"{reason}; tried twice; "):
        found.wrong_reason.append(f"{item['link']}: {told}")


def _judge_bytes(found: Found, item: dict[str, Any], told: str, yard: Yard) -> None:
    lies = _LIES.search(told)
    body = (yard.archive / lies[1]).read_bytes() if lies and (yard.archive / lies[1]).exists() else b""
    if lies is None or sha256(body) != lies[2] or MARK.encode() not in body:
        found.bytes_not_kept.append(f"{item['link']}: {told}")


def campaign(
    folder: Path, *, pages: int, share: float, timeout: float, monsters: list[str], tell: Callable[[str], None],
    wires: int = 12, seed: int = 1, clean: bool = True, raw: bool = False,
) -> Found:  # fmt: skip
    """Both crawls and the judgement."""
    found = Found()
    workers = f'timeout = "{timeout:g}s"\ncpu = "{timeout:g}s"\nmemory = "300MB"\n'
    with newsroom(releases=pages, wires=wires, seed=seed) as wire, freak_show(monsters) as freaks:
        expected = len({posting.url for posting in wire.postings})
        if clean:
            with Yard(folder / "clean") as yard:
                run = crawl(_configured(yard, wire.config(), workers, raw=raw), expected)
                found.daemon_deaths += run.code != 0
                found.rate_clean, found.rss_clean = round(run.pages / run.seconds, 1), run.rss
                tell(f"without poison: {run.pages} pages in {run.seconds:.0f} s")
        poison = spoil(wire, share, seed)
        with Yard(folder / "poisoned") as yard:
            figures = folder / "recoveries.json"
            yard.program = ("tests.campaigns.poisoned", str(figures))
            feeds = wire.config() + freaks.table()
            run = crawl(_configured(yard, feeds, workers, raw=raw), expected + len(monsters))
            found.rate_poisoned, found.rss_poisoned = round(run.pages / run.seconds, 1), run.rss
            tell(f"with {len(poison)} poison pages: {run.pages} pages in {run.seconds:.0f} s")
            judge(found, run, poison, yard, timeout=timeout)
            found.not_blamed += sorted(poison.keys() - {item["source_link"] for item in run.items})
        found.monsters = {
            name: found.monsters.get(f"{freaks.url}/{number}", "not visited")
            for number, name in enumerate(monsters)
        }
    times = sorted(json.loads(figures.read_text(encoding="utf-8")))
    found.recoveries = len(times)
    if times:
        found.recovery_p50, found.recovery_max = round(times[len(times) // 2], 2), round(times[-1], 2)
    return found


def main() -> int:
    """The campaign; 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.poison", description=__doc__)
    parser.add_argument("--pages", type=int, default=2000, metavar="N")
    parser.add_argument("--share", type=float, default=0.01, help="of the pages that are poison (0.01)")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds a page may take (5)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--raw", action="store_true", help="with the raw archive in place of the quarantine")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="poison-") as folder:
        found = campaign(
            Path(folder), pages=given.pages, share=given.share, timeout=given.timeout, seed=given.seed, raw=given.raw,
            monsters=list(MONSTERS), tell=progress,
        )  # fmt: skip
    return figures(found, as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
