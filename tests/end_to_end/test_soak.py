"""The soak in short: half of the hosts fail, each in its own way, and the other half does not notice.

The full form: ``scripts/soak``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaigns import soak
from tests.campaigns.crowd import ILLNESSES

HOSTS = 2 * len(ILLNESSES)  #: every illness once


def short(folder: Path, **changes: object) -> soak.Soak:
    given = {
        "hosts": HOSTS,
        "sick": HOSTS // 2,
        "healthy": HOSTS // 2,
        "seconds": 14,
        "files": 256,
        "period": 6.0,
    }
    return soak.soak(folder, **{**given, **changes}, tell=lambda text: None, processes=1)  # type: ignore[arg-type]


@pytest.mark.slow
def test_l75_healthy_hosts_do_not_notice_that_half_of_the_others_fail(tmp_path: Path) -> None:
    found = short(tmp_path)
    assert found.code == 0
    assert set(found.sick) == set(ILLNESSES)
    assert min(found.polls) >= 3  # every three seconds, were the machine idle
    assert max(found.gaps) < 9
    assert found.articles >= HOSTS // 2
    assert (found.starved, found.ours, found.stalled, found.troubles, found.lent) == (0, 0, 0, 0, 0)
    assert max(found.fds) <= 128
    assert max(found.threads) < 40
    assert max(found.tasks) < 250
    assert found.sick["503-later"] == [1]  # it asked for two minutes of silence
    assert found.sick["hole"] == found.sick["refused"] == [0]
    assert float(found.vital["own_p999"]) < 50
    assert found.vital["slices"] == "0"
    assert found.stopped < 10


@pytest.mark.slow
def test_r56_few_descriptors_bound_the_sockets_and_never_reach_the_writer(tmp_path: Path) -> None:
    found = short(tmp_path, files=64, seconds=10)
    assert found.code == 0
    assert (found.starved, found.ours, found.lent) == (0, 0, 0)
    assert max(found.fds) < 64
    assert min(found.polls) >= 2
    assert found.articles >= HOSTS // 2
