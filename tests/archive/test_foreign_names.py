"""Files of others below an archive's root: what is no file of ours, or has no name of ours, ends nothing."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.archive.copies import Denied, Source
from crawler.archive.tree import Tree
from crawler.archive.warc import WarcArchive
from crawler.archive.warc.unclaimed import written_within
from crawler.model import Severed

ODD = os.fsdecode(b"\xff.warc.gz")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "warc" / "2025" / "02"
    folder.mkdir(parents=True)
    (folder / ODD).write_bytes(b"hello")
    (folder / f"{ODD}.open").write_bytes(b"hello")
    (folder / "link.warc.gz").symlink_to(folder / ODD)
    os.mkfifo(folder / "pipe.warc.gz")
    return tmp_path


async def test_a_raw_file_whose_name_is_not_utf8_holds_up_no_start(root: Path) -> None:
    archive = WarcArchive(root)
    assert not await archive.is_torn()
    assert (await archive.mend()).files == 0
    await archive.close()
    spans = [Severed(since=datetime(2025, 1, 1, tzinfo=UTC))]
    assert written_within(Tree(root), spans) == []  # none of these is looked at for what a crash left
    assert (root / "warc" / "2025" / "02" / f"{ODD}.open").exists()


@pytest.mark.parametrize("name", [ODD, "link.warc.gz", "pipe.warc.gz"])
def test_what_is_no_file_of_ours_is_left_out_of_a_backup_and_named(root: Path, name: str) -> None:
    with pytest.raises(Denied, match="the archive refuses"), Source(root).open(f"warc/2025/02/{name}"):
        pass
