"""Rounds → medians and ratios with their spread, and the table that shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

#: The steady rate leaves out what starts and what drains: it is taken between these shares of the results.
_FROM, _TO = 0.1, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one contestant did in one round."""

    done: int  #: pages or polls, all of them
    wall: float  #: seconds
    cpu: float  #: seconds
    finished: tuple[float, ...] = ()  #: when each was done, Unix seconds, in any order
    note: str = ""

    @property
    def rate(self) -> float:
        """Done per second of wall time, the process's start included."""
        return self.done / self.wall

    @property
    def steady(self) -> float | None:
        """Done per second between the first tenth and the last; None where that is not known."""
        times = sorted(self.finished)
        first, last = int(len(times) * _FROM), int(len(times) * _TO) - 1
        if last <= first or times[last] <= times[first]:
            return None
        return (last - first) / (times[last] - times[first])


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median and range: ``1.31 (1.27–1.40)``."""
    if not values:
        return "–"
    low, high = min(values), max(values)
    return f"{median(values):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def ratios(one: Sequence[Round], other: Sequence[Round], *, of: str = "rate") -> list[float]:
    """Round by round: how many times as fast (``rate``, ``steady``), or the reciprocal CPU time."""
    pairs = zip(one, other, strict=True)
    if of == "cpu":
        return [b.cpu / a.cpu for a, b in pairs]
    values = [(getattr(a, of), getattr(b, of)) for a, b in pairs]
    return [a / b for a, b in values if a is not None and b is not None]


def table(rounds: Mapping[str, Sequence[Round]], unit: str) -> str:
    """A line a contestant: medians with their range."""
    rows = [("", unit, f"{unit}/s", "steady/s", "wall s", "CPU s", f"CPU ms/{unit.removesuffix('s')}")]
    for name, runs in rounds.items():
        steady = [run.steady for run in runs if run.steady is not None]
        rows.append((
            name, str(runs[-1].done), spread([run.rate for run in runs], 1), spread(steady, 1),
            spread([run.wall for run in runs]), spread([run.cpu for run in runs]),
            spread([run.cpu / run.done * 1000 for run in runs]),
        ))  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def verdict(label: str, values: Sequence[float], target: float) -> str:
    """One line: a ratio, its range, and whether its median reaches the target."""
    reached = "reached" if median(values) >= target else "MISSED"
    return f"{label}: {spread(values)}; target {target:g}: {reached}"
