"""Which points are tried, and what came of them; for ``syscalls``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.campaigns.points import ALL_FAULTS, STAGES, Point


@dataclass(slots=True, kw_only=True)
class Result:
    """What came of one point."""

    key: str
    stage: str
    hit: bool  #: False: the run had fewer such calls this time
    code: int | None = None  #: of the hurt run; negative: the signal
    said: str = ""  #: its last words
    wrong: list[str] = field(default_factory=list)


#: One of each is among the chosen, however few: a kill of every stage, a sync of each kind that fails, no descriptor left.
_FIRST = (
    frozenset(("KILL", "opening")),
    frozenset(("KILL", "work")),
    frozenset(("KILL", "rotation", "renameat")),
    frozenset(("KILL", "closing", "unlink")),  # which comes in every run, however its commits are grouped
    frozenset(("EIO", "fdatasync")),
    frozenset(("EIO", "fsync")),
    frozenset(("EMFILE", "openat")),
)
Kind = tuple[str, str, str]  #: stage, call, fault


def chosen(every: list[Point], some: int | None, seed: int) -> list[Point]:
    """So many of the points, each kind of stage, call and fault as often as the others as far as it goes.

    Where there are fewer points than kinds, it is each call, then each fault, then each stage.
    """
    if some is None or some >= len(every):
        return every
    kinds: dict[Kind, list[Point]] = {}
    for point in Random(seed).sample(every, len(every)):
        kinds.setdefault((point.stage, point.call, point.fault), []).append(point)
    taken: Counter[Any] = Counter()
    found: list[Point] = []
    wanted = iter(_FIRST)
    while len(found) < some:
        first = next(wanted, frozenset())
        fitting = [kind for kind in kinds if kinds[kind] and first <= set(kind)]
        if fitting:
            stage, call, fault = kind = min(
                fitting, key=lambda kind: (taken[kind], taken[kind[1]], taken[kind[2]], taken[kind[0]])
            )
            taken.update((kind, stage, call, fault))
            found.append(kinds[kind].pop())
    return sorted(found)


def table(done: dict[str, Result]) -> str:
    """Points and violations by fault and call."""
    hit: Counter[tuple[str, str]] = Counter()
    bad: Counter[tuple[str, str]] = Counter()
    for key, result in done.items():
        fault, call, _ = key.split(" ")
        hit[call, fault] += result.hit
        bad[call, fault] += bool(result.wrong)
    lines = [f"{'':12}" + "".join(f"{fault:>12}" for fault in ALL_FAULTS)]
    for call in sorted({call for call, _ in hit}):
        cells = (f"{hit[call, f]}{f' ({bad[call, f]}!)' if bad[call, f] else ''}" for f in ALL_FAULTS)
        lines.append(f"{call:12}" + "".join(f"{cell:>12}" for cell in cells))
    stages = Counter(one.stage for one in done.values() if one.hit)
    lines.append(", ".join(f"{stages[stage]} in {stage}" for stage in STAGES))
    lines.append(f"{hit.total()} points, {sum(bool(one.wrong) for one in done.values())} broken, "
                 f"{sum(not one.hit for one in done.values())} calls that did not come")  # fmt: skip
    return "\n".join(lines)
