"""X60: SIGTERM and SIGINT at random moments, once and twice, against a real crawler under load.

``python -m tests.campaigns.signals --times 1000``: two crawlers side by side, each on an archive of its own
that is never made new, so that every start also proves what the stop before it left behind.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory

from crawler.archive.paths import TEMPORARY
from tests.campaigns.soak import crowd
from tests.journey import Running, Yard, until

LEASES = (
    "SELECT (SELECT count(*) FROM hosts WHERE lease_until IS NOT NULL) +"
    " (SELECT count(*) FROM feeds WHERE lent_from IS NOT NULL) AS n"
)
INTENDED = "SELECT count(*) AS n FROM revisions WHERE state = 'intended'"
EARLIEST = 1.2  #: seconds after its birth at which a crawler is told to stop, at most: it is still starting
LATEST = 1.5  #: … after it has begun to work
WITHIN = 10.0  #: seconds in which it must have ended
EARLY = frozenset({-signal.SIGTERM, -signal.SIGINT, 130, 143})  #: before it can listen: what any program does


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One stop: which signals, when, to which command."""

    number: int
    command: str
    first: signal.Signals
    early: bool  #: counted from the birth of the process, not from when it begins to work
    after: float  #: seconds
    second: signal.Signals | None
    between: float


def draw(number: int, seed: int) -> Case:
    """The case of a number: the same from the same seed."""
    rng = Random(f"{seed}:{number}")
    both = (signal.SIGTERM, signal.SIGINT)
    return Case(
        number=number,
        command="crawl" if rng.random() < 0.25 else "run",
        first=rng.choice(both),
        early=(early := rng.random() < 0.25),
        after=rng.uniform(0, EARLIEST if early else LATEST),
        second=rng.choice(both) if rng.random() < 0.4 else None,
        between=rng.choice((0.0, rng.uniform(0, 0.05), rng.uniform(0, 1))),
    )


@dataclass(slots=True)
class Tally:
    """What came of all cases."""

    endings: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def table(hosts: list[dict[str, object]]) -> str:
    """The crowd's feeds as a configuration."""
    return "".join(
        f'[[feeds]]\nname = "host {host["number"]}"\nurl = "{host["url"]}"\nsource = "Crowd {host["number"]}"\n'
        for host in hosts
    )


def stop(yard: Yard, case: Case, tally: Tally, tell: Callable[[str], None]) -> None:
    """Run one case and look at everything that may be left; what is wrong is told at once."""
    arguments = ("run",) if case.command == "run" else ("crawl", "--since", "2000-01-01")
    crawler = yard.start(*arguments)
    if not case.early:
        until(lambda: works(yard, crawler), process=crawler.process, seconds=60)
    time.sleep(case.after)
    family = crawler.workers()
    before = crawler.process.poll()
    crawler.process.send_signal(case.first)
    began = time.monotonic()
    if case.second is not None:
        time.sleep(case.between)
        if crawler.process.poll() is None:
            family += crawler.workers()
            crawler.process.send_signal(case.second)
    try:
        code = crawler.process.wait(3 * WITHIN)
    except TimeoutExpired:
        crawler.process.kill()
        code = crawler.process.wait(WITHIN)
    seconds = time.monotonic() - began
    faults = _faults(yard, crawler, case, code, before is not None)
    if seconds > WITHIN:
        faults.append(f"took {seconds:.1f} s")
    faults += _left(yard, family)
    tally.seconds.append(seconds)
    signs = "two signals" if case.second else "one signal"
    heard = "" if _heard(crawler) else " before it listened"
    tally.endings[f"{case.command}, {signs}: {_name(code)}{heard}"] += 1
    for fault in faults:
        tally.wrong.append(f"{case}: {fault}")
        tell(f"BROKEN  {tally.wrong[-1]}")
    yard.running.remove(crawler)
    crawler.out.unlink()
    crawler.err.unlink()


