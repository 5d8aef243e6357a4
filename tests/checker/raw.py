"""I3 and I4 of the raw archive: records against rows, rows against records, indexes against both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from tests.checker import warc
from tests.checker.database import Database, Row, seconds
from tests.checker.files import below
from tests.checker.terms import Terms, Violation

OPEN = ".open"
ROWED = frozenset({"response", "revisit", "conversion"})
_INDEXED = frozenset({"response", "revisit"})
_REMOVED = b"removed: taken down"  #: how a record begins that stands in the place of another

Records = dict[tuple[str, int], warc.Record]


def judge(root: Path, database: Database, terms: Terms) -> Iterator[Violation]:
    """All that is wrong with the raw archive."""
    there = sorted(below(root, "warc"))
    records: Records = {}
    for path in there:
        if path.endswith((".warc.gz", ".warc.gz" + OPEN)):
            yield from _file(root, path, records, terms)
    yield from _rows(database, records)
    yield from _unclaimed(database, records, terms)
    yield from _indexes(root, there, records, terms)


def _file(root: Path, path: str, records: Records, terms: Terms) -> Iterator[Violation]:
    is_open = path.endswith(OPEN)
    for found in warc.read(root / path):
        if isinstance(found, int):
            if not (is_open and terms.state == "crashed"):
                yield Violation("I4", f"{path} ends in {found} bytes that are no whole gzip member")
        else:
            records[path.removesuffix(OPEN), found.offset] = found
            if found.fault:
                yield Violation("I4", f"{path}: the record at {found.offset}: {found.fault}")
    if is_open and terms.state == "rest":
        yield Violation("I8", f"{path} is open in name, though nobody writes to it")


def _rows(database: Database, records: Records) -> Iterator[Violation]:
    revisions = {row["id"]: row for row in database.table("revisions")}
    for row in database.table("warc_records"):
        place = f"{row['path']} at {row['start']} (row {row['id']})"
        record = records.get((row["path"], row["start"]))
        if record is None:
            yield Violation("I3", f"no record is where its row says: {place}")
        elif row["type"] == "removed":
            if (
                record.type != "metadata"
                or record.length != row["size"]
                or not record.block.startswith(_REMOVED)
            ):
                yield Violation("I3", f"{place} was removed, and what stands there does not say so")
        elif (record.type, record.length) != (row["type"], row["size"]):
            yield Violation("I3", f"{place} is a {record.type} of {record.length} bytes; its row tells of a "
                                  f"{row['type']} of {row['size']}")  # fmt: skip
        elif row["type"] != "conversion" and record.payload != row["sha256"]:
            yield Violation("I3", f"{place} holds another body than its row tells")
        elif row["type"] == "conversion":
            yield from _conversion(row, record, revisions, place)


def _conversion(row: Row, record: warc.Record, revisions: dict[int, Row], place: str) -> Iterator[Violation]:
    revision = revisions.get(row["revision_id"])
    if hashlib.sha256(record.block).hexdigest() != row["sha256"]:
        yield Violation("I3", f"{place} holds another file than its row tells")
    if revision is None or revision["sha256"] != row["sha256"]:
        yield Violation("I3", f"{place} is the file of no revision")


def _unclaimed(database: Database, records: Records, terms: Terms) -> Iterator[Violation]:
    """A record without a row is what a kill leaves between the two, and nothing else."""
    claimed = {(row["path"], row["start"]) for row in database.table("warc_records")}
    for place, record in sorted(records.items()):
        if record.type not in ROWED or place in claimed or terms.faults or record.fault:
            continue
        outcome = database.run_at(seconds(record.fields["warc-date"]))
        if outcome in {"done", "stopped"}:
            yield Violation("I3", f"{place[0]} at {place[1]}: a {record.type} of "
                                  f"{record.fields.get('warc-target-uri')} has no row, and its run ended in order")  # fmt: skip


def _indexes(root: Path, there: list[str], records: Records, terms: Terms) -> Iterator[Violation]:
    closed = [path for path in there if path.endswith(".warc.gz")]
    for path in closed:
        index = path.removesuffix(".warc.gz") + ".cdxj"
        if index not in there:
            yield Violation("I3", f"{path} has no index")
            continue
        lines = (root / index).read_text(encoding="ascii").splitlines()
        told = sorted(int(json.loads(line.split(" ", 2)[2])["offset"]) for line in lines)
        held = sorted(
            at for (file, at), record in records.items() if file == path and record.type in _INDEXED
        )
        if told != held or lines != sorted(lines):
            yield Violation("I3", f"{index} leads to {told[:5]}…, its file has answers at {held[:5]}…")
    for path in there:
        file = path.removesuffix(".cdxj") + ".warc.gz"
        alone = path.endswith(".cdxj") and file not in closed
        if alone and (terms.state == "rest" or file + OPEN not in there):
            yield Violation("I3", f"{path} is the index of no file")
