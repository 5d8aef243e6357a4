"""Where a verification is done: both sides of the archive, threads that read, and what was found so far."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from crawler.app.verifying.memory import Memory
from crawler.archive.walk import Walk
from crawler.audit.facts import FileLook
from crawler.config import Config
from crawler.model import Finding
from crawler.store.auditing import SqlAudit

P = ParamSpec("P")
T = TypeVar("T")

PARTS = ("database", "files", "raw", "log")
LOOKS = 8  #: how often what changes meanwhile is looked at again
PAUSE = 0.25  #: seconds between two of these looks
FRESH = timedelta(hours=1)  #: beside a running crawler: what is younger may be on its way

#: Where an article's file is looked at.
Look = Callable[[str], FileLook]


class Watch(Protocol):
    """Who waits for the end of it."""

    def begin(self, bar: str, total: int | None) -> None:
        """So much is to be looked at."""
        ...

    def advance(self, bar: str, by: int) -> None:
        """So much of it was."""
        ...

    def found(self, finding: Finding) -> None:
        """One more finding."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be verified, and how."""

    quick: bool = False  #: existence and size only
    since: datetime | None = None  #: only what was archived since
    article: int | None = None  #: only this one
    only: frozenset[str] = frozenset(PARTS)
    older_than: timedelta | None = None  #: what was verified within it and is unchanged is not read again
    deep: bool = False  #: each article's file against its leaf of the log, too

    @property
    def whole(self) -> bool:
        """Whether the archive is looked through, not a selection."""
        return self.since is None and self.article is None


@dataclass(slots=True, kw_only=True)
class Desk:
    """One verification."""

    config: Config
    wish: Wish
    audit: SqlAudit
    walk: Walk
    watch: Watch
    memory: Memory
    now: datetime
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="verify")
    )
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        """Whether a crawler writes to this archive now: what is on its way is no finding then."""
        return writer(self.config.database) not in {None, os.getpid()}

    def close(self) -> None:
        """End the threads."""
        self.threads.shutdown()

    def tell(self, found: Iterable[Finding]) -> None:
        """Keep what was found."""
        for one in found:
            self.findings.append(one)
            self.watch.found(one)

    def count(self, what: str, many: int = 1) -> None:
        """So much was looked at."""
        self.counts[what] = self.counts.get(what, 0) + many
        self.watch.advance(what, many)

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Wait for the disk in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, lambda: call(*args, **kwargs))

    def look(self, path: str, *, article: bool = False, again: bool = False) -> FileLook:
        """A file, hashed but if it is remembered; ``again``: hashed all the same.  Blocking."""
        if self.wish.quick:
            return self.walk.look(path, read=False)
        known = None if again else self.memory.known(path, self.now, self.wish.older_than)
        if known is not None:
            look = self.walk.look(path, read=False)
            if (look.place, look.size, look.modified) == ("file", known.size, known.modified):
                return FileLook(
                    path=path, place="file", size=look.size, modified=look.modified, sha256=known.sha256
                )
        return self.walk.look(path, article=article)


def writer(database: Path) -> int | None:
    """The process that says it writes to an archive, if it is alive; nothing is locked to find out."""
    try:
        told = database.with_name(f"{database.name}.lock").read_text(encoding="utf-8")[:64].split()
        process = int(told[0])
    except (OSError, ValueError, IndexError):
        return None
    try:
        os.kill(process, 0)
    except PermissionError:  # alive, and another user's
        return process
    except (OSError, OverflowError):
        return None
    return process
