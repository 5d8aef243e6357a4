"""A whole world from a seed: hosts, feeds, habits, bad weather and what befalls the crawler itself."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.world import rhythm
from tests.world.reading import DAY, HOUR
from tests.world.server import RETRY_AFTER, Host, Robots, Spell
from tests.world.source import MONDAY, VALIDATORS, Move, Source

_RHYTHMS = ("diurnal", "steady", "bursty", "weekly", "diurnal")
_FRESH = ("", "max-age", "", "age", "expires", "", "no-cache", "", "stale", "no-store", "")
_MOVES = {
    2: 301,
    5: 302,
    8: 308,
    11: 307,
    14: 303,
    17: 410,
}  #: place in a round of feeds → what its address says
_ROUND = 23
_SPELLS = (
    "500", "flaky", "429", "503", "timeout", "cut", "refused", "dns", "404", "wall", "429", "503", "500",
)  # fmt: skip
_LASTS = {"429": 3.0, "503": 3.0, "timeout": 2.0, "cut": 0.7, "flaky": 6.0, "404": 30.0}  #: hours, about
_FORMS = tuple(
    form for form in RETRY_AFTER if form not in {"30 digits", "400 days"}
)  # those silence for a month


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """The crawler's clock is set ``wall`` seconds forward or back, or the machine sleeps for ``sleep`` seconds."""

    at: float
    wall: float = 0.0
    sleep: float = 0.0


@dataclass(slots=True, kw_only=True)
class Plan:
    """Everything that will happen, decided before it begins."""

    seed: int
    days: float
    hosts: dict[str, Host] = field(default_factory=dict)
    feeds: list[Source] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)  #: sorted
    jumps: list[Jump] = field(default_factory=list)  #: sorted
    offline: list[tuple[float, float]] = field(default_factory=list)  #: the network is gone (N26)
    stopped: list[tuple[float, float]] = field(default_factory=list)  #: the crawler is (P17)


def make(seed: int, *, feeds: int, days: float, restarts: int = 0, calm: bool = False) -> Plan:
    """A world of ``feeds`` feeds for ``days`` days; ``calm``: no bad weather and no accidents."""
    plan = Plan(seed=seed, days=days)
    for number in range(feeds):
        _add(plan, number, calm)
    chance = random.Random(f"{seed} accidents")
    plan.restarts = sorted(chance.uniform(0, days * DAY) for _ in range(restarts))
    if not calm and days >= 20:
        _accidents(plan)
    return plan


def _accidents(plan: Plan) -> None:
    """Jumps, an outage and a long stop, each on a day of its own; again every ninety days."""
    for first in range(0, int(plan.days - 19), 90):
        begin = first * DAY
        at = (begin + 6.41 * DAY, begin + 8.27 * DAY)
        plan.jumps += [
            Jump(at=at[0], wall=HOUR), Jump(at=at[0] + 9 * HOUR, wall=-HOUR),
            Jump(at=at[1], wall=DAY), Jump(at=at[1] + 7 * HOUR, wall=-DAY),
            Jump(at=begin + 10.1 * DAY, sleep=6 * HOUR),
        ]  # fmt: skip
        plan.offline.append((begin + 13.3 * DAY, begin + 13.3 * DAY + 6 * HOUR))
        plan.stopped.append((begin + 16.2 * DAY, begin + 17.2 * DAY))


def _add(plan: Plan, number: int, calm: bool) -> None:
    chance = random.Random(f"{plan.seed} feed {number}")
    name = f"f{number}"
    host = _host(plan, number, chance, calm)
    source = Source(
        name=name,
        host=host.name,
        path=f"/{name}.xml" if number % 5 == 1 else f"/{name}.json",
        dialect="rss" if number % 5 == 1 else "json",
        moments=_moments(plan, number, chance),
        validators=VALIDATORS[number % len(VALIDATORS)],
        fresh=_FRESH[number * 3 % len(_FRESH)],
        ttl=90 if number % 10 == 1 else None,
        skip_hours=(1, 2, 3, 22) if number % 10 == 6 else (),
        links=number % 8 == 3,
    )
    if source.skip_hours:
        source.dialect = "rss"
    if source.validators == "lying":
        source.lies_from = plan.days * DAY * chance.uniform(0.05, 0.2)
        source.fresh = ""
    host.feeds[source.path] = source
    plan.feeds.append(source)
    if not calm:
        _move(plan, number, source, chance)


def _moments(plan: Plan, number: int, chance: random.Random) -> list[float]:
    kind = _RHYTHMS[number % len(_RHYTHMS)]
    rate = 10 ** chance.uniform(-0.7, 1.1) * (0.3 if number % 8 == 3 else 1.0)
    return rhythm.posts(chance, kind=kind, rate=rate, days=plan.days, before=10, monday=MONDAY)


def _host(plan: Plan, number: int, chance: random.Random, calm: bool) -> Host:
    """A host of its own, or the one before (every sixth feed); every fourth host shares one address."""
    if number % 6 == 5:
        return plan.hosts[plan.feeds[-1].host]
    ip = "198.41.0.4" if number % 4 == 0 else f"11.{number // 200}.{number % 200}.7"
    host = Host(
        name=f"h{number}.example", ip=ip, latency=chance.choice((0.05, 0.2, 0.4, 1.5)), toss=number + 1
    )
    host.strained = number % 16 == 3
    plan.hosts[host.name] = host
    if not calm:
        host.robots = _robots(number, plan.days, chance)
        host.spells = _weather(plan.days, chance)
    return host


def _robots(number: int, days: float, chance: random.Random) -> Robots:
    if number % 8 == 3:  # there are pages to be asked for
        since = chance.uniform(0.2, 0.5) * days * DAY
        kinds = (
            Robots(status=200, closed=(since, since + days * DAY * 0.2)),
            Robots(status=200, down=(since, since + 31 * DAY)),
            Robots(status=200, crawl_delay=7),
            Robots(status=403),
        )
        return kinds[number // 8 % len(kinds)]
    return Robots(status=(404, 200, 403, 500, 401)[number % 5], crawl_delay=float(number % 3 * 4))


def _weather(days: float, chance: random.Random) -> list[Spell]:
    """A spell of bad weather about every four days."""
    spells, at = [], chance.expovariate(1 / 3) * DAY
    while at < days * DAY:
        kind = chance.choice(_SPELLS)
        lasts = chance.expovariate(1 / _LASTS.get(kind, 3.0)) * HOUR
        target = chance.choice(("all", "all", "page", "robots"))
        spells.append(Spell(start=at, end=at + lasts, kind=kind, form=chance.choice(_FORMS), target=target))
        at += lasts + chance.expovariate(1 / 4) * DAY
    return spells


def _move(plan: Plan, number: int, source: Source, chance: random.Random) -> None:
    """The feed's address begins to lead elsewhere, to another host or another path of the same."""
    status = _MOVES.get(number % _ROUND)
    if status is None or source.validators == "lying":
        return
    since = plan.days * DAY * chance.uniform(0.1, 0.3)
    if status == 410:
        source.move = Move(status=410, since=since)
        return
    other = plan.hosts[plan.feeds[0].host] if number % 2 else plan.hosts[source.host]
    source.move = Move(status=status, since=since, host=other.name, path=f"/moved/{source.name}")
    other.feeds[source.move.path] = source
