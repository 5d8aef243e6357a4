"""Signed notes and checkpoints, as other transparency logs' tools write and read them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import LogError
from crawler.transparency import checkpoint
from crawler.transparency.checkpoint import Checkpoint, Note, PublicKey, Signature

#: The example of the documentation of Go's golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
HEAD = Checkpoint(origin="example.org/wires", size=62, root=b"r" * 32)
SIGNED = Signature(name="example.org/wires", key_id=b"1234", value=b"s" * 64)

names = st.text(st.characters(categories=("L", "N"), include_characters="./-"), min_size=1, max_size=40)


def test_a_note_and_a_key_of_another_program_are_read_and_written_byte_for_byte() -> None:
    key, note = checkpoint.parse_key(GO_KEY), checkpoint.parse_note(GO_NOTE)
    assert (str(key), str(note)) == (GO_KEY, GO_NOTE)
    assert key.id.hex() == "c74f20a3"
    assert len(note.by(key)) == 1


def test_a_checkpoint_is_origin_size_and_root_each_on_its_line() -> None:
    assert str(HEAD) == f"example.org/wires\n62\n{base64.b64encode(b'r' * 32).decode()}\n"
    assert checkpoint.parse(str(HEAD)) == HEAD


@given(names, st.integers(0, 10**17), st.binary(min_size=32, max_size=32), st.lists(names, max_size=2))
def test_what_is_written_is_read_again(origin: str, size: int, root: bytes, more: list[str]) -> None:
    told = Checkpoint(origin=origin, size=size, root=root, extensions=tuple(more))
    note = Note(text=str(told)).signed([SIGNED]).signed([SIGNED])
    again = checkpoint.parse_note(str(note).encode())
    assert again == note
    assert checkpoint.parse(again.text) == told
    assert again.signatures == (SIGNED,)


def test_an_unsigned_note_ends_in_an_empty_line() -> None:
    note = Note(text=str(HEAD))
    assert str(note).endswith("=\n\n")
    assert checkpoint.parse_note(str(note)) == note


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_nothing_that_is_no_note_is_taken_for_one(junk: str | bytes) -> None:
    try:
        note = checkpoint.parse_note(junk)
    except LogError:
        return
    assert str(note) == (junk if isinstance(junk, str) else junk.decode())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x" * 70_000, "too long"),
        (b"\xff\n\n", "not UTF-8"),
        ("\ud800\n\n", "not UTF-8"),
        ("a\x00\n\n", "control characters"),
        ("a\n— n AAAAAAAAAAA=\n", "no empty line"),
        ("\n\n— n AAAAAAAAAAA=\n", "no empty line"),
        ("a\n\n— n AAAAAAAAAAA=", "no empty line"),
        ("a\n\n- n AAAAAAAAAAA=\n", "no signature"),
        ("a\n\n— n AAAA\n", "no signature"),
        ("a\n\n— n AAAAAAAAAAA\n", "no signature"),
        ("a\n\n— n AAAAAAAAAAB=\n", "no signature"),
    ],
)
def test_what_is_wrong_with_a_note_is_said(text: str | bytes, why: str) -> None:
    with pytest.raises(LogError, match=why):
        checkpoint.parse_note(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a\n1\n", "each on its line"),
        ("\n1\nAA==\n", "each on its line"),
        ("a\n1\nAA==\n\nx\n", "each on its line"),
        ("a\n01\nAA==\n", "no size"),
        ("a\n-1\nAA==\n", "no size"),
        ("a\n" + "9" * 30 + "\nAA==\n", "no size"),
        ("a\n1\nAA==\n", "no SHA-256"),
        ("a\n1\nÄ\n", "no SHA-256"),
    ],
)
def test_what_is_wrong_with_a_checkpoint_is_said(text: str, why: str) -> None:
    with pytest.raises(LogError, match=why):
        checkpoint.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+c74f20a3+ARpc",
        GO_KEY.replace("PeterNeumann", "Peter Neumann"),
        GO_KEY.replace("PeterNeumann", "Other"),
        GO_KEY.replace("+ARpc", "+AhpC"),
        GO_KEY[:-1] + "%",
    ],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(LogError, match="key of a log"):
        checkpoint.parse_key(text)


def test_a_secret_key_is_spelled_as_go_reads_it() -> None:
    public = PublicKey(name="example.org/wires", key=b"p" * 32)
    text = checkpoint.spell_secret(public, b"s" * 32)
    assert text.startswith(f"PRIVATE+KEY+example.org/wires+{public.id.hex()}+")
    assert checkpoint.parse_secret(f"{text}\n") == ("example.org/wires", public.id.hex(), b"s" * 32)


def test_an_error_tells_nothing_of_a_secret() -> None:
    for text in ("hunter2hunter2", "PRIVATE+KEY+hunter2+00000000+hunter2"):
        with pytest.raises(LogError) as refused:
            checkpoint.parse_secret(text)
        assert "hunter2" not in str(refused.value)


def test_a_log_is_called_something_without_white_space_and_plus() -> None:
    assert checkpoint.is_name("example.org/wires")
    assert not any(map(checkpoint.is_name, ("", "a b", "a+b", "a\nb", "x" * 201)))
