"""Rules about hosts: gaps and concurrency (P14), silence asked for (P06, P07), strain (P15), noise (P11)."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from urllib.parse import parse_qsl, urlsplit

from tests.world.reading import silence
from tests.world.seen import Findings, Promises, Rule, Seen
from tests.world.source import BEGIN

_EPSILON = 0.005  #: seconds: the stored moment has its own grain


class Gaps(Rule):
    """P14: one request at a time to a host and to an address, and a pause after each."""

    def __init__(self, findings: Findings, promises: Promises) -> None:
        super().__init__(findings, promises)
        self.under_way: Counter[str] = Counter()
        self.last: dict[str, float] = {}

    def asked(self, seen: Seen) -> None:
        if seen.ip is None:
            return
        owed = {"host": self.promises.delay, "ip": self.promises.address_delay}
        for kind, key in (("host", seen.host), ("ip", seen.ip)):
            self.under_way[key] += 1
            self.findings.most(f"P14 {kind} concurrency", self.under_way[key])
            if self.under_way[key] > 1:
                self.findings.violation(
                    "P14", seen.at, f"{self.under_way[key]} at once at {key} ({seen.url})"
                )
            gap = seen.at - self.last.get(key, float("-inf"))
            self.findings.least(f"P14 least {kind} gap", gap)
            if gap < owed[kind] - _EPSILON:
                self.findings.violation(
                    "P14", seen.at, f"{gap:.3f} s after the last one at {key} ({seen.url})"
                )

    def ended(self, seen: Seen) -> None:
        if seen.ip is None or seen.ended is None:
            return
        for key in (seen.host, seen.ip):
            self.under_way[key] -= 1
            self.last[key] = max(self.last.get(key, 0.0), seen.ended)


class Silence(Rule):
    """P06, P07: a Retry-After of 429 or 503 is silence for the whole host."""

    def __init__(self, findings: Findings, promises: Promises) -> None:
        super().__init__(findings, promises)
        self.until: dict[str, tuple[float, str]] = {}
        self.skewed = 0.0  #: until when a clock that jumped excuses (its jump is judged by P04)

    def asked(self, seen: Seen) -> None:
        until, case = self.until.get(seen.host, (0.0, ""))
        if seen.ip is None or seen.at >= until - 1.0:
            return
        case = "P04" if seen.at < self.skewed else case
        self.findings.violation(
            case, seen.at, f"{seen.url} asked {until - seen.at:.0f} s before a silence ends"
        )

    def ended(self, seen: Seen) -> None:
        if (
            seen.reply is None
            or seen.reply.status not in {429, 503}
            or not seen.delivered
            or seen.ended is None
        ):
            return
        asked_for = silence(seen.reply.headers, BEGIN + seen.ended)
        self.findings.add("P06 answers with Retry-After", "retry-after" in seen.reply.headers)
        if asked_for:
            case = "P07" if seen.kind == "page" else "P06"
            self.until[seen.host] = (seen.ended + asked_for, case)

    def killed(self, at: float, unsettled: list[Seen]) -> None:
        for seen in unsettled:
            self.until.pop(seen.host, None)

    def jumped(self, at: float, seconds: float) -> None:
        if seconds > 0:
            self.skewed = at + seconds


class Strain(Rule):
    """P15: who answers slowly is asked slowly, and a quick error makes nobody faster."""

    FROM, SHARE, LONGEST = 2.0, 0.5, 20.0

    def __init__(self, findings: Findings, promises: Promises) -> None:
        super().__init__(findings, promises)
        self.took: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=3))
        self.last: dict[str, float] = {}

    def asked(self, seen: Seen) -> None:
        took = self.took[seen.host]
        if len(took) < 3 or seen.host not in self.last or min(took) < self.FROM:
            return
        gap, owed = seen.at - self.last[seen.host], min(self.SHARE * min(took), self.LONGEST)
        self.findings.least("P15 least share of latency waited", gap / min(took))
        if gap < owed - _EPSILON:
            self.findings.violation(
                "P15", seen.at, f"{seen.url} after {gap:.2f} s; it takes {min(took):.1f} s"
            )

    def ended(self, seen: Seen) -> None:
        if seen.ip is None or seen.ended is None or seen.reply is None or not seen.delivered:
            return
        self.last[seen.host] = seen.ended
        if seen.reply.status in {200, 304}:
            self.took[seen.host].append(seen.ended - seen.at)

    def killed(self, at: float, unsettled: list[Seen]) -> None:
        for seen in unsettled:
            self.took.pop(seen.host, None)


class Noise(Rule):
    """P11: no cookie, no referrer, no invented query or fragment, one User-Agent with a contact."""

    _NEVER = ("cookie", "referer", "from", "authorization", "x-requested-with", "origin")

    def __init__(self, findings: Findings, promises: Promises) -> None:
        super().__init__(findings, promises)
        self.agents: set[str] = set()

    def asked(self, seen: Seen) -> None:
        for name in self._NEVER:
            if name in seen.headers:
                self.findings.violation("P11", seen.at, f"{name} sent to {seen.url}")
        parts = urlsplit(seen.target)
        if parts.fragment or parse_qsl(parts.query, keep_blank_values=True) or seen.kind == "unknown":
            self.findings.violation("P11", seen.at, f"{seen.url} was never published")
        agent = seen.headers.get("user-agent", "")
        self.agents.add(agent)
        if len(self.agents) > 1 or ("@" not in agent and "://" not in agent):
            self.findings.violation("P11", seen.at, f"User-Agent {agent!r}")
