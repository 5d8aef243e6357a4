"""Ctrl-C and SIGTERM in the middle of what cares for an archive: one line tells what stands, and nothing lies half done.

The commands run in this process and get real signals, sent at a known step.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from crawler import cli
from crawler.app.packages import wacz
from crawler.archive.copies import Copies
from crawler.archive.removal import Removal
from crawler.cli import stop
from crawler.report.copying import CopyWatch
from crawler.report.verify import Watch
from crawler.store.search import Search
from crawler.store.takedowns import SqlTakedowns
from tests.end_to_end.conftest import Crawled
from tests.journey import Yard

pytestmark = pytest.mark.xdist_group("crawled")
BOTH = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The test's process goes on, and its signals are its own again."""
    before = {number: signal.getsignal(number) for number in BOTH}
    monkeypatch.setattr(stop, "leave", lambda code: code)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    yield
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:  # of a connection that was cut off
            thread.join(5)
    for number, handler in before.items():
        assert signal.getsignal(number) is handler


def interrupted(yard: Yard, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[Any, str]:
    """The exit code, and the last line on standard error."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--config", str(yard.config), *words])
    out, err = capsys.readouterr()
    assert out == ""
    return ended.value.code, err.splitlines()[-1]


def cut(monkeypatch: pytest.MonkeyPatch, number: signal.Signals, owner: type, name: str) -> None:
    """The signal comes at the first call."""
    kept = getattr(owner, name)

    def call(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(owner, name, kept)
        os.kill(os.getpid(), number)
        return kept(*given, **named)

    monkeypatch.setattr(owner, name, call)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("number", BOTH)
def test_an_interrupted_backup_leaves_none_and_says_so(
    crawled: Crawled,
    tmp_path: Path,
    number: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cut(monkeypatch, number, CopyWatch, "observe")
    code, said = interrupted(crawled.yard, capsys, "backup", str(tmp_path / "backups"))
    assert (code, files(tmp_path / "backups")) == (128 + number, {".lock"})
    assert said == (
        "crawler: interrupted; no backup was made, and those that are there are as they were; "
        "the same command begins again"
    )


def test_a_backup_that_is_whole_is_told_where_older_ones_are_removed(
    crawled: Crawled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from crawler.app import backups

    def pruning(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(backups, "prune", pruning)
    code, said = interrupted(crawled.yard, capsys, "backup", str(tmp_path), "--keep", "1")
    [made] = tmp_path.glob("2*Z")
    assert code == 130
    assert said == (
        f"crawler: interrupted; {made} is whole; the next backup removes what --keep has left to remove"
    )


def test_an_interrupted_restore_leaves_the_target_as_it_was(
    crawled: Crawled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--config", str(crawled.yard.config), "backup", str(tmp_path / "backups"), "--link"])
    assert ended.value.code == 0
    capsys.readouterr()
    [made] = (tmp_path / "backups").glob("2*Z")
    cut(monkeypatch, signal.SIGTERM, CopyWatch, "observe")
    code, said = interrupted(crawled.yard, capsys, "restore", str(made), str(tmp_path / "again"))
    assert (code, {path.name for path in tmp_path.iterdir()}) == (143, {"backups"})
    assert said == (
        f"crawler: interrupted; nothing was restored, and {tmp_path / 'again'} is as it was; "
        "the same command begins again"
    )


@pytest.mark.parametrize(
    ("kind", "owner", "name"),
    [
        ("wacz", wacz.Wacz, "_pages"),
        ("bagit", Copies, "copy"),
        ("bagit", Search, "provenances"),
    ],
)
def test_an_interrupted_export_leaves_nothing_but_the_sentence(
    kind: str,
    owner: type,
    name: str,
    crawled: Crawled,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cut(monkeypatch, signal.SIGINT, owner, name)
    out = tmp_path / "package"
    code, said = interrupted(crawled.yard, capsys, "export", kind, str(out))
    assert (code, files(tmp_path)) == (130, set())
    assert said == (
        f"crawler: interrupted; {out} was not written, and the archive is as it was; "
        "the same command begins again"
    )


@pytest.mark.parametrize("number", BOTH)
def test_an_interrupted_verification_tells_how_far_it_was_and_of_nothing_that_it_is_clean(
    crawled: Crawled,
    number: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = files(crawled.yard.archive)
    cut(monkeypatch, number, Watch, "advance")
    code, said = interrupted(crawled.yard, capsys, "verify", "--only", "files", "--json")
    assert code == 128 + number
    told, _, left = said.partition("; ")[2].partition("; ")
    assert told == "nothing was verified yet" or (
        told.startswith("verified ") and told.endswith("found nothing until then")
    )
    assert left == "nothing was changed, and the same command begins again"
    assert files(crawled.yard.archive) == before


def test_an_interrupted_repair_tells_what_it_has_mended(
    crawled: Crawled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    yard = Yard(tmp_path / "spoiled")
    shutil.copytree(crawled.yard.folder, yard.folder)
    month = next((yard.archive / "content").glob("*/*/*"))
    for name in ("2020-01-01-one.md", "2020-01-01-two.md"):
        (month / name).write_text("nobody's")
    cut(monkeypatch, signal.SIGINT, Watch, "mended")
    code, said = interrupted(yard, capsys, "repair", "--apply")
    assert code == 130
    assert said == (
        "crawler: interrupted; 1 finding mended until then, and nothing is half done; the same command goes on"
    )
    assert {path.name for path in (yard.archive / "orphans").rglob("*.md")} >= {"2020-01-01-one.md"}


LEFT: dict[str, tuple[type, str, str]] = {
    "before": (SqlTakedowns, "begin_takedown", "nothing was changed; the same command begins again"),
    "within": (
        Removal,
        "files",
        "the takedown of article 3 is begun and not finished: its text may still stand, and the same command ends it",
    ),
    "behind": (
        SqlTakedowns,
        "wipe",
        "article 3 is taken down; the same command looks again through what was set aside, and through the "
        "database's old pages",
    ),
}


@pytest.mark.parametrize("moment", LEFT)
def test_an_interrupted_takedown_tells_whether_the_text_may_stand(
    moment: str,
    crawled: Crawled,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    yard = Yard(tmp_path / "own")
    shutil.copytree(crawled.yard.folder, yard.folder)
    owner, name, left = LEFT[moment]
    kept = getattr(owner, name)

    def waiting(*given: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return asyncio.sleep(60) if name != "files" else kept(*given)

    monkeypatch.setattr(owner, name, waiting)
    code, said = interrupted(yard, capsys, "takedown", "3", "--yes", "--reason", "A court asked for it")
    assert (code, said) == (143, f"crawler: interrupted; {left}")
    assert [row["outcome"] for row in yard.rows("SELECT outcome FROM runs ORDER BY id")][-1] == "interrupted"


def test_a_second_signal_does_not_ask(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)

    def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    with stop.interruptible(), pytest.raises(typer.Exit):
        stop.do_to_end(work)
    assert ended == [130]
    assert (
        "crawler: stopped at once; the same command finishes or removes what is half done\n"
        in capfd.readouterr().err
    )


@pytest.mark.parametrize("number", BOTH)
def test_until_somebody_listens_a_signal_ends_the_process_on_the_spot(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    with stop.interruptible():
        os.kill(os.getpid(), number)
    assert ended == [128 + number]
    assert capfd.readouterr().err == "crawler: interrupted; nothing was changed\n"
