"""A short rehearsal on real releases; ``scripts/rehearse`` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journey import ROOT
from tests.rehearsal.run import rehearse, sample
from tests.wire import load_records

RELEASES = ROOT.parent / "shared" / "data" / "releases" / "releases.jsonl.gz"


@pytest.mark.shared
@pytest.mark.skipif(not RELEASES.exists(), reason="the measuring data are not beside the project")
def test_real_releases_are_archived_once_and_whole_in_spite_of_kills(tmp_path: Path) -> None:
    told: list[str] = []
    found = rehearse(sample(load_records(RELEASES), 60), folder=tmp_path, kills=2, seed=3, tell=told.append)
    assert found.releases == 60
    assert len(found.kills) == 2
    assert found.violations() == 0, (found.judgement, found.differing)
    assert sum(found.bands.values()) == 60
    assert min(found.judgement.scores.values()) >= 0.9
    assert len(told) == 3
