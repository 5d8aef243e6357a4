"""D47, small: what power cuts leave that a kill does not, each found by ``scripts/campaign powercuts``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.archive.local import LocalArchive
from crawler.archive.tree import Tree
from crawler.archive.warc import WarcArchive, unclaimed
from crawler.model import ArchivedFile, Intent, sha256
from crawler.recovery import recover
from tests.archive.exchanges import check, files, kinds
from tests.archive.test_warc import Known
from tests.archive.test_warc_mend import left_open, records_ends

LEFT = ".tmp-0123456789abcdef00000000"  #: by another process


@dataclass
class Synced:
    """The paths of every file and folder that is synced, in order."""

    paths: list[str]

    def __call__(self, descriptor: int) -> None:
        self.paths.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> Synced:
    seen = Synced([])
    monkeypatch.setattr(os, "fsync", seen)
    return seen


@dataclass
class Unfinished:
    """A store after a kill: one revision is intended."""

    intent: Intent | None
    was_killed: bool = True
    done: bool | None = None

    async def unfinished(self) -> list[Intent]:
        return [self.intent] if self.intent else []

    async def resolve(self, intent: Intent, *, done: bool) -> None:
        self.done = done


def intent_of(path: str, data: bytes, image: bytes) -> Intent:
    return Intent(
        revision_id=1,
        item_id=1,
        document=ArchivedFile(path=path, digest=sha256(data), size=len(data)),
        qrcode=ArchivedFile(path="static/q/1.webp", digest=sha256(image), size=len(image)),
    )


async def test_d47_files_that_a_recovery_finds_whole_are_on_the_disk_before_they_are_done(
    tmp_path: Path, synced: Synced
) -> None:
    """A kill came before their folders' fsync, and a power cut may come after the recovery."""
    for path, data in (("content/a/1.md", b"text"), ("static/q/1.webp", b"image")):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(data)
    store = Unfinished(intent_of("content/a/1.md", b"text", b"image"))
    archive = LocalArchive(tmp_path)
    await recover(store, archive)  # type: ignore[arg-type]
    await archive.close()
    assert store.done
    for path in ("content/a/1.md", "content/a", "static/q/1.webp", "static/q"):
        assert str(tmp_path / path) in synced.paths, path


async def test_d47_what_a_recovery_sweeps_does_not_come_back(tmp_path: Path, synced: Synced) -> None:
    folder = tmp_path / "content" / "a"
    folder.mkdir(parents=True)
    (folder / LEFT).write_bytes(b"half")
    archive = LocalArchive(tmp_path)
    assert (await recover(Unfinished(None), archive)).swept == 1  # type: ignore[arg-type]
    await archive.close()
    assert synced.paths == [str(folder)]


async def test_d47_a_start_removes_what_the_last_start_tried_the_disk_with(tmp_path: Path) -> None:
    (tmp_path / LEFT).write_bytes(b"writable")
    archive = LocalArchive(tmp_path)
    await archive.check_writable()
    await archive.close()
    assert not (tmp_path / LEFT).exists()


async def test_d47_an_index_that_was_on_its_way_is_removed(tmp_path: Path) -> None:
    left = await left_open(tmp_path, 2)
    (left.parent / LEFT).write_bytes(b"half an index")
    await WarcArchive(tmp_path).mend()
    assert not (left.parent / LEFT).exists()


async def holed(root: Path) -> tuple[Path, list[int]]:
    """A file whose last group was not synced: one record of it is broken, a later one is whole."""
    left = await left_open(root, 4)
    ends, data = records_ends(left), bytearray(left.read_bytes())
    middle = (ends[-3] + ends[-2]) // 2
    data[middle : middle + 40] = bytes(40)
    left.write_bytes(data)
    return left, ends


async def test_d47_a_hole_in_what_nobody_refers_to_is_a_torn_end(tmp_path: Path) -> None:
    """Sectors reach the disk in any order: the database knows what was acknowledged."""
    left, ends = await holed(tmp_path)
    data = left.read_bytes()
    mended = await WarcArchive(tmp_path, index=Known()).mend()
    [closed] = files(tmp_path)
    assert (mended.damaged, mended.cut) == ([], len(data) - ends[-3])
    assert closed.read_bytes() == data[: ends[-3]]
    assert check(closed).returncode == 0
    [aside] = (tmp_path / "quarantine" / "warc").iterdir()  # whole records are not thrown away
    assert aside.read_bytes() == data[ends[-3] :]


async def test_d47_a_hole_before_what_is_referred_to_is_damage(tmp_path: Path) -> None:
    left, ends = await holed(tmp_path)

    class Referring(Known):
        async def raw_end(self, file: str) -> int:
            return ends[-1]

    data = left.read_bytes()
    mended = await WarcArchive(tmp_path, index=Referring()).mend()
    [closed] = files(tmp_path)
    assert (mended.cut, mended.damaged) == (0, [str(closed.relative_to(tmp_path))])
    assert closed.read_bytes() == data


async def test_d47_a_file_of_testimonies_alone_is_kept(tmp_path: Path) -> None:
    """It has no line in the index, and holds what the files are put again from."""
    left = await left_open(tmp_path, 1)
    ends, data = records_ends(left), left.read_bytes()
    left.write_bytes(data[: ends[0]] + data[ends[-2] :])  # warcinfo and a record that is no exchange
    await WarcArchive(tmp_path).mend()
    [closed] = files(tmp_path)
    assert kinds(closed) == ["warcinfo", "metadata"]


def test_d47_what_was_removed_as_empty_has_nothing_unclaimed(tmp_path: Path) -> None:
    assert list(unclaimed.visits(Tree(tmp_path), "warc/2025/02/gone.warc.gz", (), ())) == []
