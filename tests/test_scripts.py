"""The scripts touch only what is theirs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


def told(name: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPTS / name), *arguments], cwd=cwd, capture_output=True, text=True, timeout=20, check=False
    )


def test_the_site_of_a_folder_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "absent"):
        ended = told("site", folder, cwd=tmp_path)
        assert ended.returncode == 2
        assert ended.stderr.count("\n") == 1
        assert f"{tmp_path / folder}: not an archive" in ended.stderr
    assert list(tmp_path.rglob("*")) == [tmp_path / "empty"]


def test_the_demo_removes_no_folder_that_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    ended = told("demo", "mine", cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "made by somebody else" in ended.stderr
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "all of it"


@pytest.mark.parametrize("name", ["campaign", "demo", "replay", "site"])
def test_help_tells_the_usage(name: str, tmp_path: Path) -> None:
    ended = told(name, "--help", cwd=tmp_path)
    assert ended.returncode == 0
    assert f"scripts/{name} " in ended.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", [(), ("nope",)])
def test_a_campaign_that_is_not_there_is_one_sentence_with_the_names(
    given: tuple[str, ...], tmp_path: Path
) -> None:
    ended = told("campaign", *given, cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "name one of: " in ended.stderr
    assert "signals" in ended.stderr
