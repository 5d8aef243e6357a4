"""A revision in the raw archive: its file, its QR image and what is stated of it, read again byte for byte."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import model
from crawler.archive.warc import WarcArchive
from crawler.errors import ArchiveError
from crawler.model import RawRecord, sha256
from tests.archive.exchanges import ABOUT, NOON, check, exchange, records

FILE = b'+++\ntitle = "Tidal barges"\n+++\n\n<p>Lumen Harbor opens a second berth.</p>'


def told(**changes: Any) -> model.Testimony:
    values: dict[str, Any] = {
        "statement": b'{"article":252,"title":"a \\",\\"detail\\": b"}',
        "detail": b'{"fields":[]}',
        "document": FILE,
        "image": b"RIFF\x00webp",
        "address": "https://archive.example/2025-02-26-tidal-barges/",
        "page_url": "https://orbitwire.example/news/1",
        "image_address": "https://archive.example/orbitwire/qrcode/252/26/poemx1IL.webp",
        "at": NOON,
        "page": None,
    }
    return model.Testimony(**(values | changes))


async def test_a_testimony_is_read_again_as_it_was_given(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path)
    [page] = await archive.keep([exchange()], about=ABOUT)
    given = told(page=(page.file, page.offset))
    kept = await archive.testify(given)
    assert (kept.payload, kept.revisit, kept.url) == (sha256(FILE), False, given.address)
    assert await archive.testimony(kept) == given
    await archive.close()
    assert await WarcArchive(tmp_path).testimony(kept) == given


@settings(max_examples=25)
@given(document=st.binary(max_size=300), image=st.binary(max_size=50), title=st.text(max_size=30))
async def test_any_bytes_and_any_words_survive(
    document: bytes, image: bytes, title: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stated = json.dumps({"title": title}).encode()
    given = told(document=document, image=image, statement=stated, detail=stated)
    archive = WarcArchive(tmp_path_factory.mktemp("warc"))
    kept = await archive.testify(given)
    assert await archive.testimony(kept) == given
    await archive.close()


async def test_other_tools_find_a_conversion_an_image_and_json(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path)
    [page] = await archive.keep([exchange()], about=ABOUT)
    kept = await archive.testify(told(page=(page.file, page.offset)))
    await archive.close()
    assert check(tmp_path / kept.file).returncode == 0
    conversion, image, stated = list(records(tmp_path / kept.file))[-3:]
    assert (conversion["WARC-Type"], conversion.http) == ("conversion", FILE)
    assert conversion["WARC-Refers-To-File-Offset"] == str(page.offset)
    assert conversion["WARC-Payload-Digest"] == f"sha256:{sha256(FILE)}"
    assert (image["WARC-Type"], image["Content-Type"]) == ("resource", "image/webp")
    assert stated["WARC-Concurrent-To"] == conversion["WARC-Record-ID"]
    assert stated["Content-Type"] == "application/warc-fields"
    fields = dict(line.split(": ", 1) for line in stated.http.decode().split("\r\n") if line)
    assert json.loads(fields["statement"])["article"] == 252
    assert json.loads(fields["detail"]) == {"fields": []}


async def test_what_is_not_the_testimony_that_was_kept_is_told(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path)
    [page] = await archive.keep([exchange()], about=ABOUT)
    kept = await archive.testify(told())
    await archive.close()
    with pytest.raises(ArchiveError, match="not the revision that was kept"):
        await archive_of(tmp_path).testimony(replace(kept, payload="0" * 64))
    with pytest.raises(ArchiveError, match="not the revision that was kept"):
        await archive_of(tmp_path).testimony(page)
    file = tmp_path / kept.file
    file.write_bytes(file.read_bytes()[: kept.offset + kept.length + 20])
    with pytest.raises(ArchiveError, match="is not whole"):
        await archive_of(tmp_path).testimony(kept)


def archive_of(root: Path) -> WarcArchive:
    return WarcArchive(root)


async def test_testimonies_and_exchanges_of_many_callers_share_one_fsync(tmp_path: Path) -> None:
    synced: list[int] = []

    def sync(descriptor: int) -> None:
        synced.append(descriptor)
        os.fsync(descriptor)

    archive = WarcArchive(tmp_path, sync=sync)
    await archive.keep([exchange()], about=ABOUT)
    synced.clear()
    kept: list[RawRecord] = await asyncio.gather(*(archive.testify(told()) for _ in range(20)))
    assert len({record.offset for record in kept}) == 20
    assert len(synced) <= 2  # the first of them had not to wait
    await archive.close()
