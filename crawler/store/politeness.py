"""What is owed to other people's servers: when a host may be asked again, and its robots.txt.

The functions run inside the writer's transaction; ``sql`` queues them.  A host that is lent and a
host that is owed something share a row of ``hosts``; an IP address has one too (``ip:192.0.2.7``).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from crawler.model import HostState, RobotsCopy, sha256
from crawler.store.rows import instant, instant_or_none, stamp, stamp_or_none, storable
from crawler.store.writer import Group

#: Nothing is remembered of a host, and of a robots.txt, that nobody asked for this long.
REMEMBERED = timedelta(days=30)

KEEP_HOST = text("""
    INSERT INTO hosts
        (host, lease_epoch, next_allowed_at, paused_until, pause_status, delay_seconds, request_failures)
    VALUES (:host, 0, :next_allowed_at, :paused_until, :pause_status, :delay_seconds, :request_failures)
    ON CONFLICT (host) DO UPDATE SET
        next_allowed_at = excluded.next_allowed_at, paused_until = excluded.paused_until,
        pause_status = excluded.pause_status, delay_seconds = excluded.delay_seconds,
        request_failures = excluded.request_failures""")
KEEP_ROBOTS = text("""
    INSERT INTO robots (origin, fetched_at, status, body, sha256, failure, failing_since)
    VALUES (:origin, :fetched_at, :status, :body, :sha256, :failure, :failing_since)
    ON CONFLICT (origin) DO UPDATE SET
        fetched_at = excluded.fetched_at, status = excluded.status, body = excluded.body,
        sha256 = excluded.sha256, failure = excluded.failure, failing_since = excluded.failing_since""")
_HOST = text("SELECT * FROM hosts WHERE host = :host AND next_allowed_at IS NOT NULL")
_ROBOTS = text("SELECT * FROM robots WHERE origin = :origin")
_FORGET_HOSTS = text("""
    DELETE FROM hosts
    WHERE lease_until IS NULL AND coalesce(next_allowed_at, '') < :before
      AND coalesce(paused_until, '') < :before
      AND (next_allowed_at IS NOT NULL
           OR host NOT IN (SELECT host FROM feeds WHERE enabled = 1)
          AND host NOT IN (SELECT host FROM feed_items WHERE due_at IS NOT NULL))""")
_FORGET_ROBOTS = text("DELETE FROM robots WHERE fetched_at < :before")


def host(group: Group, key: str) -> HostState | None:
    """What is known of a host or an IP address; None for a new one."""
    group.flush()
    row = group.connection.execute(_HOST, {"host": key}).mappings().one_or_none()
    if row is None:
        return None
    return HostState(
        next_allowed_at=instant(row["next_allowed_at"]),
        paused_until=instant_or_none(row["paused_until"]),
        pause_status=row["pause_status"] or 0,
        delay=row["delay_seconds"] or 0.0,
        failures=row["request_failures"] or 0,
    )


def keep_host(group: Group, key: str, state: HostState) -> None:
    """Write it with the rest of the group: one commit for all hosts that are asked at the moment."""
    group.later(
        KEEP_HOST,
        {
            "host": key,
            "next_allowed_at": stamp(state.next_allowed_at),
            "paused_until": stamp_or_none(state.paused_until),
            "pause_status": state.pause_status,
            "delay_seconds": state.delay,
            "request_failures": state.failures,
        },
    )


def robots(group: Group, origin: str) -> RobotsCopy | None:
    """The origin's robots.txt as it was last asked for; None if it never was."""
    group.flush()
    row = group.connection.execute(_ROBOTS, {"origin": origin}).mappings().one_or_none()
    if row is None:
        return None
    return RobotsCopy(
        fetched_at=instant(row["fetched_at"]),
        status=row["status"],
        body=row["body"],
        failure=row["failure"],
        failing_since=instant_or_none(row["failing_since"]),
    )


def keep_robots(group: Group, origin: str, copy: RobotsCopy) -> None:
    """Keep it for the next start."""
    group.later(
        KEEP_ROBOTS,
        {
            "origin": origin,
            "fetched_at": stamp(copy.fetched_at),
            "status": copy.status,
            "body": copy.body,
            "sha256": sha256(copy.body) if copy.body else None,
            "failure": storable(copy.failure),
            "failing_since": stamp_or_none(copy.failing_since),
        },
    )


def forget(connection: Connection, now: datetime) -> None:
    """Remove what nobody needs any more, so that years do not pile up."""
    before = {"before": stamp(now - REMEMBERED)}
    connection.execute(_FORGET_HOSTS, before)
    connection.execute(_FORGET_ROBOTS, before)
