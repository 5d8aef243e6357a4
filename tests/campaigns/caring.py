"""What ``syscalls`` hurts besides crawls: the commands that care for an archive, and what must be true after each.

A scene of care begins with an archive that a crawl ended in order (edits, second revisions, several raw files): it is
backed up, restored, one article of it is taken down, or what was spoilt in it is repaired.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.campaigns.lives import digests
from tests.checker import Terms, frontmatter, judge, warc
from tests.checker.database import Database
from tests.journey import Yard

Phases = list[dict[str, Any]]
#: Give a forked crawler commands, one after the other: how each ended, and what it changed in the archive.
Again = Callable[..., Phases]

_CRAWL = ["crawl", "--since", "2000-01-01"]
_TERMS = Terms(allow=("127.0.0.0/8",), faults=True)  #: the disk failed: a record need not have got its row
_ARCHIVED = ("content/", "revisions/", "static/", "warc/", "log/", "quarantine/", "table ")


@dataclass(slots=True)
class Care(ABC):
    """A command, what it begins with, and what is judged when it was hurt and given again."""

    folder: Path  #: for what the scene needs beside its archives
    sound: Path  #: the archive of the crawl
    command: list[str] = field(default_factory=list)  #: ``{folder}`` is the yard's
    base: Path | None = None  #: what the yard's archive begins as; None: it is not there
    beside: list[tuple[Path, str]] = field(default_factory=list)  #: what is copied into the yard besides
    places: tuple[str, ...] = ("archive",)  #: paths in the yard that the command writes to

    @abstractmethod
    def set(self, run: Callable[[Yard, list[str]], None], yard: Yard) -> None:
        """Prepare; ``run`` gives a command in a yard that nobody hurts."""

    @abstractmethod
    def judge(self, yard: Yard, code: int | None, again: Again, *, odd: bool) -> Iterator[str]:
        """What is wrong after the command was hurt and ended with ``code``."""


@dataclass(slots=True)
class Backup(Care):
    """The second backup into a folder, after which the first one goes."""

    def set(self, run: Callable[[Yard, list[str]], None], yard: Yard) -> None:
        self.base = self.sound
        self.command = ["backup", "{folder}/backups", "--keep", "1"]
        self.places = ("archive", "backups")
        run(yard, ["backup", str(yard.folder / "backups")])
        self.beside = [(yard.folder / "backups", "backups")]

    def judge(self, yard: Yard, code: int | None, again: Again, *, odd: bool) -> Iterator[str]:
        target, before = yard.folder / "backups", _archived(self.sound)
        there = list(_finished(target))
        if not there:
            yield "I1 lost: no backup is there any more"
        for one in there:
            yield from _unlike_list(one)
        if code == 0 and there:
            yield from _unlike(before, _archived(there[-1] / "archive"), "a backup that was called done")
        [phase] = again(self.command)
        if phase["code"]:
            yield f"given again it ended with {phase['code']}"
            return
        if left := [one.name for one in target.iterdir() if one.name.endswith(".partial")]:
            yield f"I8 left over: {left}"
        [newest, *others] = reversed(list(_finished(target)))
        if others:
            yield f"--keep 1 left {len(others) + 1} backups"
        yield from _unlike_list(newest)
        yield from _unlike(before, _archived(newest / "archive"), "the backup")
        yield from _unlike(before, _archived(yard.archive), "the archive that was backed up")
        yield from _judged(newest / "archive")


@dataclass(slots=True)
class Restore(Care):
    """A backup becomes an archive."""

    backup: Path = Path()

    def set(self, run: Callable[[Yard, list[str]], None], yard: Yard) -> None:
        shutil.copytree(self.sound, yard.archive)
        run(yard, ["backup", str(yard.folder / "backups")])
        [self.backup] = _finished(yard.folder / "backups")
        self.command = ["restore", str(self.backup), "{folder}/archive"]

    def judge(self, yard: Yard, code: int | None, again: Again, *, odd: bool) -> Iterator[str]:
        wanted = digests(self.backup / "archive")
        whole = yard.archive.exists() and any(yard.archive.iterdir())
        if whole:
            yield from _unlike(wanted, digests(yard.archive), "the restored archive, hurt,")
        elif code == 0:
            yield "a wrong done: nothing was restored"
        [phase] = again(self.command)
        if bool(phase["code"]) != whole:  # what is there is never overwritten
            yield f"given again it ended with {phase['code']}, and an archive {'was' if whole else 'was not'} there"
        if whole or not phase["code"]:
            yield from _unlike(wanted, digests(yard.archive), "the restored archive")
            yield from _judged(yard.archive)
        left = [one.name for one in yard.folder.iterdir() if one.name.startswith("archive.")]
        if left and not whole:
            yield f"I8 left over: {left}"


@dataclass(slots=True)
class Takedown(Care):
    """An article of two revisions goes, its pages too."""

    gone: tuple[str, ...] = ()  #: what only its body said

    def set(self, run: Callable[[Yard, list[str]], None], yard: Yard) -> None:
        self.base = self.sound
        number, self.gone = max(_told_alone(self.sound), key=lambda one: len(one[1]))
        assert len(self.gone) >= 3, (
            "what was edited says nothing alone that can be looked for: another --seed"
        )
        assert _holding(self.sound, self.gone), "what is looked for is found before it is gone"
        self.command = ["takedown", str(number), "--raw", "--yes", "--reason", "an order of a court"]

    def judge(self, yard: Yard, code: int | None, again: Again, *, odd: bool) -> Iterator[str]:
        if odd:  # a crawler is started before anybody gives the command again
            [phase] = again(_CRAWL)
            if phase["code"]:
                yield f"a crawl after it ended with {phase['code']}"
        phases = again(self.command, self.command)
        if any(phase["code"] for phase in phases):
            yield f"given again it ended with {[phase['code'] for phase in phases]}"
            return
        if changed := phases[-1]["changed"]:
            yield f"given once more it changed {changed[:5]}"
        yield from _judged(yard.archive)
        for path in _holding(yard.archive, self.gone):
            yield f"I1 the text that was taken down is in {path}"
        yield from _untold(yard, int(self.command[1]))


@dataclass(slots=True)
class Repair(Care):
    """Files that are gone, altered, strange; an index and a row that were lost."""

    strange: dict[str, str] = field(
        default_factory=dict
    )  #: digest of bytes that must not be lost → what they were

    def set(self, run: Callable[[Yard, list[str]], None], yard: Yard) -> None:
        self.base = self.folder / "spoilt"
        shutil.copytree(self.sound, self.base)
        self.command = ["repair", "--apply"]
        articles = sorted(self.base.glob("content/**/*.md"))
        articles[0].unlink()
        self._alter(articles[1])
        self._alter(sorted(self.base.glob("static/**/*.webp"))[0])
        sorted(self.base.glob("static/**/*.webp"))[1].unlink()
        sorted(self.base.glob("revisions/**/*.md"))[0].unlink()
        sorted(self.base.glob("warc/**/*.cdxj"))[0].unlink()
        self._lay(articles[2].with_name("2025-01-01-nobody-knows-this.md"), b"nobody knows this")
        # Which the start after a kill removes, as it should, and a repair that nobody hurt sets aside.
        articles[2].with_name(".tmp-0123456789abcdef01234567").write_bytes(b"on its way")
        _forget(self.base / "crawler.db")

    def _alter(self, path: Path) -> None:
        self._lay(path, path.read_bytes()[:-40] + b"altered")

    def _lay(self, path: Path, data: bytes) -> None:
        path.write_bytes(data)
        self.strange[hashlib.sha256(data).hexdigest()] = path.name

    def judge(self, yard: Yard, code: int | None, again: Again, *, odd: bool) -> Iterator[str]:
        if odd:
            [phase] = again(_CRAWL)
            if phase["code"]:
                yield f"a crawl after it ended with {phase['code']}"
        phases = again(self.command, self.command)
        if any(phase["code"] for phase in phases):
            yield f"given again it ended with {[phase['code'] for phase in phases]}"
            return
        if changed := phases[-1]["changed"]:
            yield f"given once more it changed {changed[:5]}"
        there = digests(yard.archive)
        wanted = {
            name: digest for name, digest in _archived(self.sound).items() if not name.startswith("table ")
        }
        missing = [name for name, digest in wanted.items() if there.get(name) != digest]
        if missing and not odd:  # a crawl writes files of its own
            yield f"not mended: {missing[:5]}"
        lost = self.strange.keys() - set(there.values())
        yield from (f"I1 lost: the altered bytes of {self.strange[digest]}" for digest in sorted(lost))
        yield from _judged(yard.archive)


SCENES: dict[str, type[Care]] = {"backup": Backup, "restore": Restore, "takedown": Takedown, "repair": Repair}


def _judged(archive: Path) -> list[str]:
    return [str(one) for one in judge(archive, archive / "crawler.db", None, _TERMS)]


def _archived(archive: Path) -> dict[str, str]:
    """Digests of what a backup holds."""
    return {name: digest for name, digest in digests(archive).items() if name.startswith(_ARCHIVED)}


def _unlike(wanted: dict[str, str], found: dict[str, str], what: str) -> Iterator[str]:
    if wanted != found:
        names = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        yield f"{what} is another one: {names[:5]}"


def _finished(target: Path) -> Iterator[Path]:
    """The backups that have their name, oldest first."""
    for one in sorted(target.iterdir()) if target.exists() else ():
        if one.is_dir() and not one.name.endswith(".partial"):
            yield one


def _unlike_list(backup: Path) -> Iterator[str]:
    """A backup that has its name has every file of its list, and no other."""
    listed = backup / "files.jsonl"
    if not (backup / "manifest.json").exists() or not listed.exists():
        yield f"I4 torn: {backup.name} has its name and no list"
        return
    told = {line["path"]: line["sha256"] for line in map(json.loads, listed.read_text().splitlines())}
    there = {
        path.relative_to(backup / "archive").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (backup / "archive").rglob("*")
        if path.is_file()
    }
    yield from _unlike(told, there, f"what is in {backup.name}")


def _records(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Address and text of everything kept raw; bodies unpacked where they are gzip."""
    for path in sorted(archive.glob("warc/**/*.warc.gz*")):
        for record in warc.read(path):
            if isinstance(record, int):
                continue
            body = record.block.partition(b"\r\n\r\n")[2] if record.type == "response" else record.block
            yield record.fields.get("warc-target-uri", ""), record.block + _unpacked(body)


