"""A parent that is killed takes its workers along, busy ones too."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import asyncio
from datetime import timedelta
from crawler.config import WorkersConfig
from crawler.workers.pool import WorkerPool

async def main():
    pool = WorkerPool(WorkersConfig(processes=3), tasks="tests.workers.tasks")
    await pool.start()
    calls = [asyncio.create_task(pool.run(name, str)) for name in ("spin", "hang")]
    while pool.busy < 2:
        await asyncio.sleep(0.01)
    print(*pool.pids, flush=True)
    await asyncio.gather(*calls)

asyncio.run(main())
"""


def runs(pid: int) -> bool:
    """Is the process there and not merely unburied?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


def test_children_are_gone_within_a_second_of_their_parents_kill() -> None:
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, cwd=root) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 3
        assert all(runs(pid) for pid in pids)
        parent.kill()
        deadline = time.monotonic() + 1
        while any(runs(pid) for pid in pids):
            assert time.monotonic() < deadline
            time.sleep(0.005)
