"""No rule that cannot fail: each catches a poller that lacks the manner it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.config import PollConfig, WebConfig
from crawler.store.sql import SqlStore
from tests.world import habits, rude
from tests.world.habits import Jump, Plan
from tests.world.house import AGENT, House
from tests.world.oracle import Oracle
from tests.world.reading import DAY, HOUR
from tests.world.run import Run
from tests.world.seen import Findings, Seen
from tests.world.server import Host, Reply, Robots, Spell
from tests.world.source import Move, Source
from tests.world.wire import Wire

EVERY_HOUR = PollConfig(ceiling=timedelta(hours=1))


def hourly(chance: int, days: float) -> list[float]:
    """An item about every other hour."""
    return [chance + 7200.0 * number for number in range(-12, int(days * 12))]


def small(days: float = 1.0, *, feeds: int = 1, shared: bool = False, **habit: object) -> Plan:
    """So many feeds, each on its host; ``habit`` is each feed's."""
    plan = Plan(seed=1, days=days)
    for number in range(feeds):
        ip = "198.41.0.4" if shared else f"11.0.0.{number + 1}"
        host = Host(name=f"h{number}.example", ip=ip)
        feed = Source(
            name=f"f{number}", host=host.name, path=f"/f{number}.json", moments=hourly(number * 60, days)
        )
        for name, value in habit.items():
            setattr(feed, name, value)
        host.feeds[feed.path] = feed
        plan.hosts[host.name] = host
        plan.feeds.append(feed)
    return plan


def judged(
    plan: Plan,
    folder: Path,
    wire: Callable[..., Wire] = Wire,
    poll: PollConfig = EVERY_HOUR,
    web: WebConfig | None = None,
) -> Findings:
    return Run(plan=plan, folder=folder, ceiling=1, wire=wire, poll=poll, web=web).go()


def test_a_polite_poller_breaks_no_rule(tmp_path: Path) -> None:
    found = judged(small(2, feeds=3, shared=True, fresh="max-age"), tmp_path)
    assert not found.counts, found.told
    assert found.figures["polls"] >= 3 * 10


@pytest.mark.parametrize(
    ("case", "wire", "habit"),
    [
        ("P01", rude.Forgetful, {}),
        ("P02", rude.Unquoting, {}),
        ("P08", rude.Impatient, {"fresh": "max-age"}),
        ("P11", rude.Chatty, {}),
        ("P11", rude.Tracking, {}),
        ("P14", rude.Doubling, {}),
    ],
)
def test_a_rude_poller_is_caught(
    case: str, wire: type[Wire], habit: dict[str, object], tmp_path: Path
) -> None:
    assert judged(small(0.4, **habit), tmp_path, wire).counts[case] > 0


def test_p03_a_floor_that_is_not_kept_is_caught(tmp_path: Path) -> None:
    minute = timedelta(minutes=1)
    plan = small(0.1, moments=[60.0 * number for number in range(-20, 150)])
    hasty = PollConfig(floor=minute, initial=minute, ceiling=minute)
    assert judged(plan, tmp_path, poll=hasty).counts["P03"] > 0


def test_p04_a_burst_after_a_jump_of_the_clock_is_caught(tmp_path: Path) -> None:
    minute = timedelta(minutes=1)
    plan = small(0.1)
    plan.jumps = [Jump(at=HOUR, wall=DAY)]
    hasty = PollConfig(floor=minute, initial=minute, ceiling=minute)
    assert judged(plan, tmp_path, poll=hasty).counts["P04"] > 0


def test_p05_a_full_fetch_every_hour_is_caught(tmp_path: Path) -> None:
    plan = small(1, validators="none", moments=[-5 * DAY, -4 * DAY])
    greedy = PollConfig(ceiling=timedelta(hours=1), unconditional=timedelta(hours=1))
    assert judged(plan, tmp_path, poll=greedy).counts["P05"] > 0


def test_p06_a_poller_deaf_to_retry_after_is_caught(tmp_path: Path) -> None:
    plan = small(1)
    for host in plan.hosts.values():
        host.spells = [Spell(start=2 * HOUR, end=4 * HOUR, kind="429", form="hours", target="feed")]
    assert judged(plan, tmp_path, rude.Deaf).counts["P06"] > 0
    assert not judged_again(plan, tmp_path).counts["P06"]


def judged_again(plan: Plan, folder: Path) -> Findings:
    """The same world, politely."""
    (folder / "polite").mkdir()
    return judged(plan, folder / "polite")


def test_p07_a_poller_deaf_in_a_burst_of_articles_is_caught(tmp_path: Path) -> None:
    plan = small(0.5, links=True)
    for host in plan.hosts.values():
        host.spells = [Spell(start=0, end=4 * HOUR, kind="503", form="seconds", target="page")]
    assert judged(plan, tmp_path, rude.Deaf).counts["P07"] > 0
    assert not judged_again(plan, tmp_path).counts["P07"]


def test_p09_a_liar_asked_in_full_at_every_poll_is_caught(tmp_path: Path) -> None:
    assert judged(small(1, validators="lying", lies_from=1.0), tmp_path, rude.Forgetful).counts["P09"] > 0


def moving(status: int, days: float) -> Plan:
    plan = small(days)
    for feed in plan.feeds:
        feed.move = Move(status=status, since=HOUR, host="h0.example", path=f"/moved/{feed.name}")
        plan.hosts["h0.example"].feeds[feed.move.path] = feed
    return plan


