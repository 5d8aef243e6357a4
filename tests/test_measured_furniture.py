"""Real releases in the frames of ``tests.measures``: what knowing the host gains, and that no release loses a line."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from statistics import fmean

import pytest

from tests.measures.furniture import Figures, hosts, measure
from tests.wire.release import load_records

RELEASES = Path(__file__).resolve().parents[2] / "shared" / "data" / "releases" / "releases.jsonl.gz"


@pytest.mark.shared
@pytest.mark.skipif(not RELEASES.exists(), reason="the measuring data are not beside the project")
@pytest.mark.parametrize("kind", ["wire", "company"])
def test_no_release_loses_a_line_of_its_own_and_none_is_read_worse(kind: str) -> None:
    figures = Figures()
    for host in islice(hosts(load_records(RELEASES), [kind]), 5):  # one in each frame
        measure(host, figures)
    assert figures.harmed == []
    assert len(figures.before) > 30
    assert all(after >= before for before, after in zip(figures.before, figures.after, strict=True))
    if kind == "wire":
        assert fmean(figures.after) > fmean(figures.before) + 0.01
