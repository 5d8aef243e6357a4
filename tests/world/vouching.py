"""Rules about validators: conditional requests (P01), byte for byte (P02), none (P05), lying ones (P09)."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.world.reading import DAY, freshness
from tests.world.seen import Findings, Promises, Rule, Seen
from tests.world.server import FRESH, Reply
from tests.world.source import BEGIN, Pair, Source

_NONE: Pair = (None, None)
_GRAIN = 2.0  #: seconds


@dataclass(slots=True)
class Given:
    """What one address vouched with."""

    pairs: set[Pair] = field(default_factory=set)  #: of which one must come back; two after a crash
    before: Pair | None = None
    full: float | None = None  #: when the last full body was asked for
    number: int = 0  #: how many items there had been by then
    overflowed: bool = (
        False  #: it shared no item with the one before: some may be lost, and the next comes sooner
    )


class Validators(Rule):
    """Reads what comes back, and when nothing does."""

    def __init__(self, findings: Findings, promises: Promises) -> None:
        super().__init__(findings, promises)
        self.given: dict[str, Given] = {}
        self.of_host: dict[str, set[Pair]] = {}
        self.jump = float("-inf")  #: when the wall clock was last set forward: P04 judges what follows

    def ended(self, seen: Seen) -> None:
        if seen.kind != "feed" or seen.feed is None or seen.ip is None:
            return
        led = seen.feed.move is not None and seen.target == seen.feed.path and seen.at >= seen.feed.move.since
        if led or (seen.reply is not None and "location" in seen.reply.headers):
            self._passed_on(seen)
        else:
            self._came_back(seen)
        if seen.delivered and seen.reply is not None and seen.reply.is_feed:
            self._learn(seen, seen.reply)

    def _came_back(self, seen: Seen) -> None:
        """Exactly what the address gave last."""
        sent: Pair = (seen.headers.get("if-none-match"), seen.headers.get("if-modified-since"))
        given = self.given.get(seen.url)
        if given is None:
            self._passed_on(seen)
            return
        if sent == _NONE:
            self._unconditional(seen, given)
        elif sent not in given.pairs:
            wanted = " or ".join(_short(pair) for pair in given.pairs)
            self.findings.violation("P02", seen.at, f"{seen.url} was sent {_short(sent)} instead of {wanted}")

    def _unconditional(self, seen: Seen, given: Given) -> None:
        """A full fetch: of a feed without validators once a day, of others a probe once a week at most."""
        assert seen.feed is not None
        gap = seen.at - given.full if given.full is not None else float("inf")
        if seen.again:
            return
        if given.pairs == {_NONE}:
            self.findings.add("P05 full fetches")
            least = self._least(seen.feed, seen.at, given)
            if gap < least - _GRAIN and not seen.at - gap <= self.jump <= seen.at:
                self.findings.violation(
                    "P05", seen.at, f"{seen.url} fetched in full after {gap / 3600:.2f} h"
                )
        elif _NONE in given.pairs:
            return
        elif seen.feed.lies_from is not None and seen.at > seen.feed.lies_from:
            self._probe_of_liar(seen, gap, given)
        elif gap >= self.promises.probe - _GRAIN:
            self.findings.add("P09 probes of honest feeds")
        else:
            self.findings.add("P01 unconditional beyond the first")
            self.findings.violation(
                "P01", seen.at, f"{seen.url} ({seen.feed.validators}) asked unconditionally"
            )

    def _least(self, feed: Source, at: float, given: Given) -> float:
        """Seconds between two full fetches: a day, less where it is invited or items would be or were lost."""
        if given.overflowed:
            return self.promises.floor
        invited = max(60.0 * (feed.ttl or 0), freshness(FRESH[feed.fresh](at), BEGIN + at))
        week, day = (feed.number(at) - feed.number(at - 7 * DAY)) / 7, feed.number(at) - feed.number(at - DAY)
        lasts = (
            feed.window / 3 / (3 * max(week, day) + 1) * DAY
        )  # a third of it, at thrice the week's or day's rate
        return min(self.promises.full_fetch, invited or DAY, lasts)

    def _probe_of_liar(self, seen: Seen, gap: float, given: Given) -> None:
        assert seen.feed is not None
        assert seen.feed.lies_from is not None
        self.findings.add("P09 probes of liars")
        self.findings.figures.setdefault(
            f"P09 days to find {seen.feed.name}", (seen.at - seen.feed.lies_from) / 86_400
        )
        if (
            gap < self._least(seen.feed, seen.at, given) - _GRAIN
        ):  # once found, it is one that vouches for nothing
            self.findings.violation("P09", seen.at, f"{seen.url} probed after {gap / 3600:.2f} h")

    def _passed_on(self, seen: Seen) -> None:
        """An address that vouched for nothing, or only leads elsewhere, is shown no other host's validators."""
        sent: Pair = (seen.headers.get("if-none-match"), seen.headers.get("if-modified-since"))
        if sent != _NONE and sent not in self.of_host.get(seen.host, ()):
            self.findings.violation(
                "P02", seen.at, f"{seen.url} was sent {_short(sent)}, which its host never gave"
            )

    def _learn(self, seen: Seen, reply: Reply) -> None:
        headers = reply.headers
        got: Pair = (headers.get("etag"), headers.get("last-modified"))
        fresh = seen.url not in self.given
        given = self.given.setdefault(seen.url, Given())
        sent: Pair = (seen.headers.get("if-none-match"), seen.headers.get("if-modified-since"))
        # A 304 vouches for what was shown to it, so the pair that it renews is the one that was sent.
        given.before = sent if sent != _NONE or reply.status == 304 else next(iter(given.pairs), None)
        if reply.status == 304 and given.before is not None:
            got = (got[0] or given.before[0], got[1] or given.before[1])
        else:
            given.full = seen.at
            number = seen.feed.number(seen.at) if seen.feed else 0
            given.overflowed = (
                not fresh and seen.feed is not None and number - given.number >= seen.feed.window
            )
            given.number = number
            self.findings.add("P01 first fetches", fresh)
        given.pairs = {got}
        self.of_host.setdefault(seen.host, set()).add(got)

    def jumped(self, at: float, seconds: float) -> None:
        self.jump = at if seconds > 0 else self.jump

    def killed(self, at: float, unsettled: list[Seen]) -> None:
        """Whether the last answer was stored, nobody outside can know: both pairs are right."""
        for seen in unsettled:
            given = self.given.get(seen.url)
            if given is None or not seen.delivered:
                continue
            given.pairs.add(given.before or _NONE)
            given.full = None


def _short(pair: Pair) -> str:
    return " + ".join(f"{each[:40]}…" if each and len(each) > 40 else str(each) for each in pair)
