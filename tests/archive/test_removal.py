"""Files removed on request: gone for good, again without complaint, and never outside of the archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.archive.removal import Removal
from crawler.errors import ArchiveError


def test_what_is_removed_is_gone_and_removing_it_again_is_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "revisions" / "orbit"
    folder.mkdir(parents=True)
    for name in ("1.md", "found-abc.md"):
        (folder / name).write_bytes(b"x")
    removal = Removal(tmp_path)
    paths = removal.files("revisions/orbit")
    assert paths == ["revisions/orbit/1.md", "revisions/orbit/found-abc.md"]
    assert removal.remove(paths) == 2
    assert removal.files("revisions/orbit") == []
    assert removal.remove(paths) == 0
    assert removal.remove(["revisions/nowhere/1.md"]) == 0
    assert removal.files("revisions/nowhere") == []


@pytest.mark.parametrize("path", ["../mine", "content/../../mine", "/mine", "linked/mine"])
def test_nothing_outside_of_the_archive_is_removed(path: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_bytes(b"all of it")
    root = tmp_path / "root"
    root.mkdir()
    (root / "linked").symlink_to(outside)
    with pytest.raises(ArchiveError):
        Removal(root).remove([path])
    assert (outside / "mine").read_bytes() == b"all of it"
