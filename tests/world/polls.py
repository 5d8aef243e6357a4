"""Rules about feeds' times: early polls (P03, P04), freshness and hints (P08), and that nobody is forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from tests.world.reading import DAY, HOUR, freshness
from tests.world.seen import Findings, Promises, Rule, Seen
from tests.world.source import BEGIN, Source

_GRAIN = 1.0  #: seconds: of stored moments
_UPSET = 4 * HOUR  #: after a jump of the clock what is early is put down to it
_QUEUED = (
    300.0  #: seconds that a poll may wait for the turn of its host, and of an address with a hundred feeds
)


@dataclass(slots=True)
class Due:
    """When a feed may be polled next, and why."""

    at: float = 0.0
    case: str = "P03"
    why: str = ""
    known: float = -1.0  #: when it was learned
    fresh: float = 0.0  #: seconds, of the last answer that told


class Early(Rule):
    """No poll before the floor, the end of freshness, ttl and skipped hours."""

    def __init__(self, findings: Findings, promises: Promises) -> None:
        super().__init__(findings, promises)
        self.due: dict[str, Due] = {}
        self.jumps: list[tuple[float, float]] = []

    def asked(self, seen: Seen) -> None:
        if seen.kind != "feed" or seen.feed is None or seen.hop or seen.again:
            return
        self.findings.add("polls")
        due = self.due.setdefault(seen.feed.name, Due())
        if due.known >= 0:
            self.findings.least("P03 least gap", seen.at - due.known)
        if seen.at < due.at - _GRAIN:
            self._early(seen, seen.feed, due)
        if seen.feed.skip_hours and due.known >= 0 and not self._excused(due, seen.at):
            hour = int((BEGIN + seen.at) % DAY // 3600)
            begun = (
                BEGIN + seen.at
            ) % HOUR < _QUEUED  # it may have waited for its turn since the hour before
            if (
                hour in seen.feed.skip_hours
                and not (begun and hour - 1 not in seen.feed.skip_hours)
                and due.case != "P03 failed"
            ):
                self.findings.violation("P08", seen.at, f"{seen.url} asked in its skipped hour {hour}")

    def _early(self, seen: Seen, feed: Source, due: Due) -> None:
        if self._excused(due, seen.at):
            self.findings.add("P04 polls caught up after a jump")
            return
        what = f"{feed.name} at {seen.host} asked {due.at - seen.at:.0f} s early ({due.why})"
        soon = any(0 <= seen.at - moment < _UPSET for moment, _ in self.jumps)
        self.findings.violation("P04" if soon else due.case.split()[0], seen.at, what)

    def _excused(self, due: Due, at: float) -> bool:
        """Whether the wall clock was set forward between the promise and now: one poll to catch up is right."""
        return any(due.known <= moment <= at for moment, _ in self.jumps)

    def ended(self, seen: Seen) -> None:
        if seen.kind != "feed" or seen.feed is None or seen.ended is None or seen.reply is None:
            return
        due = self.due.setdefault(seen.feed.name, Due())
        due.known = seen.ended
        if not seen.delivered or not seen.reply.is_feed:
            moment = seen.ended + self.promises.floor
            # A redirect is half an answer; a body that is no feed and an error are none.
            due.at, due.case, due.why = moment, "P03 failed", "the floor after a failure"
            return
        said = {"cache-control", "expires"} & seen.reply.headers.keys()
        due.fresh = (
            freshness(seen.reply.headers, BEGIN + seen.ended)
            if said or seen.reply.status == 200
            else due.fresh
        )
        ttl = min(60.0 * (seen.feed.ttl or 0), self.promises.ceiling)
        waits = ((self.promises.floor, "P03", "floor"), (due.fresh, "P08", "fresh"), (ttl, "P08", "ttl"))
        wait, due.case, due.why = max(waits)
        due.at = seen.ended + wait

    def killed(self, at: float, unsettled: list[Seen]) -> None:
        for seen in unsettled:
            if seen.feed is not None and seen.kind == "feed":
                due = self.due.setdefault(seen.feed.name, Due())
                due.at, due.case, due.why = (
                    seen.at + self.promises.after_crash,
                    "P03 failed",
                    "a crash cut it off",
                )

    def jumped(self, at: float, seconds: float) -> None:
        if seconds > 0:
            self.jumps.append((at, seconds))
