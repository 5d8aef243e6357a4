"""Our schedule beside others' rules on simulated posting rhythms: who sees news soonest for as many polls?

Everything is simulated and seeded.  Ours is ``crawler.timing`` as it is; its eagerness is set for each
comparison so that it polls at most as often as the rival did.
"""

from __future__ import annotations

import json
import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from crawler.model import FeedState, Validators
from crawler.timing import PollFacts, PollPolicy, after_poll

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
WINDOW = 20
WARM_UP = 14.0 * 24  # hours, not measured: everyone may learn
VALIDATORS = Validators(etag='"1"')

Times = Sequence[float]  # hours since START


# --------------------------------------------------------------------------- how feeds post


def _thinned(dice: random.Random, end: float, highest: float, rate: Callable[[float], float]) -> list[float]:
    """An inhomogeneous Poisson process (Lewis and Shedler)."""
    times, at = [], 0.0
    while (at := at + dice.expovariate(highest)) < end:
        if dice.random() * highest < rate(at):
            times.append(at)
    return times


def _day_curve(at: float) -> float:
    """0 at two in the night, 2 at two in the afternoon, 1 on average."""
    return 1 - math.cos((at - 2) / 24 * 2 * math.pi)


def _workday(at: float) -> bool:
    return at // 24 % 7 < 5


def steady(dice: random.Random, end: float) -> list[float]:
    """A desk that releases something at twenty past every hour, give or take three minutes."""
    return sorted(number + 1 / 3 + dice.uniform(-0.05, 0.05) for number in range(int(end)))


def even(dice: random.Random, end: float) -> list[float]:
    """A desk that releases something every 50 minutes, give or take some, and keeps to no clock."""
    times, at = [], dice.random()
    while (at := at + dice.gammavariate(30, 5 / 6 / 30)) < end:
        times.append(at)
    return times


def chance(dice: random.Random, end: float) -> list[float]:
    """An item an hour without any pattern: nothing can be learned, so nothing gained."""
    return _thinned(dice, end, 1.0, lambda _: 1.0)


def diurnal(dice: random.Random, end: float) -> list[float]:
    """Most in the afternoon, next to nothing at night."""
    return _thinned(dice, end, 3.0, lambda at: 1.5 * _day_curve(at))


def weekly(dice: random.Random, end: float) -> list[float]:
    """The same on workdays; a tenth of it at the weekend."""
    return _thinned(dice, end, 3.0, lambda at: 1.5 * _day_curve(at) * (1.0 if _workday(at) else 0.1))


def business(dice: random.Random, end: float) -> list[float]:
    """Workdays from 8 to 18; three of four items at the full or half hour, as wires release them."""
    rough = _thinned(dice, end, 4.0, lambda at: 4.0 if _workday(at) and 8 <= at % 24 < 18 else 0.03)
    return sorted(math.ceil(at * 2) / 2 + dice.random() / 60 if dice.random() < 0.75 else at for at in rough)


def bursty(dice: random.Random, end: float) -> list[float]:
    """Two or three bursts a day, a dozen items each within the hour; little between."""
    times = _thinned(dice, end, 0.1, lambda _: 0.1)
    for begin in _thinned(dice, end, 0.1, lambda _: 0.1):
        at = begin
        for _ in range(1 + int(dice.expovariate(1 / 11))):
            times.append(at)
            at += dice.expovariate(15)
    return sorted(at for at in times if at < end)


def rare(dice: random.Random, end: float) -> list[float]:
    """Twice a week, in office hours."""
    return _thinned(dice, end, 0.05, lambda at: 0.05 if _workday(at) and 8 <= at % 24 < 18 else 0.0)


RHYTHMS: dict[str, Callable[[random.Random, float], list[float]]] = {
    rhythm.__name__: rhythm for rhythm in (steady, diurnal, weekly, business, bursty, rare, even, chance)
}


@cache
def posted(rhythm: str, seed: int, days: int) -> tuple[float, ...]:
    """When the items of a simulated feed appear."""
    return tuple(RHYTHMS[rhythm](random.Random(f"{rhythm} {seed}"), days * 24.0))


# --------------------------------------------------------------------------- who polls


@dataclass(frozen=True, slots=True)
class Look:
    """What a poll shows, as far as rules use it."""

    at: float
    total: int  #: items posted until now
    new: int  #: since the last poll
    times: Times

    @property
    def known_share(self) -> float:
        """Of the window: how much was there before."""
        shown = min(self.total, WINDOW)
        return 1 - min(self.new, shown) / shown if shown else 1.0


Rule = Callable[[], Callable[[Look], float]]  # a fresh rule: each look → the next moment


def fixed(hours: float) -> Rule:
    """The same interval for ever."""
    return lambda: lambda look: look.at + hours


def entry_frequency() -> Callable[[Look], float]:
    """miniflux: a week over the last week's entries, 5 minutes to 24 hours."""

    def following(look: Look) -> float:
        last_week = look.total - bisect_right(look.times, look.at - 168)
        return look.at + min(max(168 / last_week if last_week else 24.0, 1 / 12), 24.0)

    return following


def media_cloud() -> Callable[[Look], float]:
    """Media Cloud: by the share of known items, in steps; 6 h at first, 10 minutes to 24 hours."""
    minutes = 360.0

    def following(look: Look) -> float:
        nonlocal minutes
        if look.known_share >= 0.67:
            recent = look.total > bisect_right(look.times, look.at - 31 * 24)
            minutes += 10 if recent else 60
        elif look.known_share < 0.33:
            minutes = 360.0 if minutes > 420 else minutes - 60
        minutes = min(max(minutes, 10.0), 1440.0)
        return look.at + minutes / 60

    return following


