"""I2, I3, I4 of articles, their older revisions and QR images: files against rows, rows against files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.checker import frontmatter
from tests.checker.database import Database, Row
from tests.checker.identity import identity
from tests.checker.terms import Terms, Violation

PLACES = ("content", "revisions", "static")
KEPT = frozenset({"done", "superseded"})


@dataclass(slots=True)
class Expected:
    """What the rows say of the files."""

    files: dict[str, Row] = field(default_factory=dict)  #: path → revision
    images: dict[str, Row] = field(default_factory=dict)  #: path → the newest revision that shows it
    pending: set[str] = field(default_factory=set)  #: of revisions that are only intended
    gone: set[str] = field(default_factory=set)  #: of articles that were taken down


def below(root: Path, *places: str) -> Iterator[str]:
    """Every file below some folders, as a path with slashes."""
    for place in places:
        for folder, _, names in os.walk(root / place):
            for name in names:
                yield (Path(folder) / name).relative_to(root).as_posix()


def expected(database: Database) -> Expected:
    """Read the rows."""
    found = Expected()
    for row in sorted(database.table("revisions"), key=lambda row: int(row["id"])):
        article = database.articles[row["article_id"]]
        if article.get("taken_down_at"):
            found.gone |= {row["path"], row["qrcode_path"]}
        elif row["state"] in KEPT:
            found.files[row["path"]] = row
            found.images[row["qrcode_path"]] = row
        elif row["state"] == "intended":
            found.pending |= {row["path"], row["qrcode_path"]}
    return found


def judge(root: Path, database: Database, terms: Terms) -> Iterator[Violation]:
    """All that is wrong with the files."""
    wanted, there = expected(database), set(below(root, *PLACES))
    yield from _doubled_rows(database)
    for path, row in wanted.files.items():
        moving = terms.state == "crashed" and path in wanted.pending
        if not moving:
            yield from _whole(root, path, row["sha256"], row["size"], f"revision {row['id']}")
    for path, row in wanted.images.items():
        yield from _whole(
            root, path, row["qrcode_sha256"], row["qrcode_size"], f"QR image of revision {row['id']}"
        )
    yield from _standing(database, wanted)
    yield from _orphans(root, there, wanted, terms)
    yield from _articles(root, there, database, wanted, terms)


def _whole(root: Path, path: str, digest: str, size: int, whose: str) -> Iterator[Violation]:
    try:
        data = (root / path).read_bytes()
    except OSError:
        yield Violation("I3", f"{whose} says {path} is done, and no such file is there (a wrong done)")
        return
    if len(data) < size:
        yield Violation("I4", f"{path} ({whose}) has {len(data)} of its {size} bytes")
    elif hashlib.sha256(data).hexdigest() != digest:
        yield Violation("I3", f"{path} ({whose}) is not the file of its row: digest {digest[:12]} is told")
    elif path.endswith(".webp") and (data[:4] != b"RIFF" or int.from_bytes(data[4:8], "little") + 8 != size):
        yield Violation("I4", f"{path} ({whose}) is no whole WebP image")


def _standing(database: Database, wanted: Expected) -> Iterator[Violation]:
    """An article's row names its newest revision."""
    newest = {
        row["article_id"]: row
        for row in sorted(database.table("revisions"), key=lambda row: int(row["number"]))
        if row["state"] == "done"
    }
    for number, article in database.articles.items():
        row = newest.get(number)
        told = (article["revision"], article["path"], article["sha256"])
        if row is None:
            if article["revision"]:
                yield Violation(
                    "I3", f"article {number} stands at revision {article['revision']}: none is done"
                )
        elif told != (row["number"], row["path"], row["sha256"]):
            yield Violation("I3", f"article {number} tells of {told}, its newest revision is {row['id']}")


def _orphans(root: Path, there: set[str], wanted: Expected, terms: Terms) -> Iterator[Violation]:
    known = wanted.files.keys() | wanted.images.keys() | wanted.gone
    if terms.state == "crashed":
        known = known | wanted.pending
    for path in sorted(there - known):
        name = path.rpartition("/")[2]
        if name.startswith(".tmp-"):
            continue  # I8 tells of it
        if name.startswith("found-"):
            digest = hashlib.sha256((root / path).read_bytes()).hexdigest()
            if digest.startswith(name.removeprefix("found-").removesuffix(".md")):
                continue
        if path.startswith("static/") and "/qrcode/" not in path:
            continue  # not of a revision
        if terms.state == "crashed" and path.startswith("revisions/") and wanted.pending:
            continue  # set aside for an intended revision
        yield Violation("I3", f"{path} belongs to no row")


def _doubled_rows(database: Database) -> Iterator[Violation]:
    seen: dict[tuple[int, int], Row] = {}
    for row in sorted(database.table("revisions"), key=lambda row: int(row["id"])):
        if row["state"] not in KEPT:
            continue
        place = (row["article_id"], row["number"])
        if place in seen:
            yield Violation(
                "I2", f"article {place[0]} has revision {place[1]} twice: {seen[place]['id']}, {row['id']}"
            )
        before = seen.get((place[0], place[1] - 1))
        if before is not None and before["sha256"] == row["sha256"]:
            yield Violation(
                "I2", f"revisions {before['id']} and {row['id']} of article {place[0]} are the same file"
            )
        seen[place] = row


def _articles(
    root: Path, there: set[str], database: Database, wanted: Expected, terms: Terms
) -> Iterator[Violation]:
    """What the published files say of themselves."""
    seen: dict[tuple[str, Any], str] = {}
    for path in sorted(there):
        if not path.startswith("content/") or not path.endswith(".md") or path in wanted.gone:
            continue
        told = frontmatter.read((root / path).read_bytes())
        if isinstance(told, str):
            yield Violation("I4", f"{path}: {told}")
            continue
        marks = {"article_id": told["article_id"], "feed_item_id": told["feed_item_id"],
                 "release": (identity(told["source_link"]), told["title"])}  # fmt: skip
        for name, value in marks.items():
            other = seen.setdefault((name, value), path)
            if other != path:
                yield Violation("I2", f"{path} and {other} are one article by {name}: {value}")
        yield from _agrees(path, told, database, wanted, terms)


def _agrees(
    path: str, told: dict[str, Any], database: Database, wanted: Expected, terms: Terms
) -> Iterator[Violation]:
    article = database.articles.get(told["article_id"])
    if article is None:
        yield Violation("I3", f"{path} calls itself article {told['article_id']}, which has no row")
        return
    if terms.state == "crashed" and path in wanted.pending:
        return
    row = {"feed_item_id": article["item_id"], "url": article["url"], "source": article["source"]}
    for name, value in row.items():
        if told[name] != value and path == article["path"]:
            yield Violation("I3", f"{path} says {name} = {told[name]!r}, its row {value!r}")
