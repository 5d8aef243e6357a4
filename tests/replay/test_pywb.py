"""What was kept replays in pywb as it was sent."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

import pytest

from tests.archive.exchanges import BODY, coded
from tests.archive.test_warc_testimony import FILE, told
from tests.replay.checking import compare
from tests.replay.tools import Wayback, closed, run

pytestmark = [pytest.mark.pywb, pytest.mark.xdist_group("pywb")]
PAGE = "https://www.orbitwire.example/release/{}"


def test_every_answer_that_was_kept_is_replayed_byte_for_byte(served: Wayback, archive: Path) -> None:
    found = compare(served, closed(archive))
    assert found.wrong == []
    assert found.answers == 7


@pytest.mark.parametrize(("number", "coding"), [(1, ""), (2, "gzip"), (3, "deflate")])
def test_a_body_keeps_its_coding_and_its_headers(served: Wayback, number: int, coding: str) -> None:
    status, headers, body = served.raw(PAGE.format(number), f"2025022612000{number}")
    assert (status, headers.get("content-encoding", "")) == (200, coding)
    assert body == coded(BODY + b"%d" % number, coding)
    assert headers["content-type"] == "text/html; charset=utf-8"


def test_a_revisit_of_the_same_address_replays_the_body_of_the_first(served: Wayback) -> None:
    _, headers, body = served.raw(PAGE.format(1), "20250226130000")
    assert body == BODY + b"1"
    assert headers["memento-datetime"] == "Wed, 26 Feb 2025 13:00:00 GMT"


def test_a_revisit_of_another_address_replays_it_too(served: Wayback) -> None:
    status, headers, body = served.raw(PAGE.format(7), "20250226120007")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert gzip.decompress(body) == BODY + b"2"


def test_a_redirect_leads_to_what_it_led_to(served: Wayback) -> None:
    status, headers, _ = served.page(PAGE.format(8), "20250226120008")
    assert status == 301
    assert headers["location"].endswith(f"/{PAGE.format(2)}")
    stamp = headers["location"].split("/wires/")[1][:14]
    status, _, body = served.raw(PAGE.format(2), stamp)
    assert (status, gzip.decompress(body)) == (200, BODY + b"2")


def test_a_reader_is_shown_the_page_and_not_what_was_made_of_it(served: Wayback) -> None:
    """The testimony of the page is younger than the page, and must not stand in for it."""
    for number in (1, 2, 3):
        status, headers, body = served.page(PAGE.format(number), "20250226140000")
        text = body if headers.get("content-encoding") != "gzip" else gzip.decompress(body)
        text = zlib.decompress(text) if headers.get("content-encoding") == "deflate" else text
        assert (status, headers["content-type"].partition(";")[0]) == (200, "text/html")
        assert b"Lumen Harbor opens" in text
        assert b"+++" not in text
        assert b'"statement"' not in text


def test_the_archived_file_and_its_image_are_found_by_their_own_addresses(
    served: Wayback, archive: Path, tools: Path
) -> None:
    indexed = run(tools, "cdxj-indexer", *closed(archive)).stdout.splitlines()
    addresses = [json.loads(line.partition("{")[1] + line.partition("{")[2])["url"] for line in indexed]
    assert addresses.count(PAGE.format(1)) == 2  # the response and its revisit, nothing else
    status, headers, body = served.raw(told().image_address, "20250226130000")
    assert (status, headers["content-type"], body) == (200, "image/webp", told().image)
    own = f"https://archive.example/{_offset(archive)}/"
    status, headers, body = served.raw(own, "20250226130000")
    assert (status, headers["content-type"].partition(";")[0], body) == (200, "text/markdown", FILE)


def test_what_was_taken_down_is_not_found(served: Wayback, archive: Path, tools: Path) -> None:
    status, *_ = served.raw(PAGE.format(9), "20250226120009")
    assert status == 404
    indexed = run(tools, "cdxj-indexer", *closed(archive)).stdout
    assert PAGE.format(9) not in indexed


def test_the_tools_own_check_is_clean(archive: Path, tools: Path) -> None:
    checked = run(tools, "warcio", "check", *closed(archive))
    assert (checked.returncode, checked.stdout) == (0, "")


def _offset(archive: Path) -> int:
    """Where the first page lies: its testimony's address was made of that."""
    [index] = (archive / "warc").rglob("*.cdxj")
    lines = [json.loads(line[line.index("{") :]) for line in index.read_text().splitlines()]
    return min(int(line["offset"]) for line in lines if line["url"] == PAGE.format(1))
