"""R55, R58: the disk is full, out of inodes or read-only, no process can be started: a pause, and nothing lost."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.journey import Ended, Running, Yard, control, judge, newsroom, until
from tests.journey.smalldisk import small_disk
from tests.wire import SampleWire

SOON = 'initial = "1s"\nfloor = "1s"\nceiling = "2s"'
MARK = 'low_water = "6MB"\nballast = "2MB"'


def told(daemon: Running, event: str) -> list[str]:
    return [line for line in daemon.log().splitlines() if f"event={event}" in line]


def stopped(daemon: Running) -> Ended:
    daemon.send(signal.SIGTERM)
    ended = daemon.wait(15)
    assert ended.code == 0, ended.err
    return ended


def asked(wire: SampleWire) -> int:
    """How often the wire was asked for anything but by the test."""
    return sum("/_control/" not in entry.target for entry in wire.log)


def nothing_lost(wire: SampleWire, yard: Yard) -> None:
    assert judge(wire.postings, yard.documents()).faults == 0
    [row] = yard.rows(
        "SELECT (SELECT count(*) FROM revisions WHERE state <> 'done') AS undone,"
        " (SELECT count(*) FROM feed_items WHERE state <> 'archived') AS waiting,"
        " (SELECT count(*) FROM captures WHERE outcome = 'failed') AS failed"
    )
    assert row == {"undone": 0, "waiting": 0, "failed": 0}


def test_r55_below_the_mark_nothing_is_sent_looking_works_and_it_goes_on_by_itself(tmp_path: Path) -> None:
    with newsroom(releases=6, wires=3, seed=9) as wire, small_disk(tmp_path, "size=32m") as yard:
        daemon = yard.configure(wire.config(), poll=SOON, archive=MARK, processes=1).start("run")
        until(lambda: yard.count() == 6, process=daemon.process)
        yard.fill(leave=3_000_000)
        until(lambda: told(daemon, "paused"), process=daemon.process)
        [line] = told(daemon, "paused")
        assert "MB left (the mark is 6 MB): free some space" in line
        before = asked(wire)
        control(wire, "publish?n=2")
        time.sleep(2.5)  # feeds are due every other second
        assert asked(wire) == before
        looked = yard.run("inspect", "feeds", "--json")
        assert (looked.code, len(looked.json)) == (0, 6)
        assert "crawler: nothing more is fetched for now: the disk of " in looked.err
        assert (yard.archive / ".ballast").stat().st_size == 2_000_000  # nothing failed: it is not needed
        daemon.send(signal.SIGUSR1)
        until(lambda: any("paused=" in line for line in told(daemon, "vital")), process=daemon.process)

        freed = time.monotonic()
        yard.empty()
        until(lambda: told(daemon, "continued"), process=daemon.process, seconds=10)
        assert time.monotonic() - freed < 5
        until(lambda: yard.count() == 8, process=daemon.process)
        assert yard.run("inspect", "feeds").err == ""
        stopped(daemon)
        nothing_lost(wire, yard)


def test_r55_a_disk_that_is_full_to_the_last_byte_in_the_middle_of_work_loses_nothing(tmp_path: Path) -> None:
    """Without a mark: the first failure is a write's; then the ballast is what the work is settled with."""
    settings = 'low_water = "0B"\nballast = "2MB"'
    with (
        newsroom(releases=24, wires=4, seed=2, latency=0.15) as wire,
        small_disk(tmp_path, "size=16m") as yard,
    ):
        daemon = yard.configure(wire.config(), poll=SOON, archive=settings, processes=1).start("run")
        until(lambda: yard.count() >= 4, process=daemon.process)
        yard.fill()
        until(lambda: told(daemon, "paused"), process=daemon.process)
        until(lambda: not (yard.archive / ".ballast").exists(), process=daemon.process)
        yard.fill()  # what the ballast gave is taken as well
        assert yard.count() < len(wire.postings)
        assert yard.run("inspect", "feeds").code == 0
        yard.empty()
        until(lambda: yard.count() == len(wire.postings), process=daemon.process)
        ended = stopped(daemon)
        assert "event=continued" in ended.err
        assert (yard.archive / ".ballast").exists()
        nothing_lost(wire, yard)
        assert yard.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


