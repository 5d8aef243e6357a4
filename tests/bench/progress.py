"""How far a benchmark is: a bar for a person, a line for a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def shown(total: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Within: a function to be called before each of ``total`` pieces of work, with what it is; on standard error."""
    console = Console(stderr=True, highlight=False)
    if quiet:
        yield lambda what: None
    elif console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=total, completed=-1)
            yield lambda what: bar.update(task, description=what, advance=1)
    else:
        numbers = iter(range(1, total + 1))
        yield lambda what: console.file.write(f"{next(numbers)} of {total}: {what}\n") and None
