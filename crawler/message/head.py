"""The head of an HTTP message: a start line and its fields, as bytes and as the house keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_COOKIES = frozenset({"set-cookie", "set-cookie2"})
_SINGLE = frozenset(
    {"etag", "last-modified", "location", "content-type", "content-length", "retry-after", "date", "expires"}
)

Field = tuple[bytes, bytes]  #: name and value, as on the wire


@dataclass(frozen=True, slots=True)
class Head:
    """A start line and the fields after it, in their order."""

    line: bytes
    fields: tuple[Field, ...]

    def __bytes__(self) -> bytes:
        """As it goes over the wire (RFC 9112 §2.1), the empty line included."""
        lines = [self.line, *(name + b": " + value for name, value in self.fields)]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    @property
    def status(self) -> int:
        """The status of a response's head; 0 where it has none."""
        part = self.line.split(b" ", 2)[1:2]
        return int(part[0]) if part and part[0].isdigit() else 0

    def every(self, name: str) -> list[str]:
        """The values of all fields of this name (in lower case)."""
        return [text(value) for key, value in self.fields if key.lower() == name.encode()]

    def kept(self) -> dict[str, str]:
        """As ``kept``, of these fields."""
        return kept((text(name), text(value)) for name, value in self.fields)


def parse(data: bytes) -> Head:
    """Read what ``bytes(Head)`` wrote; lines without a colon are no fields."""
    line, _, rest = data.partition(b"\r\n")
    fields = []
    for one in rest.split(b"\r\n"):
        name, colon, value = one.partition(b":")
        if colon:
            fields.append((name, value.strip(b" \t")))
    return Head(line, tuple(fields))


def split(block: bytes) -> tuple[Head, bytes]:
    """A message's head and what follows it; raises ``ValueError`` where no empty line ends the head."""
    head, end, body = block.partition(b"\r\n\r\n")
    if not end:
        raise ValueError("the head of the message has no end")
    return parse(head), body


def kept(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names in lower case; of fields that have one value only, the first; cookies left out."""
    headers: dict[str, str] = {}
    for name, value in fields:
        key = name.lower()
        if key in _COOKIES:
            continue
        readable = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        if key in _SINGLE or key not in headers:
            headers.setdefault(key, readable)
        else:
            headers[key] = f"{headers[key]}, {readable}"
    return headers


def text(value: bytes) -> str:
    """A name or value as text; bytes that are no UTF-8 as lone surrogates."""
    return value.decode("utf-8", "surrogateescape")
