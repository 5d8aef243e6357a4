"""Heads of HTTP messages: read and written without changing a byte, kept as the house reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.message import head
from crawler.message.head import Head

HEAD = b"HTTP/1.1 200 OK\r\nServer: Quay\r\nX-Twice: a\r\nx-TWICE: b\r\n\r\n"

token = st.text("abcdefghij-XYZ0123456789", min_size=1, max_size=12).map(str.encode)
value = st.text(
    st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f"), max_size=20
).map(lambda text: text.encode("latin-1"))


def test_a_head_is_read_and_written_byte_for_byte() -> None:
    read = head.parse(HEAD)
    assert bytes(read) == HEAD
    assert read.line == b"HTTP/1.1 200 OK"
    assert read.fields == ((b"Server", b"Quay"), (b"X-Twice", b"a"), (b"x-TWICE", b"b"))


@given(st.lists(st.tuples(token, value), max_size=6))
def test_any_head_survives(fields: list[tuple[bytes, bytes]]) -> None:
    written = Head(b"GET / HTTP/1.1", tuple(fields))
    assert head.parse(bytes(written)) == written


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"HTTP/1.1 404 Not Found", 404),
        (b"HTTP/1.0 200", 200),
        (b"HTTP/1.1", 0),
        (b"", 0),
        (b"GET /x HTTP/1.1", 0),
    ],
)
def test_a_status_is_the_second_word_of_its_line(line: bytes, status: int) -> None:
    assert Head(line, ()).status == status


def test_fields_are_found_by_name_in_any_case() -> None:
    assert head.parse(HEAD).every("x-twice") == ["a", "b"]
    assert head.parse(HEAD).every("absent") == []


def test_a_line_without_a_colon_is_no_field() -> None:
    assert head.parse(b"HTTP/1.1 200 OK\r\nnonsense\r\nA:\tb \r\n\r\n").fields == ((b"A", b"b"),)


def test_fields_are_kept_in_lower_case_and_joined_where_they_may_be() -> None:
    fields = (
        (b"X-Twice", b"a"),
        (b"x-twice", b"b"),
        (b"ETag", b'"1"'),
        (b"etag", b'"2"'),
        (b"Set-Cookie", b"secret=1"),
        (b"Title", b"Gr\xf6\xdfe"),
    )
    assert Head(b"", fields).kept() == {
        "x-twice": "a, b",
        "etag": '"1"',
        "title": "Gr\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}e",
    }


def test_a_message_is_split_at_its_first_empty_line() -> None:
    read, body = head.split(HEAD + b"body\r\n\r\nmore")
    assert (read.status, body) == (200, b"body\r\n\r\nmore")
    with pytest.raises(ValueError, match="has no end"):
        head.split(b"HTTP/1.1 200 OK\r\nServer: Quay\r\n")
