"""Proof files: what holds, and what is said of one that does not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import LogError
from crawler.transparency import merkle, proof
from crawler.transparency.checkpoint import Checkpoint, Note
from crawler.transparency.proof import Proof

STATEMENTS = [f'{{"article":{number}}}' for number in range(7)]
TREE = merkle.Tree(merkle.leaf_hash(text.encode()) for text in STATEMENTS)
HEAD = Checkpoint(origin="example.org/wires", size=7, root=TREE.root())


def made(index: int = 3) -> Proof:
    return Proof(
        statement=STATEMENTS[index],
        index=index,
        size=7,
        path=TREE.inclusion(index),
        checkpoint=str(Note(text=str(HEAD))),
    )


@given(st.integers(0, 6))
def test_a_proof_is_read_as_it_was_written_and_holds(index: int) -> None:
    told = made(index)
    assert proof.parse(proof.render(told)) == told
    note, head = proof.check(told)
    assert (head, note.signatures) == (HEAD, ())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"statement": '{"article":4}'}, "this statement is not what the log has in this place"),
        ({"statement": "\ud800"}, "does not hold"),
        ({"index": 2}, "this statement is not what the log has"),
        ({"index": 7}, "a log of 7 leaves has no leaf 7"),
        ({"index": -1}, "a log of 7 leaves has no leaf -1"),
        ({"size": 8}, "the proof is for a log of 8 leaves, its checkpoint for one of 7"),
        ({"path": TREE.inclusion(3)[:-1]}, "the path is too short"),
        ({"path": (*TREE.inclusion(3), b"x" * 32)}, "the path is too long"),
        ({"path": TREE.inclusion(2)}, "this statement is not what the log has"),
        ({"checkpoint": "no note"}, "no signed note"),
        ({"checkpoint": "no\ncheckpoint\n\n"}, "no checkpoint"),
        ({"checkpoint": str(Note(text=str(replace(HEAD, root=b"x" * 32))))}, "this statement is not what"),
    ],
)
def test_a_proof_that_was_changed_anywhere_does_not_hold(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(LogError, match=why):
        proof.check(replace(made(), **changes))


def test_a_proof_of_one_leaf_needs_no_path() -> None:
    leaf = merkle.leaf_hash(b"{}")
    note = Note(text=str(Checkpoint(origin="a", size=1, root=leaf)))
    proof.check(Proof(statement="{}", index=0, size=1, path=(), checkpoint=str(note)))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": "crawler-log-proof/2"}, "no proof of the form"),
        ({"statement": None}, "a part of it is missing"),
        ({"index": "3"}, "a part of it is missing"),
        ({"index": True}, "a part of it is missing"),
        ({"path": "aa"}, "a part of it is missing"),
        ({"path": ["aa"]}, "a part of it is missing"),
        ({"path": ["G" * 64]}, "a part of it is missing"),
        ({"path": [7]}, "a part of it is missing"),
        ({"path": ["a" * 64] * 65}, "a part of it is missing"),
        ({"checkpoint": 7}, "a part of it is missing"),
    ],
)
def test_what_is_no_proof_is_told(changes: dict[str, Any], why: str) -> None:
    told = json.loads(proof.render(made())) | changes
    with pytest.raises(LogError, match=why):
        proof.parse(json.dumps(told).encode())


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no proof of the form"),
        (b" " * 5_000_000, "too long"),
    ],
)
def test_what_is_no_json_is_told(data: bytes, why: str) -> None:
    with pytest.raises(LogError, match=why):
        proof.parse(data)


def test_a_proof_lies_where_the_site_serves_it() -> None:
    assert proof.path("orbitwire", "poemx1IL") == "static/orbitwire/proof/poemx1IL.json"
