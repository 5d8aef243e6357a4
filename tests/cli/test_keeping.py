"""How ``backup``, ``restore``, ``export``, ``takedown`` and ``release`` are asked: mistakes are told in one sentence."""

from __future__ import annotations

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


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "crawler.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path / "crawler.toml"


def ended(config: Path, *arguments: str) -> object:
    with pytest.raises(SystemExit) as end:
        cli.main(["--config", str(config), *arguments])
    return end.value.code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backup",), "missing argument 'TARGET'"),
        (("backup", "b", "--keep", "0"), '"0": write a whole number of at least 1'),
        (("verify", "--since", ""), '"" is neither a date or time'),
        (("verify", "--only", "log", "--article", ""), "the log is looked at as a whole"),
        (("inspect", "changes", "--since", "0000-00-00"), '"0000-00-00" is neither a date or time'),
        (("restore", "b"), "missing argument 'TARGET_ROOT'"),
        (("export", "zip", "o"), "no such command 'zip'"),
        (("export", "wacz", "o", "--since", "2025-02-02", "--until", "2025-02-01"), "is not after --since"),
        (("export", "bagit", "o", "--feed", "orbits"), 'did you mean "orbit"?'),
        (("export", "wacz", "-"), "OUT.wacz: a package, which is read from its end, does not go to standard"),
        (
            ("export", "bagit", "-"),
            "OUT: a bag, which is a folder, does not go to standard output; name another",
        ),
        (("export", "bagit", ""), "OUT: is empty"),
        (("backup", "-"), "TARGET: a backup, which is a folder, does not go to standard output"),
        (("restore", "b", "-"), "TARGET_ROOT: an archive, which is a folder, does not go to standard output"),
        (("log", "proof", "1", "--out", ""), "--out: is empty"),
        (("takedown", "1"), "missing option '--reason'"),
        (("release", "1"), "missing option '--reason'"),
        (("release", "1", "--reason", " "), "--reason: is empty"),
        (("takedown", "1", "--yes", "--reason", " "), "--reason: is empty"),
        (("takedown", "1", "--yes", "--reason", "r", "--title", ""), "--title: is empty"),
        (("takedown", "1", "--yes", "--reason", "r", "--title", "a\nb"), "--title: holds a line break"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert ended(config, *arguments) == 2
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("backup", "b"),
        ("export", "wacz", "o"),
        ("export", "bagit", "o"),
        ("takedown", "1", "--reason", "r"),
        ("release", "1", "--reason", "r"),
    ],
)
def test_where_there_is_no_archive_none_is_made(
    config: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:
    monkeypatch.chdir(config.parent)
    assert ended(config, *arguments) == 1
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert "there is no archive here" in told[0]
    assert not (config.parent / "archive").exists()
    assert not (config.parent / "o").exists()
