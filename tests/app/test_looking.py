"""Z72: whoever can write into an archive's folder leads no look into it astray."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from crawler.app.looking import compare_files
from crawler.config import ArchiveConfig, Config
from crawler.model import sha256

PATH = "content/orbit/2025/02/a.md"


def spoiled(root: Path, how: str) -> None:
    """Put something else where the archive's file was."""
    file = root / PATH
    file.parent.mkdir(parents=True)
    match how:
        case "fifo":
            os.mkfifo(file)
        case "link":
            (root / "secret").write_bytes(b"x")
            file.symlink_to(root / "secret")
        case "folder link":
            (root.parent / "outside").mkdir()
            (root.parent / "outside" / "a.md").write_bytes(b"x")
            file.parent.rmdir()
            file.parent.symlink_to(root.parent / "outside")
        case "hole":
            with file.open("wb") as opened:
                opened.truncate(2**40)
        case "altered":
            file.write_bytes(b"y")
        case "intact":
            file.write_bytes(b"x")


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("fifo", "unreadable"), ("link", "unreadable"), ("folder link", "unreadable"), ("hole", "unreadable"),
        ("altered", "altered"), ("intact", "intact"), ("nothing", "missing"),
    ],
)  # fmt: skip
async def test_z72_provenance_tells_what_lies_there_and_follows_nothing(
    how: str, found: str, tmp_path: Path
) -> None:
    root = tmp_path / "archive"
    spoiled(root, how)
    file = {"path": PATH, "sha256": sha256(b"x"), "size": 1}
    chain: dict[str, Any] = {"polls": [], "captures": [], "revisions": [{"files": {"content": file}}]}
    await compare_files(Config(archive=ArchiveConfig(root=root)), chain)
    assert file["on_disk"].partition(":")[0] == found  # type: ignore[attr-defined]
