"""A process that may have few descriptors opens fewer sockets; one that may have more takes them."""

from __future__ import annotations

import subprocess
import sys

from tests.journey import ROOT

_ASK = """
import resource, sys
soft, hard, connections = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from crawler.app.limits import fitted
from crawler.config import Config, WebConfig
print(fitted(Config(web=WebConfig(connections=connections))).web.connections,
      resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def asked(soft: int, hard: int, connections: int) -> list[int]:
    found = subprocess.run(
        [sys.executable, "-c", _ASK, str(soft), str(hard), str(connections)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [int(word) for word in found.stdout.split()]


def test_r56_few_descriptors_mean_few_connections() -> None:
    assert asked(64, 64, 64) == [24, 64]


def test_r56_the_soft_limit_is_raised_where_it_may_be() -> None:
    assert asked(64, 512, 64) == [64, 104]


def test_r56_enough_descriptors_change_nothing() -> None:
    assert asked(256, 512, 64) == [64, 256]


def test_r56_hardly_any_descriptors_leave_two_connections() -> None:
    assert asked(41, 41, 64) == [2, 41]
