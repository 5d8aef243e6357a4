"""strace on a crawler that ``template`` forked, from its first step to the end of its last worker."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.journey.forked import Forked
from tests.journey.yard import until


def attach(process: Forked, options: Sequence[str]) -> subprocess.Popen[str]:
    """Trace a process that was forked ``stopped``, and let it begin; the tracer ends with what it traces."""
    until(lambda: _state(process.pid) == "T", process=process)
    command = ["strace", "-f", "-p", str(process.pid), *options]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    told = tracer.stderr.readline()
    if "attached" not in told:
        process.kill()
        raise RuntimeError(f"strace: {told.strip()}")
    os.kill(process.pid, signal.SIGCONT)
    return tracer


def _state(pid: int) -> str:
    """As ps(1) has it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
