"""A folder of backups: what cannot be tidied up is told in a sentence, and the new backup stands."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from crawler.app import backups, manifests, restore
from crawler.archive.locked import locked
from crawler.cli.options import place
from crawler.errors import ArchiveBusy, ArchiveError, StoreError

OLDER, NEWER = "20250226T211016Z", "20250227T211016Z"


COUNTS = dict.fromkeys(("articles", "revisions", "files", "bytes", "unchanged", "copied_bytes"), 0)


def told(root: Path, /, **changed: object) -> dict[str, object]:
    """A manifest as a backup of the archive at ``root`` has it."""
    return {
        "format": manifests.FORMAT,
        "crawler": "1",
        "schema": "0005",
        "taken_at": "2025-02-26T21:10:16Z",
        "root": str(root),
        "run": None,
        "counts": COUNTS,
        "files": {"path": manifests.FILES, "sha256": hashlib.sha256(b"").hexdigest(), "size": 0},
        "missing": [],
        "gone": [],
    } | changed


def made(backup: Path, manifest: object, listed: bytes = b"") -> Path:
    backup.mkdir()
    (backup / manifests.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    (backup / manifests.FILES).write_bytes(listed)
    return backup


ROOT, OTHER = Path("/srv/wires/archive"), Path("/srv/others/archive")
MINE = backups.Owner(root=str(ROOT), log="a" * 64)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    for name in (OLDER, NEWER):
        made(tmp_path / name, told(ROOT))
    return tmp_path


def test_d48_an_older_backup_that_cannot_be_removed_is_told_and_the_new_one_stands(target: Path) -> None:
    (target / (OLDER + backups.PARTIAL)).write_bytes(b"in the way")
    with pytest.raises(ArchiveError, match=rf"{OLDER} cannot be removed \(the new backup is whole\): "):
        backups.prune(target, MINE, 1, NEWER)
    assert [one.name for one in backups.whole(target)] == [OLDER, NEWER]


def test_d48_what_a_killed_backup_left_and_cannot_be_removed_is_told(target: Path) -> None:
    (target / (OLDER + backups.PARTIAL)).write_bytes(b"no folder")
    with pytest.raises(ArchiveError, match="cannot be tidied up: Not a directory"):
        backups.sweep(target, MINE)


def test_the_newest_backup_is_never_removed(target: Path) -> None:
    assert backups.prune(target, MINE, 0, NEWER) == [OLDER]
    assert [one.name for one in target.iterdir()] == [NEWER]


def test_a_backup_that_was_just_made_stays_though_the_clock_was_set_back(target: Path) -> None:
    assert backups.prune(target, MINE, 2, OLDER) == []
    assert backups.prune(target, MINE, 1, OLDER) == [NEWER]
    assert [one.name for one in target.iterdir()] == [OLDER]


def test_other_archives_backups_and_what_they_left_stay(target: Path) -> None:
    for name, root in (("20250225T000000Z", OTHER), ("20250228T000000Z", OTHER)):
        made(target / name, told(root))
    made(target / "20250101T000000Z", {})  # nobody knows whose it is
    for name, root in (("20250224T000000Z.partial", OTHER), ("20250223T000000Z.partial", ROOT)):
        backups.begin(target / name, replace(MINE, root=str(root)))
    (target / "20250222T000000Z.partial" / "letters").mkdir(parents=True)  # a folder of somebody else
    (target / "20250221T000000Z.partial").mkdir()  # the first that a backup makes
    (target / "20250219T000000Z.partial").mkdir()
    (target / "20250219T000000Z.partial" / backups.OF).write_bytes(b"")
    made(target / "20250220T000000Z.partial", told(ROOT))  # killed before it got its name, or on its way out
    backups.sweep(target, MINE)
    assert {one.name for one in target.glob("*.partial")} == {
        "20250224T000000Z.partial",
        "20250222T000000Z.partial",
    }
    assert backups.prune(target, MINE, 1, NEWER) == [OLDER]
    assert backups.foreign(target, MINE) == 3
    assert len(backups.whole(target)) == 4
    assert backups.earlier(target, MINE) == (target / NEWER, {})


def test_of_two_machines_archives_at_one_path_each_has_its_own_backups(target: Path) -> None:
    theirs = replace(MINE, log="b" * 64)
    made(target / "20250228T000000Z", told(ROOT, log=theirs.log))
    backups.begin(target / "20250301T000000Z.partial", theirs)
    backups.sweep(target, MINE)
    assert (target / "20250301T000000Z.partial").is_dir()
    assert backups.earlier(target, MINE) == (
        target / NEWER,
        {},
    )  # which does not tell: an older crawler took it
    assert backups.foreign(target, MINE) == 1
    begun = replace(MINE, log=None)  # a third one, in which nothing is archived yet
    assert len(backups.of_archive(target, begun)) == 2


def test_a_root_of_any_bytes_is_told(tmp_path: Path) -> None:
    odd = backups.Owner(root="/srv/\udcff\n/archive", log="b" * 64)
    backups.begin(tmp_path / "one", odd)
    assert backups.owner(tmp_path / "one") == odd


def test_a_finished_backup_says_whose_it_is_in_its_manifest_alone(tmp_path: Path) -> None:
    backups.begin(tmp_path / "partial", MINE)
    (tmp_path / "partial" / manifests.MANIFEST).write_text(json.dumps(told(OTHER)), encoding="utf-8")
    assert backups.owner(tmp_path / "partial") == MINE
    backups.publish(tmp_path / "partial", tmp_path / OLDER)
    assert backups.owner(tmp_path / OLDER) == backups.Owner(root=str(OTHER))


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ([], "manifest.json: damaged: not a manifest"),
        ({}, "manifest.json: damaged: not a manifest"),
        ({"format": "crawler-backup/1"}, "manifest.json: damaged: crawler is missing"),
        ({"format": "crawler-backup/2"}, "of the form crawler-backup/2, .*; update the crawler"),
        ({"format": ["crawler-backup/2"]}, "damaged: not a manifest"),
        (told(ROOT, root=7), "damaged: root is missing, or is not what it should be"),
        (told(ROOT, run=[]), "damaged: run is"),
        (told(ROOT, missing=[1]), "damaged: missing is"),
        (told(ROOT, counts=COUNTS | {"bytes": True}), r"damaged: counts\.bytes is"),
        (told(ROOT, counts=COUNTS | {"bytes": -1}), r"damaged: counts\.bytes is"),
        (told(ROOT, files={"size": 0}), r"damaged: files\.sha256 is"),
        (told(ROOT, log="A" * 64), "damaged: log is"),
    ],
)
def test_a_manifest_that_is_none_is_told_by_file_and_key(manifest: object, said: str, tmp_path: Path) -> None:
    made(tmp_path / OLDER, manifest)
    with pytest.raises(ArchiveError, match=said):
        restore.restore(tmp_path / OLDER, tmp_path / "root", lambda far: None)
    assert backups.earlier(tmp_path, MINE) is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[", "line 1: not JSON"),
        ("[]", "line 1: path is missing"),
        ('{"path": "../crawler.db"}', "line 1: path is missing, or is not what"),
        ('{"path": "/etc/hosts"}', "line 1: path is missing, or is not what"),
        ('{"path": "a", "size": "1"}', "line 1: size is"),
        ('{"path": "a", "size": 1, "sha256": "x"}', "line 1: sha256 is"),
    ],
)
def test_a_list_of_files_that_is_none_is_told_by_its_line(line: str, said: str, tmp_path: Path) -> None:
    listed = {"path": manifests.FILES, "sha256": hashlib.sha256(line.encode()).hexdigest(), "size": 1}
    made(tmp_path / OLDER, told(ROOT, files=listed), line.encode())
    with pytest.raises(ArchiveError, match=said):
        manifests.files(tmp_path / OLDER)
    assert backups.earlier(tmp_path, MINE) is None


def test_a_link_to_itself_is_no_place(tmp_path: Path) -> None:
    (loop := tmp_path / "loop").symlink_to("loop")
    backups.require_outside(loop, tmp_path / "archive", "would be lost with it")
    with pytest.raises(ArchiveError, match=r"loop: cannot be made: .*; name another folder"):
        backups.make(loop)
    made(tmp_path / OLDER, told(ROOT))
    with pytest.raises(ArchiveError, match="loop: is no folder"):
        restore.restore(tmp_path / OLDER, loop, lambda far: None)


@pytest.mark.parametrize("signs", [(manifests.DATABASE,), (manifests.MANIFEST, manifests.FILES)])
def test_an_archive_is_not_restored_into_another_one_or_into_a_backup(
    signs: tuple[str, ...], tmp_path: Path
) -> None:
    """A manifest.json alone is anybody's: web applications have one."""
    for name in signs:
        restore._require_apart(tmp_path / "deep" / "root")
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ArchiveError, match="which is an archive or a backup; name another folder"):
        restore._require_apart(tmp_path / "deep" / "root")


def test_two_restores_beside_each_other_do_not_take_each_others_unfinished_folder(target: Path) -> None:
    root = target / "again"
    (target / "again.restoring").mkdir()
    (target / "again.restoring" / "half").touch()
    other = locked(target, "")
    with pytest.raises(ArchiveBusy, match="another restore is under way there"):
        restore.restore(target / NEWER, root, lambda far: None)
    os.close(other)
    assert (target / "again.restoring" / "half").exists()
    with pytest.raises(StoreError, match="no archive here"):  # nothing is in that backup
        restore.restore(target / NEWER, root, lambda far: None)
    assert not (target / "again.restoring").exists()


def test_an_unset_variable_names_no_folder_of_backups() -> None:
    named = place("TARGET", "a backup")
    with pytest.raises(typer.BadParameter, match="is empty"):
        named("")
    assert named(".") == named("./") == Path()
