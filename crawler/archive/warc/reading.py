"""Records read again: any at its offset, a body through the revisit that stands for it, a page decompressed."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime

from crawler.archive.failures import refused, told
from crawler.archive.tree import Tree
from crawler.archive.warc import members
from crawler.archive.warc.members import NotWhole
from crawler.archive.warc.stored import Original, Stored, parsed
from crawler.errors import ArchiveError, BadCoding, TooLarge, Truncated
from crawler.message import head
from crawler.message.decode import Decoder
from crawler.model import Page, RawRecord, Testimony, sha256

_STATED, _DETAIL = b"statement: ", b"\r\ndetail: "  #: how ``records`` joins them: JSON has no raw line ends
OPEN = ".open"  #: what the name of a file ends in while it is written
LARGEST = 256 * 2**20  #: bytes of a record, and of a body when decompressed


class Reader:
    """Reads below one archive's root, also from a file that is still written."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def page(self, record: RawRecord) -> Page:
        """The response again, decompressed; raises ``ArchiveError``."""
        with told(self._tree.root, record.file, "read"):
            stored = self.record(record.file, record.offset)
            try:
                answer, body = self._message(stored)
                if sha256(body) != record.payload:
                    raise NotWhole("the body is not the one that was kept")
                decoder = Decoder(",".join(answer.every("content-encoding")), LARGEST)
                decoder.feed(body)
                text = decoder.body if "warc-truncated" in stored.fields else decoder.finish()
                at = datetime.fromisoformat(stored.fields["warc-date"])
            except (NotWhole, ValueError, KeyError, BadCoding, TooLarge, Truncated) as error:
                raise self._broken(record.file, record.offset, error) from None
        return Page(
            url=record.url,
            final_url=stored.fields.get("warc-target-uri", record.url),
            status=answer.status,
            headers=answer.kept(),
            body=text,
            digest=sha256(text),
            fetched_at=at,
        )

    def testimony(self, record: RawRecord) -> Testimony:
        """The revision that was kept there; raises ``ArchiveError``."""
        with told(self._tree.root, record.file, "read"):
            conversion, image, stated = self._in_a_row(record.file, record.offset, 3)
            kinds = (conversion.type, image.type, stated.type)
            if kinds != ("conversion", "resource", "metadata") or conversion.payload != record.payload:
                error = NotWhole("it is not the revision that was kept")
                raise self._broken(record.file, record.offset, error)
            for one in (conversion, image, stated):
                if one.payload != sha256(one.block):
                    error = NotWhole("its bytes are not the ones that were kept")
                    raise self._broken(record.file, record.offset, error)
            try:
                return _testimony(conversion, image, stated)
            except (ValueError, KeyError) as error:
                raise self._broken(record.file, record.offset, error) from None

    def _in_a_row(self, file: str, offset: int, many: int) -> list[Stored]:
        """Records that lie behind each other; raises ``ArchiveError`` and ``OSError``."""
        found: list[Stored] = []
        descriptor = self._open(file)
        try:
            for _ in range(many):
                member = members.read(descriptor, offset, LARGEST)
                found.append(parsed(member.head))
                offset = member.end
        except NotWhole as error:
            raise self._broken(file, offset, error) from None
        finally:
            os.close(descriptor)
        return found

    def record(self, file: str, offset: int) -> Stored:
        """The record at an offset; raises ``ArchiveError`` and ``OSError``."""
        try:
            descriptor = self._open(file)
            try:
                return parsed(members.read(descriptor, offset, LARGEST).head)
            finally:
                os.close(descriptor)
        except NotWhole as error:
            raise self._broken(file, offset, error) from None

    def original(self, file: str, offset: int, payload: str) -> Original | None:
        """What a revisit says of the response there; None if it does not hold this body any more."""
        try:
            stored = self.record(file, offset)
        except (OSError, ArchiveError):
            return None
        if stored.type != "response" or stored.payload != payload:
            return None
        return Original(file, offset, stored.fields["warc-target-uri"], stored.fields["warc-date"])

    def _message(self, stored: Stored) -> tuple[head.Head, bytes]:
        """A response's head and body; of a revisit its own head with the original's body."""
        answer, body = head.split(stored.block)
        if stored.type != "revisit":
            return answer, body
        first = self.record(
            stored.fields["warc-refers-to-filename"], int(stored.fields["warc-refers-to-file-offset"])
        )
        return answer, head.split(first.block)[1]

    def _open(self, file: str) -> int:
        for name in (file, file + OPEN):
            with suppress(FileNotFoundError), self._tree.open(name) as descriptor:
                return os.dup(descriptor)
        with self._tree.open(file) as descriptor:  # its writer closed it between the two looks
            return os.dup(descriptor)

    def _broken(self, file: str, offset: int, error: Exception) -> ArchiveError:
        return refused(self._tree.root, file, f"the record at {offset} is not whole: {error}")


def _testimony(conversion: Stored, image: Stored, stated: Stored) -> Testimony:
    """Of three records; the statement's bytes are the very ones that were written."""
    statement, _, detail = stated.block.removeprefix(_STATED).partition(_DETAIL)
    file, offset = conversion.fields.get("warc-refers-to-filename"), 0
    if file is not None:
        offset = int(conversion.fields["warc-refers-to-file-offset"])
    return Testimony(
        statement=statement,
        detail=detail.removesuffix(b"\r\n"),
        document=conversion.block,
        image=image.block,
        address=conversion.fields["warc-target-uri"],
        image_address=image.fields["warc-target-uri"],
        at=datetime.fromisoformat(conversion.fields["warc-date"]),
        page_url=conversion.fields.get("warc-refers-to-target-uri"),
        page=None if file is None else (file, offset),
    )
