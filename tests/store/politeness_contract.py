"""What every keeper of ``ports.Politeness`` must do: a suite to inherit from, one class a backend.

The backend gives two fixtures: ``store``, open and empty, and ``make_store``, a closed one over the
same memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from crawler.model import HostState, RobotsCopy, Selection
from tests.store.examples import HOUR, NOON, feed

HOST, ADDRESS, ORIGIN = "www.orbitwire.example", "ip:192.0.2.7", "https://www.orbitwire.example"
OWED = HostState(
    next_allowed_at=NOON + timedelta(seconds=9),
    paused_until=NOON + HOUR,
    pause_status=429,
    delay=2.5,
    failures=3,
)
COPY = RobotsCopy(fetched_at=NOON, status=200, body="User-agent: *\nDisallow: /größe\n\x00".encode("latin-1"))


class PolitenessContract:
    async def test_nothing_is_known_of_a_host_that_was_never_asked(self, store: Any) -> None:
        assert await store.host(HOST) is None
        assert await store.robots(ORIGIN) is None

    async def test_a_host_is_remembered_as_it_was_kept(self, store: Any) -> None:
        plain = HostState(next_allowed_at=NOON)
        for key, state in ((HOST, OWED), (ADDRESS, plain)):
            await store.keep_host(key, state)
        assert await store.host(HOST) == OWED
        assert await store.host(ADDRESS) == plain

    async def test_the_last_of_many_keeps_is_what_is_known(self, store: Any) -> None:
        states = [replace(OWED, failures=number) for number in range(50)]
        await asyncio.gather(*(store.keep_host(HOST, state) for state in states))
        assert await store.host(HOST) == states[-1]
        await store.keep_host(HOST, HostState(next_allowed_at=NOON))
        assert await store.host(HOST) == HostState(next_allowed_at=NOON)

    async def test_what_is_owed_outlives_the_store(self, store: Any, make_store: Callable[[], Any]) -> None:
        await store.keep_host(HOST, OWED)
        await store.keep_robots(ORIGIN, COPY)
        await store.close()
        async with make_store() as again:
            assert await again.host(HOST) == OWED
            assert await again.robots(ORIGIN) == COPY

    async def test_lending_a_host_and_owing_it_something_are_apart(self, store: Any) -> None:
        await store.register([feed(host=HOST)], NOON)
        [piece] = await store.lend(NOON, Selection(), slots=1, busy=())
        assert piece.host == HOST
        assert await store.host(HOST) is None
        await store.keep_host(HOST, OWED)
        assert await store.lend(NOON, Selection(), slots=1, busy=()) == []
        await store.give_back([HOST])
        assert await store.host(HOST) == OWED
        [again] = await store.lend(NOON, Selection(), slots=1, busy=())
        assert again.epoch == piece.epoch + 1

    async def test_robots_are_kept_byte_for_byte_and_their_failures_too(self, store: Any) -> None:
        failing = RobotsCopy(fetched_at=NOON, failure="answered 503", failing_since=NOON - HOUR)
        for copy in (COPY, failing, replace(COPY, body=b"", status=404)):
            await store.keep_robots(ORIGIN, copy)
            assert await store.robots(ORIGIN) == copy
        assert await store.robots(f"{ORIGIN}:8443") is None

    async def test_a_caller_who_no_longer_waits_does_not_stop_a_keep(self, store: Any) -> None:
        waiting = asyncio.ensure_future(store.keep_host(HOST, OWED))
        await asyncio.sleep(0)
        waiting.cancel()
        assert await store.host(HOST) == OWED
