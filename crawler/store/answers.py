"""Answers to people's questions: rows as plain dicts, instants as text."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection

Answer = dict[str, Any]

_LISTS = frozenset({
    "arguments", "categories", "enclosures", "reasons", "losers", "notes", "removed", "ruled", "missing",
})  # fmt: skip
_TRUTHS = frozenset({
    "closed", "draft", "enabled", "gone", "lying", "no_validators", "ok", "paused", "possible_gap", "silent",
})  # fmt: skip


async def rows(connection: AsyncConnection, statement: Executable, **values: Any) -> list[Answer]:
    """What a question finds, as plain dicts."""
    found = await connection.execute(statement, values)
    return [_plain(dict(row)) for row in found.mappings()]


def _plain(row: Answer) -> Answer:
    """JSON text as lists, 0 and 1 as truth."""
    for name in row.keys() & _LISTS:
        row[name] = json.loads(row[name]) if row[name] else []
    for name in row.keys() & _TRUTHS:
        row[name] = bool(row[name])
    return row
