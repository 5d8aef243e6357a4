"""Short forms of the campaigns that hurt a real crawler: system calls killed and failed, daemons killed at random.

At full length: ``scripts/campaign syscalls`` and ``scripts/campaign kills``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.campaigns import points
from tests.campaigns.kills import besiege
from tests.journey import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("durability")]
Results = list[dict[str, Any]]


@pytest.fixture(scope="module")
def hurt(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Twenty points: of each system call, fault and stage; a process of its own forks them, for this one has threads."""
    if reason := points.missing():
        pytest.skip(reason)
    told = tmp_path_factory.mktemp("hurt") / "results.jsonl"
    command = [sys.executable, "-m", "tests.campaigns.syscalls", "--points", "20", "--processes", "1"]
    ended = subprocess.run(
        [*command, "--results", str(told)], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert told.exists(), ended.stderr
    return [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]


def broken(results: Results) -> list[str]:
    """What was wrong, with the point."""
    assert any(one["hit"] for one in results)
    return [f"{one['key']}: {wrong}" for one in results for wrong in one["wrong"]]


def test_d45_a_kill_at_a_system_call_loses_doubles_orphans_and_tears_nothing(hurt: Results) -> None:
    assert {one["stage"] for one in hurt} == set(points.STAGES)
    assert len({one["key"].split(" ")[1] for one in hurt}) >= 12  # kinds of system calls
    killed = [one for one in hurt if one["key"].startswith("KILL ")]
    assert len(killed) >= 4
    assert all(one["code"] == -9 for one in killed if one["hit"])
    assert broken(killed) == []


def test_d48_a_system_call_that_fails_leaves_no_half_state_and_no_wrong_done(hurt: Results) -> None:
    failed = [one for one in hurt if not one["key"].startswith("KILL ")]
    assert {one["key"].split(" ")[0] for one in failed} == {"EIO", "ENOSPC", "EMFILE"}
    assert len(failed) >= 8
    assert broken(failed) == []


def test_d49_a_sync_that_fails_is_never_taken_for_done(hurt: Results) -> None:
    synced = [one for one in hurt if one["key"].split(" ")[:2] in (["EIO", "fdatasync"], ["EIO", "fsync"])]
    assert broken(synced) == []


@pytest.mark.parametrize("stage", ["opening", "rotation", "closing"])
def test_d53_a_kill_in_migration_rotation_or_closing_leaves_the_old_or_the_new(
    hurt: Results, stage: str
) -> None:
    assert broken([one for one in hurt if one["stage"] == stage and one["key"].startswith("KILL ")]) == []


def test_d46_four_random_kills_under_load_lose_double_orphan_and_tear_nothing(tmp_path: Path) -> None:
    """Five hundred: ``scripts/campaign kills``."""
    found = besiege(tmp_path, kills=4, seed=4, tell=lambda _: None, every=2, latest=1.2)
    assert found.violations == 0, found
    assert found.kills == 4
    assert found.full_checks == 3
    assert found.articles > 5
