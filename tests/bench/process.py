"""Whole processes: one that is measured from start to end, and servers that run beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_LONGEST = 1800.0  #: seconds until a contestant counts as hung


class BenchError(Exception):
    """A benchmark whose figures would mean nothing: a contestant failed, or left work undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A process that is over; its CPU time includes that of its children."""

    status: int
    began: float  #: Unix seconds
    wall: float  #: seconds
    cpu: float  #: seconds, user and system
    output: str  #: standard output and error, mixed


def python(*arguments: str | Path) -> list[str]:
    """A command that runs this interpreter."""
    return [sys.executable, *map(str, arguments)]


def measure(command: Sequence[str], *, accept: tuple[int, ...] = (0,)) -> Ended:
    """Run to the end; raises ``BenchError`` for an exit status that is not accepted."""
    with tempfile.TemporaryFile() as output:
        began, started = time.time(), time.perf_counter()
        process = subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        alarm = threading.Timer(_LONGEST, process.kill)
        alarm.start()
        # wait4, not wait: it alone tells what this process and the children it waited for have used.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        alarm.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if process.returncode not in accept:
        raise BenchError(f"{' '.join(command)} ended with {process.returncode}:\n{text[-2000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return Ended(status=process.returncode, began=began, wall=wall, cpu=cpu, output=text)


@contextmanager
def serving(folder: Path, *arguments: str | Path) -> Iterator[Path]:
    """Within: ``python -m arguments…`` serves; gives the list of its feeds, a file in ``folder``.

    The program has to know ``--config-out`` and ``--ready-file``.
    """
    feeds, ready = folder / "feeds.toml", folder / "ready"
    command = python("-m", *arguments, "--config-out", feeds, "--ready-file", ready)
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise BenchError(f"{' '.join(command)} ended with {process.returncode}")
            time.sleep(0.02)
        yield feeds
    finally:
        process.terminate()
        process.wait()
