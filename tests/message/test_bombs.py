"""C35: bodies that decode to far more than they are stop at the caps, at once and without the memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.web.bombs import BOMBS

HOME = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.xdist_group("bombs")  # they are built once


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    """What each costs a process of its own."""
    command = [sys.executable, "-m", "tests.web.bombs"]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=300, check=True)
    return {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", BOMBS)
def test_c35_a_bomb_ends_as_it_must_within_32_megabytes_and_two_seconds(
    found: dict[str, dict[str, Any]], name: str
) -> None:
    row = found[name]
    assert row["outcome"] == BOMBS[name][2]
    assert row["grown"] <= 32
    assert row["cpu"] <= 2
