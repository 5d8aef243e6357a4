"""The wire between the crawler and the world: keeps ``web.exchange.Sender`` and the resolver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.errors import Truncated, Unreachable
from crawler.model import Attempt
from crawler.web.exchange import Answer, Call
from tests.world.loop import WorldClock
from tests.world.oracle import Oracle
from tests.world.seen import Seen
from tests.world.server import Host, Reply

if TYPE_CHECKING:
    from tests.world.habits import Plan

_TOLD = {"refused": "connection refused", "dns": "name not known", "timeout": "no answer in time"}


class Wire:
    """Carries calls to the hosts of a plan, under the eyes of the oracle; nothing while it is cut."""

    def __init__(self, plan: Plan, clock: WorldClock, oracle: Oracle) -> None:
        self.plan, self.clock, self.oracle = plan, clock, oracle
        self.offline: tuple[float, float] = (0.0, 0.0)
        self.dead = False  #: the process is gone: nothing is sent any more
        self.after: Callable[[], None] = lambda: None  #: told of every answer: restarts count on it

    async def get(self, call: Call, note: Callable[[Attempt], None]) -> Answer:
        """Part of ``web.exchange.Sender``."""
        if self.dead:
            raise Unreachable("the process is gone")
        call = self.sent(call)
        at, started = self.clock.true, self.clock.now()
        host, seen = self._seen(call, at)
        reply = self._reply(host, seen, call, at)
        ended = False
        try:
            await self.clock.sleep(min(reply.seconds, call.seconds))
            ended = True
        finally:
            if not ended and not self.dead:
                self.oracle.ended(seen, self.clock.true, None, delivered=False)
                note(_attempt(call, started, reply, 0.0, "interrupted"))
        whole = reply.failure is None and reply.seconds <= call.seconds
        self.oracle.ended(seen, self.clock.true, reply, delivered=whole)
        failure = None if whole else reply.failure or "timeout"
        reply = self.heard(seen, reply)
        note(_attempt(call, started, reply, self.clock.true - at, failure))
        self.after()
        if failure == "cut":
            raise Truncated(f"{call.url}: the body ended before its end")
        if failure:
            raise Unreachable(f"{call.url}: {_TOLD[failure]}")
        return self._answer(call, reply)

    def sent(self, call: Call) -> Call:
        """What is sent; a rude wire sends something else."""
        return call

    def heard(self, seen: Seen, reply: Reply) -> Reply:
        """What the crawler is told; a rude wire keeps something back."""
        return reply

    async def close(self) -> None:
        """Part of ``web.exchange.Sender``."""

    async def resolve(self, host: str) -> Sequence[str]:
        """Part of ``web.connector.Resolver``; raises ``OSError`` where the name cannot be had."""
        at = self.clock.true
        known = self.plan.hosts.get(host)
        spell = known.spell(at) if known else None
        if self._cut(at):
            self.oracle.findings.add("N26 lookups while offline")
        if known is None or (spell is not None and spell.kind == "dns") or self._cut(at):
            self.oracle.unresolved(host, at)
            raise OSError("name not known")
        return [known.ip]

    def _cut(self, at: float) -> bool:
        return self.offline[0] <= at < self.offline[1]

    def _seen(self, call: Call, at: float) -> tuple[Host | None, Seen]:
        name, target = call.url.host or "", call.url.raw_path_qs
        host = self.plan.hosts.get(name)
        feed = host.feeds.get(target) if host else None
        spell = host.spell(at) if host else None
        lost = host is None or self._cut(at) or (spell is not None and spell.kind == "dns")
        seen = Seen(
            at=at,
            host=name,
            ip=None if lost or host is None else host.ip,
            target=target,
            kind="robots" if target.startswith("/robots") else "feed" if feed else self._page(host, target),
            headers={key.lower(): value for key, value in call.headers.items()},
            feed=feed,
        )
        self.oracle.asked(seen)
        return host, seen

    def _page(self, host: Host | None, target: str) -> str:
        parts = target.split("/")
        known = {feed.name for feed in host.feeds.values() if feed.links} if host else set()
        return (
            "page"
            if len(parts) == 4 and parts[1] == "r" and parts[2] in known and parts[3].isdigit()
            else "unknown"
        )

    def _reply(self, host: Host | None, seen: Seen, call: Call, at: float) -> Reply:
        if host is None or seen.ip is None:
            return Reply(failure="dns", seconds=0.05)
        return host.answer(at, seen.target, seen.headers)

    def _answer(self, call: Call, reply: Reply) -> Answer:
        headers = {name: value for name, value in reply.headers.items() if name != "set-cookie"}
        return Answer(
            url=call.url,
            status=reply.status,
            headers=headers,
            location=headers.get("location"),
            body=reply.body[: call.limit] if reply.status == 200 else b"",
            at=self.clock.now(),
        )


def _attempt(call: Call, started: datetime, reply: Reply, seconds: float, error: str | None) -> Attempt:
    return Attempt(
        url=str(call.url),
        started_at=started,
        number=call.number,
        hop=call.hop,
        status=None if error else reply.status,
        wire_bytes=0 if error else len(reply.body),
        seconds=seconds,
        location=reply.headers.get("location"),
        error=error and f"Unreachable: {error}",
    )
