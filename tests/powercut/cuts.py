"""Power cuts, one after the other: the disk of that moment laid down, the crawler started, the archive judged."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from crawler.config import Config
from crawler.errors import CrawlError
from tests import checker
from tests.powercut.disk import Tree, luck
from tests.powercut.judge import changes, judge, state
from tests.powercut.recording import ARCHIVE, Segment, Told, begun, put
from tests.powercut.start import start

Blind = Callable[[str, bool], bool]
_TERMS = checker.Terms(allow=("127.0.0.0/8",))


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """A moment, and the seed of what survives."""

    segment: int
    place: int  #: before this event
    number: int


@dataclass(slots=True)
class Verdict:
    """What came of one cut."""

    cut: int
    segment: str
    place: int
    luck: str
    finished: int = 0  #: revisions that the start found whole …
    restored: int = 0
    dropped: int = 0
    swept: int = 0
    torn: int = 0  #: bytes
    waiting: int = 0  #: files of a dropped revision that is due again
    checked: bool = False  #: by ``tests.checker`` too
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0  #: of processor time

    def row(self) -> dict[str, Any]:
        """As one line of a log."""
        return asdict(self)


def plan(segments: Sequence[Segment], many: int, seed: int) -> list[Cut]:
    """Before, in and after every sync, and at random moments between: ``many`` cuts in the order of the runs."""
    places = [
        (number, place + after)
        for number, segment in enumerate(segments)
        for place, event in enumerate(segment.events)
        for after in ((0, 1) if event.kind in {"syncing", "synced"} else ())
    ]
    everywhere = [
        (number, place) for number, one in enumerate(segments) for place in range(len(one.events) + 1)
    ]
    random = Random(f"{seed}:plan")
    if many < len(places):
        places = random.sample(places, many * 3 // 4)
    rest = random.choices(everywhere, k=many - len(places)) if many > len(places) else []
    return [Cut(*place, number) for number, place in enumerate(sorted([*places, *rest]))]


def run(
    segments: Sequence[Segment],
    cuts: Iterable[Cut],
    config: Config,
    folder: Path,
    seed: int,
    blind: Blind = lambda path, whole: False,
    check_every: int = 0,
) -> Iterator[Verdict]:
    """Carry out cuts, in the order of the runs, below ``folder``; ``tests.checker`` judges each ``check_every``-th too."""
    for cut, segment, tree, told, name in _trees(segments, cuts, seed, blind):
        began = time.process_time()
        verdict = Verdict(cut.number, segment.name, cut.place, name)
        _judged(verdict, tree, told, segment, config, folder)
        if check_every and cut.number % check_every == 0 and not verdict.waiting:
            verdict.checked = True
            verdict.violations += _checked(folder / ARCHIVE)
        verdict.seconds = round(time.process_time() - began, 4)
        yield verdict


def _trees(
    segments: Sequence[Segment], cuts: Iterable[Cut], seed: int, blind: Blind
) -> Iterator[tuple[Cut, Segment, Tree, Told, str]]:
    """The disk at each cut, each run followed once."""
    wanted: dict[int, list[Cut]] = {}
    for cut in cuts:
        wanted.setdefault(cut.segment, []).append(cut)
    for number, mine in wanted.items():
        segment = segments[number]
        disk, told, place = begun(segment, blind), segment.told, 0
        for cut in sorted(mine, key=lambda one: (one.place, one.number)):
            for event in segment.events[place : cut.place]:
                disk.do(event)
                told = told.heard(event.data) if event.kind == "told" else told
            place = cut.place
            chosen = luck(disk, Random(f"{seed}:{cut.number}"))
            yield cut, segment, disk.after(chosen), told, chosen.name


def _judged(verdict: Verdict, tree: Tree, told: Told, segment: Segment, config: Config, folder: Path) -> None:
    """Start twice on what the cut left: the first makes good of it, the second changes nothing."""
    root = folder / ARCHIVE
    shutil.rmtree(root, ignore_errors=True)
    put(tree, folder)
    try:
        recovered = start(config, root)
        verdict.finished, verdict.dropped = recovered.finished, recovered.dropped
        verdict.restored = getattr(recovered, "restored", 0)
        verdict.swept, verdict.torn = recovered.swept, recovered.cut
        verdict.violations += [f"damaged: {path}" for path in recovered.damaged]
        found = judge(root, told, segment.revisions)
        verdict.waiting = len(found.waiting)
        verdict.violations += found.violations
        before = state(root)
        start(config, root)
        verdict.violations += changes(before, state(root))
    except CrawlError as error:
        verdict.violations.append(f"the crawler does not start: {error}")
    except Exception as error:  # of the crawler or of SQLite: either way nothing was made good
        verdict.violations.append(f"the start breaks: {type(error).__name__}: {error}")


def _checked(root: Path) -> list[str]:
    """What the independent checker says of the archive after both starts, which no command line brings to an end."""
    try:
        found = checker.judge(root, root / "crawler.db", None, _TERMS)
        return [f"checker: {one}" for one in found if not one.text.endswith("never ended")]
    except (OSError, sqlite3.Error) as error:
        return [f"checker: it cannot be read: {error}"]
