"""What the log asks of the store, of the archive's files and of the key; ``app`` picks who keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from crawler.model import ArchivedFile, Covered, Head, Leaf, Logged
from crawler.transparency.checkpoint import PublicKey, Signature

#: Whether a key made a signature of a text.
Check = Callable[[PublicKey, Signature, str], bool]


class Leaves(Protocol):
    """The log as it is read, also beside a running crawler.  Raises ``StoreError``."""

    async def log_size(self) -> int:
        """How many leaves there are."""
        ...

    async def leaves(self, after: int, until: int) -> list[Leaf]:
        """Leaves ``after`` to ``until`` (numbers from 1 on), the first one not included."""
        ...

    async def hashes(self, after: int, until: int) -> list[str]:
        """The hashes of leaves ``after`` to ``until`` alone."""
        ...

    async def head(self, *, below: int | None = None) -> Head | None:
        """The newest head, or the newest of fewer leaves than ``below``."""
        ...

    async def head_at(self, size: int) -> Head | None:
        """The head over the first ``size`` leaves."""
        ...


class Log(Leaves, Protocol):
    """The log as its one writer has it."""

    async def note_head(self, head: Head) -> None:
        """Write down a head, or the signatures that it has got since."""
        ...

    async def catch_up(self, after: int, most: int, now: datetime) -> int | None:
        """State and log some of the revisions that are older than the log; the last one looked at, or None."""
        ...


class Files(Protocol):
    """The archive's files, as far as the log needs them.  Raises ``ArchiveError``."""

    async def put(self, path: str, data: bytes) -> ArchivedFile:
        """Write durably; the same bytes again change nothing."""
        ...

    async def put_many(self, files: Sequence[tuple[str, bytes]]) -> list[ArchivedFile]:
        """Write several files durably, in the order given."""
        ...

    async def get(self, path: str) -> bytes:
        """The bytes of a file."""
        ...

    async def digest(self, path: str) -> str | None:
        """SHA-256 of a file, or None if there is none."""
        ...

    async def names(self, folder: str) -> list[str]:
        """Names of the files that lie directly in a folder, sorted; none where it is not there."""
        ...


class Signs(Protocol):
    """A secret key that never shows itself."""

    @property
    def public(self) -> PublicKey:
        """What its signatures are checked with."""
        ...

    def sign(self, text: str) -> Signature:
        """A signature of a note's text."""
        ...


class Kept(Leaves, Protocol):
    """The log as it is verified: all heads, and what the rows say beside it."""

    async def heads(self) -> list[Head]:
        """All heads, the oldest first."""
        ...

    async def logged(self, after: int, until: int) -> list[Logged]:
        """Leaves with what the rows say today of their revisions."""
        ...

    async def left_out(self) -> list[Mapping[str, Any]]:
        """Revisions that are done and not in the log: id, article, number, whether there is a statement."""
        ...

    async def covered(self, after: int, size: int, most: int) -> list[Covered]:
        """The next articles above number ``after``, each with its newest revision among the first ``size`` leaves."""
        ...
