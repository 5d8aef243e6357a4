"""Records of the raw archive against the rows that say where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crawler import urls
from crawler.audit.codes import finding
from crawler.audit.facts import RawGap, RawLook, RecordRow
from crawler.model import Finding

#: Types of records that have rows.
INDEXED = frozenset({"response", "revisit", "conversion"})


def gap(path: str, found: RawGap, *, is_open: bool) -> Finding | None:
    """Bytes that are no whole record; the torn end of a file that is still open is cut by the next start."""
    where = f"{path}:{found.offset}"
    if found.harmless:
        return finding("F305", f"the record at {found.offset} of {path}: {found.trouble}", where)
    if found.torn and is_open:
        return None
    told = f"{found.end - found.offset} bytes from {found.offset} on are no whole record: {found.trouble}"
    if found.torn:
        return finding("F303", f"{path} is torn at its end: {told}", where)
    return finding("F302", f"{path} is damaged: {told}", where)


def record(path: str, look: RawLook) -> Iterator[Finding]:
    """A record by itself: do its bytes have the digests that it tells?"""
    where = f"{path}:{look.offset}"
    name = f"the {look.type or 'nameless'} record at {look.offset} of {path}"
    if look.trouble:
        yield finding("F305", f"{name}: {look.trouble}", where)
    if look.written:
        yield finding("F305", f"{name}: {look.written}", where)
    if look.block != look.block_found:
        told = look.block or None
        yield finding(
            "F304", f"{name} has another block than it tells", where, wanted=told, found=look.block_found
        )
    if look.payload and look.payload_found and look.payload != look.payload_found:
        what = f"{name} has another payload than it tells"
        yield finding("F304", what, where, wanted=look.payload, found=look.payload_found)


def rows(path: str, look: RawLook, claims: Sequence[RecordRow]) -> Iterator[Finding]:
    """A record against the rows that claim its place."""
    for row in claims:
        if row.type == "removed":
            yield from _removed(path, look, row)
            continue
        pairs: dict[str, tuple[object, object]] = {
            "size": (look.length, row.size),
            "type": (look.type, row.type),
            "sha256": (look.payload, row.sha256),
            "url": (urls.without_secrets(look.url), urls.without_secrets(row.url)),
        }
        for name, (wanted, found) in pairs.items():
            if wanted != found:
                what = f"{name} in the row of the {look.type} record at {look.offset} of {path} is not the record's"
                yield _of(row, "F307", what, wanted, found)
        if row.fetch_at is not None and row.fetch_at != look.date:
            what = f"the record at {look.offset} of {path} is not of the time of its fetch {row.fetch_id}"
            yield _of(row, "F319", what, look.date, row.fetch_at)
    for row in claims[1:]:
        what = f"row {row.id} claims the record at {look.offset} of {path}, which is row {claims[0].id}'s"
        yield _of(row, "F318", what)


def references(row: RecordRow, *, forsaken: bool) -> Iterator[Finding]:
    """A row against the rows it refers to; ``forsaken``: a fetch waits that has its address and no record."""
    if row.type in {"response", "revisit"} and row.fetch_id is not None and row.fetch_url != row.url:
        what = f"raw record {row.id} is of another address than its fetch {row.fetch_id}"
        yield _of(row, "F319", what, row.fetch_url, row.url)
    if row.type in {"response", "revisit"} and row.fetch_id is None and forsaken:
        yield _of(row, "F319", f"raw record {row.id} has lost its fetch")
    if row.type == "revisit" and row.refers_to is not None:
        if (row.first_type, row.first_sha256) != ("response", row.sha256):
            what = f"revisit {row.id} refers to row {row.refers_to}, which does not hold its body"
            yield _of(row, "F319", what, row.sha256, row.first_sha256)
    elif row.type == "revisit" and row.first_sha256 is not None:
        yield _of(row, "F319", f"revisit {row.id} refers to no row, although one holds its body")
    elif row.type not in {"revisit", "removed"} and row.refers_to is not None:
        yield _of(row, "F319", f"raw record {row.id} refers to another, but is no revisit")
    if row.type != "removed":
        yield from _testimony(row)


def absent(row: RecordRow, why: str) -> Finding:
    """A row whose record is not there."""
    return _of(
        row, "F306", f"the {row.type} record of row {row.id} is not at {row.start} of {row.path}: {why}"
    )


def lost(path: str, look: RawLook, *, forsaken: bool) -> Finding:
    """A record that no row knows; ``forsaken``: its fetch or its revision is there and has no record."""
    code = "F308" if forsaken else "F309"
    return finding(
        code, f"no row knows the {look.type} record at {look.offset} of {path}", f"{path}:{look.offset}"
    )


def unresolved(path: str, look: RawLook) -> Finding:
    """A revisit whose body is not where it says."""
    file, offset, _ = look.first or ("nowhere", 0, "")
    what = f"the revisit at {look.offset} of {path} refers to {file} at {offset}, where its body is not"
    return finding("F310", what, f"{path}:{look.offset}")


def _removed(path: str, look: RawLook, row: RecordRow) -> Iterator[Finding]:
    """What stands where a record was taken down: as long, and it tells what was there."""
    told = f"sha256: {row.sha256}".encode()
    if not look.is_tombstone or told not in look.text.split(b"\r\n"):
        what = f"row {row.id} says that the record at {look.offset} of {path} was taken down"
        yield _of(row, "F307", what, "removed", look.type)
    if look.length != row.size:
        what = f"size in the row of what was taken down at {look.offset} of {path} is not the record's"
        yield _of(row, "F307", what, look.length, row.size)


def _testimony(row: RecordRow) -> Iterator[Finding]:
    if row.type != "conversion":
        if row.revision_id is not None:
            yield _of(row, "F319", f"raw record {row.id} is said to be a revision, but is none")
    elif row.revision_id is None:
        yield _of(row, "F319", f"raw record {row.id} is a revision's file and names no revision")
    elif row.revision_sha256 != row.sha256:
        what = f"what raw record {row.id} keeps of revision {row.revision_id} is not its file"
        yield _of(row, "F315", what, row.revision_sha256, row.sha256)


def _of(row: RecordRow, code: str, what: str, wanted: object = None, found: object = None) -> Finding:
    return finding(code, what, f"warc_records:{row.id}", article=row.article, wanted=wanted, found=found)