RIVALS: dict[str, Rule] = {
    "every 30 minutes": fixed(0.5),
    "every 3 hours": fixed(3.0),
    "miniflux, round robin": fixed(1.0),
    "miniflux, entry frequency": entry_frequency,
    "Media Cloud": media_cloud,
}


def ours(eagerness: float) -> Rule:
    """``crawler.timing``; its ceiling lies higher than theirs, so that it need never poll more often."""
    policy = PollPolicy(
        floor=timedelta(minutes=5),
        ceiling=timedelta(hours=36),
        initial=timedelta(minutes=15),
        eagerness=eagerness,
    )

    def begin() -> Callable[[Look], float]:
        state = FeedState(next_poll_at=START)

        def following(look: Look) -> float:
            nonlocal state
            now = START + timedelta(hours=look.at)
            state = after_poll(state, _facts(look, now), policy, seed="https://wire.example/feed")
            return (state.next_poll_at - START) / timedelta(hours=1)

        return following

    return begin


def _facts(look: Look, now: datetime) -> PollFacts:
    if not look.new and look.total:
        return PollFacts(now=now, outcome="unchanged", not_modified=True, validators=VALIDATORS)
    shown = range(look.total - 1, max(look.total - WINDOW, 0) - 1, -1)
    return PollFacts(
        now=now,
        outcome="changed",
        keys=tuple([str(number) for number in shown]),
        published=tuple([START + timedelta(hours=look.times[number]) for number in shown]),
        validators=VALIDATORS,
    )


# --------------------------------------------------------------------------- what came of it


@dataclass(frozen=True, slots=True)
class Result:
    """What one rule reached on one rhythm: delays in minutes from posted to seen (missed: to the poll too late)."""

    polls_a_day: float
    mean: float
    p95: float
    missed: int


def play(rule: Rule, times: Times, days: int, start: float = 0.0) -> Result:
    """Poll a feed for ``days``; what happens after the warm-up is measured."""
    following, at, seen, polls, missed = rule(), start, 0, 0, 0
    delays: list[float] = []
    while at < days * 24:
        total = bisect_right(times, at)
        if at >= WARM_UP:
            polls += 1
            delays += [at - posted_at for posted_at in times[seen:total] if posted_at >= WARM_UP]
            missed += max(total - seen - WINDOW, 0)
        at = following(Look(at, total, total - seen, times))
        seen = total
    delays = sorted(delays) or [0.0]
    return Result(
        polls_a_day=polls / (days - WARM_UP / 24),
        mean=sum(delays) / len(delays) * 60,
        p95=delays[int(len(delays) * 0.95)] * 60,
        missed=missed,
    )


def at_most(polls_a_day: float, rhythm: str, seed: int, days: int, steps: int) -> Result:
    """Ours at the eagerness that comes nearest to as many polls, and does not exceed them."""
    power, found = 0.0, []
    for _ in range(steps):
        result = _ours_on(rhythm, seed, days, round(power, 3))
        found.append(result)
        power += min(max(math.log2(0.997 * polls_a_day / result.polls_a_day), -4.0), 4.0)
    within = [result for result in found if result.polls_a_day <= polls_a_day]
    return max(within or found, key=lambda result: result.polls_a_day if within else -result.polls_a_day)


def _first_poll(seed: int) -> float:
    """When both begin: no rule may be lucky with its phase."""
    return random.Random(seed).uniform(0, 24)


@cache
def _ours_on(rhythm: str, seed: int, days: int, power: float) -> Result:
    return play(ours(2.0**power), posted(rhythm, seed, days), days, _first_poll(seed))


@dataclass(frozen=True, slots=True)
class Cell:
    """One rhythm, one rival: averages over the seeds."""

    rhythm: str
    rival: str
    theirs: Result
    ours: Result


def compare(rhythm: str, rival: str, *, seeds: Sequence[int], days: int, steps: int = 6) -> Cell:
    """Both on the same items."""
    theirs = [play(RIVALS[rival], posted(rhythm, seed, days), days, _first_poll(seed)) for seed in seeds]
    own = [
        at_most(result.polls_a_day, rhythm, seed, days, steps)
        for seed, result in zip(seeds, theirs, strict=True)
    ]
    return Cell(rhythm, rival, _average(theirs), _average(own))


def _average(results: Sequence[Result]) -> Result:
    def mean(name: str) -> float:
        return sum(getattr(result, name) for result in results) / len(results)

    return Result(mean("polls_a_day"), mean("mean"), mean("p95"), sum(result.missed for result in results))


def run(*, seeds: Sequence[int], days: int, steps: int = 6) -> list[Cell]:
    """Every rhythm against every rival."""
    return [
        compare(rhythm, rival, seeds=seeds, days=days, steps=steps) for rhythm in RHYTHMS for rival in RIVALS
    ]


def report(cells: Sequence[Cell]) -> str:
    """The table, as Markdown."""
    lines = [
        "| rhythm | rival | polls a day | mean delay, min | p95, min | missed |",
        "|---|---|---|---|---|---|",
    ]
    for cell in cells:
        pairs = [
            f"{getattr(cell.theirs, name):.1f} → {getattr(cell.ours, name):.1f}"
            for name in ("polls_a_day", "mean", "p95")
        ]
        missed = f"{cell.theirs.missed} → {cell.ours.missed}"
        lines.append(f"| {cell.rhythm} | {cell.rival} | {' | '.join(pairs)} | {missed} |")
    return "\n".join([*lines, "", "Each pair: the rival → this crawler."])


def as_json(cells: Sequence[Cell]) -> str:
    """The same as plain values."""
    return json.dumps([asdict(cell) for cell in cells], indent=1)
