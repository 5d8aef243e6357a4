"""D49, R59: fsync fails under the database, or takes long: opened anew, nothing lost, no wrong "done"."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.journey import ROOT, Yard, judge, newsroom, until
from tests.journey.forked import Forked, template
from tests.journey.tracer import attach
from tests.wire import SampleWire

SOON = 'initial = "1s"\nfloor = "1s"\nceiling = "2s"'
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here")


@dataclass(slots=True)
class Traced(Yard):
    """A yard whose crawlers run under strace, which injects faults into their system calls."""

    inject: str = ""
    tracers: list[subprocess.Popen[str]] = field(default_factory=list)

    def __exit__(self, *_: object) -> None:
        Yard.__exit__(self)
        for tracer in self.tracers:
            tracer.communicate(timeout=30)  # what it traced is gone

    @property
    def options(self) -> tuple[str, ...]:
        """What strace is told."""
        calls = self.inject.partition(":")[0]
        return ("-o", str(self.folder / "trace"), "-y", "-e", f"trace={calls}", "-e", f"inject={self.inject}")

    def _forked(self, command: list[str], out: Path, err: Path) -> Forked:
        if not self.inject:
            return Yard._forked(self, command, out, err)
        module, *arguments = command
        forked = template().fork(module, arguments, folder=ROOT, out=out, err=err, stopped=True)
        self.tracers.append(attach(forked, self.options))
        return forked

    def synced_again(self) -> list[str]:
        """Files whose fdatasync failed and was tried again on the same descriptor."""
        failed: set[str] = set()
        again = []
        for line in (self.folder / "trace").read_text().splitlines():
            thread, _, call = line.partition(" ")
            place = thread + call.partition("(")[2].partition(")")[0]
            if "fdatasync(" in call and place in failed:
                again.append(line)
            if "EIO" in call:
                failed.add(place)
        return again


class Started(Traced):
    """… and whose crawlers, and so their workers, start wholly: by vfork and exec."""

    @property
    def before(self) -> tuple[str, ...]:
        # -D: the crawler stays our child, for the signals that are meant for it
        return ("strace", "-D", "-f", "--seccomp-bpf", "-qq", *self.options) if self.inject else ()


def wrongly_done(yard: Yard) -> list[str]:
    """Paths of revisions that are called done while their bytes do not lie there."""
    rows = yard.rows("SELECT path, sha256 FROM revisions WHERE state IN ('done', 'superseded')")
    files = yard.files()
    return [
        row["path"]
        for row in rows
        if hashlib.sha256(files.get(row["path"], b"")).hexdigest() != row["sha256"]
    ]


def nothing_lost(wire: SampleWire, yard: Yard) -> None:
    assert judge(wire.postings, yard.documents()).faults == 0
    assert wrongly_done(yard) == []
    [row] = yard.rows(
        "SELECT (SELECT count(*) FROM revisions WHERE state = 'intended') AS intended,"
        " (SELECT count(*) FROM articles WHERE revision <> 1) AS doubled,"
        " (SELECT count(*) FROM feed_items WHERE state <> 'archived') AS waiting"
    )
    assert row == {"intended": 0, "doubled": 0, "waiting": 0}
    assert yard.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


@needs_strace
def test_d49_a_daemon_whose_commit_cannot_be_synced_opens_its_house_anew(tmp_path: Path) -> None:
    """Counted thread by thread: the second house may meet it too, later on its way."""
    with newsroom(releases=6, wires=2, seed=2) as wire, Traced(tmp_path) as yard:
        yard.inject = "fdatasync:error=EIO:when=24"
        daemon = yard.configure(wire.config(), poll=SOON, processes=1).start("run")
        until(lambda: daemon.log().count("event=start") > 1, process=daemon.process, seconds=60)
        daemon.send(signal.SIGTERM)
        ended = daemon.wait(15)
        assert ended.code == 0, ended.err
        assert wrongly_done(yard) == []
        [line, *_] = [line for line in ended.lines if "event=reopening" in line]
        assert "rest=1s" in line
        assert "the disk failed" in line
        assert yard.synced_again() == []
        yard.inject = ""
        assert yard.crawl().code == 0
        nothing_lost(wire, yard)


@needs_strace
@pytest.mark.parametrize("number", [14, 26])
def test_d49_a_one_shot_whose_commit_cannot_be_synced_says_so_and_loses_nothing(
    number: int, tmp_path: Path
) -> None:
    with newsroom(releases=4, wires=2, seed=2) as wire, Traced(tmp_path) as yard:
        yard.inject = f"fdatasync:error=EIO:when={number}"
        ended = yard.configure(wire.config(), processes=1).crawl()
        assert ended.code == 1
        assert "disk I/O error; the disk failed; check it, then start again" in ended.lines[-1]
        assert "Traceback" not in ended.err
        assert yard.synced_again() == []
        assert wrongly_done(yard) == []
        yard.inject = ""
        assert yard.crawl().code == 0
        nothing_lost(wire, yard)


@needs_strace
def test_r59_slow_syncs_hold_neither_the_loop_nor_fill_the_queue(tmp_path: Path) -> None:
    """Each takes a third of a second: what is fetched waits for the disk, not in memory."""
    with newsroom(releases=12, wires=2, seed=2) as wire, Traced(tmp_path) as yard:
        yard.inject = "fsync,fdatasync:delay_exit=300000"
        daemon = yard.configure(wire.config(), poll=SOON, processes=1).start("run")
        until(lambda: yard.count() == len(wire.postings), process=daemon.process, seconds=100)
        daemon.send(signal.SIGTERM)
        ended = daemon.wait(30)
        assert ended.code == 0, ended.err
        [line] = [line for line in ended.lines if "event=vital" in line]
        signs = dict(part.split("=", 1) for part in line.split() if "=" in part)
        assert float(signs["own_p999"]) < 100  # milliseconds: a third of one sync
        assert "event=stalled" not in ended.err
        assert judge(wire.postings, yard.documents()).faults == 0


@needs_strace
def test_r58_while_no_process_can_be_started_nothing_more_is_fetched_and_nothing_fails(
    tmp_path: Path,
) -> None:
    """As under a limit on processes: the system refuses every one for a while; each worker reads two documents."""
    with newsroom(releases=4, wires=2, seed=9) as wire, Started(tmp_path) as yard:
        yard.inject = "vfork,clone:error=EAGAIN:when=3..18"
        daemon = yard.configure(wire.config(), poll=SOON, processes=1, workers="recycle = 2").start("run")
        until(lambda: yard.count() == len(wire.postings), process=daemon.process, seconds=90)
        daemon.send(signal.SIGTERM)
        ended = daemon.wait(15)
        assert ended.code == 0, ended.err
        [why, *_] = [line for line in ended.lines if "event=paused" in line]
        assert "no worker process can be started" in why
        assert "check memory and process limits" in why
        assert yard.rows("SELECT count(*) AS n FROM captures WHERE outcome = 'failed'") == [{"n": 0}]
        assert yard.rows("SELECT count(*) AS n FROM polls WHERE outcome = 'failed'") == [{"n": 0}]
        nothing_lost(wire, yard)