def test_p10_a_poller_that_believes_a_temporary_redirect_is_caught(tmp_path: Path) -> None:
    assert judged(moving(307, 3), tmp_path, rude.Believing).counts["P10"] > 0
    assert not judged_again(moving(307, 3), tmp_path).counts["P10"]


def test_p10_a_poller_that_lets_the_dead_not_rest_is_caught(tmp_path: Path) -> None:
    assert judged(moving(410, 5), tmp_path, rude.Believing).counts["P10"] > 0
    assert not judged_again(moving(410, 5), tmp_path).counts["P10"]


def closing(**kind: object) -> Plan:
    plan = small(0.3, links=True)
    for host in plan.hosts.values():
        host.robots = Robots(**kind)  # type: ignore[arg-type]
    return plan


def test_p12_a_poller_that_asks_no_robots_txt_is_caught(tmp_path: Path) -> None:
    assert judged(small(0.1), tmp_path, web=WebConfig(user_agent=AGENT, robots=False)).counts["P12"] > 0


def test_p12_a_poller_faster_than_the_crawl_delay_is_caught(tmp_path: Path) -> None:
    plan = closing(status=200, crawl_delay=20)
    assert judged(plan, tmp_path, rude.Trespassing).counts["P12"] > 0
    assert not judged_again(plan, tmp_path).counts["P12"]


@pytest.mark.parametrize("kind", [{"status": 200, "closed": (0.0, DAY)}, {"status": 500}])
def test_p13_a_trespasser_is_caught(kind: dict[str, object], tmp_path: Path) -> None:
    assert judged(closing(**kind), tmp_path, rude.Trespassing).counts["P13"] > 0
    assert not judged_again(closing(**kind), tmp_path).counts["P13"]


def test_p14_a_poller_without_a_delay_is_caught(tmp_path: Path) -> None:
    hasty = WebConfig(user_agent=AGENT, delay=timedelta(0))
    assert judged(small(0.1, feeds=3, links=True, shared=True), tmp_path, web=hasty).counts["P14"] > 0


def test_p15_a_poller_that_presses_a_slow_server_is_caught(tmp_path: Path) -> None:
    plan = small(0.1, links=True)
    for host in plan.hosts.values():
        host.latency = 6.0
    pressing = WebConfig(user_agent=AGENT, latency_factor=0)
    assert judged(plan, tmp_path, web=pressing).counts["P15"] > 0
    assert not judged_again(plan, tmp_path).counts["P15"]


@pytest.mark.parametrize("case", ["P17", "N26"])
@pytest.mark.parametrize("gap", [0.05, 60.0])
def test_a_storm_after_a_return_is_caught(case: str, gap: float) -> None:
    oracle = Oracle()
    oracle.storms.feeds = 100
    oracle.storms.returned(0.0, case)
    for number in range(151):
        at = gap * number if number < 150 else 400.0 + gap * number
        seen = Seen(at=at, host=f"h{number}", ip=f"i{number}", target="/f", kind="feed", headers={})
        oracle.storms.asked(seen)
    assert (oracle.findings.counts[case] > 0) == (gap < 1)


@pytest.mark.parametrize("every", [2, 20])
def test_s33_a_visit_that_tries_too_often_is_caught(every: int) -> None:
    oracle = Oracle()
    for number in range(1000):
        for again in range(2 if number % every == 0 else 1):
            seen = Seen(
                at=60.0 * number + again, host="h", ip="i", target=f"/{number}", kind="page", headers={}
            )
            oracle.asked(seen)
            oracle.ended(seen, seen.at + 0.1, Reply(status=500), delivered=True)
    assert (oracle.close().counts["S33"] > 0) == (every == 2)


class Forgetting(Run):
    """Loses its database at every restart."""

    def _born(self, house: House) -> Wire:
        for file in self.folder.iterdir():
            file.unlink()
        return super()._born(house)


def test_p03_a_poller_that_forgets_over_a_restart_is_caught(tmp_path: Path) -> None:
    plan = small(0.3, fresh="day")
    plan.restarts = [5000.0]
    counts = Forgetting(plan=plan, folder=tmp_path, ceiling=1, poll=EVERY_HOUR).go().counts
    assert counts["P01"] > 0
    assert counts["P08"] > 0


def test_a_world_looks_at_the_store_only_when_something_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else adds work: a look every minute would be most of what a month costs."""
    looks, lend = [], SqlStore.lend

    async def counted(store: SqlStore, *given: Any, **named: Any) -> Any:
        looks.append(given)
        return await lend(store, *given, **named)

    monkeypatch.setattr(SqlStore, "lend", counted)
    judged(small(0.5), tmp_path)
    assert 5 < len(looks) < 100


def test_a_world_replays_from_its_seed(tmp_path: Path) -> None:
    found = []
    for name in "ab":
        (tmp_path / name).mkdir()
        plan = habits.make(7, feeds=4, days=1, restarts=3)
        run = Run(plan=plan, folder=tmp_path / name, ceiling=3)
        run.go()
        found.append(
            [(seen.at, seen.url, seen.reply and seen.reply.status) for seen in run.oracle.findings.recent]
        )
    assert found[0] == found[1]
    assert len(found[0]) > 30
