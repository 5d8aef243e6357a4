"""Rules about robots.txt: asked first and again (P12), obeyed over time (P13)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.world.reading import DAY
from tests.world.seen import Findings, Promises, Rule, Seen

_SLACK = 900.0  #: seconds: a page may wait this long at the gate after its robots.txt was fresh
_SOONEST = 3600.0  #: a good answer is not asked for again before


@dataclass(slots=True)
class Answered:
    """What a host's robots.txt said last."""

    asked: float
    ended: float | None = None
    status: int | None = None  #: None: no answer
    closed: bool = False
    delay: float = 0.0
    torn: bool = False  #: a crash may have lost it: it may be asked for again


class Crossing(Rule):
    """Robots before anything else; no page where it forbids, could not be had or is a day old.

    A feed is named by the user: it waits for no robots.txt, but that is looked for once a day (and a name that
    does not resolve is seen by no server), so two days and an interval is the oldest.
    """

    def __init__(self, findings: Findings, promises: Promises) -> None:
        super().__init__(findings, promises)
        self.known: dict[str, Answered] = {}
        self.last: dict[str, Seen] = {}
        self.wrong: list[tuple[float, float]] = []  #: when the wall clock was set, and by how much

    def jumped(self, at: float, seconds: float) -> None:
        self.wrong.append((at, abs(seconds)))

    def _doubt(self, at: float) -> float:
        """How wrong a new process may have been about a stored time: it has only the wall clock to tell."""
        return sum(seconds for jumped, seconds in self.wrong if at - jumped < 2.5 * DAY)

    def asked(self, seen: Seen) -> None:
        if seen.ip is None and seen.kind != "robots":
            return
        if seen.kind == "robots":
            self._robots_asked(seen)
            return
        known = self.known.get(seen.host)
        if known is None or known.ended is None:
            self.findings.violation("P12", seen.at, f"{seen.url} asked before robots.txt")
        elif seen.at - known.asked > self._oldest(seen):
            self.findings.violation(
                "P12", seen.at, f"{seen.url}: its robots.txt is {(seen.at - known.asked) / DAY:.1f} days old"
            )
        else:
            self._crossed(seen, known)

    def _oldest(self, seen: Seen) -> float:
        return (DAY if seen.kind == "page" else 2.25 * DAY) + _SLACK + self._doubt(seen.at)

    def _robots_asked(self, seen: Seen) -> None:
        self.findings.add("P12 robots.txt asked")
        before = self.known.get(seen.host)
        if (
            (
                before is not None
                and before.ended
                and not seen.again
                and not before.torn
                and (before.status or 599) < 429
            )
            and seen.at - before.ended < _SOONEST
            and not self._doubt(seen.at)
        ):
            self.findings.violation(
                "P12", seen.at, f"{seen.url} asked again after {seen.at - before.ended:.0f} s"
            )
        if before is None or before.ended is not None:
            kept = (before.closed, before.delay) if before else (False, 0.0)
            self.known[seen.host] = Answered(seen.at, None, None, *kept)

    def _crossed(self, seen: Seen, known: Answered) -> None:
        if seen.kind == "page":
            self.findings.add("P13 pages asked")
            if known.closed:
                self.findings.violation("P13", seen.at, f"{seen.url} asked, though robots.txt disallows it")
            if known.status is None or known.status >= 500:
                self.findings.violation(
                    "P13", seen.at, f"{seen.url} asked, though robots.txt answered {known.status}"
                )
        last = self.last.get(seen.host)
        owed = min(known.delay, self.promises.longest_crawl_delay)
        if last is not None and last.ended and last.kind != "robots" and seen.at - last.ended < owed - 0.01:
            gap = seen.at - last.ended
            self.findings.violation(
                "P12", seen.at, f"{seen.url} after {gap:.1f} s; Crawl-delay is {known.delay:g} s"
            )

    def ended(self, seen: Seen) -> None:
        self.last[seen.host] = seen
        if seen.kind != "robots" or seen.ended is None:
            return
        known = self.known.setdefault(seen.host, Answered(seen.at))
        known.ended = seen.ended
        known.status = seen.reply.status if seen.reply is not None and seen.delivered else None
        if known.status is not None and known.status < 500:
            text = seen.reply.body.decode() if seen.reply is not None and known.status == 200 else ""
            known.closed = "Disallow: /r/" in text
            known.delay = (
                float(text.partition("Crawl-delay: ")[2].partition("\n")[0] or 0) if "Crawl-" in text else 0.0
            )

    def killed(self, at: float, unsettled: list[Seen]) -> None:
        for seen in unsettled:
            if self.last.get(seen.host) is seen:  # nobody lives who knows when it ended
                self.last[seen.host] = replace(seen, ended=seen.at)
            if seen.kind == "robots" and seen.host in self.known:
                known = self.known[seen.host]
                known.ended, known.torn = known.ended or at, True
                known.status = known.status if seen.delivered else None
