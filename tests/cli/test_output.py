"""Standard output that is full, or that knows few letters, is the user's to know, in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.app.backup import Progress
from crawler.report.copying import CopyWatch
from crawler.report.screen import Screen

ROOT = Path(__file__).resolve().parents[2]
CONFIG = '[[feeds]]\nname = "東京"\nurl = "https://wire.example/feed"\nsource = "Tōkyō Wire"\n'


def crawler(
    tmp_path: Path, output: int, *, names: str = CONFIG, **environment: str
) -> tuple[int, bytes, str]:
    """``crawler feeds list`` as a process: exit code, output (if piped), what it said."""
    (tmp_path / "crawler.toml").write_text(names, encoding="utf-8")
    command = [sys.executable, "-m", "crawler", "feeds", "list", "--config", str(tmp_path / "crawler.toml")]
    ended = subprocess.run(
        command, cwd=ROOT, stdout=output, stderr=subprocess.PIPE, env={**os.environ, **environment}, check=False
    )  # fmt: skip
    return ended.returncode, ended.stdout or b"", ended.stderr.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("feeds", [1, 500], ids=["at the end", "in the middle"])
def test_output_that_cannot_be_written_is_told_in_one_sentence(
    tmp_path: Path, feeds: int, unbuffered: str
) -> None:
    names = "".join(CONFIG.replace("東京", f"feed-{number}") for number in range(feeds))
    with Path("/dev/full").open("wb") as full:
        code, _, said = crawler(tmp_path, full.fileno(), names=names, PYTHONUNBUFFERED=unbuffered)
    assert (code, said) == (1, "crawler: cannot write the output: No space left on device\n")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    code, _, said = crawler(tmp_path, writing)
    os.close(writing)
    assert (code, said) == (0, "")


def test_who_tells_how_far_it_is_goes_on_when_nobody_reads_it_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1) as pipe:
        monkeypatch.setattr(sys, "stderr", pipe)
        watch = CopyWatch(out=Screen(), err=Screen(stderr=True))
        for done in range(1, 4):
            watch.observe(Progress("files", done, 3))
        watch.say("a line more")
        assert watch.err.quiet
        assert not watch.out.quiet


def test_letters_that_the_output_does_not_know_are_written_as_numbers(tmp_path: Path) -> None:
    code, written, said = crawler(tmp_path, subprocess.PIPE, PYTHONIOENCODING="ascii:strict", PYTHONUTF8="0")
    assert (code, said) == (0, "")
    assert b"\\u6771\\u4eac" in written