def test_r55_a_daemon_on_a_full_disk_ends_in_order_when_it_is_asked_to(tmp_path: Path) -> None:
    with newsroom(releases=6, wires=3, seed=9) as wire, small_disk(tmp_path, "size=24m") as yard:
        daemon = yard.configure(wire.config(), poll=SOON, archive=MARK, processes=1).start("run")
        until(lambda: yard.count() >= 1, process=daemon.process)
        yard.fill()
        until(lambda: told(daemon, "paused"), process=daemon.process)
        stopped(daemon)
        yard.empty()
        assert yard.crawl().code == 0
        nothing_lost(wire, yard)


def test_r55_a_one_shot_below_the_mark_says_so_and_ends(tmp_path: Path) -> None:
    with newsroom(releases=4, wires=2, seed=9) as wire, small_disk(tmp_path, "size=24m") as yard:
        yard.configure(
            wire.config(), poll='patience = "1s"', archive='low_water = "500MB"\nballast = "1MB"', processes=1
        )
        ended = yard.crawl()
        assert ended.code == 1
        assert ended.lines[-1].startswith("crawler: the disk of ")
        assert (
            "MB left (the mark is 500 MB): free some space, or set a lower [archive] low_water" in ended.err
        )
        assert asked(wire) == 0
        yard.configure(wire.config(), archive=MARK, processes=1)
        assert yard.crawl().code == 0
        nothing_lost(wire, yard)


def test_r55_a_one_shot_goes_on_when_there_is_room_within_its_patience(tmp_path: Path) -> None:
    with newsroom(releases=4, wires=2, seed=9) as wire, small_disk(tmp_path, "size=24m") as yard:
        yard.configure(wire.config(), poll='patience = "60s"', archive=MARK, processes=1)
        yard.fill(leave=5_000_000)
        crawler = yard.start("crawl", "--since", "2000-01-01")
        until(lambda: "nothing more is fetched for now" in crawler.log(), process=crawler.process)
        yard.empty()
        ended = crawler.wait(30)
        assert ended.code == 0, ended.err
        assert "there is room again" in ended.err
        nothing_lost(wire, yard)


def test_r55_a_start_on_a_full_disk_lives_from_the_ballast_of_the_last_run(tmp_path: Path) -> None:
    with newsroom(releases=4, wires=2, seed=9) as wire, small_disk(tmp_path, "size=24m") as yard:
        yard.configure(wire.config(), poll=SOON, archive=MARK, processes=1)
        assert yard.crawl().code == 0
        control(wire, "publish?n=2")
        yard.fill()
        daemon = yard.start("run")
        until(lambda: told(daemon, "paused"), process=daemon.process)
        yard.empty()
        until(lambda: yard.count() == 6, process=daemon.process)
        stopped(daemon)
        nothing_lost(wire, yard)


def test_r58_without_inodes_nothing_is_begun_and_nothing_lost(tmp_path: Path) -> None:
    options = "size=64m,nr_inodes=1200"
    with newsroom(releases=6, wires=3, seed=9) as wire, small_disk(tmp_path, options) as yard:
        daemon = yard.configure(wire.config(), poll=SOON, archive=MARK, processes=1).start("run")
        until(lambda: yard.count() == 6, process=daemon.process)
        yard.fill_inodes()
        until(lambda: told(daemon, "paused"), process=daemon.process)
        [line] = told(daemon, "paused")
        assert "has room for 0 more files" in line
        control(wire, "publish?n=2")
        yard.empty()
        until(lambda: yard.count() == 8, process=daemon.process)
        stopped(daemon)
        nothing_lost(wire, yard)


def test_r58_a_disk_that_is_remounted_read_only_is_waited_for(tmp_path: Path) -> None:
    """The database lies elsewhere and nothing is kept raw: no file stands open in the way of a remount."""
    with newsroom(releases=6, wires=3, seed=9) as wire, small_disk(tmp_path, "size=32m") as yard:
        settings = f'raw = false\n{MARK}\n[store]\nurl = "sqlite:///crawler.db"'
        daemon = yard.configure(wire.config(), poll=SOON, archive=settings, processes=1).start("run")
        until(lambda: yard.count() == 6, process=daemon.process)
        until(lambda: yard.remount("ro") == 0, process=daemon.process)
        until(lambda: told(daemon, "paused"), process=daemon.process)
        assert "takes no writing: mount it so that it can be written" in told(daemon, "paused")[0]
        control(wire, "publish?n=2")
        assert yard.remount("rw") == 0
        until(lambda: yard.count() == 8, process=daemon.process)
        stopped(daemon)
        assert judge(wire.postings, yard.documents()).faults == 0
