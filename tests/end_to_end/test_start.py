"""A person who asks for help does not wait."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.journey import ROOT


def test_help_is_there_within_three_tenths_of_a_second() -> None:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        told = subprocess.run(
            [sys.executable, "-m", "crawler", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        times.append(time.perf_counter() - began)
        assert "Usage: crawler" in told.stdout
    assert min(times) <= 0.3, times


def test_the_version_and_help_of_every_command_are_told_without_a_configuration() -> None:
    for arguments in (
        ["--version"],
        ["crawl", "-h"],
        ["run", "-h"],
        ["inspect", "-h"],
        ["feeds", "list", "-h"],
    ):
        told = subprocess.run(
            [sys.executable, "-m", "crawler", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout
        assert told.stderr == ""
