"""Merkle trees over an append-only log: RFC 9162 §2.1, which is RFC 6962's hashing with SHA-256.

``logbook`` grows and proves with it; ``proof`` checks with it, without any archive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

WIDTH = 32  #: bytes of a hash
EMPTY_ROOT = sha256(b"").digest()  #: of a tree without leaves

Path = tuple[bytes, ...]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf: a prefix of its own keeps a node from being passed off as one."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactRange:
    """All that appending and the root need of the first ``size`` leaves: one hash for each bit of ``size``."""

    size: int
    hashes: Path  #: of the perfect subtrees side by side, the largest first

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"{len(self.hashes)} hashes are no compact range of {self.size} leaves")

    def append(self, leaf: bytes) -> CompactRange:
        """With one more leaf, given by its hash; O(log size)."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> CompactRange:
        """With more leaves; two hashes a leaf at most, on average."""
        size, hashes = self.size, list(self.hashes)
        for leaf in leaves:
            node, carry = leaf, size
            while carry & 1:
                node = node_hash(hashes.pop(), node)
                carry >>= 1
            hashes.append(node)
            size += 1
        return CompactRange(size=size, hashes=tuple(hashes))

    def root(self) -> bytes:
        """The root of the tree."""
        if not self.hashes:
            return EMPTY_ROOT
        *rest, node = self.hashes
        for hash in reversed(rest):
            node = node_hash(hash, node)
        return node


EMPTY = CompactRange(size=0, hashes=())


class Tree:
    """The nodes of a log from ``after`` on: roots, audit paths and consistency proofs.

    What lies before ``after`` is known by its compact range alone, which is enough for the paths of all
    later leaves.  64 bytes a leaf.
    """

    def __init__(self, leaves: Iterable[bytes], after: CompactRange = EMPTY) -> None:
        self._after = after
        levels = [bytearray().join(leaves)]
        self.size = after.size + len(levels[0]) // WIDTH
        peaks = list(after.hashes)
        while True:
            height = len(levels) - 1
            if after.size >> height & 1:
                levels[-1][:0] = peaks.pop()
            if self.size >> height <= 1:
                break
            levels.append(_parents(levels[-1]))
        self._levels = levels

    def root(self, size: int | None = None) -> bytes:
        """Of the first ``size`` leaves; raises ``ValueError`` for a size before ``after`` or beyond the end."""
        size = self._known(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> Path:
        """The audit path of a leaf (RFC 9162 §2.1.3.1); raises ``ValueError`` for one that is not known."""
        size = self._known(size)
        if not self._after.size <= index < size:
            raise ValueError(f"leaf {index} is not among those from {self._after.size} to {size}")
        path, first, end = [], 0, size
        while end - first > 1:
            middle = first + _split(end - first)
            if index < middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(first, middle))
                first = middle
        return tuple(reversed(path))

    def consistency(self, older: int, size: int | None = None) -> Path:
        """That the first ``older`` leaves are a prefix (RFC 9162 §2.1.4.1)."""
        size = self._known(size)
        if not self._after.size <= older <= size:
            raise ValueError(f"there is no older tree of {older} leaves")
        if older == 0:
            return ()
        path, first, end, whole = [], 0, size, True
        while end != older:
            middle = first + _split(end - first)
            if older <= middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(first, middle))
                first, whole = middle, False
        return tuple(reversed(path if whole else [*path, self._subtree(first, end)]))

    def _known(self, size: int | None) -> int:
        size = self.size if size is None else size
        if not self._after.size <= size <= self.size:
            raise ValueError(
                f"a tree of {size} leaves is not among those from {self._after.size} to {self.size}"
            )
        return size

    def _subtree(self, first: int, end: int) -> bytes:
        """The hash over some leaves that stand below one node."""
        count = end - first
        if count & (count - 1) == 0:
            height = count.bit_length() - 1
            level, place = self._levels[height], (first >> height) - self._first(height)
            return bytes(level[place * WIDTH : (place + 1) * WIDTH])
        middle = first + _split(count)
        return node_hash(self._subtree(first, middle), self._subtree(middle, end))

    def _first(self, height: int) -> int:
        """Number of the first node that is kept at a height: always an even one."""
        return self._after.size >> height & ~1


def _parents(level: bytearray) -> bytearray:
    pairs = range(0, len(level) - 2 * WIDTH + 1, 2 * WIDTH)
    return bytearray().join(sha256(b"\x01" + level[at : at + 2 * WIDTH]).digest() for at in pairs)


def _split(count: int) -> int:
    """The largest power of two smaller than ``count``, which is at least 2."""
    return 1 << (count - 1).bit_length() - 1


# --------------------------------------------------------------------------- checking


def root_of_path(leaf: bytes, index: int, size: int, path: Path) -> bytes:
    """The root that an audit path leads to (RFC 9162 §2.1.3.2); raises ``ValueError`` for a path that fits no tree."""
    if not 0 <= index < size:
        raise ValueError(f"a log of {size} leaves has no leaf {index}")
    node, place, last = leaf, index, size - 1
    for hash in path:
        if last == 0:
            raise ValueError("the path is too long")
        if place & 1 or place == last:
            node = node_hash(hash, node)
            while not place & 1:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, hash)
        place, last = place >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return node


def includes(root: bytes, leaf: bytes, index: int, size: int, path: Path) -> bool:
    """Whether a tree of ``size`` leaves with this root has this leaf at ``index``."""
    try:
        return root_of_path(leaf, index, size, path) == root
    except ValueError:
        return False


def is_consistent(older: int, size: int, older_root: bytes, root: bytes, path: Path) -> bool:
    """Whether the older tree is a prefix of the newer one (RFC 9162 §2.1.4.2)."""
    if not 0 <= older <= size:
        return False
    if older in {0, size}:
        return not path and older_root == (EMPTY_ROOT if older == 0 else root)
    place, last, rest = older - 1, size - 1, list(path)
    while place & 1:
        place, last = place >> 1, last >> 1
    if place == 0:  # the older tree is perfect: its root stands in the newer one
        rest.insert(0, older_root)
    if not rest:
        return False
    return _climb(rest, place, last) == (older_root, root)


def _climb(path: list[bytes], place: int, last: int) -> tuple[bytes, bytes] | None:
    """The roots of both trees; None for a path of the wrong length."""
    old = new = path[0]
    for hash in path[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = node_hash(hash, old), node_hash(hash, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, hash)
        place, last = place >> 1, last >> 1
    return None if last else (old, new)
