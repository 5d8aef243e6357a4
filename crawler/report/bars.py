"""Progress bars on standard error, where a person waits; none in a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
