"""What was learnt of hosts from their pages, and whether the rules that a person wrote still match.

The functions run inside the writer's transaction, in that of the revision that taught it; ``SqlFrames`` keeps
``ports.Frames``.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from crawler import frames, urls
from crawler.frames import Known
from crawler.model import NO_FRAME, Frame, Line, Record, Ruled
from crawler.store.rows import NewRow, listed, shown, stamp, storable
from crawler.store.writer import Group, Writer

#: Nothing is remembered of a host of which nothing was archived this long.
REMEMBERED = timedelta(days=400)

#: Hosts whose frames are held in memory, the last ones asked for.
HELD = 2_000

_KNOWN = text("SELECT keys, lines, learnt FROM host_frames WHERE host = :host")
_KEEP = text("""
    INSERT INTO host_frames (host, pages, learnt, keys, lines, changed_at)
    VALUES (:host, :pages, 1, :keys, :lines, :at)
    ON CONFLICT (host) DO UPDATE SET
        pages = excluded.pages, learnt = learnt + 1, keys = excluded.keys, lines = excluded.lines,
        changed_at = excluded.changed_at""")
_RULED = text("""
    INSERT INTO host_rules (host, matched, missed, matched_at, missed_at, missed_url, missing)
    VALUES (:host, :matched, :missed, :matched_at, :missed_at, :missed_url, :missing)
    ON CONFLICT (host) DO UPDATE SET
        matched = matched + excluded.matched,
        missed = CASE excluded.missed WHEN 0 THEN 0 ELSE missed + 1 END,
        matched_at = coalesce(excluded.matched_at, matched_at),
        missed_at = coalesce(excluded.missed_at, missed_at),
        missed_url = coalesce(excluded.missed_url, missed_url),
        missing = excluded.missing""")
_FORGET = text("DELETE FROM host_frames WHERE changed_at < :before")


def frame(connection: Connection, host: str) -> Frame:
    """The lines that recur on a host's pages."""
    return frames.frame(_known(connection, host))


def _known(connection: Connection, host: str) -> Known:
    row = connection.execute(_KNOWN, {"host": host}).one_or_none()
    if row is None:
        return Known()
    told = json.loads(row.lines)
    return Known(
        pages=frames.unpacked(row.keys),
        counts={key: count for key, (count, _) in told.items()},
        texts={key: begins for key, (_, begins) in told.items()},
    )


def learn(group: Group, record: Record) -> tuple[str, Frame] | None:
    """Remember the lines of a page, and what its host's rule did; the host and its frame from now on."""
    host = urls.politeness_key(record.page_url or "")
    if not host:
        return None
    if record.extraction.ruled is not None:
        group.connection.execute(_RULED, _ruled_row(host, record, record.extraction.ruled))
    if not record.extraction.lines:
        return None
    known = frames.learned(
        _known(group.connection, host), [_storable(line) for line in record.extraction.lines]
    )
    told = frames.frame(known)
    lines = {key: [count, known.texts.get(key, "")] for key, count in told.lines.items()}
    group.connection.execute(
        _KEEP,
        {
            "host": host,
            "pages": len(known.pages),
            "keys": frames.packed(known.pages),
            "lines": json.dumps(lines, ensure_ascii=False),
            "at": stamp(record.fetched_at),
        },
    )
    return host, told


def _storable(line: Line) -> Line:
    return Line(key=line.key, length=line.length, text=storable(line.text) or "")


def _ruled_row(host: str, record: Record, ruled: Ruled) -> NewRow:
    at, missed = stamp(record.fetched_at), bool(ruled.missed)
    return {
        "host": host,
        "matched": 0 if missed else 1,
        "missed": 1 if missed else 0,
        "matched_at": None if missed else at,
        "missed_at": at if missed else None,
        "missed_url": shown(record.page_url) if missed else None,
        "missing": listed(ruled.missed),
    }


def forget(connection: Connection, now: datetime) -> None:
    """Remove hosts that nobody reads any more, so that years do not pile up."""
    connection.execute(_FORGET, {"before": stamp(now - REMEMBERED)})


class SqlFrames:
    """Frames in the archive's own database, those of the last hosts in memory: asked for once an article."""

    _writer: Writer

    def __init__(self) -> None:
        self._frames: OrderedDict[str, Frame] = OrderedDict()

    async def frame(self, host: str) -> Frame:
        """The lines that recur on a host's pages; an empty one for a new host."""
        if not host:
            return NO_FRAME
        found = self._frames.get(host)
        if found is None:
            found = await self._writer.run(lambda group: frame(group.connection, host))
        self.hold((host, found))
        return found

    def hold(self, known: tuple[str, Frame] | None) -> None:
        """Have the newest frame of a host at hand."""
        if known is not None:
            self._frames[known[0]] = known[1]
            self._frames.move_to_end(known[0])
            if len(self._frames) > HELD:
                self._frames.popitem(last=False)
