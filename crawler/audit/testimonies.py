"""What the raw archive keeps of a revision (file, QR image, statement) against the revision's row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.audit.codes import finding
from crawler.audit.facts import RawLook, RecordRow
from crawler.model import Finding

_WHAT = {"resource": "the QR image", "metadata": "the statement"}


@dataclass(slots=True)
class Testimonies:
    """The records of one file in their order: a conversion, the image behind it, and the statement."""

    path: str
    _row: RecordRow | None = None  #: of the conversion that was last
    _next: tuple[str, ...] = ()

    def judge(self, look: RawLook, row: RecordRow | None) -> Iterator[Finding]:
        """The next record, with its row if it has one."""
        if look.type == "conversion":
            yield from self.end()
            self._row, self._next = row, ("resource", "metadata")
        elif not self._next:
            return
        elif look.is_tombstone:
            self._next = ()
        elif look.type != self._next[0]:
            yield from self.end()
        else:
            self._next = self._next[1:]
            yield from self._judge(look)

    def end(self) -> Iterator[Finding]:
        """Nothing more belongs to the last conversion."""
        missing, self._next = self._next, ()
        if missing and self._row is not None:
            what = f"{_WHAT[missing[0]]} of revision {self._row.revision_id} is not behind its file in {self.path}"
            yield self._of(what)

    def _judge(self, look: RawLook) -> Iterator[Finding]:
        row = self._row
        if row is None or row.revision_sha256 is None:
            return
        image = look.type == "resource"
        wanted = row.qrcode_sha256 if image else row.statement
        found = look.payload if image else stated(look.text)
        if wanted != found:
            what = f"{_WHAT[look.type]} that {self.path} keeps of revision {row.revision_id} is not the row's"
            yield self._of(what, wanted, found)

    def _of(self, what: str, wanted: str | None = None, found: str | None = None) -> Finding:
        assert self._row is not None
        where, article = f"revisions:{self._row.revision_id}", self._row.article
        return finding("F315", what, where, article=article, wanted=wanted, found=found)


def stated(text: bytes) -> str | None:
    """The statement in the block of a metadata record, None for another one's."""
    told, behind, _ = text.partition(b"\r\n")
    if behind and told.startswith(b"statement: "):
        return told.removeprefix(b"statement: ").decode("utf-8", "replace")
    return None


def revision(text: bytes) -> tuple[int, int] | None:
    """Article and number of the revision that a metadata record states; None for another one's."""
    try:
        told = json.loads(stated(text) or "null")
        found = int(told["article"]), int(told["revision"])
        return found if max(found) < 2**63 and min(found) >= 0 else None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
