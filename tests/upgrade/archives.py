"""An old archive as text: its database as SQL, its files as they are; packed by ``make``, laid down by tests."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.journey import newsroom
from tests.wire import SampleWire

HERE = Path(__file__).parent
#: Schema → the last commit that wrote it.
MAKERS = {"0001": "92e57fd", "0002": "b6702d6", "0003": "618cd1a", "0004": "d2a753d"}
#: Addresses are in the archived files: the wire has to be where it was.
PORT = 27177
#: The settings that every crawler of the history knows.
SETTINGS = """\
include = ["feeds.toml"]

[archive]
root = "archive"
public_url = "https://archive.example/"

[web]
delay = "0s"
allow_private = ["127.0.0.0/8"]

[workers]
processes = 1

[poll]
floor = "0s"
"""


@dataclass(frozen=True, slots=True)
class Old:
    """An archive as it was left."""

    schema: str
    commit: str
    sql: list[str]
    files: dict[str, bytes]

    def lay_down(self, folder: Path) -> Path:
        """Put it below ``folder``, with its configuration; returns the archive's root."""
        root = folder / "archive"
        root.mkdir(parents=True)
        (folder / "crawler.toml").write_text(SETTINGS, encoding="utf-8")
        for path, data in self.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        with closing(sqlite3.connect(root / "crawler.db")) as database:
            database.executescript("\n".join(self.sql))
        return root


@contextmanager
def old_wire() -> Iterator[SampleWire]:
    """The wire that all of them crawled; its time stands still."""
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    with newsroom(releases=4, wires=2, now=now, port=PORT) as wire:
        yield wire


def news(wire: SampleWire) -> None:
    """What happened between the two crawls of each: an edit, and a new release."""
    wire.edit(wire.posting(0).url, title=f"{wire.release(0).title} (corrected)")
    wire.publish(1)


def load(schema: str) -> Old:
    """The archive of a schema."""
    told = json.loads((HERE / f"archive-{schema}.json").read_text(encoding="utf-8"))
    return Old(
        schema, told["commit"], told["sql"], {path: _bytes(data) for path, data in told["files"].items()}
    )


def pack(schema: str, commit: str, root: Path) -> None:
    """Write an archive down as text."""
    with closing(sqlite3.connect(root / "crawler.db")) as database:
        sql = list(database.iterdump())
    files = {
        path.relative_to(root).as_posix(): _text(path.read_bytes())
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith("crawler.db")
    }
    told = {"schema": schema, "commit": commit, "files": files, "sql": sql}
    (HERE / f"archive-{schema}.json").write_text(
        json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def _text(data: bytes) -> str | dict[str, str]:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}
    return text


def _bytes(told: Any) -> bytes:
    return base64.b64decode(told["base64"]) if isinstance(told, dict) else told.encode()
