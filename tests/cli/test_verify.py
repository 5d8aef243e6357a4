"""``crawler verify`` and ``crawler repair``, asked wrongly or where there is nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler import cli


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """The command takes Ctrl-C for itself; the test run gets it back."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "crawler.toml"
    path.write_text('[[feeds]]\nname = "orbit"\nurl = "https://orbit.example/feed"\nsource = "Orbit"\n')
    return path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "pictures"), "'pictures' is not one of 'database', 'files', 'raw', 'log'"),
        (("--since", "yesterday"), '"yesterday" is neither a date or time'),
        (
            ("--remember", "--older-than", "long"),
            '--older-than: "long": write a length of time as text, such as',
        ),
        (
            ("--remember", "--older-than", "-5d"),
            '--older-than: "-5d": a length of time cannot be negative (30d; 0s',
        ),
        (("--remember", "--older-than", ""), '--older-than: "": write a length of time'),
        (("--older-than", "7d"), "--older-than: is of what was remembered; give --remember too"),
        (("--remember", "--quick"), "--quick: hashes nothing, so there is nothing to --remember"),
        (("--log", "--only", "raw"), "contradicts --only"),
        (("--log", "--since", "7d"), "--since: the log is looked at as a whole"),
        (("--only", "log", "--article", "1"), "--article: the log is looked at as a whole"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--config", str(config), "verify", *arguments])
    assert ended.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    "arguments",
    [("verify",), ("verify", "--remember"), ("verify", "--article", "1"), ("repair",), ("repair", "--apply")],
)
def test_where_there_is_no_archive_none_is_made(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--config", str(config), *arguments])
    assert ended.value.code == 1
    assert "there is no archive here yet" in capsys.readouterr().err
    assert not (config.parent / "archive").exists()


def test_a_lost_database_is_told_from_an_archive_that_never_was(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(config.parent)
    (config.parent / "archive" / "warc").mkdir(parents=True)
    with pytest.raises(SystemExit) as ended:
        cli.main(["--config", str(config), "verify"])
    assert ended.value.code == 1
    assert "the database is gone" in capsys.readouterr().err


def test_where_nothing_lies_nothing_is_rebuilt(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(config.parent)
    with pytest.raises(SystemExit) as ended:
        cli.main(["--config", str(config), "rebuild"])
    assert ended.value.code == 1
    assert "there is nothing that an archive could be made of" in capsys.readouterr().err
    assert not (config.parent / "archive").exists()
