"""A person who asks for help does not wait."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journey import ROOT
from tests.journey.forked import template


def cpu_seconds(*arguments: str) -> float:
    """Of a Python process, the least of five: what else the machine does counts little."""
    least = []
    for _ in range(5):
        silence = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        process = os.posix_spawn(
            sys.executable, [sys.executable, *arguments], os.environ, file_actions=silence
        )
        _, status, used = os.wait4(process, 0)
        assert status == 0
        least.append(used.ru_utime + used.ru_stime)
    return min(least)


def test_help_costs_little_more_than_the_start_of_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ratio: the 0.3 s that a person may wait are this machine's; docs/measurements.md has them."""
    monkeypatch.chdir(ROOT)
    assert cpu_seconds("-m", "crawler", "--help") <= 3 * cpu_seconds("-c", "import typer")


def test_help_starts_no_library_but_that_of_the_command_line() -> None:
    look = (
        "import runpy, sys\n"
        "sys.argv = ['crawler', '--help']\n"
        "try: runpy.run_module('crawler', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    told = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Usage: crawler" in told.stdout
    heavy = set(
        "aiohttp aiosqlite alembic cryptography feedparser lxml nh3 PIL pydantic segno sqlalchemy trafilatura warcio".split()
    )
    assert heavy & set(told.stderr.split()) == set()


def test_the_version_and_help_of_every_command_are_told_without_a_configuration(tmp_path: Path) -> None:
    for number, arguments in enumerate(
        (["--version"], ["crawl", "-h"], ["run", "-h"], ["inspect", "-h"], ["feeds", "list", "-h"])
    ):
        out, err = tmp_path / f"{number}.out", tmp_path / f"{number}.err"
        assert template().fork("crawler", arguments, folder=tmp_path, out=out, err=err).wait(60) == 0
        assert out.read_text(encoding="utf-8")
        assert err.read_text(encoding="utf-8") == ""
