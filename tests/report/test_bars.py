"""Bars where a person waits, of whatever is under way; lines or nothing elsewhere."""

from __future__ import annotations

import io
from dataclasses import dataclass

from rich.console import Console

from crawler.report import rebuilding
from crawler.report.bars import Pulse, bars
from crawler.report.copying import CopyWatch


@dataclass(frozen=True, slots=True)
class Far:
    """How far a copy is."""

    stage: str
    done: int
    total: int


def console(*, terminal: bool) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(file=stream, force_terminal=terminal, width=100, color_system=None), stream


def test_copies_are_counted_and_raw_files_are_told_in_bytes() -> None:
    err, shown = console(terminal=True)
    with bars(err, quiet=False) as progress:
        assert progress is not None
        copying = CopyWatch(out=err, err=err, progress=progress)
        copying.observe(Far("files", 3, 7))
        telling = rebuilding.Watch(err, err, progress)
        telling.observe("reading", 1_000_000, 2_000_000)
        telling.observe("files", 2, 5)
        progress.refresh()
        lines = shown.getvalue().splitlines()
    assert any("files" in line and "3/7" in line for line in lines)
    assert any("reading the raw archive" in line and "1.0/2.0 MB" in line for line in lines)
    assert any("putting files" in line and "2/5" in line for line in lines)


def test_in_a_pipe_long_work_says_every_half_minute_how_far_it_is_and_short_work_nothing() -> None:
    (err, lines), at = console(terminal=False), [0.0]
    with bars(err, quiet=False) as progress:
        assert progress is None
    copying = CopyWatch(out=err, err=err, pulse=Pulse(lambda: at[0]))
    telling = rebuilding.Watch(err, err, pulse=Pulse(lambda: at[0]))
    for done in range(1, 62):
        at[0] = done
        copying.observe(Far("files", done, 70))
        telling.observe("reading", done * 1_000_000, 70_000_000)
    telling.observe("files", 5, 9)
    at[0] = 95.0
    telling.observe("files", 6, 9)
    quiet = rebuilding.Watch(err, err, quiet=True, pulse=Pulse(lambda: at[0]))
    at[0] = 190.0
    quiet.observe("files", 7, 9)
    assert lines.getvalue().splitlines() == [
        "files: 30 of 70",
        "reading the raw archive: 30.0 MB of 70.0 MB",
        "files: 60 of 70",
        "reading the raw archive: 60.0 MB of 70.0 MB",
        "putting files: 6 of 9",
    ]
