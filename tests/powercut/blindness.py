"""The test of the test: without one kind of sync the cuts must find something wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from crawler.config import Config
from tests.powercut.cuts import plan, run
from tests.powercut.recording import Segment

#: What a sync is of: a folder or not, and a pattern of its path below the recorded folder.
KINDS: dict[str, tuple[bool, str]] = {
    "an article's file": (False, r"archive/content/.*/\.tmp-.*"),
    "an article's folder": (True, r"archive/content/.*/\d\d"),
    "a QR image": (False, r"archive/static/.*/\.tmp-.*"),
    "a QR image's folder": (True, r"archive/static/.*/\d\d"),
    "an older revision's file": (False, r"archive/revisions/.*/\.tmp-.*"),
    "an older revision's folder": (True, r"archive/revisions/.*/[^/]+"),
    "a new folder's name": (True, r"archive|archive/(content|static|revisions|warc)(/[^/]+){0,2}"),
    "a raw file": (False, r"archive/warc/.*\.open"),
    "a raw file's folder": (True, r"archive/warc/\d{4}/\d\d"),
    "the database's log": (False, r"archive/crawler\.db-wal"),
    "the database": (False, r"archive/crawler\.db"),
    "everything": (True, ".*"),
}


def blind(kind: str) -> Callable[[str, bool], bool]:
    """For ``Disk``: syncs of this kind are not done."""
    folder, pattern = KINDS[kind]
    matches = re.compile(pattern).fullmatch
    if kind == "everything":
        return lambda path, whole: True
    return lambda path, whole: whole == folder and bool(matches(path))


def unnoticed(
    segments: Sequence[Segment],
    config: Config,
    folder: Path,
    most: int,
    seed: int,
    tell: Callable[[str], None] = lambda line: None,
    kinds: Sequence[str] = tuple(KINDS),
) -> list[str]:
    """The kinds whose lack no cut of ``most`` notices, each tried until the first violation."""
    missed = []
    for kind in kinds:
        cuts = plan(segments, most, seed)
        for number, cut in enumerate(Random(f"{seed}:{kind}").sample(cuts, len(cuts)), 1):
            [verdict] = run(segments, [cut], config, folder, seed, blind(kind))
            if verdict.violations:
                tell(f"{kind}: noticed by cut {number}: {verdict.violations[0]}")
                break
        else:
            tell(f"{kind}: not noticed by {most} cuts")
            missed.append(kind)
    return missed
