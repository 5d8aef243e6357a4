"""Records are read while their file is written and closed by somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.archive.tree import Tree
from crawler.archive.warc import WarcArchive
from crawler.archive.warc.reading import OPEN, Reader
from crawler.errors import ArchiveError
from tests.archive.exchanges import ABOUT, BODY, exchange


class Closing(Tree):
    """The writer closes a file just after a reader has looked for it under its final name."""

    @contextmanager
    def open(self, path: str) -> Iterator[int]:
        try:
            with super().open(path) as descriptor:
                yield descriptor
        except FileNotFoundError:
            written = self.root / (path + OPEN)
            if written.exists():
                written.rename(self.root / path)
            raise


async def test_a_file_that_is_closed_between_two_looks_is_read(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path)
    [record] = await archive.keep([exchange()], about=ABOUT)
    assert Reader(Closing(tmp_path)).page(record).body == BODY


async def test_a_file_that_is_gone_is_told_under_its_own_name(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path)
    [record] = await archive.keep([exchange()], about=ABOUT)
    await archive.close()
    (tmp_path / record.file).unlink()
    with pytest.raises(ArchiveError, match=rf"{record.file} cannot be read"):
        Reader(Tree(tmp_path)).page(record)
