"""The loop's pulse is counted, and a loop that stands still is told of, with the place where it stands."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.app.pulse import Lateness, Pulse
from crawler.app.watchdog import stack, watchdog


@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=200), st.sampled_from([0.5, 0.99, 0.999, 1.0]))
def test_a_percentile_is_never_too_small_and_hardly_too_large(values: list[float], share: float) -> None:
    counted = Lateness()
    for value in values:
        counted.add(value)
    exact = sorted(values)[min(len(values) - 1, max(0, -(-len(values) * share // 1) - 1).__int__())]
    assert exact <= counted.at(share) * 1.0001 + 0.01
    assert counted.at(share) <= max(exact * 1.0501, 0.01)


def test_a_pulse_that_never_beat_is_no_error() -> None:
    assert Lateness().at(0.999) == 0.0


def test_what_is_later_than_any_bucket_is_counted_in_the_last() -> None:
    counted = Lateness()
    counted.add(1e12)
    assert counted.at(1.0) <= 1e12
    assert counted.count == 1


def parse(seconds: float) -> None:
    """Stands in for a parser on the loop: computes, and lets nobody else have the thread."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))


async def test_x65_a_long_parse_on_the_loop_is_reported_with_its_place() -> None:
    told: list[dict[str, Any]] = []
    pulse = Pulse()
    beating = asyncio.create_task(pulse.beat())
    with watchdog(pulse, lambda **fields: told.append(fields)):
        await asyncio.sleep(0.1)
        parse(1.5)
        assert [line["event"] for line in told] == ["stalled"]  # while it stands, not when it is over
        while len(told) < 2:
            await asyncio.sleep(0.02)
    beating.cancel()
    stalled, resumed = told
    assert 1.0 <= float(stalled["seconds"]) < 1.6
    assert "app/test_watchdog.py:" in stalled["stack"]
    assert ":parse" in stalled["stack"]
    assert resumed["event"] == "resumed"
    assert float(resumed["seconds"]) == pytest.approx(1.5, abs=0.3)
    assert pulse.whole.late.longest > 1400
    assert pulse.whole.own.longest > 60  # the loop's own doing, not the machine's


async def test_x65_a_loop_that_beats_is_left_alone_and_its_lag_is_known() -> None:
    told: list[object] = []
    beats: list[float] = []
    pulse = Pulse(each=lambda: beats.append(time.monotonic()))
    beating = asyncio.create_task(pulse.beat())
    with watchdog(pulse, lambda **fields: told.append(fields), still=0.8):
        while len(beats) < 6:
            await asyncio.sleep(0.01)
    beating.cancel()
    assert told == []
    page = pulse.turn()
    assert page.late.count >= 6
    assert page.late.at(0.5) <= page.late.longest < 800
    assert pulse.recent.late.count == 0
    assert pulse.whole.late.count == page.late.count


def test_a_stack_names_files_lines_and_functions_and_no_values() -> None:
    secret = "not-for-a-log"
    told = stack(threading.get_ident())
    assert told.startswith("app/watchdog.py:")
    assert "app/test_watchdog.py:" in told
    assert secret not in told
    assert stack(0) == ""
