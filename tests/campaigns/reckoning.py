"""Which points are tried, and what came of them; for ``syscalls``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

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
    *(("KILL", stage) for stage in STAGES),
    ("EIO", "fdatasync"),
    ("EIO", "fsync"),
    ("EMFILE", "openat"),
)


def chosen(every: list[Point], some: int | None, seed: int) -> list[Point]:
    """So many of the points, each kind of stage, call and fault as often as the others as far as it goes."""
    if some is None or some >= len(every):
        return every
    kinds: dict[tuple[str, ...], list[Point]] = {wanted: [] for wanted in _FIRST}
    for point in Random(seed).sample(every, len(every)):
        first = (point.fault, point.stage if point.fault == "KILL" else point.call)
        key = first if kinds.get(first) == [] else (point.stage, point.call, point.fault)
        kinds.setdefault(key, []).append(point)
    found: list[Point] = []
    while len(found) < some:
        for kind in kinds.values():
            if kind and len(found) < some:
                found.append(kind.pop())
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
