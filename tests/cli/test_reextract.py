"""How ``crawler reextract`` is asked: wrong usage and missing archives are told in one sentence."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler import cli

CONFIG = """
[archive]
root = "archive"
[[feeds]]
name = "orbit"
url = "https://wire.example/feed"
source = "Orbit Wire"
"""


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """The command takes Ctrl-C for itself; the test run gets it back."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "crawler.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path / "crawler.toml"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--effort", "most"), "'most' is not one of 'fast', 'balanced', 'best'"),
        (("--since", "2025-02-02", "--until", "2025-02-01"), "is not after --since"),
        (("--since", "yesterday"), '"yesterday" is neither a date or time'),
        (("--feed", "orbits"), 'did you mean "orbit"?'),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--config", str(config), "reextract", *arguments])
    assert ended.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("arguments", [(), ("--apply",), ("--id", "1")])
def test_where_there_is_no_archive_none_is_made(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--config", str(config), "reextract", *arguments])
    assert ended.value.code == 1
    assert "there is no archive here yet" in capsys.readouterr().err
    assert not (config.parent / "archive").exists()
