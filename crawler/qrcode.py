"""QR images: an address → WebP.  A worker draws one for every article.

The only place that knows segno and Pillow.
"""

from __future__ import annotations

from io import BytesIO

import segno
from PIL import Image, WebPImagePlugin  # noqa: F401 - named, else Pillow imports every format it has

QUIET_ZONE = 4  #: modules of white around the symbol (ISO/IEC 18004 §6.3.8)
WIDTH = 200  #: pixels, at least

# Weighing all eight masks costs four fifths of the time, in pure Python; readers undo any of them.
_MASK = 2
_INK = bytes([255, 0]) + bytes(254)  # 0 is a light module, 1 a dark one


def draw(target: str) -> bytes:
    """A QR code of ``target`` as lossless WebP: error correction M, at least 200 pixels wide.

    The same target gives the same bytes.  Raises ``ValueError`` for what no QR code holds:
    more than 2,331 bytes, or a lone surrogate.
    """
    code = segno.make_qr(target, error="m", mask=_MASK, boost_error=False, encoding=_encoding(target))
    modules = len(code.matrix)
    symbol = Image.frombytes("L", (modules, modules), b"".join(code.matrix).translate(_INK))
    sheet = Image.new("L", (modules + 2 * QUIET_ZONE,) * 2, 255)
    sheet.paste(symbol, (QUIET_ZONE, QUIET_ZONE))
    scale = -(-WIDTH // sheet.width)
    file = BytesIO()
    sheet.resize((sheet.width * scale,) * 2, Image.Resampling.NEAREST).save(
        file, "WEBP", lossless=True, quality=0, method=0
    )
    return file.getvalue()


def _encoding(target: str) -> str | None:
    """UTF-8 where it matters: readers guess it, while Latin-1 is read by few as the standard says."""
    return None if target.isascii() else "utf-8"
