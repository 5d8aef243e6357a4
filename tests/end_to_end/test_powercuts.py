"""D47: power cuts for files and database alike; the whole campaign is ``scripts/campaign powercuts``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from crawler.config import Config
from tests.powercut.blindness import unnoticed
from tests.powercut.cuts import plan, run
from tests.powercut.recording import Segment, record
from tests.powercut.start import settings, without_workers
from tests.powercut.trace import can_trace

pytestmark = [
    pytest.mark.xdist_group("power cuts"),
    pytest.mark.skipif(not can_trace(), reason="strace may not trace here"),
]
CUTS = 32


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder in memory, where there is one: each start syncs what it mends."""
    with TemporaryDirectory(prefix="cuts-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def recording(place: Path) -> Iterator[tuple[list[Segment], Config]]:
    """Five runs of the real crawler, small ones."""
    segments = record(place / "yard", releases=6, wires=2, edits=2)
    with without_workers():
        yield segments, settings(place / "yard" / "crawler.toml")


def test_d47_after_a_power_cut_nothing_acknowledged_is_lost_and_nothing_is_torn(
    recording: tuple[list[Segment], Config], place: Path
) -> None:
    segments, config = recording
    cuts = plan(segments, CUTS, seed=1)
    verdicts = list(run(segments, cuts, config, place / "cut", seed=1, check_every=CUTS // 4))
    assert [verdict.row() for verdict in verdicts if verdict.violations] == []
    assert len(verdicts) == CUTS
    assert sum(verdict.checked for verdict in verdicts) == 4
    assert len({verdict.segment for verdict in verdicts}) >= len(segments) - 1
    assert sum(verdict.finished for verdict in verdicts) > 0  # there was something to make good


@pytest.mark.parametrize(
    "kind",
    ["an article's folder", "a QR image's folder", "a raw file", "a new folder's name", "the database's log"],
)
def test_d47_the_cuts_notice_a_sync_that_is_left_out(
    kind: str, recording: tuple[list[Segment], Config], place: Path
) -> None:
    """Without this the test above would prove nothing; all kinds: ``scripts/campaign powercuts --blind``."""
    segments, config = recording
    assert unnoticed(segments, config, place / "cut", 60, seed=1, kinds=(kind,)) == []
