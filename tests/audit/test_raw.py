"""Raw records against their rows, and what is kept of revisions against theirs."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.audit import raw
from crawler.audit import testimonies as kept_revisions
from crawler.audit.codes import CODES
from crawler.audit.facts import RawGap
from crawler.audit.testimonies import revision, stated
from crawler.model import Finding
from tests.audit.samples import DRAWN, FIRST, RAW, SECOND, conversion, record, row

OTHER = "9" * 64


def codes(found: object) -> list[str]:
    return [one.code for one in found]  # type: ignore[attr-defined]


def test_d51_bytes_that_are_no_record_are_named_by_where_they_are() -> None:
    middle = raw.gap(RAW, RawGap(offset=5, end=9, trouble="broken"), is_open=False)
    end = raw.gap(RAW, RawGap(offset=5, end=9, trouble="broken", torn=True), is_open=False)
    odd = raw.gap(RAW, RawGap(offset=5, end=9, trouble="odd", harmless=True), is_open=False)
    assert middle
    assert end
    assert odd
    assert [middle.code, end.code, odd.code] == ["F302", "F303", "F305"]
    assert middle.where == f"{RAW}:5"
    assert raw.gap(RAW, RawGap(offset=5, end=9, trouble="", torn=True), is_open=True) is None


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"trouble": "cut"}, ["F305"]),
        ({"written": "odd"}, ["F305"]),
        ({"block_found": OTHER}, ["F304"]),
        ({"block": ""}, ["F304"]),
        ({"payload_found": OTHER}, ["F304"]),
        ({"payload_found": None}, []),
        ({"payload": ""}, []),
        ({"type": ""}, []),
    ],
)
def test_d51_a_record_has_the_digests_that_it_tells(changes: dict[str, Any], found: list[str]) -> None:
    assert codes(raw.record(RAW, record(**changes))) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"size": 901}, ["F307"]),
        ({"type": "revisit"}, ["F307"]),
        ({"sha256": OTHER}, ["F307"]),
        ({"url": "https://stand.example/other"}, ["F307"]),
        ({"fetch_at": None}, []),
        ({"fetch_at": "2026-03-03T09:30:01.000000Z"}, ["F319"]),
    ],
)
def test_d51_a_row_says_what_its_record_is(changes: dict[str, Any], found: list[str]) -> None:
    assert codes(raw.rows(RAW, record(), [row(**changes)])) == found


def test_d51_two_rows_of_one_record_are_named() -> None:
    assert codes(raw.rows(RAW, record(), [row(), row(id=33)])) == ["F318"]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"fetch_url": "https://stand.example/other"}, ["F319"]),
        ({"fetch_url": None}, ["F319"]),
        ({"refers_to": 30, "first_type": "response", "first_sha256": "b" * 64}, ["F319"]),
        ({"revision_id": 22}, ["F319"]),
        ({"type": "revisit"}, []),
        ({"type": "revisit", "refers_to": 30, "first_type": "response", "first_sha256": "b" * 64}, []),
        ({"type": "revisit", "refers_to": 30, "first_type": "response", "first_sha256": OTHER}, ["F319"]),
        ({"type": "revisit", "refers_to": 30, "first_type": "revisit", "first_sha256": "b" * 64}, ["F319"]),
        ({"type": "revisit", "first_sha256": "b" * 64}, ["F319"]),
        ({"type": "removed", "refers_to": 30, "revision_id": 22}, []),
    ],
)
def test_d51_a_row_refers_to_what_it_must(changes: dict[str, Any], found: list[str]) -> None:
    assert codes(raw.references(row(**changes), forsaken=False)) == found


def test_d51_a_record_that_lost_its_fetch_is_named_where_a_fetch_waits_for_it() -> None:
    lost = row(fetch_id=None, fetch_url=None, fetch_at=None)
    assert codes(raw.references(lost, forsaken=True)) == ["F319"]
    assert codes(raw.references(lost, forsaken=False)) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"revision_id": None}, ["F319"]),
        ({"revision_sha256": OTHER}, ["F315"]),
        ({"sha256": OTHER}, ["F315"]),
    ],
)
def test_d51_what_is_kept_of_a_revision_is_its_file(changes: dict[str, Any], found: list[str]) -> None:
    assert codes(raw.references(conversion(**changes), forsaken=False)) == found


def test_absent_lost_and_unresolved_records_are_named() -> None:
    assert raw.absent(row(), "gone").where == "warc_records:31"
    assert raw.lost(RAW, record(), forsaken=True).code == "F308"
    assert raw.lost(RAW, record(), forsaken=False).severity == "notice"
    assert raw.unresolved(RAW, record(type="revisit", first=("warc/a.warc.gz", 3, OTHER))).code == "F310"
    assert "nowhere" in raw.unresolved(RAW, record(type="revisit")).what


def test_what_was_taken_down_left_a_stone_of_the_same_length() -> None:
    down = row(type="removed")
    text = b"removed: taken down\r\nwas: response\r\nsha256: " + b"b" * 64 + b"\r\npadding: ..\r\n"
    stone = record(type="metadata", text=text, payload=OTHER, payload_found=OTHER)
    assert stone.is_tombstone
    assert codes(raw.rows(RAW, stone, [down])) == []
    assert codes(raw.rows(RAW, record(), [down])) == ["F307"]
    assert codes(raw.rows(RAW, record(type="metadata", text=text, length=8), [down])) == ["F307"]
    assert codes(raw.rows(RAW, record(type="metadata", text=text.replace(b"b" * 64, b"c" * 64)), [down])) == [
        "F307"
    ]


# --------------------------------------------------------------------------- testimonies

TEXT = f"statement: {conversion().statement}\r\ndetail: {{}}\r\n".encode()


def judged(*looks: Any, known: Any = None) -> list[Finding]:
    testimonies, found = kept_revisions.Testimonies(RAW), []
    for one in looks:
        found += list(testimonies.judge(one, known if one.type == "conversion" else None))
    return found + list(testimonies.end())


def kept(**changes: Any) -> list[Any]:
    """The three records of a revision."""
    return [
        record(type="conversion", payload=SECOND),
        record(type="resource", payload=changes.get("image", DRAWN)),
        record(type="metadata", text=changes.get("text", TEXT)),
    ]


def test_d51_image_and_statement_behind_a_revision_are_its_rows() -> None:
    assert judged(*kept(), known=conversion()) == []
    assert codes(judged(*kept(image=OTHER), known=conversion())) == ["F315"]
    assert codes(judged(*kept(text=TEXT.replace(b"Stand", b"Wood")), known=conversion())) == ["F315"]
    assert codes(judged(*kept(), known=conversion(statement=None))) == ["F315"]
    assert judged(*kept(), known=conversion(revision_sha256=None)) == []
    assert judged(*kept(image=OTHER), known=None) == []


def test_d51_image_and_statement_stand_right_behind_their_revision() -> None:
    one, image, told = kept()
    assert codes(judged(one, image, known=conversion())) == ["F315"]
    assert codes(judged(one, told, image, known=conversion())) == ["F315"]
    assert codes(judged(one, one, image, told, known=conversion())) == ["F315"]
    assert judged(image, told, known=conversion()) == []
    assert judged(one, known=None) == []
    stone = record(type="metadata", text=b"removed: taken down\r\nwas: metadata\r\n")
    assert judged(one, image, stone, known=conversion()) == []


def test_a_statement_is_read_out_of_its_record() -> None:
    assert stated(TEXT) == conversion().statement
    assert revision(TEXT) == (7, 2)
    assert stated(b"via: https://stand.example/feed\r\nkind: page\r\n") is None
    assert revision(b"statement: []\r\n") is None
    assert revision(b"statement: {\r\n") is None
    assert revision(b"") is None
    assert revision(b'statement: {"article":99999999999999999999,"revision":1}\r\n') is None


def test_every_kind_of_finding_has_a_cure_and_a_code_of_its_own() -> None:
    assert all(kind.cure and kind.title for kind in CODES.values())
    assert len({kind.title for kind in CODES.values()}) == len(CODES)
    assert FIRST != SECOND