def _faults(yard: Yard, crawler: Running, case: Case, code: int, over: bool) -> list[str]:
    """What is wrong with how it ended."""
    log = crawler.log()
    heard = _heard(crawler)
    if case.command == "crawl":
        allowed = {130, 143} if heard else {0, 1} if over else EARLY | {0, 1}
    elif not heard:
        allowed = EARLY | ({1} if log.rstrip().endswith("KeyboardInterrupt") else set())  # not yet ours
    else:
        allowed = {0} if case.second is None else {0, 130, 143}
    faults = [] if code in allowed else [f"ended with {_name(code)}: {log.splitlines()[-1:]}"]
    if heard and code == 0 and case.command == "run" and not log.rstrip().endswith("event=stop"):
        faults.append("did not say event=stop")
    if "Traceback" in log and heard:
        faults.append("showed a traceback")
    if (yard.archive / "crawler.db").exists() and heard:
        faults += [f"{n} leases are open"] if (n := yard.rows(LEASES)[0]["n"]) else []
        intended = yard.rows(INTENDED)[0]["n"]
        if intended and case.second is None:
            faults.append(f"{intended} revisions are unfinished")
    return faults


def works(yard: Yard, crawler: Running) -> bool:
    """Whether it holds the lock: its number and its command stand there."""
    lock = yard.archive / "crawler.db.lock"
    return lock.exists() and lock.read_text().startswith(f"{crawler.process.pid} ")


def _heard(crawler: Running) -> bool:
    """Whether it said that it was told to stop."""
    log = crawler.log()
    return "event=stopping" in log or "crawler: stopping" in log


def _left(yard: Yard, family: list[int]) -> list[str]:
    """Temporary files, workers and locks that are left."""
    faults = []
    end = time.monotonic() + 2
    while (alive := [pid for pid in family if _alive(pid)]) and time.monotonic() < end:
        time.sleep(0.02)
    if alive:
        faults.append(f"workers live on: {alive}")
    temporary = [
        name for _, _, names in os.walk(yard.archive) for name in names if name.startswith(TEMPORARY)
    ]
    if temporary:
        faults.append(f"temporary files: {temporary[:3]}")
    lock = yard.archive / "crawler.db.lock"
    if lock.exists():
        with lock.open("r+") as opened:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                faults.append("the lock is held")
    return faults


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _name(code: int) -> str:
    return f"exit {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def campaign(
    folder: Path, *, times: int, seed: int = 1, lanes: int = 2, tell: Callable[[str], None] = print
) -> Tally:
    """``times`` stops, ``lanes`` crawlers side by side."""
    tally, cases = Tally(), iter([draw(number, seed) for number in range(times)])
    turn, failures = threading.Lock(), []

    def lane(number: int) -> None:
        try:
            with crowd(24, 8, 0.5) as (hosts, _), Yard(folder / str(number)) as yard:
                yard.configure(
                    table(hosts), processes=1, poll='initial = "1s"\nfloor = "1s"\nceiling = "1s"',
                    web='total_timeout = "20s"\nconnect_timeout = "5s"\nattempts = 1\nretry_wait_max = "1s"\n',
                )  # fmt: skip
                while True:
                    with turn:
                        case = next(cases, None)
                    if case is None:
                        return
                    stop(yard, case, tally, tell)
                    if len(tally.seconds) % 20 == 0:
                        tell(f"{len(tally.seconds)} of {times}, {len(tally.wrong)} faults")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=lane, args=(number,)) for number in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return tally


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="signals", description=__doc__)
    parser.add_argument("--times", type=int, default=1000, help="stops in all (default 1000)")
    parser.add_argument(
        "--seed", type=int, default=1, help="the same seed stops at the same moments (default 1)"
    )
    parser.add_argument("--lanes", type=int, default=2, help="crawlers side by side (default 2)")
    given = parser.parse_args()
    began = time.monotonic()
    with TemporaryDirectory(prefix="signals-") as folder:
        tally = campaign(Path(folder), times=given.times, seed=given.seed, lanes=given.lanes)
    for ending, count in sorted(tally.endings.items()):
        print(f"{count:6}  {ending}")
    ordered = sorted(tally.seconds)
    print(f"{len(ordered)} stops in {time.monotonic() - began:.0f} s; seconds to stop: "
          f"p50 {ordered[len(ordered) // 2]:.2f}, p99 {ordered[int(len(ordered) * 0.99)]:.2f}, max {ordered[-1]:.2f}")  # fmt: skip
    print(f"{len(tally.wrong)} faults")
    return bool(tally.wrong)


if __name__ == "__main__":
    sys.exit(main())
