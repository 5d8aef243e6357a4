"""What was kept and never claimed: the process died between the raw archive's fsync and the database's commit."""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from crawler.archive.failures import told, unless_gone
from crawler.archive.tree import Tree
from crawler.archive.warc.telling import FOLDER, visit_at
from crawler.archive.warc.volume import SUFFIX
from crawler.model import Severed, ToldVisit

_LONGEST = 2**28  #: bytes of an index
_STAMP = 14  #: digits with which a file's name begins
_NEVER = "99999999999999"


def written_within(tree: Tree, spans: Sequence[Severed]) -> list[str]:
    """Closed files that something was added to within one of these; raises ``ArchiveError``."""
    found = []
    with told(tree.root, FOLDER, "read"):
        for place, _, names in os.walk(tree.root / FOLDER, onerror=unless_gone):
            folder = PurePosixPath(place).relative_to(tree.root)
            for name in names:
                with suppress(OSError):  # taken away meanwhile
                    if name.endswith(SUFFIX) and _overlaps(name, tree.root / folder / name, spans):
                        found.append(str(folder / name))
    return sorted(found)


def _overlaps(name: str, file: Path, spans: Sequence[Severed]) -> bool:
    """By when it was begun, which its name tells, and when something was added to it last."""
    begun, last = name[:_STAMP], file.stat().st_mtime
    return any(
        last >= int(span.since.timestamp())
        and not (begun.isdecimal() and span.until and begun > _stamp(span.until))
        for span in spans
    )


def visits(tree: Tree, path: str, spans: Sequence[Severed], claimed: Collection[int]) -> Iterator[ToldVisit]:
    """Visits of a closed file, by its index made within ``spans``, with no record at a ``claimed`` offset.

    Raises ``ArchiveError``.
    """
    if not (tree.root / path).exists():
        return  # it held nothing, and was removed
    with told(tree.root, path, "read"):
        data = tree.read(f"{path.removesuffix(SUFFIX)}.cdxj", _LONGEST)
        starts = sorted(offset for offset in _offsets(data, spans) if offset not in claimed)
        with tree.open(path) as file:
            end = 0
            for start in starts:
                if start >= end:
                    visit, end = visit_at(tree, file, path, start)
                    if visit is not None:
                        yield visit


def _offsets(data: bytes, spans: Sequence[Severed]) -> Iterator[int]:
    """Where records begin; what rot made of a line is passed over, for a start must not end there."""
    within = _merged(spans)
    for line in data.decode("ascii", "replace").splitlines():
        with suppress(ValueError, LookupError, TypeError):
            _, stamp, fields = line.split(" ", 2)
            begun = bisect_right(within, (stamp, _NEVER))
            if begun and stamp <= within[begun - 1][1]:
                yield int(json.loads(fields)["offset"])


def _merged(spans: Sequence[Severed]) -> list[tuple[str, str]]:
    """The same moments in order, no two of which overlap: years of kills are as many spans as days."""
    found: list[tuple[str, str]] = []
    for since, until in sorted(
        (_stamp(one.since), _stamp(one.until) if one.until else _NEVER) for one in spans
    ):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def _stamp(at: datetime) -> str:
    """A moment as names of files and lines of an index tell it."""
    return f"{at.astimezone(UTC):%Y%m%d%H%M%S}"
