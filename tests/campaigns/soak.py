"""The soak: one real daemon, few descriptors, hundreds of hosts, half of them ill, each in its own way.

``python -m tests.campaigns.soak --minutes 5 --hosts 400`` (``scripts/soak``).  Two runs of the same length:
nothing fails, then half of the hosts do; the healthy half must not notice.  Descriptors and memory are
sampled from outside (/proc), the loop's lag is what the daemon's own watchdog reports.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.journey import ROOT, Yard, until

LENT = (
    "SELECT (SELECT count(*) FROM hosts WHERE lease_until IS NOT NULL) +"
    " (SELECT count(*) FROM feeds WHERE lent_from IS NOT NULL) +"
    " (SELECT count(*) FROM revisions WHERE state = 'intended') AS n"
)
WEB = (
    'total_timeout = "6s"\nconnect_timeout = "2s"\nattempts = 2\n'
    'retry_wait_max = "1s"\npage_limit = "2MB"\nfeed_limit = "2MB"\n'
)


@dataclass(slots=True)
class Soak:
    """What one run left behind."""

    code: int = 0
    seconds: float = 0.0
    gaps: list[float] = field(default_factory=list)  #: seconds from poll to poll of a healthy host
    polls: list[int] = field(default_factory=list)  #: of each healthy host
    sick: dict[str, list[int]] = field(default_factory=dict)  #: illness → requests of each such host
    articles: int = 0
    fds: list[int] = field(default_factory=list)
    rss: list[float] = field(default_factory=list)  #: MB, a sample a second
    threads: list[int] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)
    vital: dict[str, str] = field(default_factory=dict)  #: the daemon's last word of itself
    errors: Counter[str] = field(default_factory=Counter)
    starved: int = 0  #: "too many open files" anywhere
    ours: int = 0  #: failures of the disk or the database
    stalled: int = 0
    troubles: int = 0
    lent: int = 0
    stopped: float = 0.0  #: seconds that the stop took

    def slope(self) -> float:
        """MB per minute in the second half, by least squares."""
        half = self.rss[len(self.rss) // 2 :]
        if len(half) < 3:
            return 0.0
        middle, mean = (len(half) - 1) / 2, sum(half) / len(half)
        rise = sum((place - middle) * (value - mean) for place, value in enumerate(half))
        return 60 * rise / sum((place - middle) ** 2 for place in range(len(half)))

    def row(self) -> dict[str, Any]:
        """The figures."""
        return {
            "exit code": self.code,
            "seconds": round(self.seconds),
            "healthy hosts": len(self.polls),
            "polls of a healthy host, least": min(self.polls, default=0),
            "polls of a healthy host, mean": round(sum(self.polls) / max(1, len(self.polls)), 2),
            "seconds between polls, p50": at(self.gaps, 0.5),
            "seconds between polls, p99": at(self.gaps, 0.99),
            "seconds between polls, max": at(self.gaps, 1.0),
            "articles of healthy hosts": self.articles,
            "descriptors, most": max(self.fds, default=0),
            "too many open files": self.starved,
            "failures of disk or database": self.ours,
            "lag p50 ms": self.vital.get("lag_p50"),
            "lag p99 ms": self.vital.get("lag_p99"),
            "lag p99.9 ms": self.vital.get("lag_p999"),
            "lag max ms": self.vital.get("lag_max"),
            "of it the loop's own, p99.9 ms": self.vital.get("own_p999"),
            "of it the loop's own, max ms": self.vital.get("own_max"),
            "stalls over 1 s": self.stalled,
            "bugs in slices": self.troubles,
            "RSS MB, most": round(max(self.rss, default=0), 1),
            "RSS slope MB/min, second half": round(self.slope(), 2),
            "threads, most": max(self.threads, default=0),
            "tasks, most": max(self.tasks, default=0),
            "tasks at the stop": self.vital.get("tasks"),
            "leases left": self.lent,
            "seconds to stop": round(self.stopped, 2),
        }


def at(values: list[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2) if ordered else 0.0


@contextmanager
def crowd(hosts: int, sick: int, period: float) -> Iterator[tuple[list[dict[str, Any]], Callable[[], Any]]]:
    """The crowd's feeds, and how to end it and hear what it saw."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.campaigns.crowd", str(hosts), str(sick), str(period)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    try:
        yield json.loads(process.stdout.readline())["feeds"], lambda: json.loads(process.communicate()[0])
    finally:
        process.kill()
        process.wait(10)
        process.stdin.close()
        process.stdout.close()


def soak(
    folder: Path, *, hosts: int, sick: int, seconds: float, files: int, period: float, healthy: int,
    tell: Callable[[str], None], web: str = "", processes: int = 2,
) -> Soak:  # fmt: skip
    """One daemon over one crowd; ``healthy``: the hosts that are counted, the first ones."""
    found = Soak(seconds=seconds)
    pace = max(3, hosts // 40)  # seconds between two polls of a feed: what minutes are to a daemon
    poll = f'initial = "{pace}s"\nfloor = "{pace}s"\nceiling = "{pace}s"'
    with crowd(hosts, sick, period) as (feeds, end), Yard(folder) as yard:
        table = "".join(
            f'[[feeds]]\nname = "host {feed["number"]}"\nurl = "{feed["url"]}"\nsource = "Crowd {feed["number"]}"\n'
            for feed in feeds
        )
        yard.configure(table, web=WEB + web, poll=poll, processes=processes)
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, before[1]))
        try:
            daemon = yard.start("run")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (files, files))
        until(lambda: " event=start " in daemon.log(), process=daemon.process)
        _sample(daemon.process, found, seconds, tell)
        began = time.monotonic()
        daemon.send(signal.SIGTERM)
        ended = daemon.wait(60)
        found.stopped, found.code = time.monotonic() - began, ended.code
        if ended.code:
            raise RuntimeError(f"the daemon ended with {ended.code}: {ended.lines[-1:]}")
        _read(ended.lines, found)
        found.lent = yard.rows(LENT)[0]["n"]
        found.ours = sum(_ours(row) for row in yard.rows("SELECT error_kind FROM polls"))
        found.articles = _articles(yard, healthy)
        _hear(end(), found, healthy)
    return found


