"""How gently a host is treated, by what became of the last request to it.  Pure; the gate asks.

Three rules: the rest between two requests follows the host's latency, and errors never shorten it;
a 429 is silence even without a Retry-After; a host in trouble is left alone and then probed once.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

SLOW = 0.5  #: seconds; an exchange that takes longer raises the rest
FIRST_REST = 60.0  #: seconds; doubles with every further one
LONGEST_REST = 3600.0
_NOTHING = 0.05  #: seconds of a learned rest that are none


class Outcome(enum.Enum):
    """What a request tells of its host."""

    GOOD = "good"  #: 2xx or 304
    PLAIN = "plain"  #: any other answer of a server that works: redirects, 4xx
    FAILED = "failed"  #: unreachable, 5xx, a body that was cut
    THROTTLED = "throttled"  #: 429
    UNKNOWN = "unknown"  #: it never came to that: cancelled, or a failure on our side


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one request."""

    outcome: Outcome
    seconds: float = 0.0  #: how long the exchange took
    status: int = 0
    silence: float | None = None  #: seconds for which a Retry-After asks


@dataclass(frozen=True, slots=True)
class Health:
    """What is learned of a host."""

    delay: float = 0.0  #: seconds between two requests, by its latency
    failures: int = 0  #: requests in a row without a usable answer


NEW = Health()  #: of a host that was never asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """The ``[web]`` settings of the gate, in seconds."""

    delay: float  #: between two requests to a host, at least
    address_delay: float  #: between two requests to an IP address
    factor: float = 2.0  #: rest after a slow exchange, in lengths of it
    delay_max: float = 30.0  #: the longest rest that latency can bring
    patience: float = 20.0  #: the longest silence that is waited for instead of reported
    trouble: int = 5  #: requests in a row without a usable answer before a host is left alone; 0: never
    longest_wait: float = 300.0  #: the longest Crawl-delay that is waited for instead of reported

    @property
    def longest(self) -> float:
        """The longest rest between two requests that is waited for."""
        return max(self.longest_wait, self.delay, self.address_delay, self.delay_max)

    def learn(self, health: Health, verdict: Verdict) -> Health:
        """The host's health after a request."""
        if verdict.outcome is Outcome.UNKNOWN:
            return health
        target = self.factor * verdict.seconds if verdict.seconds > SLOW else 0.0
        delay = min((health.delay + target) / 2, self.delay_max)
        if delay < health.delay:
            delay = delay if verdict.outcome is Outcome.GOOD else health.delay
            delay = delay if delay > _NOTHING else 0.0
        failed = verdict.outcome in (Outcome.FAILED, Outcome.THROTTLED)
        if delay == health.delay and not failed and not health.failures:
            return health
        return replace(health, delay=delay, failures=health.failures + 1 if failed else 0)

    def rest(self, health: Health, verdict: Verdict) -> float:
        """Seconds for which nothing at all is sent to the host after a request; 0 for none."""
        if verdict.outcome is Outcome.UNKNOWN:
            return 0.0  # nothing was asked, so the silence that is over stays over
        rest = verdict.silence or 0.0
        if verdict.outcome is Outcome.THROTTLED and verdict.silence is None:
            rest = _doubled(health.failures - 1)
        if 0 < self.trouble <= health.failures:
            rest = max(rest, _doubled(health.failures - self.trouble))
        return rest


def outcome_of(status: int) -> Outcome:
    """What an HTTP status tells of the host."""
    if status == 429:
        return Outcome.THROTTLED
    if status >= 500:
        return Outcome.FAILED
    return Outcome.GOOD if 200 <= status < 300 or status == 304 else Outcome.PLAIN


def _doubled(times: int) -> float:
    return min(FIRST_REST * 2.0 ** min(times, 20), LONGEST_REST)
