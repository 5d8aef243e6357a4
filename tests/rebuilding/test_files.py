"""What nothing testifies to is drawn and read again as it was made."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from crawler.archive.local import LocalArchive
from crawler.archive.warc import WarcArchive
from crawler.config import ArchiveConfig, BannersConfig
from crawler.model import ArchivedFile, Claim, KeptRevision, Standing
from crawler.outbox import target
from crawler.rebuilding.files import Files
from crawler.workers.inline import InlineWorkers

IMAGE = "static/harbour/qrcode/2026/03/x7Kp.webp"
CLAIM = Claim(
    article_id=7,
    feed_item_id=9,
    url="a-second-barge",
    code="x7Kp",
    date=datetime(2026, 3, 3, tzinfo=UTC),
    source_key="harbour",
    revision=1,
)


@dataclass
class Kept:
    """A database of one revision, whose QR image is known and nothing testifies to."""

    async def kept(self) -> AsyncIterator[KeptRevision]:
        nothing = ArchivedFile(path="content/harbour/2026/03/a-second-barge.md", digest="", size=0)
        image = ArchivedFile(path=IMAGE, digest="", size=0)
        yield KeptRevision(article=7, number=1, newest=True, document=nothing, qrcode=image, testimony=None)

    async def standing(self, article_id: int) -> Standing:
        assert article_id == CLAIM.article_id
        return _Only(claim=CLAIM)  # type: ignore[return-value]


@dataclass
class _Only:
    claim: Claim


@pytest.mark.parametrize(
    ("leads_to", "told"),
    [
        ("{proof}", "https://example.org/harbour/proof/x7Kp.json"),
        (
            "{public_url}{source}/{url}/{article_id}/{code}",
            "https://example.org/harbour/a-second-barge/7/x7Kp",
        ),
    ],
)
async def test_d50_a_lost_qr_image_leads_again_where_it_led(tmp_path: Path, leads_to: str, told: str) -> None:
    settings = ArchiveConfig(qr_target=leads_to, public_url="https://example.org")
    archive = LocalArchive(tmp_path)
    await archive.put("content/harbour/2026/03/a-second-barge.md", b"there")
    found = await Files(
        archive=archive,
        raw=WarcArchive(tmp_path),
        workers=InlineWorkers(),
        revisions=Kept(),
        settings=settings,
        banners=BannersConfig(),
    ).run(lambda _: None)
    assert (found.whole, found.remade, found.lost) == (1, 1, [])
    [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(await archive.get(IMAGE))))
    assert read.text == target(CLAIM, settings) == told
    await archive.close()
