"""Whether a leaf, the statement it is the hash of, the rows and the line in the log's files say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler import document, statement
from crawler.errors import DocumentError
from crawler.logbook.lines import Line
from crawler.model import Logged, Statement
from crawler.model.takedown import TAKEN_DOWN
from crawler.transparency import merkle

#: What rows and statement must agree in; the rest is told by others (a feed, an item) and may change.
_FIELDS = (
    "article", "item", "revision", "reason", "origin", "title", "date", "url", "code", "source_key", "draft",
    "document", "qrcode", "previous", "page_sha256", "extractor", "ok", "fetched_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Something that does not fit, as one sentence."""

    kind: str  #: "statement", "row", "leaf", "file", "head", "signature", "missing", "withheld", "proof"
    what: str
    leaf: int | None = None  #: number of the leaf, 1 for the first
    revision_id: int | None = None
    path: str | None = None  #: below the archive's root
    article: int | None = None


def faults(logged: Logged, line: Line | None, file: str | None) -> Iterator[Misfit]:
    """What does not fit about one leaf; ``line`` is None where no file holds it, ``file`` the file with it."""
    leaf = logged.leaf
    told = (
        None if leaf.statement is None else merkle.leaf_hash(leaf.statement.encode("utf-8", "replace")).hex()
    )
    written = None if line is None else line.hash.hex()
    if leaf.revision_id is None or (logged.told is None and leaf.statement is None):
        yield _misfit(logged, "missing", "its revision is not in the database")
    elif told is None and line is not None and line.statement is None and written == leaf.hash:
        yield _misfit(logged, "withheld", f"what {_named(logged)} states is withheld, its hash is kept")
    elif told is None:
        yield _misfit(logged, "statement", f"the statement of {_named(logged)} is gone")
    elif told != leaf.hash:
        yield _misfit(logged, *_whose(logged, told, written))
        return
    else:
        yield from _rows(logged)
    if written is not None and written != leaf.hash:
        yield _misfit(logged, "file", "log/entries has another statement in this place", file)


def _whose(logged: Logged, told: str, written: str | None) -> tuple[str, str]:
    """Which of leaf and statement was changed, as far as the log's files tell."""
    named = _named(logged)
    if written == logged.leaf.hash:
        return "statement", f"the statement of {named} was changed since it was logged"
    if written == told:
        return "leaf", f"its hash was changed: {named} and log/entries say something else"
    return "statement", f"it is not the hash of what {named} states"


def _rows(logged: Logged) -> Iterator[Misfit]:
    assert logged.leaf.statement is not None
    try:
        stated = statement.parse(logged.leaf.statement.encode())
    except DocumentError as error:
        yield _misfit(logged, "statement", f"what {_named(logged)} states cannot be read: {error}")
        return
    if logged.told is None:
        yield _misfit(logged, "missing", f"the rows of {_named(logged)} are not all there, or cannot be read")
        return
    excused = set()
    if (
        logged.state == "removed"
    ):  # a takedown may have replaced its title (`--title`); the statement keeps the old one
        excused.add("title")
    if (
        stated.reason == TAKEN_DOWN and logged.told.previous is None
    ):  # all that a rebuilt database knows of it
        excused.add("previous")
    differing = [name for name in _FIELDS if getattr(stated, name) != getattr(logged.told, name)]
    differing = [name for name in differing if name not in excused]
    if logged.path != _place(stated, logged.state):
        differing.append("path")
    if differing:
        yield _misfit(logged, "row", f"the rows of {_named(logged)} were changed: {', '.join(differing)}")


def place(stated: Statement, state: str) -> str:
    """Where the file of a revision in this state lies."""
    if state in {"superseded", "removed"}:
        return document.revision_path(stated.source_key, stated.date, stated.url, stated.revision)
    return stated.document.path


def _place(stated: Statement, state: str) -> str | None:
    try:
        return place(stated, state)
    except DocumentError:  # a statement that no crawler wrote
        return None


def _named(logged: Logged) -> str:
    told = logged.told
    if told is None:
        return f"revision row {logged.leaf.revision_id}"
    return f"article {told.article}, revision {told.revision}"


def _misfit(logged: Logged, kind: str, what: str, file: str | None = None) -> Misfit:
    leaf = logged.leaf
    path = logged.path if kind in {"row", "statement"} else file
    return Misfit(
        kind=kind,
        what=f"leaf {leaf.number}: {what}",
        leaf=leaf.number,
        revision_id=leaf.revision_id,
        path=path,
        article=logged.told.article if logged.told else None,
    )
