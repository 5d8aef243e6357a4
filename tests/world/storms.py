"""Rules about crowds: after an outage (N26), after a long stop (P17), and retries in bad weather (S33)."""

from __future__ import annotations

from collections import Counter

from tests.world.seen import Findings, Promises, Rule, Seen

_FIRST = 300.0  #: seconds after a return that are looked at


class Storms(Rule):
    """Nobody comes back with a storm: in the first five minutes not more than a hundred and half of the feeds."""

    MOST = 0.5  #: of all feeds, in the first five minutes after the return …
    MANY = 100  #: … where they are more than these; a crowd of one each at as many hosts is none
    MOST_A_SECOND = 100.0

    def __init__(self, findings: Findings, promises: Promises) -> None:
        super().__init__(findings, promises)
        self.feeds = 0
        self.case = ""
        self.since: float | None = None
        self.first: Counter[int] = Counter()
        self.polled = 0
        self.times: list[tuple[float, int]] = []  #: steady requests: time, count so far

    def returned(self, at: float, case: str) -> None:
        """The network is back, or the crawler is."""
        self.case, self.since, self.polled = case, at, 0
        self.first.clear()

    def asked(self, seen: Seen) -> None:
        if self.since is None or seen.ip is None:
            return
        if seen.at - self.since > _FIRST:
            self._judge(seen.at)
        elif seen.kind == "feed" and not seen.again and not seen.hop:
            self.polled += 1
            self.first[int(seen.at)] += 1

    def _judge(self, at: float) -> None:
        self.since = None
        share = self.polled / max(self.feeds, 1)
        peak = max(self.first.values(), default=0)
        self.findings.most(f"{self.case} share of feeds polled in the first 5 min", share)
        self.findings.most(f"{self.case} peak polls a second", peak)
        if share > self.MOST and self.polled > self.MANY:
            self.findings.violation(self.case, at, f"{share:.0%} of all feeds in the first five minutes")
        if peak > self.MOST_A_SECOND:
            self.findings.violation(self.case, at, f"{peak} polls in one second")


class Retries(Rule):
    """S33: what a visit asks again is at most a tenth of all requests, counted by the day."""

    def __init__(self, findings: Findings, promises: Promises) -> None:
        super().__init__(findings, promises)
        self.day, self.requests, self.retries = 0, 0, 0

    def asked(self, seen: Seen) -> None:
        if seen.ip is None:
            self.findings.add("N26 attempts that reached nobody")
            return
        day = int(seen.at // 86_400)
        if day != self.day:
            self.close()
            self.day = day
        self.requests += 1
        self.retries += seen.again
        self.findings.add("requests")
        self.findings.add("S33 retries", seen.again)

    def close(self) -> None:
        """Judge the day that ends."""
        spare = self.retries - 20  # a budget lets a few pass before it counts
        if self.requests and spare > self.promises.retries * self.requests:
            at = (self.day + 1) * 86_400.0
            self.findings.violation("S33", at, f"{self.retries} retries in a day's {self.requests} requests")
        self.findings.most("S33 most retries a request, by the day", self.retries / max(self.requests, 1))
        self.requests = self.retries = 0
