"""Small bodies that decode to 200 megabytes of zeros."""

from __future__ import annotations

import zlib
from functools import cache

import brotli

SIZE = 200 * 2**20


@cache
def bomb(coding: str) -> bytes:
    if coding == "br":
        return bytes(brotli.compress(bytes(SIZE), quality=1))
    packer = zlib.compressobj(1, zlib.DEFLATED, 31 if coding == "gzip" else 15)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(SIZE >> 20)) + packer.flush()
