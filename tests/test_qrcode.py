"""QR images, read back by a decoder that shares no code with the encoder."""

from __future__ import annotations

from io import BytesIO

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from crawler import qrcode


def _read(data: bytes) -> zxingcpp.Barcode:
    with Image.open(BytesIO(data)) as image:
        (code,) = zxingcpp.read_barcodes(image.convert("L"))
    return code


@pytest.mark.parametrize(
    "target",
    [
        "https://x.example/a",
        "http://localhost:1313/2025-02-26-acme-opens-a-plant-in-reno/",
        "https://news.example.com/2025-02-26-" + "acme-and-beta-" * 14 + "end/",
        "https://beispiel.example/münchen-größe/",
        "https://例え.example/東京/新型ロボット",
        "1234567890",
        "UPPER CASE",
        "x" * 2331,
    ],
)
def test_a_real_decoder_reads_the_target_back(target: str) -> None:
    assert _read(qrcode.draw(target)).text == target


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=200))
def test_any_printable_target_is_read_back(target: str) -> None:
    assert _read(qrcode.draw(target)).text == target


def test_error_correction_is_m_and_survives_a_stain() -> None:
    data = qrcode.draw("https://news.example.com/2025-02-26-acme-opens-a-plant-in-reno/")
    assert _read(data).ec_level == "M"
    with Image.open(BytesIO(data)) as image:
        stained = image.convert("L")
    middle = stained.width // 2
    stained.paste(0, (middle, middle, middle + stained.width // 8, middle + stained.width // 8))
    (code,) = zxingcpp.read_barcodes(stained)
    assert code.text.endswith("-reno/")


@pytest.mark.parametrize("target", ["https://x.example/a", "x" * 300])
def test_the_image_is_webp_with_a_white_quiet_zone_of_four_modules(target: str) -> None:
    with Image.open(BytesIO(qrcode.draw(target))) as image:
        assert image.format == "WEBP"
        assert image.width == image.height >= 200
        dark = image.convert("L").point(lambda level: 255 - level).getbbox()
        colours = {level for _, level in image.convert("L").getcolors() or []}
    assert dark is not None
    assert colours == {0, 255}, "lossless: nothing but black and white"
    modules = {17 + 4 * version + 8 for version in range(1, 41)}
    scale = dark[0] // 4
    assert dark[0] == dark[1] == image.width - dark[2] == 4 * scale
    assert image.width // scale in modules


def test_the_same_target_gives_the_same_bytes() -> None:
    target = "https://news.example.com/2025-02-26-acme/"
    assert qrcode.draw(target) == qrcode.draw(target)
    assert qrcode.draw(target) != qrcode.draw(target + "2")


@pytest.mark.parametrize("target", ["x" * 2332, "\ud800"])
def test_what_no_code_can_hold_is_a_value_error(target: str) -> None:
    with pytest.raises(ValueError, match=r"surrogates|fit|Data"):
        qrcode.draw(target)
