"""Small bodies that decode to hundreds of megabytes of zeros, and what they cost who decodes them.

``python -m tests.web.bombs [--full]`` builds every kind (``--full``: a gigabyte), decodes each in a process of
its own and prints a JSON line of each: outcome, processor seconds, growth of memory.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import sys
import time
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import brotlicffi as brotli

from crawler.errors import CrawlError
from crawler.message.decode import Decoder

SIZE = 200 * 2**20
LIMIT = 10_000_000  #: bytes that a page may have, as configured by default
STEP = 2**16  #: bytes that arrive at once


@cache
def bomb(coding: str, size: int = SIZE) -> bytes:
    if coding == "br":
        packed = brotli.Compressor(quality=5, lgwin=24)
        parts = [packed.process(bytes(2**20)) for _ in range(size >> 20)]
        return b"".join((*parts, packed.finish()))
    packer = zlib.compressobj(1, zlib.DEFLATED, 31 if coding == "gzip" else 15)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(size >> 20)) + packer.flush()


#: Name → its Content-Encoding, its bytes when they are to decode to ``size``, and how it must end.
BOMBS: dict[str, tuple[str, Callable[[int], bytes], str]] = {
    "gzip": ("gzip", lambda size: bomb("gzip", size), "TooLarge"),
    "deflate": ("deflate", lambda size: bomb("deflate", size), "TooLarge"),
    "br": ("br", lambda size: bomb("br", size), "TooLarge"),
    "gzip, gzip": ("gzip, gzip", lambda size: gzip.compress(bomb("gzip", size)), "TooLarge"),
    "x-gzip": ("x-gzip", lambda size: bomb("gzip", size), "TooLarge"),
    "below its outer coding": (
        "gzip, gzip",
        lambda size: gzip.compress(gzip.compress(b"") * 600_000),
        "TooLarge",
    ),
    "five thousand members": ("gzip", lambda size: gzip.compress(b"a lamp ") * 5_000, "35000"),
    "trailing garbage": ("gzip", lambda size: gzip.compress(b"a lamp") + bytes(size // 50), "6"),
    "a lying header": ("gzip", lambda size: b"<html>" + bytes(size // 50), "BadCoding"),
    "three codings": ("gzip, gzip, gzip", lambda size: b"", "BadCoding"),
}


def measured(name: str, size: int = SIZE) -> dict[str, Any]:
    """What decoding costs a process that holds the bomb already."""
    coding, make, _ = BOMBS[name]
    body = make(size)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, json.dumps(_decoded(coding, body)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        found: dict[str, Any] = json.loads(told.read())
    os.waitpid(child, 0)
    return {"name": name, "wire": len(body), **found}


def _decoded(coding: str, body: bytes) -> dict[str, Any]:
    before, start = _resident(), time.process_time()
    peak, outcome = before, ""
    try:
        decoder = Decoder(coding, LIMIT)
        for at in range(0, len(body), STEP):
            decoder.feed(body[at : at + STEP])
            peak = max(peak, _resident())
        outcome = str(len(decoder.finish()))
    except CrawlError as error:
        outcome = error.kind
    return {
        "outcome": outcome,
        "cpu": round(time.process_time() - start, 3),
        "grown": round((max(peak, _resident()) - before) / 1e6, 1),
    }


def _resident() -> int:
    """Bytes of memory in use now: a forked process inherits its parent's peak."""
    with open("/proc/self/statm", encoding="ascii") as told:  # noqa: PTH123  (it costs less)
        return int(told.read().split()[1]) * resource.getpagesize()


def main() -> None:
    """Every bomb, a line each."""
    for name in BOMBS:
        print(json.dumps(measured(name, 2**30 if "--full" in sys.argv else SIZE)), flush=True)


if __name__ == "__main__":
    main()
