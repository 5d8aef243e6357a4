"""Random harm to a log, one at a time: rows, files, single bits; each must be named by ``crawler log verify``.

``python -m tests.campaigns.logrot POINTS [SEED]`` prints what was done, what was found, and what was not.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from crawler import signing
from crawler.signing import Signer
from crawler.store.sql import SqlStore
from tests.logbook.press import Press

#: Columns that the log vouches for, and how rows are named.
COLUMNS = (
    ("revisions", "id", ("statement", "title", "sha256", "path", "reason", "qrcode_sha256")),
    ("articles", "id", ("url", "code", "source_key")),
    ("log_entries", "id", ("leaf",)),
    ("log_heads", "size", ("root", "checkpoint", "compact_range")),
)


@dataclass(slots=True)
class Harm:
    """What was done, and how often it was found."""

    done: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


def flipped(data: bytes, chance: random.Random) -> bytes:
    """One bit of one byte is another."""
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def harm_file(root: Path, chance: random.Random) -> str:
    """Flip a bit of a file of the log, cut it, remove it, or put another one in its place."""
    files = sorted(path for path in (root / "log").rglob("*") if path.is_file())
    path = chance.choice(files)
    how = chance.choice(("flip", "cut", "remove", "replace"))
    data = path.read_bytes()
    if how == "flip":
        path.write_bytes(flipped(data, chance))
    elif how == "cut":
        path.write_bytes(data[: chance.randrange(len(data))])
    elif how == "remove":
        path.unlink()
    else:
        other = chance.choice([one for one in files if one.read_bytes() != data])
        shutil.copy(other, path)
    return f"{how} {path.relative_to(root)}"


def harm_row(database: Path, chance: random.Random) -> str:
    """Change a letter of a value, empty it, remove the row, or swap two."""
    table, name, columns = chance.choice(COLUMNS)
    column, how = chance.choice(columns), chance.choice(("change", "empty", "remove", "swap"))
    if how == "remove" and table == "articles":
        how = "change"
    with closing(sqlite3.connect(database)) as made, made:
        rows = made.execute(f"SELECT {name}, {column} FROM {table} ORDER BY 1").fetchall()
        one, value = chance.choice(rows)
        if how == "remove":
            made.execute(f"DELETE FROM {table} WHERE {name} = ?", (one,))
        elif how == "swap":
            other, theirs = chance.choice([row for row in rows if row[1] != value] or [(one, "other")])
            made.execute(f"UPDATE {table} SET {column} = ? || 'x' WHERE {name} = ?", (theirs, one))
            made.execute(f"UPDATE {table} SET {column} = ? WHERE {name} = ?", (value, other))
            made.execute(f"UPDATE {table} SET {column} = ? WHERE {name} = ?", (theirs, one))
        else:
            at = chance.randrange(len(value))
            new = "" if how == "empty" else value[:at] + ("b" if value[at] == "a" else "a") + value[at + 1 :]
            made.execute(f"UPDATE {table} SET {column} = ? WHERE {name} = ?", (new, one))
    return f"{how} {table}.{column} {one}"


async def sample(root: Path, signer: Signer) -> None:
    """Thirty leaves, three heads, two leaves since."""
    async with SqlStore(root / "crawler.db"):
        pass
    async with Press(root, signer, items=30) as press:
        await press.open()
        for count in (10, 10, 8):
            await press.write(count)
            await press.head()
        await press.revise(3)
        await press.write(1)


async def campaign(points: int, seed: int, folder: Path) -> Harm:
    """So many harms, each to an archive of its own."""
    chance, harm = random.Random(seed), Harm()
    signer = Signer(signing.generate("orbitwire.example/log")[0])
    (folder / "whole").mkdir()
    await sample(folder / "whole", signer)
    for _ in range(points):
        root = folder / "harmed"
        shutil.copytree(folder / "whole", root)
        file = chance.random() < 0.5
        what = harm_file(root, chance) if file else harm_row(root / "crawler.db", chance)
        async with Press(root, signer) as press:
            found = await press.misfits()
        harm.done[what.split()[0] + (" file" if file else " row")] += 1
        if not found:
            harm.missed.append(what)
        shutil.rmtree(root)
    return harm


def main() -> None:
    points, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        harm = asyncio.run(campaign(points, seed, Path(folder)))
    for kind, count in sorted(harm.done.items()):
        print(f"{kind}: {count}")
    print(f"{points - len(harm.missed)} of {points} named; not named: {harm.missed or 'none'}")


if __name__ == "__main__":
    main()
