"""Folders whose names outlive a power cut, up to the first one that was there before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.archive.local import LocalArchive
from crawler.durable import make_folder
from crawler.signing import generate, keep
from crawler.store.lock import ArchiveLock


class Told:
    """What is made and synced below a folder, in order."""

    def __init__(self, top: Path) -> None:
        self.top, self.deeds = top, list[tuple[str, str]]()

    def made(self, path: Path | str) -> None:
        self.deeds.append(("made", str(Path(path).relative_to(self.top))))

    def synced(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_relative_to(self.top):
            self.deeds.append(("synced", str(path.relative_to(self.top))))


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    seen, mkdir = Told(tmp_path), os.mkdir

    def noted(path: Path | str, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        mkdir(path, mode, dir_fd=dir_fd)
        if dir_fd is None:
            seen.made(path)

    monkeypatch.setattr(os, "mkdir", noted)
    monkeypatch.setattr(os, "fsync", seen.synced)
    return seen


def chain(*names: str) -> list[tuple[str, str]]:
    """Each folder made and durable in the one above, from the outside in."""
    folders = [Path(*names[: depth + 1]) for depth in range(len(names))]
    return [deed for one in folders for deed in (("made", str(one)), ("synced", str(one.parent)))]


async def test_d47_an_archives_new_parents_are_durable_before_anything_is_written_there(
    tmp_path: Path, told: Told
) -> None:
    archive = LocalArchive(tmp_path / "a" / "b" / "archive")
    await archive.check_writable()
    await archive.close()
    assert told.deeds[:6] == chain("a", "b", "archive")


def test_d47_a_databases_new_folders_are_durable(tmp_path: Path, told: Told) -> None:
    lock = ArchiveLock(tmp_path / "other" / "db" / "crawler.db")
    lock.take()
    lock.release()
    assert told.deeds == chain("other", "db")


def test_d47_a_new_keys_name_is_durable(tmp_path: Path, told: Told) -> None:
    secret, _ = generate("example.org/wires")
    keep(secret, tmp_path / "keys" / "log.key")
    assert told.deeds == [*chain("keys"), ("synced", "keys/log.key"), ("synced", "keys")]


def test_d47_a_folder_whose_sync_a_kill_prevented_is_durable_the_next_time(
    tmp_path: Path, told: Told
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    told.deeds.clear()
    make_folder(tmp_path / "a" / "b" / "c")
    assert told.deeds == [("synced", "a"), ("made", "a/b/c"), ("synced", "a/b")]
    told.deeds.clear()
    make_folder(tmp_path / "a" / "b")
    assert told.deeds == [("synced", "a")]


def test_only_the_folder_itself_has_the_mode(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b", 0o700)
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o777 & ~_mask()


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_file_in_a_folders_place_is_told_and_left(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"kept")
    for folder in ("a", "a/b"):
        with pytest.raises(FileExistsError):
            make_folder(tmp_path / folder)
    assert (tmp_path / "a").read_bytes() == b"kept"


def test_another_process_may_be_faster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mkdir = os.mkdir

    def twice(path: Path, mode: int) -> None:
        mkdir(path, mode)
        mkdir(path, mode)

    monkeypatch.setattr(os, "mkdir", twice)
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