def _unpacked(body: bytes) -> bytes:
    try:
        return gzip.decompress(body)
    except (OSError, EOFError):
        return b""


def _told_alone(archive: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each article of two revisions, and pieces of its text that nothing else in the archive says."""
    database = Database(archive / "crawler.db")
    edited = {row["article_id"] for row in database.table("revisions") if row["state"] == "superseded"}
    articles = [database.articles[number] for number in sorted(edited)]
    database.close()
    records = list(_records(archive))
    for article in articles:
        own = (archive / article["path"]).read_text(encoding="utf-8")
        others = [
            path.read_bytes() for path in archive.glob("content/**/*.md") if path != archive / article["path"]
        ]
        mine = {article["source_link"], f"https://archive.example/{article['url']}/"}
        told = b"".join([*others, *(text for url, text in records if url not in mine)])
        pieces = _pieces(own.partition("\n+++\n")[2])
        yield article["id"], tuple(piece for piece in pieces if piece.encode() not in told)


def _pieces(body: str) -> Iterator[str]:
    """Runs of 40 plain letters within a body's sentences."""
    for run in re.findall(r"[A-Za-z0-9 ,.]{60,}", body):
        yield from (run[at : at + 40] for at in range(0, len(run) - 40, 40))


def _holding(archive: Path, pieces: tuple[str, ...]) -> list[str]:
    """The files below an archive's root, packed or not, that hold one of the pieces."""
    wanted = [piece.encode() for piece in pieces]
    found = [
        path.relative_to(archive).as_posix()
        for path in sorted(archive.rglob("*"))
        if path.is_file() and any(piece in path.read_bytes() for piece in wanted)
    ]
    return found + [
        f"a raw record of {url}" for url, text in _records(archive) if any(one in text for one in wanted)
    ]


def _forget(database: Path) -> None:
    """A row of the raw archive's index is lost."""
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("PRAGMA foreign_keys = OFF")
        opened.execute(
            "DELETE FROM warc_records WHERE id = (SELECT max(id) FROM warc_records WHERE type = 'conversion')"
        )


def _untold(yard: Yard, number: int) -> Iterator[str]:
    """An article that was taken down is still told of, and is a draft."""
    [row] = yard.rows("SELECT taken_down_at, path FROM articles WHERE id = ?", number)
    told = frontmatter.read((yard.archive / row["path"]).read_bytes())
    if row["taken_down_at"] is None or isinstance(told, str) or not told["draft"]:
        yield f"I1 article {number} is not told of as taken down: {row}, {told}"
