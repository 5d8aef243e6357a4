"""A log's heads as signed notes (C2SP signed-note, tlog-checkpoint), and its keys as they are written.

So witnesses and tools of other transparency logs read them.  ``signing`` knows the cryptography.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from crawler.errors import LogError

ED25519 = 1  #: C2SP signed-note, signature types
LONGEST = 64_000  #: bytes of a note that are read
_NAME = re.compile(r"[^\s+]{1,200}")
_SIGNATURE = re.compile(r"— ([^\s+]{1,200}) ([A-Za-z0-9+/=]+)")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_PREFIX = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """An Ed25519 key to verify with, and the name it signs under."""

    name: str
    key: bytes  #: 32 bytes

    @property
    def id(self) -> bytes:
        """Four bytes that a signature names its key with."""
        return sha256(self.name.encode() + b"\n" + bytes([ED25519]) + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_text(bytes([ED25519]) + self.key)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A line below a note; it may be anybody's, of any kind."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"— {self.name} {_text(self.key_id + self.value)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A head: so many leaves, this root."""

    origin: str  #: the log's name
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()  #: lines that mean nothing to us

    def __str__(self) -> str:
        lines = (self.origin, str(self.size), _text(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text with signatures below it; without any it is a claim that nobody vouches for."""

    text: str  #: ends in a line feed; what is signed
    signatures: tuple[Signature, ...] = ()

    def __str__(self) -> str:
        return self.text + "\n" + "".join(f"{one}\n" for one in self.signatures)

    def signed(self, signatures: Iterable[Signature]) -> Note:
        """With further signatures; one that stands there already is not repeated."""
        new = tuple(one for one in signatures if one not in self.signatures)
        return replace(self, signatures=(*self.signatures, *new))

    def by(self, key: PublicKey) -> tuple[Signature, ...]:
        """The signatures that name a key, right or wrong."""
        return tuple(one for one in self.signatures if (one.name, one.key_id) == (key.name, key.id))


def parse_note(text: str | bytes) -> Note:
    """Read a note; raises ``LogError``."""
    if len(text) > LONGEST:
        raise LogError("this is no signed note: it is too long")
    try:
        text = text.decode() if isinstance(text, bytes) else text
        text.encode()
    except UnicodeError:
        raise LogError("this is no signed note: it is not UTF-8") from None
    if _CONTROL.search(text):
        raise LogError("this is no signed note: it has control characters")
    body, found, below = text.rpartition("\n\n")
    if not found or not body or (below and not below.endswith("\n")):
        raise LogError("this is no signed note: it has no empty line before its signatures")
    return Note(text=body + "\n", signatures=tuple(map(_signature, below.split("\n")[:-1])))


def _signature(line: str) -> Signature:
    match = _SIGNATURE.fullmatch(line)
    value = _bytes(match[2]) if match else None
    if match is None or value is None or len(value) < 5:
        raise LogError("this is no signed note: a line below its text is no signature")
    return Signature(name=match[1], key_id=value[:4], value=value[4:])


def parse(text: str) -> Checkpoint:
    """Read a note's text as a checkpoint; raises ``LogError``."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not lines[0] or "" in lines:
        raise LogError("this is no checkpoint: it needs an origin, a size and a root, each on its line")
    origin, size, root, *extensions = lines
    if not _NUMBER.fullmatch(size):
        raise LogError("this is no checkpoint: its second line is no size")
    hash = _bytes(root)
    if hash is None or len(hash) != 32:
        raise LogError("this is no checkpoint: its third line is no SHA-256 in base64")
    return Checkpoint(origin=origin, size=int(size), root=hash, extensions=tuple(extensions))


def parse_key(text: str) -> PublicKey:
    """Read a public key as ``crawler log keygen`` prints it; raises ``LogError``."""
    name, key = _key(text.strip())
    public = PublicKey(name=name, key=key)
    if str(public) != text.strip():
        raise LogError("this is no public key of a log: its parts do not belong together")
    return public


def _key(text: str) -> tuple[str, bytes]:
    """Name and bytes of ``name+id+base64``."""
    name, _, rest = text.partition("+")
    _, _, encoded = rest.partition("+")
    value = _bytes(encoded)
    if not _NAME.fullmatch(name) or value is None or len(value) != 33 or value[0] != ED25519:
        raise LogError("this is no Ed25519 key of a log: it is written name+id+base64")
    return name, value[1:]


def parse_secret(text: str) -> tuple[str, str, bytes]:
    """Name, key id (hexadecimal) and seed of a secret key; raises ``LogError``, which tells nothing of it."""
    rest = text.strip().removeprefix(_PREFIX)
    if rest == text.strip():
        raise LogError(f"this is no secret key of a log: it does not begin with {_PREFIX}")
    name, seed = _key(rest)
    return name, rest.split("+")[1], seed


def spell_secret(public: PublicKey, seed: bytes) -> str:
    """A secret key as it is kept in a file: what Go's ``note`` package reads."""
    return f"{_PREFIX}{public.name}+{public.id.hex()}+{_text(bytes([ED25519]) + seed)}"


def is_name(text: str) -> bool:
    """Whether a log may be called so: neither white space nor a plus."""
    return _NAME.fullmatch(text) is not None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes | None:
    """Base64 in its one spelling; None for anything else."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if _text(data) == text else None
