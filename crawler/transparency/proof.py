"""That a revision is in the log, as a small JSON file that anybody can check without the archive.

``logbook`` makes it, ``crawler log check`` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawler.errors import LogError
from crawler.transparency import checkpoint, merkle

FORMAT = "crawler-log-proof/1"
LONGEST = 4_000_000  #: bytes of a proof that are read


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A statement, its place in the log, and the way from there to a head's root."""

    statement: str  #: the very text that was hashed
    index: int  #: of the leaf, 0 for the first
    size: int
    path: merkle.Path
    checkpoint: str  #: the signed note


def render(proof: Proof) -> bytes:
    """The proof's file."""
    told = {
        "format": FORMAT,
        "statement": proof.statement,
        "index": proof.index,
        "size": proof.size,
        "path": [hash.hex() for hash in proof.path],
        "checkpoint": proof.checkpoint,
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def parse(data: bytes) -> Proof:
    """Read a proof; raises ``LogError``."""
    if len(data) > LONGEST:
        raise LogError("this is no proof: it is too long")
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise LogError("this is no proof: it is not JSON") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise LogError(f"this is no proof of the form {FORMAT}")
    if not _is_whole(told):
        raise LogError("this is no proof: a part of it is missing or is not what it should be")
    return Proof(
        statement=told["statement"],
        index=told["index"],
        size=told["size"],
        path=tuple(bytes.fromhex(hash) for hash in told["path"]),
        checkpoint=told["checkpoint"],
    )


def _is_whole(told: Mapping[str, Any]) -> bool:
    texts = all(isinstance(told.get(key), str) for key in ("statement", "checkpoint"))
    numbers = all(type(told.get(key)) is int for key in ("index", "size"))
    path = told.get("path")
    return texts and numbers and isinstance(path, list) and len(path) <= 64 and all(map(_is_hash, path))


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def check(proof: Proof) -> tuple[checkpoint.Note, checkpoint.Checkpoint]:
    """That the statement is a leaf below the checkpoint's root; raises ``LogError``.

    Who signed the checkpoint is another question: it is returned to be asked.
    """
    note = checkpoint.parse_note(proof.checkpoint)
    head = checkpoint.parse(note.text)
    if head.size != proof.size:
        raise LogError(
            f"the proof is for a log of {proof.size} leaves, its checkpoint for one of {head.size}"
        )
    try:
        leaf = merkle.leaf_hash(proof.statement.encode())
        root = merkle.root_of_path(leaf, proof.index, proof.size, proof.path)
    except (ValueError, UnicodeError) as error:
        raise LogError(f"the proof does not hold: {error}") from None
    if root != head.root:
        raise LogError("the proof does not hold: this statement is not what the log has in this place")
    return note, head


def path(source_key: str, code: str) -> str:
    """Where an article's proof is published: ``static/<source>/proof/<code>.json``."""
    return f"static/{source_key}/proof/{code}.json"
