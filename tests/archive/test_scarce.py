"""What cannot be read for a passing reason (no descriptor is left) is told, and never taken for something that is not there."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.archive.copies import Source
from crawler.archive.tree import Tree
from crawler.archive.warc import unclaimed
from crawler.archive.warc.telling import Chronicle
from crawler.archive.warc.volume import left_open
from crawler.errors import ArchiveError


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """Within: what is open stays open, and nothing else can be opened."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def opened(root: Path) -> None:
    with Source(root).open("warc/2025/02/a.warc.gz"):
        pass


@pytest.mark.parametrize(
    "look",
    [
        opened,
        lambda root: Source(root).files("warc"),
        lambda root: Source(root).folders("warc"),
        lambda root: left_open(Tree(root), "warc"),
        lambda root: unclaimed.written_within(Tree(root), ()),
        lambda root: Chronicle(root).size(),
    ],
    ids=["open", "files", "folders", "left open", "written within", "size"],
)
def test_d48_a_folder_that_cannot_be_opened_is_no_empty_folder(
    tmp_path: Path, look: Callable[[Path], object]
) -> None:
    (tmp_path / "warc/2025/02").mkdir(parents=True)
    (tmp_path / "warc/2025/02/a.warc.gz").write_bytes(b"")
    look(tmp_path)
    with no_descriptor_left(), pytest.raises(ArchiveError, match="Too many open files") as told:
        look(tmp_path)
    assert told.value.scarce


async def test_d48_a_raw_file_that_cannot_be_opened_is_no_damaged_one(tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc/a.warc.gz").write_bytes(b"")
    chronicle = Chronicle(tmp_path)
    assert [told async for told in chronicle.tell()] == []
    names = chronicle._names()
    chronicle._names = lambda: names  # type: ignore[method-assign]
    with no_descriptor_left(), pytest.raises(ArchiveError, match=r"warc/a.warc.gz cannot be read: Too many"):
        _ = [told async for told in chronicle.tell()]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert Source(tmp_path).files("warc") == Source(tmp_path).folders("warc") == []
    assert left_open(Tree(tmp_path), "warc") == unclaimed.written_within(Tree(tmp_path), ()) == []
    assert Chronicle(tmp_path).size() == 0
