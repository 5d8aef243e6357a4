"""The gate: one request at a time to a host and to an IP address, and a rest after each.

Waiting happens here, before any deadline runs and without holding a connection.  What is owed to a
host is committed before a request is sent, so that a restart cannot ask it too early.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crawler.errors import HostPaused
from crawler.model import HostState
from crawler.ports import Clock, Politeness
from crawler.timing import MONTH
from crawler.web.manners import NEW, Health, Manners, Outcome, Verdict

_SWEEP = 4096  #: hosts and addresses remembered before idle ones are looked for
_TICK = 1e-5  #: seconds that no clock tells apart
_NEVER = 10 * 365 * 86_400.0  #: seconds; the longest Crawl-delay that calendars can hold
_UNKNOWN = Verdict(outcome=Outcome.UNKNOWN)


@dataclass(slots=True, eq=False)
class _Host:
    """One host or one address; times by the monotonic clock, which no change of the date moves."""

    key: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    met: bool = False
    next_at: float = 0.0
    ended_at: float = 0.0  #: when the last request to it was over
    paused_until: float = 0.0
    status: int = 0  #: that asked for the pause; 0: our own decision
    health: Health = NEW

    def idle(self, now: float) -> bool:
        return not self.users and self.next_at <= now and self.paused_until <= now


class Turn:
    """The right to send one request to one host: taken from the gate, then ``at`` its addresses."""

    def __init__(self, gate: Gate, host: _Host, delay: float) -> None:
        self.verdict = _UNKNOWN  #: set by whoever sends
        self.peer: str | None = None  #: key of the address that was asked, where it is known
        self.sent = False
        self.delay = delay
        self.host = host
        self.addresses: list[_Host] = []
        self._gate = gate

    async def at(self, addresses: Iterable[str]) -> None:
        """Wait for the turns of these addresses (``ip:192.0.2.7``); then the request may be sent to any.

        Always after the host's turn and in one order, so that no two visits wait for one another.
        """
        await self._gate.enter(self, sorted(set(addresses)))

    @property
    def rests_until(self) -> datetime | None:
        """When the host may be asked again by what is known now; None when it was not paused."""
        return self._gate.pause_of(self)


class Gate:
    """Lends turns; ``memory`` is what outlives this process."""

    def __init__(self, clock: Clock, manners: Manners, memory: Politeness | None = None) -> None:
        self._clock = clock
        self._manners = manners
        self._memory = memory
        self._hosts: dict[str, _Host] = {}
        self._sweep_at = _SWEEP

    @asynccontextmanager
    async def turn(self, key: str, *, delay: float = 0.0) -> AsyncIterator[Turn]:
        """Wait for and hold the host's turn; the next one begins the delay after this one's end.

        ``delay`` (seconds) can only lengthen the configured one.  Raises ``HostPaused`` with
        ``retry_after`` where the wait is longer than a visit waits.
        """
        delay = min(max(delay, self._manners.delay), _NEVER)
        host = self._host(key)
        host.users += 1
        try:
            async with host.lock:
                await self._wait(host, delay)
                turn = Turn(self, host, delay)
                try:
                    yield turn
                finally:
                    await self._leave(turn)
        finally:
            host.users -= 1

    async def enter(self, turn: Turn, addresses: list[str]) -> None:
        """Take the addresses' turns, then commit what the request will owe."""
        for key in addresses:
            each = self._host(key)
            each.users += 1
            try:
                await each.lock.acquire()
            except BaseException:
                each.users -= 1
                raise
            turn.addresses.append(each)
            await self._wait(each, self._manners.address_delay)
        now, rest = self._clock.monotonic(), self._manners.address_delay
        delay = self._delay(turn)
        owing = [(turn.host, max(turn.host.next_at, now + delay))] if delay > 0 else []
        if rest > 0:
            owing += [(each, now + rest) for each in turn.addresses]
        if owing:
            await self._keep(owing)
        turn.sent = True

    def pause_of(self, turn: Turn) -> datetime | None:
        """When a host that this turn's verdict silences may be asked again."""
        rest = self._manners.rest(self._manners.learn(turn.host.health, turn.verdict), turn.verdict)
        return self._clock.now() + timedelta(seconds=rest) if rest > 0 else None

    def __len__(self) -> int:
        """Hosts and addresses remembered at the moment."""
        return len(self._hosts)

    def _delay(self, turn: Turn) -> float:
        return max(turn.delay, turn.host.health.delay)

    async def _leave(self, turn: Turn) -> None:
        """Note how the request ended; its addresses are free when that is committed."""
        try:
            owing = [turn.host] if self._judge(turn.host, turn.verdict) else []
            if turn.sent:
                owing += self._rest(turn)
            if owing:
                await _to_its_end(self._keep([(each, each.next_at) for each in dict.fromkeys(owing)]))
        finally:
            for each in turn.addresses:
                each.lock.release()
                each.users -= 1

    def _rest(self, turn: Turn) -> list[_Host]:
        """Begin the rests after a request; those that have one."""
        now, rest, delay = self._clock.monotonic(), self._manners.address_delay, self._delay(turn)
        turn.host.ended_at = now
        turn.host.next_at = max(turn.host.next_at, now + delay)
        asked = [each for each in turn.addresses if turn.peer in (None, each.key)] or turn.addresses
        for each in asked:
            each.next_at = now + rest
        return [*([turn.host] if delay > 0 else []), *(asked if rest > 0 else [])]

    def _judge(self, host: _Host, verdict: Verdict) -> bool:
        """Learn from a request; whether anything is worth remembering."""
        health = self._manners.learn(host.health, verdict)
        rest = self._manners.rest(health, verdict)
        changed = health is not host.health or rest > 0
        host.health = health
        if rest > 0:
            host.paused_until = self._clock.monotonic() + rest
            host.status = verdict.status if verdict.silence or verdict.outcome is Outcome.THROTTLED else 0
        return changed

    def _host(self, key: str) -> _Host:
        host = self._hosts.get(key)
        if host is None:
            if len(self._hosts) >= self._sweep_at:
                self._sweep()
            host = self._hosts[key] = _Host(key)
        return host

    def _sweep(self) -> None:
        now = self._clock.monotonic()
        self._hosts = {key: host for key, host in self._hosts.items() if not host.idle(now)}
        self._sweep_at = max(_SWEEP, 2 * len(self._hosts))

    async def _wait(self, host: _Host, delay: float) -> None:
        """Until the host may be asked; its lock is held, so that nobody changes that meanwhile."""
        if not host.met:
            await self._meet(host, delay)
        longest = self._manners.longest
        while True:
            now = self._clock.monotonic()
            silence, wait = host.paused_until - now, self._resting(host, delay, now)
            if silence > self._manners.patience:
                raise self._silenced(host, silence)
            if wait > longest:
                raise self._slow(host, wait)
            if max(silence, wait) <= _TICK:
                return
            await self._clock.sleep(max(silence, wait))

    def _resting(self, host: _Host, delay: float, now: float) -> float:
        """Seconds that the host still rests.

        A rest that is too long to be waited for was wished by a robots.txt.  That is asked anew each
        day, and what it says by now counts: or one slip of its author would silence us for years.
        """
        rest = host.next_at - now
        if rest <= self._manners.longest:
            return rest
        return min(rest, host.ended_at + max(delay, host.health.delay) - now)

    async def _meet(self, host: _Host, delay: float) -> None:
        """Read what is known from earlier; a clock that was wrong then costs little now."""
        state = await self._memory.host(host.key) if self._memory is not None else None
        if state is not None:
            monotonic, now = self._clock.monotonic(), self._clock.now()
            host.health = Health(state.delay, state.failures)
            rest = (state.next_allowed_at - now).total_seconds()
            if rest > self._manners.longest:  # ``_resting`` judges it
                host.next_at, host.ended_at = monotonic + min(rest, _NEVER), monotonic
            else:
                host.next_at = monotonic + min(rest, max(delay, state.delay))
            if state.paused_until is not None:
                silence = (state.paused_until - now).total_seconds()
                host.paused_until = monotonic + min(silence, MONTH.total_seconds())
                host.status = state.pause_status
        host.met = True

    async def _keep(self, owing: list[tuple[_Host, float]]) -> None:
        """Commit states; in one go, because the store commits together what comes together."""
        if self._memory is None:
            return
        keep = [self._memory.keep_host(host.key, self._state(host, next_at)) for host, next_at in owing]
        if len(keep) == 1:
            await keep[0]
        else:
            await asyncio.gather(*keep)

    def _state(self, host: _Host, next_at: float) -> HostState:
        monotonic, now = self._clock.monotonic(), self._clock.now()
        silence = host.paused_until - monotonic
        return HostState(
            next_allowed_at=now + timedelta(seconds=max(0.0, next_at - monotonic)),
            paused_until=now + timedelta(seconds=silence) if silence > 0 else None,
            pause_status=host.status if silence > 0 else 0,
            delay=host.health.delay,
            failures=host.health.failures,
        )

    def _silenced(self, host: _Host, seconds: float) -> HostPaused:
        until = self._clock.now() + timedelta(seconds=seconds)
        shown = f"{until:%Y-%m-%dT%H:%M:%SZ}"
        if host.status:
            words = f"{host.key} answered {host.status} and wants silence until {shown}"
        else:
            failures = host.health.failures
            words = f"{host.key} gave no usable answer {failures} times in a row: left alone until {shown}"
        return HostPaused(words, status=host.status, retry_after=until)

    def _slow(self, host: _Host, seconds: float) -> HostPaused:
        until = self._clock.now() + timedelta(seconds=seconds)
        return HostPaused(
            f"{host.key} wants long rests between two requests: the next not before "
            f"{until:%Y-%m-%dT%H:%M:%SZ}",
            status=0,
            retry_after=until,
        )


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Finish it even if whoever waits is cancelled: the request was sent, and its end is owed."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
