"""A database that is gone is not silently begun anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.app import present
from crawler.config import ArchiveConfig, Config
from crawler.errors import StoreError


def config(root: Path) -> Config:
    return Config(archive=ArchiveConfig(root=root))


def test_an_empty_folder_and_the_sites_own_pages_are_no_archive(tmp_path: Path) -> None:
    present.required(config(tmp_path / "nowhere"))
    (tmp_path / "content" / "about").mkdir(parents=True)
    (tmp_path / "content" / "_index.md").write_text("hello")
    (tmp_path / "content" / "about" / "us.md").write_text("hello")
    (tmp_path / "content" / "posts" / "2024" / "05").mkdir(parents=True)
    (tmp_path / "content" / "posts" / "2024" / "05" / "hello.md").write_text('+++\ntitle = "hello"\n+++\n')
    present.required(config(tmp_path))


@pytest.mark.parametrize(
    "path",
    ["warc/2025/02/1.warc.gz", "warc/2025/02/1.warc.gz.open", "content/orbit/2025/02/a.md", "log/checkpoint"],
)
def test_files_of_an_archive_without_its_database_are_told_with_the_cure(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_bytes(b"+++\nfeed_item_id = 1\n+++\n")
    with pytest.raises(StoreError, match=r"the database is gone, but .* is there; run `crawler rebuild`"):
        present.required(config(tmp_path))
    config(tmp_path).database.write_bytes(b"")
    present.required(config(tmp_path))