def _sample(process: subprocess.Popen[str], found: Soak, seconds: float, tell: Callable[[str], None]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and process.poll() is None:
        time.sleep(min(1.0, left))
        here = Path(f"/proc/{process.pid}")
        try:
            found.fds.append(sum(1 for _ in (here / "fd").iterdir()))
            found.rss.append(int((here / "statm").read_text().split()[1]) * 4096 / 1e6)
            found.threads.append(sum(1 for _ in (here / "task").iterdir()))
        except OSError:
            break
        if len(found.fds) % 5 == 0:
            process.send_signal(signal.SIGUSR1)
        if len(found.fds) % 15 == 0:
            tell(
                f"{left:4.0f} s left: {found.fds[-1]} descriptors, {found.rss[-1]:.0f} MB, {found.threads[-1]} threads"
            )


def _read(lines: list[str], found: Soak) -> None:
    for line in lines:
        found.starved += "oo many open files" in line
        found.stalled += " event=stalled " in line
        found.troubles += " event=trouble " in line
        if " event=vital " in line:
            found.vital = dict(pair.split("=", 1) for pair in line.split()[1:])
            found.tasks.append(int(found.vital["tasks"]))


def _ours(row: dict[str, Any]) -> bool:
    return row["error_kind"] in {"ArchiveError", "StoreError", "Bug"}


def _articles(yard: Yard, healthy: int) -> int:
    sources = {f"crowd{number}" for number in range(healthy)}
    return sum(
        path.split("/")[1].replace("-", "") in sources for path in yard.files() if path.startswith("content/")
    )


def _hear(seen: list[dict[str, Any]], found: Soak, healthy: int) -> None:
    for host in seen:
        if host["number"] < healthy:
            asked = host["asked"]
            found.polls.append(len(asked))
            found.gaps += [later - former for former, later in pairwise(asked)]
        elif host["illness"]:
            found.sick.setdefault(host["illness"], []).append(len(host["asked"]))


def judge(well: Soak, ill: Soak, *, files: int) -> dict[str, bool]:
    """What must hold, by name."""
    mean = [sum(run.polls) / max(1, len(run.polls)) for run in (well, ill)]
    return {
        "both runs ended in order": well.code == ill.code == 0,
        "healthy hosts are polled as often": mean[1] >= 0.95 * mean[0] > 0,
        "no healthy host is left out": min(ill.polls) >= 0.8 * min(well.polls) > 0,
        "healthy hosts are not polled later": at(ill.gaps, 0.99) <= at(well.gaps, 0.99) + 1.5,
        "as many articles": ill.articles >= 0.95 * well.articles > 0,
        "descriptors are bounded": max(ill.fds) < files,
        "no file is wanting for descriptors": ill.starved == 0 and ill.ours == 0,
        "lag p99.9 at most 50 ms": float(ill.vital["own_p999"]) <= 50,
        "nothing stalls": ill.stalled == 0 and ill.troubles == 0,
        "no lease is left": ill.lent == 0,
    }


def both(
    folder: Path, *, hosts: int, seconds: float, files: int, tell: Callable[[str], None]
) -> tuple[Soak, Soak]:
    """Nothing fails; then half of the hosts do."""
    period = max(10.0, seconds / 6)
    more: dict[str, Any] = {"seconds": seconds, "files": files, "period": period, "tell": tell}
    half = hosts // 2
    tell(f"{hosts} hosts, nothing fails")
    well = soak(folder / "well", hosts=hosts, sick=0, healthy=hosts - half, **more)
    tell(f"{hosts} hosts, {half} fail")
    return well, soak(folder / "ill", hosts=hosts, sick=half, healthy=hosts - half, **more)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0, help="of each of the two runs (default 3)")
    parser.add_argument("--hosts", type=int, default=400, help="how many (default 400)")
    parser.add_argument("--files", type=int, default=256, help="RLIMIT_NOFILE of the daemon (default 256)")
    parser.add_argument("--json", action="store_true", help="figures instead of a table")
    given = parser.parse_args()

    def tell(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    with TemporaryDirectory(prefix="soak-") as folder:
        well, ill = both(
            Path(folder), hosts=given.hosts, seconds=60 * given.minutes, files=given.files, tell=tell
        )
    judged = judge(well, ill, files=given.files)
    if given.json:
        print(
            json.dumps({"well": well.row(), "ill": ill.row(), "sick": ill.sick, "judged": judged}, indent=1)
        )
        return not all(judged.values())
    rows = zip(well.row().items(), ill.row().values(), strict=True)
    print(f"{'':36}{'nothing fails':>16}{'half fail':>16}")
    for (name, before), after in rows:
        print(f"{name:36}{before!s:>16}{after!s:>16}")
    print("requests for a feed of each ill host: " + ", ".join(
        f"{name} {sum(counts) / len(counts):.1f}" for name, counts in sorted(ill.sick.items())
    ))  # fmt: skip
    for name, held in judged.items():
        print(f"{'held  ' if held else 'BROKEN'}  {name}")
    return not all(judged.values())


if __name__ == "__main__":
    sys.exit(main())
