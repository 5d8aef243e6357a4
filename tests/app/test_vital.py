"""Vital signs are told after a first while, then from time to time, each with the pulse since the last."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from crawler.app import vital
from crawler.app.notify import Notify

HOME: Any = SimpleNamespace(
    workers=SimpleNamespace(waiting=3, pids=(1, 2), deaths=0), reserve=SimpleNamespace(disks=(), pause=None)
)


async def test_the_lines_come_by_themselves_and_each_begins_a_new_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vital, "FIRST", 0.15)
    monkeypatch.setattr(vital, "REST", 0.2)
    told: list[dict[str, Any]] = []
    async with vital.watched(HOME, lambda **fields: told.append(fields), Notify({})) as signs:
        while len(told) < 3:
            await asyncio.sleep(0.01)
    assert [line["when"] for line in told[:3]] == ["start", "hour", "hour"]
    assert told[-1]["when"] == "stop"
    assert told[-1]["beats"] >= sum(line["beats"] for line in told[:3]) > 0  # the whole run, not a page
    assert (told[0]["queue"], told[0]["workers"]) == (3, 2)
    assert signs.pulse.whole.late.count == told[-1]["beats"]
    assert {task.get_name() for task in asyncio.all_tasks()} & {"pulse", "vital signs"} == set()


async def test_the_last_line_is_told_also_when_the_work_fails() -> None:
    told: list[dict[str, Any]] = []
    with pytest.raises(OSError, match="gone"):
        async with vital.watched(HOME, lambda **fields: told.append(fields), Notify({})):
            raise OSError("gone")
    assert [line["when"] for line in told] == ["stop"]
