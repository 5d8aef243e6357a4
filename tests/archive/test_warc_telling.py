"""The raw archive told from its beginning to its end, whatever lies broken in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.archive.warc import WarcArchive, members
from crawler.archive.warc.telling import Chronicle
from crawler.archive.warc.tombstones import Graveyard
from crawler.model import RawRecord, Told, ToldDamage, ToldFile, ToldRevision, ToldVisit
from crawler.model.takedown import RemovedRecord
from tests.archive.exchanges import ABOUT, BODY, NOON, exchange
from tests.archive.test_warc_testimony import told as revised


async def tell(root: Path) -> list[Told]:
    chronicle, found, last = Chronicle(root), list[Told](), 0
    async for told, so_far in chronicle.tell():
        found.append(told)
        assert last <= so_far <= chronicle.size()
        last = so_far
    return found


async def kept(root: Path) -> tuple[RawRecord, RawRecord, RawRecord]:
    """A page behind a redirect, the same body again, and a revision of it."""
    archive = WarcArchive(root, now=lambda: NOON)
    fields = b'HTTP/1.1 302 Found\r\nLocation: /release/1\r\nETag: "led"\r\n\r\n'
    redirect = exchange(9, b"", response_head=fields)
    page = exchange(1, response_head=b'HTTP/1.1 200 OK\r\nETag: "one"\r\n\r\n', coding="")
    first = (await archive.keep([redirect, replace(page, hop=1)], about={**ABOUT, "item": "310"}))[-1]
    [again] = await archive.keep([replace(page, started_at=NOON + timedelta(hours=1))], about=ABOUT)
    revision = await archive.testify(revised(page=(first.file, first.offset)))
    await archive.close()
    return first, again, revision


async def test_visits_and_revisions_are_told_in_the_order_of_writing(tmp_path: Path) -> None:
    first, again, revision = await kept(tmp_path)
    begun, led, twice, made = await tell(tmp_path)
    assert isinstance(begun, ToldFile)
    assert begun.software.startswith("wire-crawler/")
    assert isinstance(led, ToldVisit)
    assert [(one.hop, one.status, one.location) for one in led.attempts] == [
        (0, 302, "/release/1"),
        (1, 200, None),
    ]
    assert led.answer.raw == replace(first, written_at=led.at)
    assert (led.run, led.about["guid"], led.about["item"]) == (7, "urn:orbit:1", "310")
    assert (led.validators.etag, led.validators.url) == ('"one"', first.url)
    assert led.attempts[1].peer == "192.0.2.7"
    assert isinstance(twice, ToldVisit)
    assert (twice.answer.raw, twice.answer.wire_bytes) == (replace(again, written_at=twice.at), len(BODY))
    assert (twice.validators.etag, twice.validators.url) == ('"one"', None)
    assert isinstance(made, ToldRevision)
    assert (made.statement, made.page) == (revised().statement, (first.file, first.offset))
    assert made.record == replace(revision, written_at=made.at)


async def test_files_are_told_in_the_order_in_which_they_were_begun(tmp_path: Path) -> None:
    """Two processes in one second: their names say nothing of it."""
    for number in (1, 2, 3):
        archive = WarcArchive(tmp_path, now=lambda: NOON + timedelta(milliseconds=number))  # noqa: B023
        await archive.keep([exchange(number, b"%d" % number)], about=ABOUT)
        await archive.close()
    told = [one.answer.url[-1] for one in await tell(tmp_path) if isinstance(one, ToldVisit)]
    assert told == ["1", "2", "3"]


async def test_a_file_that_is_still_open_is_told_under_its_own_name(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path, now=lambda: NOON)
    [record] = await archive.keep([exchange()], about=ABOUT)
    [_, visit] = await tell(tmp_path)
    assert isinstance(visit, ToldVisit)
    assert visit.answer.raw == replace(record, written_at=visit.at)
    await archive.close()


async def test_what_is_broken_is_told_and_passed_over(tmp_path: Path) -> None:
    first, _again, _revision = await kept(tmp_path)
    path = tmp_path / first.file
    data = bytearray(path.read_bytes())
    data[first.offset + first.length // 2] ^= 0xFF
    path.write_bytes(bytes(data))
    told = await tell(tmp_path)
    assert [type(one) for one in told] == [ToldFile, ToldVisit, ToldDamage, ToldVisit, ToldRevision]
    [cut] = [one for one in told if isinstance(one, ToldVisit)][:1]
    assert ([one.status for one in cut.attempts], cut.about, cut.run) == ([302], {}, None)
    [damage] = [one for one in told if isinstance(one, ToldDamage)]
    assert (damage.path, damage.offset) == (first.file, first.offset)
    twice = told[3]
    assert isinstance(twice, ToldVisit)
    assert twice.answer.wire_bytes == 0, "the body that it stands for is gone"


async def test_what_is_not_searched_to_its_end_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _again, _revision = await kept(tmp_path)
    path = tmp_path / first.file
    data = bytearray(path.read_bytes())
    data[first.offset + first.length // 2] ^= 0xFF
    path.write_bytes(bytes(data))
    monkeypatch.setattr(members, "EFFORT", 0)
    damage = (await tell(tmp_path))[-1]
    assert isinstance(damage, ToldDamage)
    assert damage.offset == first.offset
    assert damage.why.endswith(members.UNSEARCHED)


async def test_a_torn_end_and_a_spoilt_testimony_are_damage(tmp_path: Path) -> None:
    _, _, revision = await kept(tmp_path)
    path = tmp_path / revision.file
    data = path.read_bytes()
    path.write_bytes(data[:-20])
    told = await tell(tmp_path)
    assert [type(one) for one in told[-2:]] == [ToldDamage, ToldDamage]
    assert "is not whole" in told[-2].why  # type: ignore[union-attr]


async def test_no_raw_archive_tells_nothing(tmp_path: Path) -> None:
    assert await tell(tmp_path) == []
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / "x.warc.gz").write_bytes(b"no gzip at all")
    assert [type(one) for one in await tell(tmp_path)] == [ToldDamage]


async def test_what_was_taken_down_tells_of_no_visit(tmp_path: Path) -> None:
    first, _, _ = await kept(tmp_path)
    removed = RemovedRecord(
        id=1, path=first.file, start=first.offset, size=first.length, type="response", digest=first.payload,
        url=first.url,
    )  # fmt: skip
    assert Graveyard(tmp_path).bury(first.file, [removed], NOON) == 1
    _, led, *rest = await tell(tmp_path)
    assert isinstance(led, ToldVisit)
    assert ([one.status for one in led.attempts], led.about["item"]) == ([302], "310")
    assert [type(one) for one in rest] == [ToldVisit, ToldRevision]
