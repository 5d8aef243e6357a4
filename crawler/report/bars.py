"""Progress bars on standard error, where a person waits; in a pipe a line now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

_EVERY = 30.0  #: seconds between two lines where there is no bar


@dataclass(slots=True)
class Pulse:
    """When a line is due where there is no bar: short work has none, long work one every half minute."""

    clock: Callable[[], float] = monotonic
    last: float = field(init=False)

    def __post_init__(self) -> None:
        self.last = self.clock()

    def beats(self) -> bool:
        """Whether a line is due; then the next one is due later."""
        now = self.clock()
        due = now - self.last >= _EVERY
        if due:
            self.last = now
        return due


class _Count(ProgressColumn):
    """How many of how many, or how many bytes."""

    def __init__(self) -> None:
        super().__init__()
        self._many, self._bytes = MofNCompleteColumn(), DownloadColumn()

    def render(self, task: Task) -> Text:
        return (self._bytes if task.fields["in_bytes"] else self._many).render(task)


def begin(progress: Progress, name: str, total: float | None, *, in_bytes: bool = False) -> TaskID:
    """One bar more; its note, behind it, is set by ``progress.update(…, note=…)``."""
    return progress.add_task(name, total=total, note="", in_bytes=in_bytes)


@contextmanager
def bars(console: Console, *, quiet: bool) -> Iterator[Progress | None]:
    """Bars within the block; None where ``quiet`` or where nobody looks."""
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}", justify="right"),
        BarColumn(),
        _Count(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress
