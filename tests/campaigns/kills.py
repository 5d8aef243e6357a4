"""D46: kill -9 at random moments of a daemon under load, start it again, and judge what lies there.

``scripts/campaign kills --kills 500``: the real daemon with its workers on a wire that publishes and edits all the
while; ``tests.checker`` judges what each kill left, and every so often what the next orderly stop leaves.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.campaigns.restarts import Found as Asked
from tests.campaigns.restarts import compare, hours_pass, places_of, stored_feeds
from tests.campaigns.signals import works
from tests.campaigns.telling import figures, progress
from tests.checker import Terms, judge
from tests.journey import Yard, newsroom, until
from tests.journey import judge as judge_articles
from tests.wire import SampleWire, journal

_QUIET = 0.15  #: seconds in which a wire that hears nothing has heard all
LATEST = 2.0  #: seconds after a daemon began to work at which it is killed, at most
POLL = 'floor = "2h"\ninitial = "12h"\nceiling = "24h"\nslice_items = 6'
_RAW = 'raw_file_size = "60kB"'  #: files are filled and closed all the time
_DUE = (
    "SELECT (SELECT count(*) FROM feed_items WHERE due_at IS NOT NULL) +"
    " (SELECT count(*) FROM feeds WHERE next_poll_at < '2026-06') +"
    " (SELECT count(*) FROM hosts WHERE lease_until IS NOT NULL) AS n"
)
_LOOK_AGAIN = "UPDATE feed_items SET recheck_at = '2026-01-01T00:00:00.000000Z' WHERE recheck_at IS NOT NULL"
_PEERS = ("127.0.0.0/8",)


@dataclass(slots=True, kw_only=True)
class Found:
    """What came of it."""

    kills: int = 0
    before_work: int = 0  #: of them while the daemon was still starting
    published: int = 0
    edited: int = 0
    requests: int = 0
    articles: int = 0
    revisions: int = 0
    raw_records: int = 0
    checks: int = 0  #: of what a kill left
    full_checks: int = 0  #: of what an orderly stop left
    seconds: float = 0.0
    early: list[str] = field(default_factory=list)
    unconditional: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  #: what the checker said
    missing: list[str] = field(default_factory=list)  #: in the end not archived as the wire has it
    died: list[str] = field(default_factory=list)  #: daemons that ended by themselves

    @property
    def violations(self) -> int:
        """How much is not as it must be."""
        lists = (self.early, self.unconditional, self.broken, self.missing, self.died)
        return sum(map(len, lists))


@dataclass(slots=True)
class Siege:
    """One archive, its wire, and what was found so far."""

    wire: SampleWire
    yard: Yard
    rng: Random
    tell: Callable[[str], None]
    found: Found = field(default_factory=Found)
    asked: dict[str, float] = field(default_factory=dict)

    def life(self, latest: float) -> None:
        """One daemon from its start to its death."""
        stored, seen = stored_feeds(self.yard), len(self.wire.log)
        daemon = self.yard.start("run")
        early = self.rng.random() < 0.15
        if not early:
            until(lambda: works(self.yard, daemon), process=daemon.process, seconds=60)
        with publishing(self.wire, self.rng, self.found):
            time.sleep(self.rng.uniform(0, latest))
        if daemon.process.poll() is not None:
            self.found.died.append(daemon.log()[-500:])
        daemon.send(signal.SIGKILL)
        daemon.process.wait(10)
        self._quiet()
        self.found.kills += 1
        self.found.before_work += early
        self._compare(stored, seen)
        self.yard.running.remove(daemon)
        daemon.out.unlink()
        daemon.err.unlink()

    def _quiet(self) -> None:
        """Wait until the wire has heard what the dead one sent: else that would count as asked by the next one."""
        heard, since = (-1, -1), time.monotonic()
        while time.monotonic() - since < _QUIET:
            log = list(
                self.wire.log
            )  # answers to the dead may never be finished: nothing more happens is enough
            if heard != (now := (len(log), sum(entry.finished is None for entry in log[-50:]))):
                heard, since = now, time.monotonic()
            time.sleep(0.02)

    def time_passes(self) -> None:
        """Half a day: all feeds are due, pages are looked at again, and the wire has more."""
        for _ in range(self.rng.randint(3, 8)):
            publish(self.wire, self.rng, self.found)
        with suppress(Exception):  # the first start may have been killed before there was a table
            hours_pass(self.yard)
            self.yard.change(_LOOK_AGAIN)
        self.asked.clear()

    def rest(self) -> None:
        """A daemon that nobody kills, until nothing is due; then an orderly stop, and the whole judgement."""
        stored, seen = stored_feeds(self.yard), len(self.wire.log)
        daemon = self.yard.start("run")
        until(lambda: "event=start" in daemon.log() and _idle(self.yard), process=daemon.process, seconds=120)
        daemon.send(signal.SIGTERM)
        ended = daemon.wait(20)
        if ended.code:
            self.found.died.append(f"exit {ended.code}: {ended.err[-500:]}")
        self._compare(stored, seen)
        self.check(Terms(allow=_PEERS))
        self.found.full_checks += 1

    def check(self, terms: Terms) -> None:
        """Have the checker judge the archive as it lies there."""
        database = self.yard.archive / "crawler.db"
        if not database.exists():
            return
        log = self.yard.folder / "wire.jsonl"
        journal.write(log, list(self.wire.log), port=self.wire.port)
        for one in judge(self.yard.archive, database, log, terms):
            told = f"after {self.found.kills} kills, {terms.state}: {one}"
            self.found.broken.append(told)
            self.tell(f"BROKEN  {told}")

    def _compare(self, stored: dict[str, dict[str, object]], seen: int) -> None:
        asked = Asked()
        compare(asked, list(self.wire.log)[seen:], places_of(self.wire), stored, self.asked)
        self.found.early += asked.early + asked.repeated
        self.found.unconditional += asked.unconditional

    def finish(self) -> None:
        """Nothing more is published: in the end the archive has what the wire has, as it is now."""
        self.time_passes()
        hours_pass(self.yard)
        self.rest()
        found, verdict = self.found, judge_articles(self.wire.postings, self.yard.documents())
        found.missing += [*verdict.missing, *verdict.doubled, *verdict.foreign, *map(str, verdict.titles)]
        found.requests = len(self.wire.log)
        counts = "SELECT (SELECT count(*) FROM articles WHERE revision > 0) AS articles," \
                 " (SELECT count(*) FROM revisions WHERE state IN ('done', 'superseded')) AS revisions," \
                 " (SELECT count(*) FROM warc_records) AS records"  # fmt: skip
        [row] = self.yard.rows(counts)
        found.articles, found.revisions, found.raw_records = row["articles"], row["revisions"], row["records"]


def _idle(yard: Yard) -> bool:
    time.sleep(0.1)  # a look costs the daemon's machine something
    try:
        return bool(yard.rows(_DUE)[0]["n"] == 0)
    except Exception:  # the database is being made
        return False


def publish(wire: SampleWire, rng: Random, found: Found) -> None:
    """One more release, or another title for one of the newest."""
    if rng.random() < 0.7:
        wire.publish()
        found.published += 1
    else:
        release = wire.posting(-rng.randint(1, 4))
        wire.edit(
            release.url, title=f"{release.release.title.partition(' (')[0]} (version {found.edited + 2})"
        )
        found.edited += 1


@contextmanager
def publishing(wire: SampleWire, rng: Random, found: Found) -> Iterator[None]:
    """Within: the wire goes on working."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(rng.uniform(0.1, 0.6)):
            publish(wire, rng, found)

    thread = threading.Thread(target=work, name="publishing")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def besiege(
    folder: Path,
    *,
    kills: int,
    seed: int,
    tell: Callable[[str], None],
    every: int = 20,
    latest: float = LATEST,
) -> Found:
    """So many kills of one archive's daemons; every so many of them the whole judgement."""
    rng, began = Random(f"{seed}:kills"), time.monotonic()
    # A wire whose clock goes on with each release: no two of its answers have one Last-Modified.
    now = datetime.now(UTC) - timedelta(days=30)
    with newsroom(releases=8, wires=5, latency=0.02, seed=seed, now=now) as wire, Yard(folder) as yard:
        yard.configure(wire.config(), poll=POLL, archive=_RAW, processes=1)
        siege = Siege(wire, yard, rng, tell)
        for number in range(1, kills + 1):
            if rng.random() < 0.6:
                siege.time_passes()
            siege.life(latest)
            if number % every == 0:
                siege.rest()
                tell(f"{number} of {kills} kills, {siege.found.violations} violations")
            elif number % 5 == 0:
                siege.check(Terms(state="crashed", allow=_PEERS))
                siege.found.checks += 1
        siege.finish()
    siege.found.seconds = round(time.monotonic() - began, 1)
    return siege.found


def main() -> int:
    """The campaign; 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(prog="kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=500, metavar="N")
    parser.add_argument(
        "--every", type=int, default=20, metavar="N", help="kills from one whole check to the next"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the archive lies; default: removed in the end")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="kills-") as made:
        found = besiege(
            given.folder or Path(made), kills=given.kills, seed=given.seed, tell=progress, every=given.every
        )
    return figures(found, as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
