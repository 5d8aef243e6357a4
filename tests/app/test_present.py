"""A database that is gone is not silently begun anew."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from crawler.app import present, proofs, rawarchive
from crawler.archive.local import LocalArchive
from crawler.config import ArchiveConfig, Config
from crawler.errors import ArchiveBusy, StoreError
from crawler.store.connecting import reading_engine
from crawler.store.sql import SqlStore


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
    with pytest.raises(StoreError, match=r"the database is empty, but .* is there; run `crawler rebuild`"):
        present.required(config(tmp_path))


def test_a_database_behind_a_symbolic_link_is_where_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "crawler.db").symlink_to(tmp_path / "disk" / "crawler.db")
    assert config(tmp_path).database == tmp_path / "disk" / "crawler.db"


async def test_x62_a_start_is_refused_while_another_one_writes_to_the_same_root(
    migrated: Path, tmp_path: Path
) -> None:
    first, second = LocalArchive(tmp_path), LocalArchive(tmp_path)
    async with SqlStore(Path(shutil.copy(migrated, tmp_path / "other.db"))) as store:
        await first.take()
        with pytest.raises(ArchiveBusy, match="with another database"):
            await rawarchive.recovered(config(tmp_path), store, second)
    await first.close()
    await second.close()


def test_tables_without_a_row_beside_an_archives_files_are_no_database(
    migrated: Path, tmp_path: Path
) -> None:
    database = Path(shutil.copy(migrated, config(tmp_path).database))
    present.required(config(tmp_path))  # a crawl may have been killed that early
    with pytest.raises(StoreError, match="there is no archive here yet"):
        present.begun(config(tmp_path))
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "checkpoint").write_bytes(b"")
    with pytest.raises(StoreError, match="the database is empty, but log/checkpoint is there"):
        present.begun(config(tmp_path))
    with pytest.raises(StoreError, match="the database is gone, though files of an archive lie beside it"):
        reading_engine(database)
    with closing(sqlite3.connect(database)) as opened:
        opened.execute(
            "INSERT INTO feeds (name, url, source, source_key, enabled, host, next_poll_at, failures, latest_keys,"
            " registered_at) VALUES ('a', '', '', '', 1, '', '', 0, '', '')"
        )
        opened.commit()
    present.begun(config(tmp_path))
    reading_engine(database)


def test_where_no_crawl_ever_was_a_head_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no archive here yet; run `crawler crawl"):
        asyncio.run(proofs.write_head(config(tmp_path / "archive"), sign=False))
    assert list(tmp_path.iterdir()) == []
    config(tmp_path).database.mkdir()
    with pytest.raises(StoreError, match="no file is in the database's place"):
        present.required(config(tmp_path))
