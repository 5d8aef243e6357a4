"""What a forked crawler does: the real command line over the real house, with time and workers handed in.

What was extracted once from the same bytes is not extracted again, for extraction is not what is tried here;
everything that writes is the crawler's own.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.app import house, rebuilding
from crawler.cli import main
from crawler.model import Entry, Extraction, FeedDocument, Page
from crawler.workers.inline import InlineWorkers

_ahead = 0.0
_known: dict[tuple[Any, ...], Any] = {}
_UNLIKE = frozenset({"runs", "hosts"})  #: tables in which every start leaves something


class MovedClock(house.SystemClock):
    """The machine's clock, so many seconds ahead."""

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=_ahead)


class RememberingWorkers(InlineWorkers):
    """The workers in this process; what they made of the same bytes before is at hand."""

    size, busy, waiting, deaths, pids = 1, 0, 0, 0, ()

    def __init__(self, config: object, **known: Any) -> None:
        super().__init__(**{name: known[name] for name in ("entries", "frames", "rules") if name in known})

    async def start(self) -> None:
        """Nothing is to be started."""

    async def close(self) -> None:
        """Nothing is to be ended."""

    async def room(self) -> None:
        """There is always room."""

    async def read_feed(self, page: Page, *, feed_name: str) -> FeedDocument:
        key = ("feed", page.digest, feed_name)
        if key not in _known:
            _known[key] = await super().read_feed(page, feed_name=feed_name)
        found: FeedDocument = _known[key]
        return found

    async def read_page(self, page: Page, *, want_date: bool) -> Extraction:
        key = ("page", page.digest, want_date)
        if key not in _known:
            _known[key] = await super().read_page(page, want_date=want_date)
        found: Extraction = _known[key]
        return found

    async def read_entry(self, entry: Entry) -> Extraction | None:
        return await super().read_entry(entry)

    async def draw_qrcode(self, target: str) -> bytes:
        key = ("code", target)
        if key not in _known:
            _known[key] = await super().draw_qrcode(target)
        found: bytes = _known[key]
        return found


class OneThread(asyncio.SelectorEventLoop):
    """A loop whose threads are itself: the k-th call of a run is the same one in every run."""

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


class _Policy(asyncio.DefaultEventLoopPolicy):
    _loop_factory = OneThread


def perform(job: dict[str, Any]) -> int:
    """Do a job in this process: first the copy of the archive it begins with, then a command once or several times.

    ``starts`` are how many seconds ahead of the machine's clock each time is; with ``told`` what came of them
    is written to that file; ``commands``, if they are given, are one for each start, ``beside`` is copied besides; with ``die`` the process is killed before so many files have got their names.
    """
    archive = Path(job["archive"])
    if job.get("base"):
        shutil.copytree(job["base"], archive, dirs_exist_ok=True)
    for source, target in job.get("beside", ()):
        _owned(shutil.copytree(source, archive.parent / target), archive)
    asyncio.set_event_loop_policy(_Policy() if job.get("threads") != "real" else None)
    for room in (house, rebuilding):
        vars(room).update(SystemClock=MovedClock, WorkerPool=RememberingWorkers)
    if job.get("die"):
        _die_at_rename(job["die"])
    if job.get("stop"):
        os.kill(os.getpid(), signal.SIGSTOP)
    told = []
    after = digests(archive) if job.get("told") else {}
    for number, ahead in enumerate(job["starts"]):
        before = after
        began, used = time.monotonic(), time.process_time()
        code = live(job, ahead, number)
        told.append({"ahead": ahead, "began": began, "code": code, "cpu": time.process_time() - used})
        if job.get("told"):
            after = digests(archive)
            told[-1]["changed"] = changed(before, after)
    if job.get("told"):
        Path(job["told"]).write_text(json.dumps(told), encoding="utf-8")
    return int(told[-1]["code"])


def _owned(backups: Path, archive: Path) -> None:
    """Backups that were taken in another yard become this archive's: a crawler leaves those of others alone."""
    for path in backups.glob("*/manifest.json"):
        told = json.loads(path.read_bytes())
        path.write_text(json.dumps({**told, "root": str(archive)}), encoding="utf-8")


def live(job: dict[str, Any], ahead: float, number: int) -> int:
    """One command by the command line; its exit code."""
    global _ahead
    _ahead = ahead
    for descriptor, name in ((1, "out"), (2, "err")):
        file = os.open(f"{job['output']}{number}.{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(file, descriptor)
        os.close(file)
    try:
        command = job["commands"][number] if "commands" in job else job["command"]
        main(["--config", job["config"], *command])
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _die_at_rename(many: int) -> None:
    rename, left = os.rename, iter(range(many - 1, -1, -1))

    def renamed(*names: Any, **folders: Any) -> None:
        if not next(left):
            os.kill(os.getpid(), signal.SIGKILL)
        rename(*names, **folders)

    os.rename = renamed


def digests(archive: Path) -> dict[str, str]:
    """Of every file and of what every table says: what a start without work must leave as it is."""
    found = {
        path.relative_to(archive).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in archive.rglob("*")
        if path.is_file() and not path.name.startswith("crawler.db")
    }
    if (archive / "crawler.db").exists():
        with closing(sqlite3.connect(archive / "crawler.db", timeout=10)) as opened:
            names = [name for (name,) in opened.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]  # fmt: skip
            for name in set(names) - _UNLIKE:
                rows = sorted(map(repr, opened.execute(f'SELECT * FROM "{name}"')))
                found[f"table {name}"] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What is not the same."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
