"""The tree of expected failures.

Everything the crawler expects to go wrong is one of these; anything else is a bug and is loud::

    CrawlError                       stage      passes by itself?
    ├── ConfigError                  config     no: the user has to change something
    ├── FetchError                   fetch
    │   ├── Unreachable              fetch      yes: DNS, connect, reset, time-out
    │   ├── Truncated                fetch      yes: the body ended before its end
    │   ├── BadCoding                fetch      no: a Content-Encoding that cannot be undone
    │   ├── TooLarge                 fetch      no: over the byte limit, on the wire or decoded
    │   ├── BadRedirect              fetch      no: loop, too many hops, unusable Location
    │   ├── BadStatus                fetch      408, 425, 429, 5xx: yes; other 4xx: no
    │   │   └── HostPaused           gate       ours: the host rests, so nothing was sent
    │   └── Refused                  guard      no: an address or path we must not fetch
    ├── NotAFeed                     feed       yes: a wire may serve an error page for an hour
    ├── NoArticle                    extract    yes: the page may become the article later
    ├── WorkerFailed                 worker     no: this document broke a worker; yes: a time-out or a
    │                                           kill from outside, which a busy or full machine may cause
    ├── DocumentError                document   no: bytes that are not one of our files
    ├── ArchiveError                 archive    ours: disk, permissions
    │   └── NoRoom                   archive    ours: nothing was begun, for the disk is full or takes no writing
    ├── LogError                     log        no: a log, checkpoint, proof or key that does not fit
    ├── Bug                          bug        yes: an exception nobody expected, kept to its document
    └── StoreError                   store      ours: the database
        ├── ArchiveBusy              store      ours: another crawler writes to this archive
        └── HandleLost               store      ours: the disk failed; opened anew, all that was committed is there

``Passing.OURS`` failures (disk, database, being offline, keeping a silence) never count against a feed
or an item.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model import Attempt


class Passing(enum.StrEnum):
    """Whether a failure passes by itself, and whose it is."""

    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    OURS = "ours"


class CrawlError(Exception):
    """An expected failure: one clear sentence, the stage it happened in, whether it passes."""

    stage: ClassVar[str] = "crawl"
    passing: Passing = Passing.TEMPORARY
    scarce: bool = False  #: the process has no descriptor or memory left: it says nothing about the file
    full: bool = False  #: no room, no inode, a quota, read-only: it passes when the disk takes writing again

    @property
    def kind(self) -> str:
        """The error's short name, as stored in the database."""
        return type(self).__name__


class ConfigError(CrawlError):
    """The configuration cannot be used; the message names file, key, value and cure."""

    stage = "config"
    passing = Passing.PERMANENT


class FetchError(CrawlError):
    """A request that brought no usable response; carries the attempts that were made."""

    stage = "fetch"

    def __init__(self, message: str, *, attempts: tuple[Attempt, ...] = ()) -> None:
        super().__init__(message)
        self.attempts = attempts


class Unreachable(FetchError):
    """No complete response: name resolution, connection, TLS, reset or time-out."""

    #: Where it broke: "name" (DNS), "certificate" (TLS: not valid), else "connection".
    layer: str = "connection"


class Truncated(FetchError):
    """The body ended before its end, by its length, its chunks or its compression."""


class BadCoding(FetchError):
    """A Content-Encoding that is unknown, stacked too deep or broken."""

    passing = Passing.PERMANENT


class TooLarge(FetchError):
    """The body is over the byte limit, on the wire or decoded."""

    passing = Passing.PERMANENT


class BadRedirect(FetchError):
    """A redirect loop, too many hops, or a Location that cannot be followed."""

    passing = Passing.PERMANENT


class BadStatus(FetchError):
    """An HTTP status that is neither success nor 304 (RFC 9110 §15)."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        retry_after: datetime | None = None,
        attempts: tuple[Attempt, ...] = (),
    ) -> None:
        super().__init__(message, attempts=attempts)
        self.status = status
        self.retry_after = retry_after
        temporary = status in {408, 425, 429} or status >= 500
        self.passing = Passing.TEMPORARY if temporary else Passing.PERMANENT


class HostPaused(BadStatus):
    """A host rests for longer than a visit waits, so nothing was sent to it.

    It asked for silence (Retry-After, a very long Crawl-delay), or is left alone after failures in a
    row: then ``status`` is 0.
    """

    stage = "gate"

    def __init__(self, message: str, *, status: int, retry_after: datetime | None) -> None:
        super().__init__(message, status=status, retry_after=retry_after)
        self.passing = Passing.OURS


class Refused(FetchError):
    """An address, port, scheme or path that we must not fetch."""

    stage = "guard"
    passing = Passing.PERMANENT


class NotAFeed(CrawlError):
    """The bytes are not a feed: an HTML page, a bot wall, an empty body."""

    stage = "feed"


class NoArticle(CrawlError):
    """The page holds no article, or not the one the feed announced."""

    stage = "extract"
    standing = False  #: what was archived of the page before is no article either


class WorkerFailed(CrawlError):
    """A document killed its worker or outlasted its limits.

    Raised with ``passing`` TEMPORARY where the machine, not the document, may have been the cause
    (wall clock, a SIGKILL from outside), with OURS where no worker can be started.
    """

    stage = "worker"
    passing = Passing.PERMANENT


class DocumentError(CrawlError):
    """Bytes that are not a well-formed archived article."""

    stage = "document"
    passing = Passing.PERMANENT


class ArchiveError(CrawlError):
    """The archive's directory cannot be read or written."""

    stage = "archive"
    passing = Passing.OURS
    attempts: tuple[Attempt, ...] = ()  #: HTTP exchanges whose answer could not be kept


class NoRoom(ArchiveError):
    """Nothing more is begun: the disk is full, or takes no writing, and nobody waits for it any longer."""

    full = True


class LogError(CrawlError):
    """The log of revisions does not fit, or what is shown of it (a checkpoint, a proof, a key) cannot be read."""

    stage = "log"
    passing = Passing.PERMANENT


class Bug(CrawlError):
    """An exception nobody expected, kept to the one document that provoked it: a defect of ours."""

    stage = "bug"

    @classmethod
    def of(cls, error: Exception) -> Bug:
        """Names the exception and the place in our code that it came from."""
        trace, place = error.__traceback__, "?"
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if "crawler" in file:
                place = f"{file.rpartition('crawler/')[2]}:{trace.tb_lineno}"
            trace = trace.tb_next
        return cls(f"a bug: {type(error).__name__}: {str(error)[:300]} (at {place})")


class StoreError(CrawlError):
    """The database cannot be opened, read or written."""

    stage = "store"
    passing = Passing.OURS


class ArchiveBusy(StoreError):
    """Another crawler writes to this archive."""


class HandleLost(StoreError):
    """The disk failed under the open database: what its handle says is not to be trusted any more.

    Opened anew, it holds all that was committed.
    """


def attempts_of(error: CrawlError) -> tuple[Attempt, ...]:
    """The HTTP exchanges an error carries, if any."""
    return error.attempts if isinstance(error, FetchError | ArchiveError) else ()
