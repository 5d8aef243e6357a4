"""The gate: one request at a time to a host, and a pause after each.

Waiting happens here, before any deadline runs and without holding a connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from crawler.errors import HostPaused
from crawler.ports import Clock

_SWEEP = 1024  #: hosts remembered before idle ones are looked for


class Memory(Protocol):
    """What outlives this process: when a host may be asked again."""

    async def next_allowed(self, host: str) -> datetime | None:
        """The earliest moment of the next request; None when nothing is known."""
        ...

    async def allow_from(self, host: str, at: datetime) -> None:
        """Commit that moment; awaited before a request is sent."""
        ...


@dataclass(slots=True)
class Turn:
    """The right to send one request to one host."""

    host: str
    resume_at: datetime | None = None
    status: int = 0

    def pause(self, until: datetime, status: int) -> None:
        """The host asked for silence until then, by a Retry-After with this status."""
        self.resume_at = until
        self.status = status


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    met: bool = False
    next_at: float = 0.0  #: by the monotonic clock
    pause: Turn | None = None
    paused_until: float = 0.0  #: by the monotonic clock

    def idle(self, now: float) -> bool:
        return not self.users and self.next_at <= now and self.paused_until <= now


class Gate:
    """Lends turns; ``patience`` is the longest pause that is waited for instead of reported."""

    def __init__(
        self, clock: Clock, *, delay: timedelta, patience: timedelta, memory: Memory | None = None
    ) -> None:
        self._clock = clock
        self._delay = delay.total_seconds()
        self._patience = patience.total_seconds()
        self._memory = memory
        self._hosts: dict[str, _Host] = {}
        self._sweep_at = _SWEEP

    @asynccontextmanager
    async def turn(self, key: str, *, delay: float = 0.0) -> AsyncIterator[Turn]:
        """Wait for and hold the host's turn; the next one begins the delay after this one's end.

        ``delay`` (seconds) can only lengthen the configured one.  Raises ``HostPaused``
        with ``retry_after`` when the host is paused for longer than ``patience``.
        """
        delay = max(delay, self._delay)
        host = self._host(key)
        host.users += 1
        try:
            async with host.lock:
                await self._wait(key, host)
                await self._commit(key, delay)
                turn = Turn(key)
                try:
                    yield turn
                finally:
                    host.next_at = self._clock.monotonic() + delay
                    self._hold(host, turn)
                    if turn.resume_at is not None:
                        await self._commit(key, host.paused_until - self._clock.monotonic())
        finally:
            host.users -= 1
            if host.idle(self._clock.monotonic()):
                self._hosts.pop(key, None)

    def __len__(self) -> int:
        """Hosts remembered at the moment."""
        return len(self._hosts)

    def _host(self, key: str) -> _Host:
        host = self._hosts.get(key)
        if host is None:
            if len(self._hosts) >= self._sweep_at:
                self._sweep()
            host = self._hosts[key] = _Host()
        return host

    def _sweep(self) -> None:
        now = self._clock.monotonic()
        self._hosts = {key: host for key, host in self._hosts.items() if not host.idle(now)}
        self._sweep_at = max(_SWEEP, 2 * len(self._hosts))

    async def _wait(self, key: str, host: _Host) -> None:
        if self._memory is not None and not host.met:
            known = await self._memory.next_allowed(key)
            if known is not None:
                host.next_at = self._clock.monotonic() + (known - self._clock.now()).total_seconds()
        host.met = True
        now = self._clock.monotonic()
        if host.pause is not None and host.paused_until - now > self._patience:
            raise _silenced(host.pause)
        wait = max(host.next_at, host.paused_until) - now
        if wait > 0:
            await self._clock.sleep(wait)
        host.pause = None

    def _hold(self, host: _Host, turn: Turn) -> None:
        if turn.resume_at is not None:
            rest = (turn.resume_at - self._clock.now()).total_seconds()
            host.pause, host.paused_until = turn, self._clock.monotonic() + rest

    async def _commit(self, key: str, seconds: float) -> None:
        if self._memory is not None:
            await self._memory.allow_from(key, self._clock.now() + timedelta(seconds=max(0.0, seconds)))


def _silenced(pause: Turn) -> HostPaused:
    return HostPaused(
        f"{pause.host} answered {pause.status} and wants silence until {pause.resume_at:%Y-%m-%dT%H:%M:%SZ}",
        status=pause.status,
        retry_after=pause.resume_at,
    )
