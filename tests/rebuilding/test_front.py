"""Files of articles, read once to plan and once to tell."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from crawler.archive.local import LocalArchive
from crawler.model import sha256
from crawler.rebuilding.front import Fronts, noted
from crawler.rebuilding.plan import Plan
from tests.rebuilding.conftest import Lived
from tests.rebuilding.test_plan import NOON


async def test_d50_a_file_is_read_again_whole_and_with_its_image(lived: Lived) -> None:
    archive = LocalArchive(lived.yard.archive)
    fronts, path = Fronts(archive=archive), newest(lived.yard.archive)
    [planned] = [one async for one in fronts.read([(path, NOON)], Plan())]
    assert planned.qrcode.digest == "", "nobody needs its image to plan"
    place = noted(planned)
    place.number, place.key = 7, "guid:orbit/1"
    again = await fronts.again(place)
    assert again is not None
    assert (again.number, again.key, again.title) == (7, "guid:orbit/1", planned.title)
    assert again.qrcode.digest == sha256(await archive.get(again.qrcode.path))
    assert fronts.unreadable == []
    await archive.close()


@pytest.mark.parametrize(("data", "why"), [(b"altered", "altered in the meantime"), (None, "cannot be read")])
async def test_a_file_that_is_another_one_when_it_is_told_is_named_and_left_out(
    lived: Lived, tmp_path: Path, data: bytes | None, why: str
) -> None:
    path = newest(lived.yard.archive)
    archive = LocalArchive(tmp_path)
    text = await asyncio.to_thread((lived.yard.archive / path).read_bytes)
    await archive.put(path, text)
    fronts = Fronts(archive=archive)
    [planned] = [one async for one in fronts.read([(path, NOON)], Plan())]
    if data is None:
        (tmp_path / path).unlink()
    else:
        await archive.put(path, text + data)
    assert await fronts.again(noted(planned)) is None
    [told] = fronts.unreadable
    assert why in told
    await archive.close()


def newest(root: Path) -> str:
    return min(str(path.relative_to(root)) for path in root.glob("content/*/*/*/*.md"))
