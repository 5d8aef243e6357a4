"""What was kept and never claimed: the process died between the raw archive's fsync and the database's commit."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import PurePosixPath

from crawler.archive.failures import told
from crawler.archive.tree import Tree
from crawler.archive.warc.telling import FOLDER, visit_at
from crawler.archive.warc.volume import SUFFIX
from crawler.model import ToldVisit

_LONGEST = 2**28  #: bytes of an index


def written_since(tree: Tree, at: datetime) -> list[str]:
    """Closed files that something was added to since then."""
    found = []
    for place, _, names in os.walk(tree.root / FOLDER):
        folder = PurePosixPath(place).relative_to(tree.root)
        for name in names:
            with suppress(OSError):  # taken away meanwhile
                if name.endswith(SUFFIX) and (tree.root / folder / name).stat().st_mtime >= int(
                    at.timestamp()
                ):
                    found.append(str(folder / name))
    return sorted(found)


def visits(tree: Tree, path: str, since: datetime | None, claimed: Collection[int]) -> Iterator[ToldVisit]:
    """Visits of a closed file, by its index begun ``since``, with no record at a ``claimed`` offset.

    Raises ``ArchiveError``.
    """
    if not (tree.root / path).exists():
        return  # it held nothing, and was removed
    with told(tree.root, path, "read"):
        data = tree.read(f"{path.removesuffix(SUFFIX)}.cdxj", _LONGEST)
        starts = sorted(offset for offset in _offsets(data, since) if offset not in claimed)
        with tree.open(path) as file:
            end = 0
            for start in starts:
                if start >= end:
                    visit, end = visit_at(tree, file, path, start)
                    if visit is not None:
                        yield visit


def _offsets(data: bytes, since: datetime | None) -> Iterator[int]:
    """Where records begin; what rot made of a line is passed over, for a start must not end there."""
    least = f"{since.astimezone(UTC):%Y%m%d%H%M%S}" if since else ""
    for line in data.decode("ascii", "replace").splitlines():
        with suppress(ValueError, LookupError, TypeError):
            _, stamp, fields = line.split(" ", 2)
            if stamp >= least:
                yield int(json.loads(fields)["offset"])
