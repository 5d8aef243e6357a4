"""Faults of rot, each alone: what is done to a file, a row or a stretch of a raw file, and what must name it."""

from __future__ import annotations

import os
import re
import sqlite3
import string
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from crawler.model import Finding

DATABASE = "crawler.db"
#: Columns that hold a word of which there are few.
_WORDS = {
    "articles.state": ("claimed", "archived", "fallback", "arhived"),
    "revisions.state": ("intended", "done", "superseded", "dropped", "don"),
    "revisions.origin": ("page", "feed"),
    "warc_records.type": ("response", "revisit", "conversion", "respose"),
}
_TOUCHED = {
    "articles": "path sha256 size state revision title draft date url code source source_key source_link item_id",
    "revisions": "article_id extraction_id number state reason origin title draft path sha256 size qrcode_path"
    " qrcode_sha256 qrcode_size created_at statement",
    "extractions": "item_id page_url page_sha256 extractor ok reasons",
    "warc_records": "path start size type sha256 url fetch_id refers_to revision_id",
    "feed_items": "article_id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that rots."""

    kind: str
    what: str
    do: Callable[[Path], None]
    names: tuple[str, ...]  #: places of which each must be named by a finding …
    article: int | None = None  #: … or this article
    mendable: bool = False

    def named(self, findings: Sequence[Finding]) -> bool:
        """Whether ``verify`` names the very thing."""
        if self.article is not None and any(one.article == self.article for one in findings):
            return True
        return all(any(_is_about(one, name) for one in findings) for name in self.names)


def _is_about(finding: Finding, name: str) -> bool:
    where = finding.where
    if where == name or where.startswith(f"{name}:") or name.startswith(f"{where}/"):
        return True
    table, _, number = name.partition(":")
    return table == "warc_records" and bool(
        re.search(rf"\b(warc_records|row)\b[\d, ]*\b{number}\b", finding.what)
    )


@dataclass(slots=True)
class Specimen:
    """An archive that rots and is made whole again: every file of it is held in memory."""

    root: Path
    files: dict[str, bytes] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with closing(sqlite3.connect(self.root / DATABASE)) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and not path.name.endswith(("-wal", "-shm")):
                name = path.relative_to(self.root).as_posix()
                self.files[name] = path.read_bytes()
                self.times[name] = path.stat().st_mtime_ns

    def rows(self, question: str, *values: object) -> list[dict[str, Any]]:
        """What the whole database says."""
        with closing(sqlite3.connect(f"file:{self.root / DATABASE}?mode=ro", uri=True)) as opened:
            opened.row_factory = sqlite3.Row
            return [dict(row) for row in opened.execute(question, values)]

    def restore(self) -> None:
        """Every file as it was, nothing else."""
        for path in sorted(self.root.rglob("*"), reverse=True):
            name = path.relative_to(self.root).as_posix()
            if name in self.files and not path.is_symlink() and path.is_file():
                continue
            if path.is_dir() and not path.is_symlink():
                if not any(known.startswith(f"{name}/") for known in self.files):
                    path.rmdir()
            else:
                path.unlink()
        for name, data in self.files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.stat().st_mtime_ns != self.times[name] or path.read_bytes() != data:
                path.write_bytes(data)
                os.utime(path, ns=(self.times[name], self.times[name]))

    def named(self, *endings: str) -> list[str]:
        """Files by what their names end in."""
        return [name for name in self.files if name.endswith(endings)]


def faults(specimen: Specimen, seed: int) -> Iterator[Fault]:
    """Faults without end, the same for the same seed."""
    rng = Random(f"{seed}:rot")
    kinds = (_of_file, _of_file, _of_raw, _of_raw, _of_row, _of_row, _of_row, _of_place)
    while True:
        found = rng.choice(kinds)(specimen, rng)
        if found is not None:
            yield found


# --------------------------------------------------------------------------- bytes


def _altered(data: bytes, rng: Random) -> tuple[str, bytes]:
    """Other bytes instead of these."""
    at = rng.randrange(len(data))
    kind = rng.choice(("flip", "truncate", "extend", "cut", "zero"))
    if kind == "flip":
        return f"bit flipped at {at}", data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[
            at + 1 :
        ]
    if kind == "truncate":
        return f"truncated to {at}", data[:at]
    if kind == "extend":
        more = rng.choice((bytes(rng.randrange(1, 512)), rng.randbytes(rng.randrange(1, 512)), b"\n"))
        return f"{len(more)} bytes added", data + more
    many = min(len(data) - at, rng.choice((1, 7, 64, 512, 4096)))
    if kind == "cut":
        return f"{many} bytes cut out at {at}", data[:at] + data[at + many :]
    zeros = data[:at] + bytes(many) + data[at + many :]
    return (f"{many} bytes zeroed at {at}", zeros) if zeros != data else _altered(data, rng)


def _write(name: str, data: bytes) -> Callable[[Path], None]:
    return lambda root: (root / name).write_bytes(data) and None  # type: ignore[func-returns-value,return-value]


def _of_file(specimen: Specimen, rng: Random) -> Fault | None:
    """A file of an article: its bytes, its place, what lies there."""
    files = [name for name in specimen.files if name.startswith(("content/", "revisions/", "static/"))]
    name = rng.choice(files)
    kind = rng.choice(("bytes", "bytes", "bytes", "delete", "swap", "link", "pipe", "folder"))
    if kind == "bytes":
        what, data = _altered(specimen.files[name], rng)
        return Fault(
            kind="file altered", what=f"{name}: {what}", do=_write(name, data), names=(name,), mendable=True
        )
    if kind == "delete":
        return Fault(
            kind="file deleted",
            what=name,
            do=lambda root: (root / name).unlink(),
            names=(name,),
            mendable=True,
        )
    if kind == "swap":
        other = rng.choice([one for one in files if specimen.files[one] != specimen.files[name]])

        def swap(root: Path) -> None:
            (root / name).write_bytes(specimen.files[other])
            (root / other).write_bytes(specimen.files[name])

        return Fault(
            kind="files swapped", what=f"{name} and {other}", do=swap, names=(name, other), mendable=True
        )

    def replace(root: Path) -> None:
        (root / name).unlink()
        if kind == "link":
            (root / name).symlink_to(rng.choice(("/etc/hostname", str(root / files[0]), "nowhere")))
        elif kind == "pipe":
            os.mkfifo(root / name)
        else:
            (root / name).mkdir()

    return Fault(kind=f"{kind} in a file's place", what=name, do=replace, names=(name,), mendable=True)


def _of_raw(specimen: Specimen, rng: Random) -> Fault | None:
    """A raw file or its index."""
    name = rng.choice(specimen.named(".warc.gz", ".warc.gz", ".cdxj"))
    index = name.endswith(".cdxj")
    kind = rng.choice(("bytes",) * 9 + ("delete",))
    if kind == "delete":
        return Fault(
            kind="raw deleted",
            what=name,
            do=lambda root: (root / name).unlink(),
            names=(name,),
            mendable=index,
        )
    what, data = _altered(specimen.files[name], rng)
    told = "index altered" if index else "raw altered"
    return Fault(kind=told, what=f"{name}: {what}", do=_write(name, data), names=(name,), mendable=index)


def _of_place(specimen: Specimen, rng: Random) -> Fault | None:
    """Something that no row knows."""
    folder = rng.choice(
        [name.rpartition("/")[0] for name in specimen.files if "/" in name and not name.startswith("log/")]
    )
    kind = rng.choice(("orphan", "copy", "link", "pipe", "temporary", "index"))
    own = rng.choice(specimen.named(".md"))
    letters = "".join(rng.choices(string.ascii_lowercase, k=8))
    name, data = f"{folder}/{letters}.{rng.choice(('md', 'webp', 'bin'))}", rng.randbytes(40)
    if kind == "copy":
        name, data = (
            f"content/{rng.choice((letters, 'a/b', 'wire/2025/02'))}/{letters}.md",
            specimen.files[own],
        )
    elif kind == "temporary":
        name = f"{folder}/.tmp-{rng.randbytes(12).hex()}"
    elif kind == "index":
        name = f"warc/2025/02/{letters}.cdxj"

    def add(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if kind == "link":
            (root / name).symlink_to("/etc/hostname")
        elif kind == "pipe":
            os.mkfifo(root / name)
        else:
            (root / name).write_bytes(data)

    return Fault(kind=f"stray {kind}", what=name, do=add, names=(name,), mendable=True)


# --------------------------------------------------------------------------- rows


def _of_row(specimen: Specimen, rng: Random) -> Fault | None:
    """A value of a row, or a whole row."""
    table = rng.choice(
        ("articles", "revisions", "revisions", "extractions", "warc_records", "warc_records", "feed_items")
    )
    rows = specimen.rows(_ROWS[table])
    row = rng.choice(rows)
    if table in {"revisions", "warc_records"} and rng.random() < 0.1:
        return _row_gone(specimen, table, row)
    column = rng.choice(_TOUCHED[table].split())
    value = _other(f"{table}.{column}", row[column], [one[column] for one in rows], rng)
    if value == row[column]:
        return None
    statement = f"UPDATE {table} SET {column} = ? WHERE id = ?"
    return Fault(
        kind=f"{table}.{column}",
        what=f"{table}:{row['id']}.{column}: {str(row[column])[:60]!r} → {str(value)[:60]!r}",
        do=lambda root: _execute(root, statement, value, row["id"]),
        names=_names(table, row, column),
        article=_article(specimen, table, row),
    )


_ROWS = {
    "articles": "SELECT * FROM articles WHERE revision > 0",
    "revisions": "SELECT * FROM revisions WHERE state <> 'dropped'",
    "extractions": """SELECT * FROM extractions WHERE id IN
        (SELECT extraction_id FROM revisions WHERE state <> 'dropped')""",
    "warc_records": "SELECT * FROM warc_records",
    "feed_items": "SELECT * FROM feed_items WHERE id IN (SELECT item_id FROM articles WHERE revision > 0)",
}


def _row_gone(specimen: Specimen, table: str, row: dict[str, Any]) -> Fault:
    names = (f"{row['path']}:{row['start']}",) if table == "warc_records" else ()
    return Fault(
        kind=f"{table} row deleted",
        what=f"{table}:{row['id']}",
        do=lambda root: _execute(root, f"DELETE FROM {table} WHERE id = ?", row["id"]),
        names=names,
        article=_article(specimen, table, row) if table == "revisions" else None,
        mendable=table == "warc_records",
    )


def _names(table: str, row: dict[str, Any], column: str) -> tuple[str, ...]:
    """A row that claims another place than its record's is named by either."""
    if table == "warc_records":
        return (f"warc_records:{row['id']}",)
    return (f"{table}:{row['id']}",)


def _article(specimen: Specimen, table: str, row: dict[str, Any]) -> int | None:
    if table == "articles":
        return int(row["id"])
    if table in {"revisions", "feed_items"}:
        return int(row["article_id"])
    if table == "extractions":
        [found] = specimen.rows(
            "SELECT article_id FROM revisions WHERE extraction_id = ? AND state <> 'dropped'", row["id"]
        )
        return int(found["article_id"])
    return None


def _other(name: str, value: Any, values: Sequence[Any], rng: Random) -> Any:
    """Another value of the same kind."""
    if name in _WORDS:
        return rng.choice([word for word in _WORDS[name] if word != value])
    if isinstance(value, int):
        if name.endswith(("draft", "ok")):
            return 1 - value
        return rng.choice((value + 1, max(0, value - 1), value + rng.randrange(2, 10**6)))
    if value is None:
        return rng.choice([one for one in values if one is not None] or [None])
    if not name.endswith(("url", "code")) and rng.random() < 0.25:
        return rng.choice(values)
    return _misspelt(str(value), rng)


def _misspelt(text: str, rng: Random) -> str:
    """One sign of a text is another one."""
    if not text:
        return "x"
    at = rng.randrange(len(text))
    signs = string.digits if text[at].isdigit() else string.ascii_lowercase
    return text[:at] + rng.choice([sign for sign in signs if sign != text[at].lower()]) + text[at + 1 :]


def _execute(root: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(root / DATABASE)) as opened, opened:
        opened.execute("PRAGMA foreign_keys = OFF")
        try:
            opened.execute(statement, values)
        except sqlite3.IntegrityError as error:
            raise Refused from error
    with closing(sqlite3.connect(root / DATABASE)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


class Refused(Exception):
    """The database does not take such a value: no rot can put it there by a statement."""
