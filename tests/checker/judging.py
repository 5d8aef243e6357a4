"""All judges, one after the other."""

from __future__ import annotations

from pathlib import Path

from tests.checker import files, journal, leftovers, manners, raw, served
from tests.checker.database import Database
from tests.checker.terms import Terms, Violation


def judge(root: Path, database: Path, log: Path | None = None, terms: Terms | None = None) -> list[Violation]:
    """What does not hold of an archive at rest (or killed: ``Terms.state``); nothing is changed.

    Without a ``log`` of the origin I1, I5 and I6 are judged by the database alone.
    """
    terms, asked = terms or Terms(), journal.read(log) if log else []
    opened = Database(database)
    try:
        return [
            *files.judge(root, opened, terms),
            *raw.judge(root, opened, terms),
            *served.judge(opened, asked, terms),
            *manners.judge(opened, asked, terms),
            *leftovers.judge(root, opened, terms),
        ]
    finally:
        opened.close()
