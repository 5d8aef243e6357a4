"""What is owed to servers: kept over restarts, forgotten when nobody needs it, and what keeping costs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from crawler.model import HostState, RobotsCopy, Selection
from crawler.store.sql import SqlStore
from tests.store.contract import with_items
from tests.store.examples import DAY, NOON, entries, feed
from tests.store.politeness_contract import OWED, PolitenessContract


class TestSqlPoliteness(PolitenessContract):
    pass


def rows(path: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as looking:
        return looking.execute(question).fetchall()


async def opened(path: Path, now: datetime) -> None:
    async with SqlStore(path, now=lambda: now):
        pass


async def test_hosts_that_nobody_needs_are_forgotten_after_thirty_days(path: Path) -> None:
    async with SqlStore(path, now=lambda: NOON) as store:
        await with_items(store, *entries(1))
        await store.keep_host("idle.example", HostState(next_allowed_at=NOON))
        await store.keep_host("ip:192.0.2.9", HostState(next_allowed_at=NOON))
        await store.keep_host("paused.example", replace(OWED, paused_until=NOON + 2 * DAY))
        await store.keep_host("asked.example", HostState(next_allowed_at=NOON + 2 * DAY))
    needed = {"feeds.orbitwire.example", "www.orbitwire.example"}
    everyone = needed | {"idle.example", "ip:192.0.2.9", "paused.example", "asked.example"}
    await opened(path, NOON + timedelta(days=29))
    assert {row[0] for row in rows(path, "SELECT host FROM hosts")} == everyone
    await opened(path, NOON + timedelta(days=31))
    kept = needed | {"paused.example", "asked.example"}
    assert {row[0] for row in rows(path, "SELECT host FROM hosts")} == kept
    await opened(path, NOON + timedelta(days=33))
    assert {row[0] for row in rows(path, "SELECT host FROM hosts")} == needed


async def test_robots_files_are_forgotten_after_thirty_days(path: Path) -> None:
    async with SqlStore(path, now=lambda: NOON) as store:
        await store.keep_robots("https://old.example", RobotsCopy(fetched_at=NOON, status=200))
        await store.keep_robots("https://new.example", RobotsCopy(fetched_at=NOON + DAY, status=200))
    await opened(path, NOON + timedelta(days=30, hours=1))
    assert rows(path, "SELECT origin FROM robots") == [("https://new.example",)]


async def test_a_daemon_forgets_without_a_restart(path: Path) -> None:
    moments = [NOON]
    async with SqlStore(path, now=lambda: moments[-1]) as store:
        await store.register([feed()], NOON)
        await store.lend(NOON, Selection(), slots=1, busy=())
        await store.keep_host("feeds.orbitwire.example", HostState(next_allowed_at=NOON))
        await store.keep_host("idle.example", HostState(next_allowed_at=NOON))
        moments.append(NOON + timedelta(days=31))
        await store.tidy()
        assert await store.host("idle.example") is None
        assert await store.host("feeds.orbitwire.example") is not None  # it is lent
