"""In what order repair mends, and what it says of what a failing disk let it do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from crawler import config
from crawler.app import rawarchive
from crawler.app.repairing import _once, logfiles
from crawler.app.repairing.bench import Bench, NotMended
from crawler.app.repairing.deeds import mend
from crawler.archive.aside import Aside
from crawler.archive.local import LocalArchive
from crawler.errors import ArchiveError
from crawler.model import ArchivedFile, Finding
from crawler.store.auditing import SqlAudit
from crawler.store.mending import SqlMending
from tests.logbook.conftest import archived, migrated, printed, signer
from tests.logbook.press import Press

__all__ = ["archived", "migrated", "printed", "signer"]
FULL = "log/heads/4: no space left on device"


def test_d48_rows_are_indexed_again_before_the_files_that_are_found_by_them() -> None:
    codes = ("F102", "F208", "F308", "F212", "F202")
    found = [Finding(code=code, severity="error", what="", where=code, cure="") for code in codes]
    assert [one.code for one in _once(found)] == ["F212", "F308", "F208", "F202", "F102"]


class Filling(LocalArchive):
    """A disk that is full when the head of four leaves is written."""

    async def put(self, path: str, data: bytes) -> ArchivedFile:
        if path == "log/heads/4":
            raise ArchiveError(FULL)
        return await super().put(path, data)


@pytest.fixture
async def bench(printed: Press) -> AsyncIterator[Bench]:
    """A lost checkpoint, lost heads and entries, and a file in the way, on a disk that fills up."""
    for lost in ("checkpoint", "heads/4", "entries/1-4.jsonl"):
        (printed.root / "log" / lost).unlink()
    (printed.root / "log/entries/1-3.jsonl").write_bytes(b"in the way\n" * 3)
    file = printed.root.parent / "crawler.toml"
    file.write_text(f'[archive]\nroot = "{printed.root}"\n')
    settings, disk = config.load(file), Filling(printed.root)
    raw = rawarchive.reading(settings)
    async with SqlMending(settings.database) as store, SqlAudit(settings.database) as audit:
        yield Bench(
            config=settings, audit=audit, archive=disk, raw=raw, aside=Aside(printed.root), store=store
        )  # fmt: skip
    await raw.close()
    await disk.close()


def lost(where: str) -> Finding:
    return Finding(code="L405", severity="error", what="", where=where, cure="do that")


async def test_d51_where_the_disk_fails_what_of_the_log_was_mended_is_told_and_the_rest_is_not(
    bench: Bench,
) -> None:
    places = (
        "log/checkpoint",
        "log/heads/4",
        "log/entries/1-4.jsonl",
        "log/entries/1-3.jsonl",
        "log/entries",
    )
    done = {where: await mend(bench, lost(where)) for where in places}
    assert {where for where, one in done.items() if one.done} == {"log/entries/1-4.jsonl"}
    assert done["log/entries/1-4.jsonl"].deed == "written again from the database"
    left = f"1 file of the log written again from the database; then no more: {FULL}; do that"
    assert {one.deed for one in done.values() if not one.done} == {left}
    assert {path for path in places if (bench.root / path).is_file()} == {
        "log/entries/1-4.jsonl", "log/entries/1-3.jsonl"
    }  # fmt: skip


async def test_d51_where_nothing_of_the_log_could_be_written_nothing_is_said_to_be(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Filling, "put", full)
    for where in ("log", "log/heads/4"):
        with pytest.raises(
            NotMended, match=r"^nothing is written again: .*No space left on device; do that$"
        ):
            await logfiles.write_again(bench, lost(where))
    assert not (bench.root / Path("log/entries/1-4.jsonl")).exists()
