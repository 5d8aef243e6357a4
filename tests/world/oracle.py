"""The judge: hears what the servers saw and what befell the crawler, and keeps the violations."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.world.crossing import Crossing
from tests.world.moves import Moves
from tests.world.polls import Early
from tests.world.seen import Findings, Promises, Rule, Seen
from tests.world.server import Reply
from tests.world.storms import Retries, Storms
from tests.world.traffic import Gaps, Noise, Silence, Strain
from tests.world.vouching import Validators

_VISIT = 120.0  #: seconds, free of other requests of its host, within which a try again belongs to the visit
_TICKET = 900.0  #: seconds within which a redirect's target is asked because of it


@dataclass(slots=True)
class Asked:
    """The last request for an address: is the next one its retry?"""

    ended: float = float("-inf")
    spent: float = 0.0  #: seconds that its host's requests had taken till then
    tries: int = 0
    failed: bool = False


@dataclass(slots=True)
class Oracle:
    """All rules over one log; requests are marked as hops and retries before the rules see them."""

    promises: Promises = field(default_factory=Promises)
    findings: Findings = field(default_factory=Findings)
    rules: list[Rule] = field(init=False)
    storms: Storms = field(init=False)
    under_way: set[Seen] = field(default_factory=set)
    _just: list[Seen] = field(default_factory=list)  #: ended at this very instant
    _asked: dict[str, Asked] = field(default_factory=dict)
    _spent: dict[str, float] = field(default_factory=dict)  #: seconds that a host's requests have taken
    _tickets: dict[str, float] = field(default_factory=dict)
    _origins: dict[str, str] = field(default_factory=dict)  #: where a redirect's target was led from

    def __post_init__(self) -> None:
        kinds: tuple[type[Rule], ...] = (
            Gaps, Silence, Strain, Noise, Early, Validators, Moves, Crossing, Storms, Retries,
        )  # fmt: skip
        self.rules = [kind(self.findings, self.promises) for kind in kinds]
        self.storms = next(rule for rule in self.rules if isinstance(rule, Storms))

    def asked(self, seen: Seen) -> None:
        """A request reached its server (or, without an address, nobody)."""
        self._mark(seen)
        self.under_way.add(seen)
        for rule in self.rules:
            rule.asked(seen)

    def ended(self, seen: Seen, at: float, reply: Reply | None, *, delivered: bool) -> None:
        """A request ended; ``reply`` None: the crawler gave it up or died."""
        seen.ended, seen.reply, seen.delivered = at, reply, delivered
        self.under_way.discard(seen)
        self.findings.recent.append(seen)
        self._just = [each for each in self._just if each.ended == at]
        self._just.append(seen)
        good = delivered and reply is not None and (reply.is_feed or 300 <= reply.status < 408)
        found = delivered and seen.kind != "feed" and reply is not None and reply.status == 200
        self._spent[seen.host] = self._spent.get(seen.host, 0.0) + at - seen.at
        self._told(seen.url, at, failed=not (good or found))
        if seen.url in self._origins and not (good or found):  # the visit begins anew where it was led from
            self._told(self._origins[seen.url], at, failed=True)
        if delivered and reply is not None and "location" in reply.headers:
            target = reply.headers["location"].partition("://")[2]
            self._tickets[target] = at + _TICKET
            self._origins[target] = seen.url
        for rule in self.rules:
            rule.ended(seen)

    def unresolved(self, host: str, at: float) -> None:
        """A name was not found: whoever was led to that host must begin its visit anew, and no server sees why."""
        for target, until in self._tickets.items():
            if until >= at and target.partition("/")[0] == host:
                self._told(self._origins[target], at, failed=True)

    def _told(self, url: str, at: float, *, failed: bool) -> None:
        asked = self._asked.setdefault(url, Asked())
        asked.failed, asked.ended = failed, at
        asked.spent = self._spent.get(url.partition("/")[0], 0.0)

    def killed(self, at: float) -> None:
        """The crawler ended without goodbye."""
        lost = list(self.under_way)
        for seen in lost:
            self.ended(seen, at, None, delivered=False)
        unsettled = [seen for seen in self._just if seen.ended == at] + lost
        for rule in self.rules:
            rule.killed(at, unsettled)
        self._asked.clear()
        self._tickets.clear()

    def jumped(self, at: float, seconds: float) -> None:
        """The crawler's wall clock was set."""
        for rule in self.rules:
            rule.jumped(at, seconds)

    def close(self) -> Findings:
        """The end of the world: everything that was found."""
        for rule in self.rules:
            if isinstance(rule, Retries):
                rule.close()
        return self.findings

    def _mark(self, seen: Seen) -> None:
        """A hop follows a redirect to it; a try again follows a failure, within the visit, twice at most.

        Between two tries its host may serve others: what these took does not count.
        """
        seen.hop = self._tickets.pop(seen.url, 0.0) >= seen.at
        before = self._asked.setdefault(seen.url, Asked())
        free = seen.at - before.ended - (self._spent.get(seen.host, 0.0) - before.spent)
        seen.again = before.failed and free < _VISIT and before.tries < self.promises.tries
        before.tries = before.tries + 1 if seen.again else 1
        before.failed = False
