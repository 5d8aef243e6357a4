"""WebSub beside the polls: who is subscribed, asked again, believed, and what a push sets in motion.

A push is never content.  It makes its feed due, so that what is archived is what the wire's own feed
served; and pulling goes on, as the check on the hub.  The rules are in ``pushing``, here they are
carried out: asked by ``slices`` after each poll, by the callback server (``ports.Pushes``), and by time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from crawler import pushing, urls
from crawler.config import PollConfig, WebSubConfig
from crawler.errors import Bug, CrawlError
from crawler.model import PollCount, Polled, PushOffer, Subscription
from crawler.ports import Clock, Hubs, Subscriptions
from crawler.pushing import lease

LONGEST_REST = 60.0  #: seconds between two looks for feeds that were removed
_AT_ONCE = 8  #: requests to hubs under way
_FLAPPING = timedelta(hours=1)  #: a feed that names another hub at each poll is heeded so often
_QUIET = timedelta(seconds=1)  #: strangers fill no log: one line of theirs in so long


@dataclass(slots=True, kw_only=True)
class Subscribing:
    """Keeps the subscriptions; the store is told of each change before anything is sent."""

    hubs: Hubs
    store: Subscriptions
    clock: Clock
    settings: WebSubConfig
    polling: PollConfig
    wake: asyncio.Event  #: the engine's
    tell: Callable[..., Any]  #: one log line
    _known: dict[int, Subscription] = field(default_factory=dict)  #: by feed
    _tokens: dict[str, int] = field(default_factory=dict)  #: digest of a token → feed
    _polled: dict[int, datetime] = field(default_factory=dict)  #: last polls of this process
    _called: dict[int, datetime] = field(default_factory=dict)  #: for when pushes made feeds due
    _unkept: set[int] = field(default_factory=set)  #: whose counts changed
    _leaving: dict[str, Subscription] = field(default_factory=dict)  #: by digest: left a moment ago
    _farewells: list[Subscription] = field(default_factory=list)  #: of which the hub is to be told
    _stir: asyncio.Event = field(default_factory=asyncio.Event)
    _told_at: datetime | None = None
    _untold: int = 0

    async def load(self) -> None:
        """Take up what the last run left; awaited before anything else."""
        for known in await self.store.subscriptions():
            self._remember(known)
            if known.callback != self._base and known.wanted and known.state != "ended":
                offer = PushOffer(hub=known.hub, topic=known.topic)
                await self._keep(self._begun(known, offer))

    async def run(self) -> None:
        """Ask hubs when it is time, until cancelled; a bug is told and does not end the daemon's polls."""
        while True:
            rest = LONGEST_REST
            try:
                self._stir.clear()
                await self.tick()
                rest = self._rest()
            except CrawlError as error:
                self.tell(event="websub", error=error)
            except Exception as error:
                self.tell(event="websub", error=Bug.of(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._stir.wait()

    async def close(self) -> None:
        """Keep the counts."""
        await self._keep_counts()

    # ------------------------------------------------------------------ after a poll

    def eased(self, polled: Polled) -> Polled:
        """Sooner for a push that came meanwhile, later while pushes come (``slices.PollWatch``)."""
        known = self._known.get(polled.feed.id)
        if known is None:
            return polled
        ceiling = polled.feed.ceiling or self.polling.ceiling
        return replace(polled, state=lease.eased(known, polled, ceiling, self.clock.now()))

    async def settled(self, polled: Polled, count: PollCount) -> None:
        """What a feed offers, and whether its hub told of what a pull found."""
        number, now = polled.feed.id, self.clock.now()
        known = self._known.get(number)
        if known is None:
            if polled.offer is not None:
                fresh = lease.begun(polled.feed, polled.offer, pushing.new_secret(), self._base, now)
                await self._keep(fresh)
        else:
            seen = lease.compared(known, self._polled.get(number), polled, count.new)
            if seen != known:
                self._remember(replace(seen, feed=polled.feed))
                self._unkept.add(number)
            await self._look_again(polled, count)
            await self._offered(self._known[number], polled, now)
        if polled.outcome != "failed":
            self._polled[number] = polled.at
        self._stir.set()

    async def _look_again(self, polled: Polled, count: PollCount) -> None:
        """Once, where the feed does not show yet what its hub told of."""
        number = polled.feed.id
        known = self._known[number]
        due = lease.repeated(known, polled, count.new, polled.feed.floor or self.polling.floor)
        if due is not None and self._called.pop(number, None) == known.called_at:
            self._remember(replace(known, called_at=due))
            await self.store.call_feed(number, due)
            self.wake.set()

    async def _offered(self, known: Subscription, polled: Polled, now: datetime) -> None:
        """Another hub, another topic, or none any more."""
        offer = polled.offer
        if offer is None and (polled.document is None or known.state == "ended"):
            return
        if offer == PushOffer(hub=known.hub, topic=known.topic) and known.state != "ended":
            return
        if known.requested_at is not None and now - known.requested_at < _FLAPPING:
            return
        if known.state in {"pending", "verified", "distrusted"}:
            await self._leave(known)
        if offer is not None:
            await self._keep(self._begun(known, offer))

    # ------------------------------------------------------------------ asking hubs

    async def tick(self) -> None:
        """Do what is due now; ``run`` calls it in time."""
        for number in await self.store.removed():
            if number in self._known:
                self._remember(replace(self._known[number], wanted=False))
        await self._keep_counts()
        now = self.clock.now()
        due = iter([number for number, known in self._known.items() if lease.step(known, now)])

        async def lane() -> None:
            for number in due:
                await self._act(self._known[number])

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(lane())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        while self._farewells:
            await self._bid_farewell(self._farewells.pop())
        self._leaving = {
            digest: left
            for digest, left in self._leaving.items()
            if left.requested_at is not None and now - left.requested_at <= lease.PATIENCE
        }

    async def _act(self, known: Subscription) -> None:
        """Do what is due; looked up anew, for others were asked meanwhile."""
        now = self.clock.now()
        step = lease.step(known, now)
        if step == "subscribe":
            await self._subscribe(known, now)
        elif step == "unsubscribe":
            await self._leave(known)
        elif step == "distrust":
            await self._keep(lease.distrusted(known, now))
            self._say(known, "distrusted")
        elif step == "lapse":
            await self._keep(lease.lapsed(known))
            self._say(known, "lapsed")

    async def _subscribe(self, known: Subscription, now: datetime) -> None:
        asked = lease.requested(known, now)
        await self._keep(asked)  # first: a hub may verify before it answers
        seconds = str(int(self.settings.lease.total_seconds()))
        more = {"hub.secret": known.secret, "hub.lease_seconds": seconds}
        try:
            await self.hubs.post_form(known.hub, self._form(known, "subscribe") | more)
        except CrawlError as error:
            current = self._known[known.feed.id]
            if current.secret == known.secret and lease.awaited(current):
                await self._keep(lease.refused(current, error, self.clock.now()))
            self._say(known, "refused", error=error)
        else:
            self._say(known, "asked")

    async def _leave(self, known: Subscription) -> None:
        """End a subscription; its hub is told once, and falls silent at the lease's end if it does not hear."""
        ended = lease.unsubscribed(known, self.clock.now())
        self._leaving[pushing.digest(pushing.token(known.secret))] = ended
        self._farewells.append(ended)
        await self._keep(ended)
        self._stir.set()

    async def _bid_farewell(self, known: Subscription) -> None:
        try:
            await self.hubs.post_form(known.hub, self._form(known, "unsubscribe"))
        except CrawlError as error:
            self._say(known, "not unsubscribed", error=error)
        else:
            self._say(known, "unsubscribed")

    def _form(self, known: Subscription, mode: str) -> dict[str, str]:
        callback = known.callback + pushing.token(known.secret)
        return {"hub.mode": mode, "hub.topic": known.topic, "hub.callback": callback}

    # ------------------------------------------------------------------ what comes from outside

    async def challenged(self, token: str, query: Mapping[str, str]) -> str | None:
        """The challenge to be echoed (``ports.Pushes``)."""
        known = self._find(token) or self._leaving.get(pushing.digest(token))
        answer = lease.answered(known, query, self.clock.now(), wish=self.settings.lease) if known else None
        if known is None or answer is None:
            self.dropped(token, "a challenge for nothing that was asked")
            return None
        if answer != known:
            await self._keep(answer)
            self._stir.set()
            self._say(answer, answer.state, lease_until=answer.lease_until)
        return query.get("challenge", "")

    def secret(self, token: str) -> str | None:
        """With which a push must be signed (``ports.Pushes``)."""
        known = self._find(token)
        return known.secret if known is not None and lease.live(known, self.clock.now()) else None

    async def pushed(self, token: str) -> None:
        """A push that was signed rightly makes its feed due."""
        known, now = self._find(token), self.clock.now()
        if known is None or not lease.live(known, now):
            return
        floor = known.feed.floor or self.polling.floor
        heard, due = lease.pushed(known, now, floor)
        self._remember(heard)
        self._unkept.add(known.feed.id)
        if due is not None:
            self._say(known, "pushed", due=due)
            self._called[known.feed.id] = due
            await self.store.call_feed(known.feed.id, due)
            self.wake.set()

    def dropped(self, token: str, why: str) -> None:
        """Something without effect: counted, and told once a second at most."""
        known, now = self._find(token), self.clock.now()
        if known is not None:
            self._remember(replace(known, forged=known.forged + 1))
            self._unkept.add(known.feed.id)
        if self._told_at is not None and now - self._told_at < _QUIET:
            self._untold += 1
            return
        feed = {"feed": known.feed.name} if known is not None else {}
        more = {"untold": self._untold} if self._untold else {}
        self._told_at, self._untold = now, 0
        self.tell(event="websub", what="dropped", **feed, why=why, **more)

    # ------------------------------------------------------------------ keeping

    @property
    def _base(self) -> str:
        return self.settings.callback or ""

    def _begun(self, known: Subscription, offer: PushOffer) -> Subscription:
        return lease.begun(known.feed, offer, pushing.new_secret(), self._base, self.clock.now())

    def _find(self, token: str) -> Subscription | None:
        return self._known.get(self._tokens.get(pushing.digest(token), -1))

    def _remember(self, known: Subscription) -> None:
        before = self._known.get(known.feed.id)
        if before is not None and before.secret != known.secret:
            self._tokens.pop(pushing.digest(pushing.token(before.secret)), None)
        if before is None or before.secret != known.secret:
            self._tokens[pushing.digest(pushing.token(known.secret))] = known.feed.id
        self._known[known.feed.id] = known

    async def _keep(self, known: Subscription) -> None:
        self._remember(known)
        self._unkept.discard(known.feed.id)
        await self.store.keep_subscription(known)

    async def _keep_counts(self) -> None:
        for number in list(self._unkept):
            await self._keep(self._known[number])

    def _rest(self) -> float:
        moments = [moment for known in self._known.values() if (moment := lease.next_moment(known))]
        if not moments:
            return LONGEST_REST
        return min(LONGEST_REST, max(0.1, (min(moments) - self.clock.now()).total_seconds()))

    def _say(self, known: Subscription, what: str, **more: Any) -> None:
        hub = urls.redacted(known.hub)
        self.tell(event="websub", what=what, feed=known.feed.name, hub=hub, **more)
