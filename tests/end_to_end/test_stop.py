"""Stops by signal: in order at the first, at once at the second; one crawler an archive."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaigns import signals
from tests.journey import ROOT, Ended, Yard, judge, newsroom, stand, until
from tests.wire import SampleWire

LENT = (
    "SELECT (SELECT count(*) FROM hosts WHERE lease_until IS NOT NULL) +"
    " (SELECT count(*) FROM feeds WHERE lent_from IS NOT NULL) +"
    " (SELECT count(*) FROM revisions WHERE state = 'intended') AS n"
)


@pytest.fixture(scope="module")
def slow() -> Iterator[SampleWire]:
    """A wire that thinks before it answers, so that a stop finds work under way."""
    with newsroom(releases=18, wires=6, latency=0.25, seed=5) as wire:
        yield wire


@pytest.fixture
def yard(slow: SampleWire, tmp_path: Path) -> Iterator[Yard]:
    with Yard(tmp_path) as yard:
        yield yard.configure(slow.config(), processes=1)


def outcomes(yard: Yard) -> list[str | None]:
    return [row["outcome"] for row in yard.rows("SELECT outcome FROM runs ORDER BY id")]


def test_sigterm_ends_the_daemon_in_order_and_the_next_start_carries_on(yard: Yard, slow: SampleWire) -> None:
    daemon = yard.start("run")
    until(lambda: yard.count() >= 5, process=daemon.process)
    began = time.monotonic()
    daemon.send(signal.SIGTERM)
    ended = daemon.wait(10)
    assert time.monotonic() - began < 10
    assert ended.code == 0, ended.err
    assert ended.lines[-1].endswith("event=stop")
    assert any(line.endswith("event=stopping signal=SIGTERM") for line in ended.lines)
    some = set(yard.files())
    assert 5 <= yard.count() < len(slow.postings)
    assert yard.rows(LENT) == [{"n": 0}]

    daemon = yard.start("run")
    until(lambda: yard.count() == len(slow.postings), process=daemon.process)
    daemon.send(signal.SIGTERM)
    assert daemon.wait(10).code == 0
    assert judge(slow.postings, yard.documents()).faults == 0
    assert some < set(yard.files())
    assert outcomes(yard) == ["stopped", "stopped"]
    assert yard.rows(LENT) == [{"n": 0}]


def spoken(ended: Ended) -> list[str]:
    """What was said to a person, progress aside."""
    return [line for line in ended.lines if not line.startswith("event=")]


def test_ctrl_c_ends_a_crawl_with_130_a_word_and_the_table(yard: Yard, slow: SampleWire) -> None:
    crawl = yard.start("crawl", "--since", "2000-01-01")
    until(lambda: yard.count() >= 5, process=crawl.process)
    crawl.press_ctrl_c()
    ended = crawl.wait(10)
    assert ended.code == 130
    first, last = spoken(ended)
    assert first.startswith("crawler: stopping: what is under way is finished first")
    assert last == "crawler: interrupted; the same command carries on where this one stopped"
    assert ended.out.splitlines()[-1].startswith("all feeds\t")
    assert outcomes(yard) == ["interrupted"]
    assert yard.rows(LENT) == [{"n": 0}]
    assert yard.crawl().code == 0
    assert judge(slow.postings, yard.documents()).faults == 0


def test_a_second_ctrl_c_ends_a_crawl_that_cannot_end_in_order(tmp_path: Path) -> None:
    with stand() as at, Yard(tmp_path) as yard:
        at.feed("/feed", at.item("Halvorsen Tidal opens a second workshop", "/release"))
        at.page("/release", "Halvorsen Tidal opens a second workshop")
        at.answers["/release"].wait.clear()
        yard.configure(at.table(), processes=1)
        crawl = yard.start("crawl", "--since", "2000-01-01")
        until(lambda: "/release" in at.asked, process=crawl.process)
        crawl.press_ctrl_c()
        until(lambda: "stopping" in crawl.log(), process=crawl.process)
        crawl.press_ctrl_c()
        ended = crawl.wait(5)
        assert ended.code == 130
        assert spoken(ended)[1:] == ["crawler: interrupted"]
        assert yard.rows(LENT) == [{"n": 0}]
        at.answers["/release"].wait.set()
        assert yard.crawl().code == 0
        assert yard.count() == 1
        assert outcomes(yard) == ["killed", "done"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_daemon_starts_stops_it_in_order(yard: Yard, number: signal.Signals) -> None:
    daemon = yard.start("run")
    until(lambda: (yard.archive / "crawler.db.lock").exists(), process=daemon.process)
    daemon.send(number)
    ended = daemon.wait(10)
    assert ended.code == 0, ended.err
    assert ended.lines[-1].endswith("event=stop")
    assert outcomes(yard) == ["stopped"]


def test_a_second_crawler_is_refused_while_looking_in_is_not(yard: Yard) -> None:
    first = yard.start("run")
    until(lambda: yard.count() >= 1, process=first.process)
    for command in (("crawl", "--since", "7d"), ("run",)):
        second = yard.run(*command)
        assert second.code == 1
        [line] = second.lines
        assert f"process {first.process.pid}" in line
        assert '("crawler run")' in line
    looked = yard.run("inspect", "feeds")
    assert looked.code == 0
    assert looked.out.count("\n") > 6
    assert first.process.poll() is None
    first.send(signal.SIGTERM)
    assert first.wait(10).code == 0
    assert (yard.archive / "crawler.db.lock").stat().st_size == 0


@pytest.mark.slow
def test_x60_a_signal_at_a_random_moment_ends_in_order_and_leaves_nothing(tmp_path: Path) -> None:
    """Six moments, of both commands, with one signal and two; the full form: ``python -m tests.campaigns.signals --times 1000``."""
    tally = signals.campaign(tmp_path, times=6, seed=175, tell=lambda text: None)
    assert tally.wrong == []
    assert len(tally.seconds) == 6
    assert max(tally.seconds) < 10
    assert any(ending.endswith("exit 0") for ending in tally.endings)
    assert any(ending.startswith("crawl") for ending in tally.endings)


_HANGING_NAMES = """
import sys, time
from crawler.web import connector
connector._getaddrinfo = lambda host: (print("lookup", file=sys.stderr, flush=True), time.sleep(60))
from crawler.cli import main
main(sys.argv[1:])
"""


def test_x60_a_name_server_that_is_silent_does_not_hold_the_process(tmp_path: Path) -> None:
    with Yard(tmp_path) as yard:
        yard.configure(
            '[[feeds]]\nname = "far"\nurl = "http://wire.example/feed"\nsource = "Far"\n', processes=1
        )
        command = [sys.executable, "-c", _HANGING_NAMES, "--config", str(yard.config), "run"]
        log = tmp_path / "log"
        with log.open("w") as to_log:
            daemon = subprocess.Popen(command, cwd=ROOT, stderr=to_log, text=True)
        try:
            until(lambda: "lookup" in log.read_text(), process=daemon)
            daemon.send_signal(signal.SIGTERM)
            until(lambda: "event=stopping" in log.read_text(), process=daemon)
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(10) == 143, log.read_text()
            assert yard.rows(LENT) == [{"n": 0}]
        finally:
            daemon.kill()
            daemon.wait(10)
