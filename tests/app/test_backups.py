"""A folder of backups: what cannot be tidied up is told in a sentence, and the new backup stands."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from crawler.app import backups, restore
from crawler.cli.backup import folder
from crawler.errors import ArchiveError

OLDER, NEWER = "20250226T211016Z", "20250227T211016Z"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    for name in (OLDER, NEWER):
        (tmp_path / name).mkdir()
        (tmp_path / name / backups.MANIFEST).write_text("{}", encoding="utf-8")
    return tmp_path


def test_d48_an_older_backup_that_cannot_be_removed_is_told_and_the_new_one_stands(target: Path) -> None:
    (target / (OLDER + backups.PARTIAL)).write_bytes(b"in the way")
    with pytest.raises(ArchiveError, match=rf"{OLDER} cannot be removed \(the new backup is whole\): "):
        backups.prune(target, 1)
    assert [one.name for one in backups.whole(target)] == [OLDER, NEWER]


def test_d48_what_a_killed_backup_left_and_cannot_be_removed_is_told(target: Path) -> None:
    (target / (OLDER + backups.PARTIAL)).write_bytes(b"no folder")
    with pytest.raises(ArchiveError, match="cannot be tidied up: Not a directory"):
        backups.sweep(target)


def test_the_newest_backup_is_never_removed(target: Path) -> None:
    assert backups.prune(target, 0) == [OLDER]
    assert [one.name for one in target.iterdir()] == [NEWER]


@pytest.mark.parametrize("signs", [(backups.DATABASE,), (backups.MANIFEST, backups.FILES)])
def test_an_archive_is_not_restored_into_another_one_or_into_a_backup(
    signs: tuple[str, ...], tmp_path: Path
) -> None:
    """A manifest.json alone is anybody's: web applications have one."""
    for name in signs:
        restore._require_apart(tmp_path / "deep" / "root")
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ArchiveError, match="which is an archive or a backup; name another folder"):
        restore._require_apart(tmp_path / "deep" / "root")


def test_an_unset_variable_names_no_folder_of_backups() -> None:
    with pytest.raises(typer.BadParameter, match="is empty"):
        folder("")
    assert folder(".") == Path()
