"""P03: kill -9 and start again, over and over within one poll interval: no feed is asked early.

``python -m tests.campaigns.restarts --restarts 1000``: the real daemon on the sample wire, judged by the
wire's own log of requests and by what the database said before each start.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from tests.campaigns.telling import figures, progress
from tests.journey import Yard, newsroom, until
from tests.wire import SampleWire, WireFeed

FLOOR = 7200.0  #: seconds
POLL = 'floor = "2h"\ninitial = "12h"\nceiling = "24h"'
LATEST = 2.5  #: seconds after its birth at which a daemon is killed, at most
_STORED = "SELECT name, next_poll_at, answered_at, etag, last_modified FROM feeds"


@dataclass(slots=True, kw_only=True)
class Found:
    """What the wire saw."""

    kills: int = 0
    feeds: int = 0
    polls: int = 0  #: requests for feeds
    cut_off: int = 0  #: polls that a kill left unsettled
    robots: int = 0
    seconds: float = 0.0
    early: list[str] = field(default_factory=list)  #: asked before the moment that was stored
    repeated: list[str] = field(default_factory=list)  #: asked a second time within the floor
    unconditional: list[str] = field(default_factory=list)  #: although validators were stored

    @property
    def violations(self) -> int:
        """How much is not as it must be."""
        return len(self.early) + len(self.repeated) + len(self.unconditional)


def restart(
    wire: SampleWire,
    yard: Yard,
    *,
    kills: int,
    seed: int,
    tell: Callable[[str], None],
    latest: float = LATEST,
) -> Found:
    """Start the daemon and kill it at a random moment, ``kills`` times."""
    rng, found, began = Random(f"{seed}:restarts"), Found(feeds=len(wire.feeds)), time.monotonic()
    places = places_of(wire)
    asked: dict[str, float] = {}
    for number in range(kills):
        stored, seen = stored_feeds(yard), len(wire.log)
        daemon = yard.start("run")
        if number == 0:  # while some answers are settled and others on their way
            until(lambda: _answered(yard) >= found.feeds / 2, process=daemon.process)
        else:
            time.sleep(rng.uniform(0, latest))
        daemon.send(signal.SIGKILL)
        assert daemon.process.wait(10) == -signal.SIGKILL, daemon.log()
        found.kills += 1
        compare(found, list(wire.log)[seen:], places, stored, asked)
        if (number + 1) % 25 == 0:
            tell(
                f"{number + 1} kills, {found.polls} polls of {found.feeds} feeds, {found.violations} violations"
            )
    found.seconds = time.monotonic() - began
    found.cut_off = sum(row["lent_at"] is not None for row in yard.rows("SELECT lent_at FROM feeds"))
    return found


def places_of(wire: SampleWire) -> dict[tuple[str, str], WireFeed]:
    """The feeds of a wire by host and target."""
    split = ((feed.url.split("/", 3), feed) for feed in wire.feeds)
    return {(parts[2].rpartition(":")[0], f"/{parts[3]}"): feed for parts, feed in split}


def stored_feeds(yard: Yard) -> dict[str, dict[str, Any]]:
    """What the database says of each feed; nothing before the first start has made it."""
    try:
        return {row["name"]: row for row in yard.rows(_STORED)}
    except Exception:
        return {}


def _answered(yard: Yard) -> int:
    return sum(row["answered_at"] is not None for row in stored_feeds(yard).values())


def compare(
    found: Found,
    log: list[Any],
    places: dict[tuple[str, str], WireFeed],
    stored: dict[str, dict[str, Any]],
    asked: dict[str, float],
) -> None:
    """Hold what a life asked for against what was stored before it; ``asked``: when each feed was asked last."""
    for request in log:
        feed = places.get((request.host, request.target))
        found.robots += request.target == "/robots.txt"
        if feed is None:
            continue
        found.polls += 1
        at = datetime.now(UTC) - timedelta(seconds=time.monotonic() - request.started)
        known = stored.get(feed.name)
        if known and at < datetime.fromisoformat(known["next_poll_at"]):
            found.early.append(f"{feed.name} at {at:%H:%M:%S}, due {known['next_poll_at']}")
        if request.started - asked.get(feed.name, -FLOOR) < FLOOR:
            found.repeated.append(f"{feed.name} at {at:%H:%M:%S}")
        asked[feed.name] = request.started
        sent = request.header("If-None-Match") or request.header("If-Modified-Since")
        if known and (known["etag"] or known["last_modified"]) and not sent:
            found.unconditional.append(f"{feed.name} at {at:%H:%M:%S}")


def hours_pass(yard: Yard) -> None:
    """Let the stopped daemon's feeds become due."""
    past = "2026-01-01T00:00:00.000000Z"
    yard.change("UPDATE feeds SET next_poll_at = ?, not_before = NULL", past)


def main() -> int:
    """The campaign; 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.restarts", description=__doc__)
    parser.add_argument("--restarts", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with (
        TemporaryDirectory(prefix="restarts-") as folder,
        newsroom(releases=36, wires=12, latency=0.1, seed=options.seed) as wire,
        Yard(Path(folder)) as yard,
    ):
        yard.configure(wire.config(), poll=POLL, processes=1)
        found = restart(
            wire, yard, kills=options.restarts, seed=options.seed,
            tell=progress,
        )  # fmt: skip
    return figures(found, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
