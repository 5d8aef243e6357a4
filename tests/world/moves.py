"""Rules about moved and dead addresses (P10)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.world.reading import DAY
from tests.world.seen import Findings, Promises, Rule, Seen


@dataclass(slots=True)
class Led:
    """Where an address led, since when, how often in a row."""

    target: str
    permanent: bool
    since: float
    times: int = 1


class Moves(Rule):
    """An address is rewritten after three permanent redirects over 48 h, else never; after a day of 410s it rests."""

    TIMES, OVER, CONFIRM, AGAIN = 3, 2 * DAY - 2, 3 * DAY, 25 * DAY

    def __init__(self, findings: Findings, promises: Promises) -> None:
        super().__init__(findings, promises)
        self.led: dict[str, Led] = {}  #: by feed
        self.gone: dict[str, list[float]] = {}
        self.direct: set[str] = set()
        self.jumps: list[tuple[float, float]] = []

    def asked(self, seen: Seen) -> None:
        feed = seen.feed
        if seen.kind != "feed" or feed is None or seen.hop or seen.again:
            return
        if seen.url in self.gone:
            self._after_death(seen)
        if (
            feed.move is None
            or feed.move.status == 410
            or seen.target == feed.path
            or feed.name in self.direct
        ):
            return
        self.direct.add(feed.name)
        led = self.led.get(feed.name)
        agreed = (
            led is not None
            and led.permanent
            and led.times >= self.TIMES
            and seen.at - led.since + self._ahead(led.since) >= self.OVER
        )
        self.findings.add("P10 addresses rewritten")
        if not agreed:
            self.findings.violation("P10", seen.at, f"{seen.url} asked directly, rewritten too soon: {led}")

    def _after_death(self, seen: Seen) -> None:
        times = self.gone[seen.url]
        if times[-1] - times[0] < self.CONFIRM:
            return  # believed after a day; a failure that no server saw may have begun it anew
        self.findings.add("P10 dead addresses asked again")
        if seen.at - times[-1] < self.AGAIN - 2:
            hours = (seen.at - times[-1]) / 3600
            self.findings.violation(
                "P10", seen.at, f"{seen.url} asked {hours:.1f} h after its 410 number {len(times)}"
            )

    def ended(self, seen: Seen) -> None:
        if seen.kind == "feed" and seen.reply is not None and seen.reply.status != 410:
            self.gone.pop(seen.url, None)  # whoever answers otherwise in between, or not at all, is not dead
        if (
            seen.kind != "feed"
            or seen.feed is None
            or seen.reply is None
            or not seen.delivered
            or seen.ended is None
        ):
            return
        status, name = seen.reply.status, seen.feed.name
        if status == 410:
            self.gone.setdefault(seen.url, []).append(seen.ended)
        elif status == 200 or status == 304:
            self.gone.pop(seen.url, None)
            if seen.target == seen.feed.path and seen.reply.is_feed:
                self.led.pop(name, None)
        elif 300 <= status < 400:
            target, led = seen.reply.headers.get("location", ""), self.led.get(name)
            if led is not None and led.target == target and led.permanent == (status in {301, 308}):
                led.times += 1
            else:
                self.led[name] = Led(target, status in {301, 308}, seen.ended)

    def jumped(self, at: float, seconds: float) -> None:
        self.jumps.append((at, seconds))

    def _ahead(self, since: float) -> float:
        """By how much a clock was set forward since: it makes a day of an hour, and nobody inside can tell."""
        return sum(seconds for moment, seconds in self.jumps if moment >= since and seconds > 0)

    def killed(self, at: float, unsettled: list[Seen]) -> None:
        for seen in unsettled:
            self.gone.pop(seen.url, None)
