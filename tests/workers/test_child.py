"""The child's own figures: what it takes for spent is what the system counts against its limit."""

from __future__ import annotations

import sys
import time

import pytest

from crawler.workers import child


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts ticks")
def test_processor_time_is_read_from_the_clock_that_the_limit_is_compared_with() -> None:
    before, began = child.spent(), time.process_time()
    while time.process_time() - began < 0.5:
        pass
    assert 0.0 < child.spent() - before < 5.0  # counted in ticks, which see a busy process now and then


def test_without_that_clock_the_rusage_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(clock: int) -> float:
        raise OSError(clock)

    monkeypatch.setattr(child.time, "clock_gettime", absent)
    assert child.spent() == pytest.approx(time.process_time(), abs=0.2)
