"""The wire as a process: ready file, feed list, publishing, end by time and by SIGTERM."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from crawler import config
from tests.wire_tests.raw import get

ROOT = Path(__file__).resolve().parents[2]


async def started(*arguments: str):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.wire", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 20)
    return process, line.decode()


async def test_the_process_says_when_it_is_ready_and_ends_on_sigterm(tmp_path):
    listed, ready = tmp_path / "feeds.toml", tmp_path / "ready"
    process, line = await started(
        "--config-out", str(listed), "--ready-file", str(ready), "--publish-every", "0.05"
    )
    try:
        assert line.startswith("wire ready: 24 feeds on port ")
        assert int(ready.read_text()) == int(line.split("port ")[1].split(",")[0])
        feeds = config.load(listed).feeds
        assert len(feeds) == 24
        assert (await get(str(feeds[0].url))).status == 200
        published = (await asyncio.wait_for(process.stdout.readline(), 5)).decode()
        assert (await get(published.split()[1])).status == 200
    finally:
        process.terminate()
    assert await asyncio.wait_for(process.wait(), 5) == 0


async def test_the_process_ends_after_its_seconds(tmp_path):
    (tmp_path / "a.html").write_text("<title>A</title>")
    process, line = await started("--pages", str(tmp_path), "--hosts", "1", "--seconds", "0.1")
    assert line.startswith("wire ready: 1 feeds")
    assert await asyncio.wait_for(process.wait(), 5) == 0
