"""What broke a worker is kept with its reason, once, within bounds, and told where."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from crawler.archive.local import LocalArchive
from crawler.errors import ArchiveError, NoArticle, Passing, WorkerFailed
from crawler.model import (
    ArchivedFile,
    Change,
    Comparison,
    Entry,
    Extraction,
    FeedDocument,
    Origin,
    Page,
    sha256,
)
from crawler.ports import Archive
from crawler.quarantine import FOLDER, Quarantine

POISON = b"<html>\xff poison"
PATH = f"quarantine/{sha256(POISON)}"


def page(body: bytes = POISON) -> Page:
    address = "https://editor:secret@wire.example/release"
    return Page(
        url=address, final_url=f"{address}/1", status=200, headers={"content-type": "text/html"}, body=body,
        digest=sha256(body), fetched_at=datetime(2025, 1, 6, 12, tzinfo=UTC),
    )  # fmt: skip


class Breaking:
    """Workers whose every document breaks them, in the same way."""

    def __init__(self, passing: Passing | None = Passing.PERMANENT) -> None:
        self.passing = passing

    def fail(self) -> None:
        if self.passing is None:
            raise NoArticle("a login page")
        failure = WorkerFailed("killed by signal 11; tried twice")
        failure.passing = self.passing
        raise failure

    async def read_feed(self, page: Page, *, feed_name: str) -> FeedDocument:
        self.fail()
        raise AssertionError

    async def read_page(self, page: Page, *, want_date: bool) -> Extraction:
        self.fail()
        raise AssertionError

    async def read_entry(self, entry: Entry) -> Extraction | None:
        return Extraction(origin=Origin.FEED, body="<p>a</p>", text="a")

    async def draw_qrcode(self, target: str) -> bytes:
        return target.encode()

    async def compare(self, before: bytes, after: bytes, *, known: tuple[str, ...] = ()) -> Comparison:
        return Comparison(change=Change(reason=""), held=before == after, furniture=bool(known))


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[LocalArchive]:
    opened = LocalArchive(tmp_path)
    yield opened
    await opened.close()


async def told(quarantine: Quarantine, document: Page | None = None) -> str:
    """How the failure of a page is told."""
    with pytest.raises(WorkerFailed) as caught:
        await quarantine.read_page(document or page(), want_date=False)
    return str(caught.value)


@pytest.mark.parametrize("passing", [Passing.PERMANENT, Passing.TEMPORARY])
async def test_the_bytes_and_the_reason_are_kept_and_named(archive: LocalArchive, passing: Passing) -> None:
    quarantine = Quarantine(Breaking(passing), archive, limit=10_000)
    with pytest.raises(
        WorkerFailed, match=rf"^killed by signal 11; tried twice; its bytes lie in {PATH}\.bin$"
    ) as caught:
        await quarantine.read_page(page(), want_date=True)
    assert caught.value.passing is passing
    assert await archive.get(f"{PATH}.bin") == POISON
    about = json.loads(await archive.get(f"{PATH}.json"))
    assert about["reason"] == "killed by signal 11; tried twice"
    assert (about["kind"], about["size"], about["sha256"]) == ("page", len(POISON), sha256(POISON))
    assert about["fetched_at"] == "2025-01-06T12:00:00+00:00"
    assert "wire.example/release" in about["url"]
    assert "secret" not in json.dumps(about)


async def test_feeds_are_kept_too(archive: LocalArchive) -> None:
    quarantine = Quarantine(Breaking(), archive, limit=10_000)
    with pytest.raises(WorkerFailed, match=PATH):
        await quarantine.read_feed(page(), feed_name="lantern")
    assert json.loads(await archive.get(f"{PATH}.json"))["kind"] == "feed"


async def test_the_same_document_is_kept_once(archive: LocalArchive) -> None:
    quarantine = Quarantine(Breaking(), archive, limit=700)  # too little for two
    assert {await told(quarantine) for _ in range(3)} == {
        f"killed by signal 11; tried twice; its bytes lie in {PATH}.bin"
    }


async def test_what_is_over_the_limit_is_told_and_not_kept(archive: LocalArchive) -> None:
    for used, limit in ((0, 100), (9_990, 10_000), (0, 0)):
        quarantine = Quarantine(Breaking(), archive, limit=limit, used=used)
        assert f"its bytes are not kept: {limit} bytes may lie in quarantine" in await told(quarantine)
    assert await archive.usage(FOLDER) == 0


async def test_what_lies_there_counts_after_a_restart(archive: LocalArchive) -> None:
    assert await archive.usage(FOLDER) == 0
    await told(Quarantine(Breaking(), archive, limit=10_000))
    used = await archive.usage(FOLDER)
    assert used > len(POISON)
    later = Quarantine(Breaking(), archive, limit=used + 100, used=used)
    assert "not kept" in await told(later, page(b"another"))


async def test_with_a_raw_archive_nothing_is_kept_twice(archive: LocalArchive) -> None:
    assert (await told(Quarantine(Breaking(), archive, limit=10_000, raw=True))).endswith(
        "its bytes lie in the raw archive"
    )
    assert await archive.usage(FOLDER) == 0


async def test_failures_of_ours_and_expected_ones_pass_unchanged(archive: LocalArchive) -> None:
    assert await told(Quarantine(Breaking(Passing.OURS), archive, limit=10_000)) == (
        "killed by signal 11; tried twice"
    )
    with pytest.raises(NoArticle, match=r"^a login page$"):
        await Quarantine(Breaking(None), archive, limit=10_000).read_page(page(), want_date=False)
    assert await archive.usage(FOLDER) == 0


class FullDisk:
    async def digest(self, path: str) -> str | None:
        raise ArchiveError("no space left on device")


async def test_a_full_disk_does_not_hide_the_reason() -> None:
    quarantine = Quarantine(Breaking(), cast("Archive", FullDisk()), limit=10_000)
    assert await told(quarantine) == (
        "killed by signal 11; tried twice; its bytes are not kept: no space left on device"
    )


class Filling:
    """A disk that is full once."""

    def __init__(self, archive: LocalArchive) -> None:
        self._archive = archive
        self._full = True

    async def digest(self, path: str) -> str | None:
        return await self._archive.digest(path)

    async def put_many(self, files: Sequence[tuple[str, bytes]]) -> Sequence[ArchivedFile]:
        if self._full:
            self._full = False
            raise ArchiveError("no space left on device")
        return await self._archive.put_many(files)


async def test_what_could_not_be_kept_takes_no_room(archive: LocalArchive) -> None:
    disk = cast("Archive", Filling(archive))
    quarantine = Quarantine(Breaking(), disk, limit=500)  # enough for one
    assert "no space left on device" in await told(quarantine)
    assert (await told(quarantine)).endswith(f"its bytes lie in {PATH}.bin")


async def test_entries_images_and_comparisons_pass_by(archive: LocalArchive) -> None:
    quarantine = Quarantine(Breaking(), archive, limit=10_000)
    assert (await quarantine.read_entry(Entry(key="a", position=0))) is not None
    assert await quarantine.draw_qrcode("x") == b"x"
    assert (await quarantine.compare(b"x", b"x", known=("x",))).furniture
