"""R55: what a disk has left, and a ballast that is really allocated."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.archive import space as room
from crawler.archive.space import BALLAST, Space
from crawler.errors import ArchiveError

SIZE = 300_000


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Space]:
    made = Space(tmp_path, tmp_path / "crawler.db", ballast=SIZE)
    yield made
    made.close()


async def test_r55_a_look_tells_what_the_system_says(space: Space, tmp_path: Path) -> None:
    told = os.statvfs(tmp_path)
    [disk] = await space.look()
    assert disk.path == str(tmp_path)
    assert disk.writable
    assert abs(disk.free - told.f_bavail * told.f_frsize) < 10**9  # others write meanwhile
    assert disk.inodes is None or disk.inodes > 0


async def test_r55_the_ballast_has_blocks_of_its_own_until_it_is_given_up(
    space: Space, tmp_path: Path
) -> None:
    assert await space.lay_aside()
    laid = (tmp_path / BALLAST).stat()
    assert (laid.st_size, laid.st_blocks * 512 >= SIZE) == (SIZE, True)
    assert await space.lay_aside()
    assert (tmp_path / BALLAST).stat().st_ino == laid.st_ino
    assert await space.give_up()
    assert not await space.give_up()
    assert left(tmp_path) == []


async def test_r55_another_size_is_taken_over(space: Space, tmp_path: Path) -> None:
    (tmp_path / BALLAST).write_bytes(b"x" * (2 * SIZE))
    assert await space.lay_aside()
    assert (tmp_path / BALLAST).stat().st_size == SIZE
    none = Space(tmp_path, tmp_path / "crawler.db", ballast=0)
    assert await none.lay_aside()
    none.close()
    assert not (tmp_path / BALLAST).exists()


async def test_r55_where_blocks_cannot_be_reserved_zeros_are_written(
    space: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "not on this file system")

    monkeypatch.setattr(room.os, "posix_fallocate", refuse)
    assert await space.lay_aside()
    assert (tmp_path / BALLAST).read_bytes() == bytes(SIZE)


async def test_r55_a_ballast_for_which_there_is_no_room_leaves_nothing(
    space: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(room.os, "posix_fallocate", refuse)
    assert not await space.lay_aside()
    assert left(tmp_path) == []


async def test_r55_a_link_in_the_ballasts_place_leads_nowhere(space: Space, tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"kept")
    (tmp_path / BALLAST).symlink_to(tmp_path / "precious")
    with pytest.raises(ArchiveError, match=r"\.ballast cannot be written: .*symbolic link"):
        await space.lay_aside()
    assert (tmp_path / "precious").read_bytes() == b"kept"


async def test_r58_a_disk_is_tried_by_writing(
    space: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await space.takes_writing()
    assert left(tmp_path) == []

    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(room.os, "fsync", refuse)
    assert not await space.takes_writing()
    assert left(tmp_path) == []
    monkeypatch.setattr(room.os, "open", refuse)
    assert not await space.takes_writing()


async def test_r55_a_database_on_another_disk_has_its_own_ballast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.setattr(room, "_device", lambda folder: int(folder.name == "other"))
    both = Space(tmp_path, tmp_path / "other" / "my.db", ballast=SIZE)
    assert await both.lay_aside()
    assert [disk.path for disk in await both.look()] == [str(tmp_path), str(tmp_path / "other")]
    assert (tmp_path / "other" / "my.db.ballast").stat().st_size == SIZE
    assert await both.give_up()
    assert left(tmp_path / "other") == []
    both.close()


async def test_r55_an_archive_that_is_not_there_yet_is_asked_where_it_will_be(tmp_path: Path) -> None:
    later = Space(tmp_path / "a" / "b", tmp_path / "c" / "d.db", ballast=SIZE)
    [disk] = await later.look()
    assert disk.free > 0
    assert await later.lay_aside()
    later.close()
    assert left(tmp_path) == []


@pytest.mark.parametrize("why", ["folder", "limit"])
async def test_r55_what_hinders_a_ballast_is_not_taken_for_a_lack_of_room(
    space: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EFBIG, "File too large")

    if why == "folder":
        (tmp_path / BALLAST).mkdir()
    else:
        monkeypatch.setattr(room.os, "ftruncate", refuse)
    told = "move the folder that has this name" if why == "folder" else "raise the limit on the size of files"
    with pytest.raises(ArchiveError, match=told):
        await space.lay_aside()
    assert left(tmp_path) == ([BALLAST] if why == "folder" else [])


async def test_r55_a_ballast_that_cannot_be_made_leaves_the_other_disks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / BALLAST).mkdir()
    monkeypatch.setattr(room, "_device", lambda folder: int(folder.name == "other"))
    both = Space(tmp_path, tmp_path / "other" / "my.db", ballast=SIZE)
    with pytest.raises(ArchiveError):
        await both.lay_aside()
    assert left(tmp_path / "other") == ["my.db.ballast"]
    both.close()


async def test_r58_a_disk_that_cannot_be_asked_takes_no_writing(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "gone")

    monkeypatch.setattr(room.os, "statvfs", refuse)
    [disk] = await space.look()
    assert (disk.free, disk.writable) == (0, False)
    monkeypatch.setattr(room, "_there", refuse)
    assert not await space.takes_writing()
