"""A daemon that lives for years: it tells how it fares, reads its feeds anew, and is watched from outside."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey import ROOT, Running, Yard, newsroom, stand, until
from tests.wire import SampleWire

SOON = 'initial = "1s"\nfloor = "1s"\nceiling = "2s"'
TITLE = "Halvorsen Tidal opens a second workshop"


@pytest.fixture
def wire() -> Iterator[SampleWire]:
    with newsroom(releases=6, wires=3, seed=9) as opened:
        yield opened


def events(daemon: Running, name: str) -> list[dict[str, str]]:
    """The lines of one kind that a daemon has written, as fields."""
    return [
        dict(pair.partition("=")[::2] for pair in line.split()[1:])
        for line in daemon.log().splitlines()
        if f" event={name} " in f"{line} "
    ]


def started(yard: Yard) -> Running:
    daemon = yard.start("run")
    until(lambda: events(daemon, "poll"), process=daemon.process)
    return daemon


def test_x65_the_daemon_tells_its_vital_signs_when_asked_and_at_the_end(
    wire: SampleWire, tmp_path: Path
) -> None:
    with Yard(tmp_path) as yard:
        daemon = yard.configure(wire.config(), poll=SOON, processes=1).start("run")
        until(lambda: yard.count() == 6, process=daemon.process)
        daemon.send(signal.SIGUSR1)
        [asked] = until(lambda: events(daemon, "vital"), process=daemon.process)
        assert asked["when"] == "asked"
        assert 20 < float(asked["rss"]) < 500
        assert 5 < int(asked["fds"]) < 100
        assert 1 < int(asked["threads"]) < 30
        assert int(asked["polls"]) >= 3
        assert int(asked["workers"]) == 1
        daemon.send(signal.SIGTERM)
        assert daemon.wait(10).code == 0
        last = events(daemon, "vital")[-1]
        assert (last["when"], last["articles"], last["slices"]) == ("stop", "6", "0")
        assert 0 < float(last["lag_p50"]) <= float(last["lag_p999"]) <= float(last["lag_max"])
        assert events(daemon, "stalled") == []


def test_x64_sighup_reads_the_feeds_anew_and_a_broken_file_changes_nothing(tmp_path: Path) -> None:
    with stand() as at, Yard(tmp_path) as yard:
        at.feed("/feed", at.item(TITLE, "/release"))
        at.feed("/other", at.item("Another headline of Halvorsen Tidal", "/another"))
        at.page("/release", TITLE)
        at.page("/another", "Another headline of Halvorsen Tidal")
        daemon = started(yard.configure(at.table(), poll=SOON, processes=1))
        until(lambda: yard.count() == 1, process=daemon.process)
        list_of_feeds = yard.folder / "feeds.toml"

        list_of_feeds.write_text("[[feeds]\n")
        daemon.send(signal.SIGHUP)
        [refused] = until(lambda: events(daemon, "reload"), process=daemon.process)
        assert refused["outcome"] == "refused"
        assert sum("event=reload" in line for line in daemon.log().splitlines()) == 1

        list_of_feeds.write_text(at.table("/other", name="other"))
        daemon.send(signal.SIGHUP)
        until(lambda: "/another" in at.asked and yard.count() == 2, process=daemon.process)
        assert events(daemon, "reload")[-1] == {"event": "reload", "outcome": "done", "feeds": "1"}
        daemon.send(signal.SIGTERM)
        ended = daemon.wait(10)
        assert ended.code == 0, ended.err
        assert yard.rows("SELECT name, enabled FROM feeds ORDER BY name") == [
            {"name": "other", "enabled": 1},
            {"name": "stand", "enabled": 0},
        ]


def hear_out(manager: socket.socket) -> None:
    """Hear what is told, until nothing is."""
    while manager.recv(100):
        pass


def test_the_service_manager_is_told_of_start_life_and_stop(
    wire: SampleWire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, Yard(tmp_path / "yard") as yard:
        manager.bind(str(address))
        manager.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        daemon = yard.configure(wire.config(), poll=SOON, processes=1).start("run")
        told = [manager.recv(100) for _ in range(4)]
        assert sorted(told) == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        daemon.process.send_signal(signal.SIGSTOP)  # a loop that stands still feeds nobody
        state = Path(f"/proc/{daemon.process.pid}/stat")
        until(lambda: state.read_text().rsplit(") ", 1)[1].startswith("T"))
        manager.settimeout(1)  # more than twice what the manager allows
        with pytest.raises(TimeoutError):  # after what was told before
            hear_out(manager)
        manager.settimeout(60)
        daemon.process.send_signal(signal.SIGCONT)
        assert manager.recv(100) == b"WATCHDOG=1"
        daemon.send(signal.SIGTERM)
        until(lambda: manager.recv(100) == b"STOPPING=1")
        assert daemon.wait(10).code == 0


def test_the_unit_file_names_what_the_daemon_keeps() -> None:
    unit = (ROOT / "config" / "systemd" / "crawler.service").read_text(encoding="utf-8")
    for line in ("Type=notify", "NotifyAccess=main", "ExecReload=/bin/kill -HUP $MAINPID", "KillMode=mixed"):
        assert line in unit.splitlines()
    assert "WatchdogSec=" in unit
    assert "TimeoutStopSec=" in unit


def test_a_log_that_nobody_takes_any_more_does_not_end_the_daemon(wire: SampleWire, tmp_path: Path) -> None:
    with Yard(tmp_path) as yard:
        yard.configure(wire.config(), poll=SOON, processes=1)
        command = [sys.executable, "-m", "crawler", "--config", str(yard.config), "run"]
        daemon = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        try:
            assert daemon.stderr
            daemon.stderr.close()
            until(lambda: yard.count() == 6, process=daemon)
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(10) == 0
        finally:
            daemon.kill()
            daemon.wait(10)
