"""What was kept and never claimed: the process died between the raw archive's fsync and the database's commit."""

from __future__ import annotations

import json
import math
import os
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from crawler.archive.failures import told, unless_gone
from crawler.archive.paths import is_text
from crawler.archive.tree import Tree
from crawler.archive.warc.telling import FOLDER, visit_at
from crawler.archive.warc.volume import SUFFIX
from crawler.model import Severed, ToldVisit

_LONGEST = 2**28  #: bytes of an index
_STAMP = 14  #: digits with which a file's name begins
_NEVER = "99999999999999"
#: As ``keeping`` names files: what else lies there was put there by somebody, and has no index that must be.
_OURS = re.compile(r"[0-9]{14}-[0-9]{5}-[0-9a-f]{6}\.warc\.gz")


def written_within(tree: Tree, spans: Sequence[Severed]) -> list[str]:
    """Closed files that something was added to within one of these; raises ``ArchiveError``."""
    found = []
    with told(tree.root, FOLDER, "read"):
        for place, _, names in os.walk(tree.root / FOLDER, onerror=unless_gone):
            folder = PurePosixPath(place).relative_to(tree.root)
            for name in names:
                with suppress(OSError):  # taken away meanwhile
                    if _OURS.fullmatch(name) and _overlaps(name, tree.root / folder / name, spans):
                        found.append(str(folder / name))
    return sorted(filter(is_text, found))


def _overlaps(name: str, file: Path, spans: Sequence[Severed]) -> bool:
    """By when it was begun, which its name tells, and when something was added to it last."""
    begun, last = name[:_STAMP], file.stat().st_mtime
    return any(
        last >= int(span.since.timestamp()) and not (span.until and begun > _stamp(span.until))
        for span in spans
    )


def visits(
    tree: Tree, path: str, spans: Sequence[Severed], claimed: Collection[int], *, last: bool = False
) -> list[ToldVisit]:
    """Visits of a closed file, by its index made within ``spans``, with no record at a ``claimed`` offset.

    ``last``: the file that was written to when the process died.  What lies in it behind all that is claimed was
    kept at the end, whatever the clock said then.  Raises ``ArchiveError``.
    """
    if not (tree.root / path).exists():
        return []  # it held nothing, and was removed
    with told(tree.root, path, "read"):
        data = tree.read(f"{path.removesuffix(SUFFIX)}.cdxj", _LONGEST)
        behind = max(claimed, default=-1) if last else math.inf
        starts = sorted(offset for offset in _offsets(data, spans, behind) if offset not in claimed)
        with tree.open(path) as file:
            return list(_visits(tree, file, path, starts))


def _visits(tree: Tree, file: int, path: str, starts: Sequence[int]) -> Iterator[ToldVisit]:
    end = 0
    for start in starts:
        if start >= end:
            visit, end = visit_at(tree, file, path, start)
            if visit is not None:
                yield visit


def _offsets(data: bytes, spans: Sequence[Severed], behind: float = math.inf) -> Iterator[int]:
    """Where records begin that are of these moments, or lie ``behind`` an offset.

    What rot made of a line is passed over, for a start must not end there.
    """
    within = _merged(spans)
    for line in data.decode("ascii", "replace").splitlines():
        with suppress(ValueError, LookupError, TypeError):
            _, stamp, fields = line.split(" ", 2)
            begun = bisect_right(within, (stamp, _NEVER))
            inside = begun and stamp <= within[begun - 1][1]
            if inside or behind < math.inf:
                offset = int(json.loads(fields)["offset"])
                if inside or offset > behind:
                    yield offset


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
