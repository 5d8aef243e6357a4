"""Twenty days of feeds with every fault, by the real crawler: the short form of ``scripts/politeness``."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import pytest

from tests.world import habits, table
from tests.world.run import Run
from tests.world.seen import Findings

SEED = 1
FEEDS = 10
DAYS = 20  #: the fewest with every accident: see ``habits``
REPLAY = f"scripts/politeness --seed {SEED} --feeds {FEEDS} --days {DAYS} --restarts 20 --ceiling 6"


pytestmark = pytest.mark.xdist_group("month")  # lived once a run, not once a process


@functools.cache
def month() -> Findings:
    """These days, lived once."""
    plan = habits.make(SEED, feeds=FEEDS, days=DAYS, restarts=20)
    with tempfile.TemporaryDirectory() as folder:
        return Run(plan=plan, folder=Path(folder), ceiling=6).go()


def kept(case: str) -> None:
    found = month()
    assert not found.counts[case], "\n".join([*found.told[case], f"replay: {REPLAY}"])


def test_p01_each_feed_is_asked_unconditionally_once() -> None:
    kept("P01")
    assert month().figures["P01 first fetches"] >= FEEDS


def test_p02_validators_come_back_byte_for_byte() -> None:
    kept("P02")


def test_p03_no_poll_is_early_over_twenty_restarts() -> None:
    kept("P03")
    assert month().figures["P03 least gap"] >= 240


def test_p04_a_jump_of_the_clock_brings_no_burst() -> None:
    kept("P04")


def test_p05_a_feed_without_validators_is_fetched_once_a_day() -> None:
    kept("P05")
    assert month().figures["P05 full fetches"] > 0


def test_p06_a_retry_after_of_every_form_is_obeyed() -> None:
    kept("P06")
    assert month().figures["P06 answers with Retry-After"] > 0


def test_p07_a_503_among_articles_stops_its_host() -> None:
    kept("P07")


def test_p08_freshness_and_hints_are_kept() -> None:
    kept("P08")


def test_p09_a_liar_is_not_asked_in_full_more_than_once_a_day() -> None:
    kept("P09")


def test_p10_addresses_move_only_after_agreement() -> None:
    kept("P10")
    assert month().figures["P10 addresses rewritten"] > 0


def test_p11_nothing_needless_is_sent() -> None:
    kept("P11")


def test_p12_robots_txt_comes_first_and_is_a_day_old_at_most() -> None:
    kept("P12")


def test_p13_a_closed_host_stays_closed_and_a_change_is_seen_in_a_day() -> None:
    kept("P13")
    assert month().figures["P13 pages asked"] > 50


def test_p14_hosts_and_addresses_are_asked_one_at_a_time() -> None:
    kept("P14")
    assert month().figures["P14 ip concurrency"] == 1


def test_p15_a_slow_host_is_asked_slowly() -> None:
    kept("P15")
    assert month().figures["P15 least share of latency waited"] >= 0.5


def test_p17_a_day_of_overdue_feeds_comes_spread() -> None:
    kept("P17")


def test_n26_six_hours_offline_end_without_a_storm() -> None:
    kept("N26")
    assert month().figures["N26 lookups while offline"] > 0


def test_s33_retries_are_at_most_a_tenth() -> None:
    kept("S33")


@pytest.mark.parametrize("case", sorted(table.PROMISES))
def test_every_case_has_its_line(case: str) -> None:
    assert case in {line.case for line in table.lines([month()])}
