"""I5, I6, I7: whom the crawler asked, when, and with what in its hands."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

from tests.checker.database import Database, Row, seconds
from tests.checker.journal import Request
from tests.checker.terms import Terms, Violation

_SLACK = 0.05  #: seconds by which two clocks and a busy machine may differ
_PROBE = 6.9 * 86400  #: seconds after which a server that answers only 304 may be asked without validators


def judge(database: Database, log: list[Request], terms: Terms) -> Iterator[Violation]:
    """All that was impolite."""
    for feed in database.table("feeds"):
        asked = [one for one in log if one.url == feed["url"]]
        yield from _early(database, feed, asked, terms)
        yield from _unconditional(database, feed, asked)
    for host in sorted({one.host for one in log}):
        asked = [one for one in log if one.host == host]
        yield from _gaps(host, asked, terms)
        yield from _silence(host, asked)
        yield from _robots(host, asked)
    yield from _peers(database, log, terms)


def _early(database: Database, feed: Row, asked: list[Request], terms: Terms) -> Iterator[Violation]:
    for before, after in pairwise(asked):
        gap = after.at - before.at
        if gap < terms.floor - _SLACK:
            restarted = any(before.at < began <= after.at for began, _ in database.starts)
            yield Violation("I5" if restarted else "I6", f"{feed['name']} was asked again after {gap:.2f} s "
                            f"(at least {terms.floor:g} s){', by a new start' if restarted else ''}")  # fmt: skip


def _unconditional(database: Database, feed: Row, asked: list[Request]) -> Iterator[Violation]:
    """Once an answer is settled its validators are shown, and only such as the server gave."""
    settled = {row["sha256"]: seconds(row["at"]) for row in reversed(database.table("polls"))
               if row["feed_id"] == feed["id"] and row["outcome"] == "changed"}  # fmt: skip
    given: set[str] = set()
    vouched: float | None = None
    for one in asked:
        # What was asked before that is no offence: a kill had lost an earlier answer of the same body.
        if vouched is not None and not one.conditional and 0 <= one.at - vouched < _PROBE:
            yield Violation("I5", f"{feed['name']} was asked without validators at {one.at:.3f}, "
                                  f"{one.at - vouched:.2f} s after an answer with validators was settled")  # fmt: skip
        shown = one.headers.get("if-none-match")
        if shown is not None and shown not in given:
            yield Violation("I5", f"{feed['name']} was shown {shown}, which it never gave")
        if one.etag:
            given.add(one.etag)
        at = settled.get(one.sha256 or "")
        if at is not None and (one.etag or one.last_modified):
            vouched = max(at, one.at)


def _gaps(host: str, asked: list[Request], terms: Terms) -> Iterator[Violation]:
    whole = [one for one in asked if one.status and one.finished is not None]
    for before, after in pairwise(whole):
        ended = before.finished or before.at
        if after.at < ended - _SLACK:
            yield Violation("I6", f"{host} was asked for {after.target} while {before.target} was on its way")
        elif after.at - ended < terms.delay - _SLACK:
            yield Violation("I6", f"{host} was asked for {after.target} {after.at - ended:.2f} s after "
                                  f"{before.target} (at least {terms.delay:g} s)")  # fmt: skip


def _silence(host: str, asked: list[Request]) -> Iterator[Violation]:
    until, why = 0.0, ""
    for one in asked:
        if one.at < until - 1:
            yield Violation("I6", f"{host} was asked for {one.target} although it wanted silence ({why})")
        if one.status in {429, 503} and (one.retry_after or "").isdigit():
            until, why = (
                (one.finished or one.at) + int(one.retry_after or 0),
                f"Retry-After: {one.retry_after}",
            )


def _robots(host: str, asked: list[Request]) -> Iterator[Violation]:
    """robots.txt comes first, and what it forbids to everybody is left alone."""
    if asked and asked[0].target != "/robots.txt":
        yield Violation("I6", f"{host} was asked for {asked[0].target} before its robots.txt")
    forbidden: list[str] = []
    for one in asked:
        if one.robots is not None:
            forbidden = _forbidden(one.robots)
        path = urlsplit(one.target).path
        for rule in forbidden:
            if path.startswith(rule):
                yield Violation("I6", f"{host} was asked for {path}, and its robots.txt forbids {rule}")


def _forbidden(text: str) -> list[str]:
    """The plain prefixes that ``User-agent: *`` may not ask for."""
    meant, found = False, []
    for line in text.splitlines():
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "user-agent":
            meant = value == "*"
        elif name == "disallow" and meant and value and "*" not in value:
            found.append(value)
    return found


def _peers(database: Database, log: list[Request], terms: Terms) -> Iterator[Violation]:
    allowed = [ipaddress.ip_network(network) for network in terms.allow]
    peers = {row["peer"] for row in database.table("fetches") if row["peer"]} | {one.host for one in log}
    for peer in sorted(peers):
        address = ipaddress.ip_address(peer)
        public = address.is_global and not address.is_multicast
        if peer in terms.denied or not (public or any(address in network for network in allowed)):
            yield Violation("I7", f"{peer} was asked, which is denied")
