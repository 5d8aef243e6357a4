"""``crawler verify``: database, files and raw archive held against each other; nothing is changed.

``articles`` goes from rows to files, ``strays`` from files to rows, ``raws`` through the raw archive;
everything in pages, so that memory does not grow with the archive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec

from crawler.app import present
from crawler.app.verifying import articles, raws, single, strays
from crawler.app.verifying.desk import PARTS, Desk, Watch, Wish
from crawler.app.verifying.memory import NAME, Memory
from crawler.archive.walk import Walk
from crawler.audit.codes import finding
from crawler.config import Config
from crawler.errors import ConfigError, CrawlError, StoreError
from crawler.model import Finding
from crawler.store.auditing import SqlAudit, is_damage

__all__ = ["NAME", "PARTS", "Verified", "Watch", "Wish", "verify"]

_LOG = "crawler.app.verifylog"  #: who verifies the log, where there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was looked at, and what was found."""

    counts: dict[str, int]
    findings: Sequence[Finding]

    @property
    def clean(self) -> bool:
        """Whether nothing but notices was found."""
        return all(one.severity == "notice" for one in self.findings)


async def verify(config: Config, wish: Wish, watch: Watch, *, remember: bool = False) -> Verified:
    """Look at everything that is wished for; ``remember``: and write down what is whole."""
    present.begun(config)
    try:
        async with SqlAudit(config.database) as audit:
            with closing(Memory(config.archive.root / NAME if remember else None)) as memory:
                desk = Desk(
                    config=config,
                    wish=wish,
                    audit=audit,
                    walk=Walk(config.archive.root),
                    watch=watch,
                    memory=memory,
                    now=datetime.now(UTC),
                )
                with closing(desk):
                    await _parts(desk)
    except StoreError as error:
        if not is_damage(error):
            raise
        name = config.database.name
        return Verified(counts={}, findings=[finding("F101", f"the database cannot be read: {error}", name)])
    return Verified(counts=desk.counts, findings=desk.findings)


async def _parts(desk: Desk) -> None:
    wish = desk.wish
    await _begin(desk)
    try:
        if "database" in wish.only and wish.whole:
            await _database(desk)
        if wish.only & {"database", "files"}:
            await articles.verify(desk)
        if "files" in wish.only and wish.whole:
            await strays.verify(desk)
        if "raw" in wish.only:
            await (raws.verify(desk) if wish.article is None else single.verify(desk, wish.article))
    except StoreError as error:  # a page of it cannot be read
        desk.tell([finding("F101", f"the database cannot be read: {error}", desk.config.database.name)])
        return
    if "log" in wish.only and wish.whole:
        await _log(desk)


async def _begin(desk: Desk) -> None:
    wish = desk.wish
    if wish.only & {"database", "files"}:
        desk.watch.begin("articles", 1 if wish.article is not None else await desk.audit.count())
    if wish.whole and "files" in wish.only:
        desk.watch.begin("places", None)
    if wish.article is None and "raw" in wish.only:
        desk.watch.begin("raw bytes", await desk.run(_raw_bytes, desk.walk))


def _raw_bytes(walk: Walk) -> int:
    files = (path for path in walk.files("warc") if not path.endswith(".cdxj"))
    return sum(walk.look(path, read=False).size for path in files)


async def _database(desk: Desk) -> None:
    name = desk.config.database.name
    desk.tell(
        finding("F101", f"the database says of itself: {told}", name)
        for told in await desk.audit.integrity(quick=desk.wish.quick)
    )
    for odd in await desk.audit.odd_records():
        what = f"row {odd} of warc_records has no numbers where a record's place must be"
        desk.tell([finding("F107", what, f"warc_records:{odd}")])
    for table, number, parent in await desk.audit.dangling():
        what = f"row {number} of {table} refers to a row of {parent} that is not there"
        desk.tell([finding("F102", what, f"{table}:{number}")])


def _leaves(desk: Desk) -> Callable[[int, int], None]:
    """So many leaves of so many were looked at."""
    return lambda done, total: desk.count("leaves", done - desk.counts.get("leaves", 0))


async def _log(desk: Desk) -> None:
    """By who keeps the log; asked for by name, it must be there."""
    asked = len(desk.wish.only) < len(PARTS)
    if find_spec(_LOG) is None:
        if asked:
            raise ConfigError("this crawler keeps no log; verify without --log")
        return
    if asked or await desk.audit.has_log():
        desk.watch.begin("leaves", None)
        try:
            verify_log = import_module(_LOG).verify_log
            found = verify_log(desk.config, quick=desk.wish.quick, deep=desk.wish.deep, say=_leaves(desk))
            desk.tell(await found)
        except (
            CrawlError,
            ValueError,
            TypeError,
            KeyError,
        ) as error:  # rows that are no rows of ours any more
            desk.tell([finding("F116", f"the log cannot be verified: {error}", "log_entries")])
