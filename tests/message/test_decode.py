from __future__ import annotations

import contextlib
import gzip
import random
import tracemalloc
import zlib

import brotlicffi as brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import BadCoding, TooLarge, Truncated
from crawler.message.decode import Decoder
from tests.web.bombs import bomb

TEXT = b"Northwind Tidal announced a second turbine off the coast. " * 8
LIMIT = 1_000_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


CODED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "raw deflate": raw_deflate(TEXT),
    "br": brotli.compress(TEXT),
    "gzip, gzip": gzip.compress(gzip.compress(TEXT)),
    "br, gzip": gzip.compress(brotli.compress(TEXT)),
    "gzip, deflate": zlib.compress(gzip.compress(TEXT)),
}
every_coding = pytest.mark.parametrize(("coding", "data"), CODED.items(), ids=CODED)


def decode(coding: str, data: bytes, *, step: int = 65536, limit: int = LIMIT) -> bytes:
    decoder = Decoder(coding.removeprefix("raw "), limit)
    for start in range(0, len(data), step):
        decoder.feed(data[start : start + step])
    return decoder.finish()


@every_coding
@pytest.mark.parametrize("step", [1, 2, 3, 7, 65536])
def test_a_whole_body_decodes_however_it_arrives(coding: str, data: bytes, step: int) -> None:
    assert decode(coding, data, step=step) == TEXT


@every_coding
def test_every_cut_is_truncated_and_never_whole(coding: str, data: bytes) -> None:
    for cut in range(len(data)):
        for step in (1, 65536):
            with pytest.raises(Truncated):
                decode(coding, data[:cut], step=step)


@every_coding
@pytest.mark.parametrize("garbage", [b"\0" * 40, b"\n", b"<!-- served by Northwind -->", bytes(range(256))])
@pytest.mark.parametrize("step", [1, 5, 65536])
def test_garbage_after_the_end_is_ignored(coding: str, data: bytes, garbage: bytes, step: int) -> None:
    assert decode(coding, data + garbage, step=step) == TEXT


@pytest.mark.parametrize("coding", ["", "identity", " Identity , ", ",,"])
def test_no_coding_leaves_the_bytes_alone(coding: str) -> None:
    assert decode(coding, TEXT) == TEXT


def test_names_of_codings_are_read_whatever_their_case() -> None:
    assert decode("GZip", CODED["gzip"]) == TEXT


def test_a_flipped_byte_anywhere_in_gzip_never_passes_as_the_text() -> None:
    data = CODED["gzip"]
    for place in range(10, len(data)):
        broken = bytearray(data)
        broken[place] ^= 0x10
        with pytest.raises((BadCoding, Truncated)):
            decode("gzip", bytes(broken))


def test_a_wrong_checksum_is_a_broken_stream() -> None:
    data = bytearray(CODED["gzip"])
    data[-5] ^= 1
    with pytest.raises(BadCoding, match="gzip stream is broken"):
        decode("gzip", bytes(data))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_lying_header_is_a_bad_coding(coding: str) -> None:
    with pytest.raises((BadCoding, Truncated)):
        decode(coding, b"<html><body>Not compressed at all, whatever the header says.</body></html>")


@pytest.mark.parametrize("step", [1, 9, 65536])
def test_two_thousand_members_are_one_body(step: int) -> None:
    assert decode("gzip", gzip.compress(b"ab") * 2000, step=step) == b"ab" * 2000


def test_every_cut_inside_a_second_member_is_truncated() -> None:
    first, second = gzip.compress(b"first"), gzip.compress(b"second")
    for cut in range(1, len(second)):
        with pytest.raises(Truncated):
            decode("gzip", first + second[:cut])


@pytest.mark.parametrize("coding", ["zstd", "compress", "gzip, sdch", "utf-8"])
def test_an_unknown_coding_is_refused_by_name(coding: str) -> None:
    with pytest.raises(BadCoding, match="unknown content coding"):
        Decoder(coding, LIMIT)


def test_three_stacked_codings_are_too_many() -> None:
    with pytest.raises(BadCoding, match="3 content codings are stacked"):
        Decoder("gzip, gzip, gzip", LIMIT)


def test_a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not() -> None:
    assert decode("gzip", gzip.compress(b"x" * 5000), limit=5000) == b"x" * 5000
    with pytest.raises(TooLarge, match="5000 bytes"):
        decode("gzip", gzip.compress(b"x" * 5001), limit=5000)


def test_after_too_large_the_body_holds_exactly_the_limit() -> None:
    decoder = Decoder("gzip", 5000)
    with pytest.raises(TooLarge):
        decoder.feed(gzip.compress(b"y" * 70_000))
    assert decoder.body == b"y" * 5000


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_bomb_of_200_megabytes_stops_at_the_cap_without_the_memory(coding: str) -> None:
    data = bomb(coding)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decode(coding, data, limit=1_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


def test_a_bomb_below_an_outer_coding_stops_at_the_cap_too() -> None:
    empty_members = gzip.compress(b"") * 100_000
    with pytest.raises(TooLarge, match="below its outer coding"):
        decode("gzip, gzip", gzip.compress(empty_members), limit=1_000_000)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate", "br"])
@pytest.mark.parametrize("step", [1000, 1_000_000])
def test_output_that_a_library_holds_back_at_the_end_is_fetched(coding: str, step: int) -> None:
    words = TEXT.split()
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "raw deflate": raw_deflate}.get(
        coding, lambda body: brotli.compress(body, quality=5)
    )
    rng = random.Random(7)
    mixed = b" ".join(rng.choice(words) + b"%d" % rng.randrange(999) for _ in range(20_000))
    bodies = [b"x" * size for size in range(65_530, 65_536 + 300, 3)]
    for body in [*bodies, *(mixed[:size] for size in range(70_000, 200_000, 10_007))]:
        assert decode(coding, pack(body), step=step) == body


@given(
    data=st.binary(max_size=3000),
    seed=st.integers(0, 2**32),
    coding=st.sampled_from(["gzip", "deflate", "br"]),
)
def test_whatever_was_compressed_comes_back_in_any_slicing(data: bytes, seed: int, coding: str) -> None:
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}[coding](data)
    decoder = Decoder(coding, LIMIT)
    rng = random.Random(seed)
    while packed:
        size = rng.randint(1, 700)
        decoder.feed(packed[:size])
        packed = packed[size:]
    assert decoder.finish() == data


@given(data=st.binary(max_size=400), coding=st.sampled_from(["gzip", "deflate", "br", "gzip, br"]))
def test_foreign_bytes_only_ever_raise_our_errors(data: bytes, coding: str) -> None:
    with contextlib.suppress(BadCoding, Truncated, TooLarge):
        decode(coding, data, limit=10_000)
