"""Merkle trees: the vectors of RFC 6962's reference implementation, and what must hold of any log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.transparency import merkle
from crawler.transparency.merkle import (
    EMPTY,
    EMPTY_ROOT,
    CompactRange,
    Tree,
    includes,
    is_consistent,
    leaf_hash,
    node_hash,
)

#: The inputs of Certificate Transparency's own tests, and the roots over the first one, two, … of them.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(data) for data in INPUTS]
OTHER = b"\xff" * 32

sizes = st.integers(0, 70)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4)) for number in range(count)]


def root(hashes: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word for word."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(root(hashes[:split]), root(hashes[split:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference_implementation(size: int) -> None:
    assert EMPTY.extend(LEAVES[:size]).root().hex() == ROOTS[size - 1]
    assert Tree(LEAVES).root(size).hex() == ROOTS[size - 1]


def test_an_empty_log_has_the_hash_of_nothing() -> None:
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert EMPTY.root().hex() == Tree([]).root().hex() == nothing


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [  # of the reference implementation
        (0, 1, []),
        (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
        (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (1, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
    ],
)  # fmt: skip
def test_audit_paths_are_those_of_the_reference_implementation(
    index: int, size: int, path: list[str]
) -> None:
    assert [hash.hex() for hash in Tree(LEAVES).inclusion(index, size)] == path


@pytest.mark.parametrize(
    ("older", "size", "path"),
    [  # of the reference implementation
        (1, 1, []),
        (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
        (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
        (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
    ],
)  # fmt: skip
def test_consistency_proofs_are_those_of_the_reference_implementation(
    older: int, size: int, path: list[str]
) -> None:
    assert [hash.hex() for hash in Tree(LEAVES).consistency(older, size)] == path


@given(sizes, sizes)
def test_a_compact_range_grows_to_the_same_root_in_any_steps(first: int, more: int) -> None:
    told = leaves(first + more)
    grown = EMPTY.extend(told[:first])
    for leaf in told[first:]:
        grown = grown.append(leaf)
    assert grown == EMPTY.extend(told)
    assert grown.root() == root(told)
    assert len(grown.hashes) == grown.size.bit_count()


@given(st.data())
def test_every_leaf_is_proven_in_every_later_tree_and_nothing_else_is(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 70))
    size = data.draw(st.integers(1, count))
    index = data.draw(st.integers(0, size - 1))
    known = data.draw(st.integers(0, index))
    told = leaves(count)
    path = Tree(told[known:], EMPTY.extend(told[:known])).inclusion(index, size)
    top = root(told[:size])
    assert includes(top, told[index], index, size, path)
    assert not includes(top, OTHER, index, size, path)
    assert not includes(OTHER, told[index], index, size, path)
    assert not includes(top, told[index], index, size, (*path, OTHER))
    assert not path or not includes(top, told[index], index, size, path[:-1])
    assert not path or not includes(top, told[index], index ^ 1, size, path)
    assert not includes(top, told[index], size, size, path)
    assert not includes(top, told[index], -1, size, path)


@given(st.data())
def test_every_older_tree_is_proven_a_prefix_and_no_other_is(data: st.DataObject) -> None:
    count = data.draw(st.integers(0, 70))
    size = data.draw(st.integers(0, count))
    older = data.draw(st.integers(0, size))
    known = data.draw(st.integers(0, older))
    told = leaves(count)
    tree = Tree(told[known:], EMPTY.extend(told[:known]))
    path, before, after = tree.consistency(older, size), root(told[:older]), root(told[:size])
    assert tree.root(size) == after
    assert is_consistent(older, size, before, after, path)
    assert not is_consistent(older, size, OTHER, after, path)
    assert not is_consistent(older, size, before, after, (*path, OTHER))
    if 0 < older < size:
        assert not is_consistent(older, size, before, OTHER, path)
        assert not is_consistent(older, size, before, after, path[:-1])
        assert not is_consistent(older, size, before, after, ())


def test_a_longer_log_is_no_prefix_of_a_shorter_one() -> None:
    assert not is_consistent(3, 2, OTHER, OTHER, ())
    assert not is_consistent(-1, 2, OTHER, OTHER, ())


def test_a_leaf_cannot_be_passed_off_as_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_a_tree_knows_nothing_before_its_compact_range() -> None:
    tree = Tree(LEAVES[3:], EMPTY.extend(LEAVES[:3]))
    for asked in (lambda: tree.inclusion(2), lambda: tree.root(2), lambda: tree.consistency(2)):
        with pytest.raises(ValueError, match=r"leaf|leaves"):
            asked()


def test_a_compact_range_has_one_hash_for_each_bit_of_its_size() -> None:
    with pytest.raises(ValueError, match="2 hashes are no compact range of 4 leaves"):
        CompactRange(size=4, hashes=(OTHER, OTHER))


def test_appending_costs_the_logarithm_of_the_size() -> None:
    grown = EMPTY.extend(leaves(1000))
    assert len(grown.hashes) <= 10
    assert merkle.WIDTH * len(grown.hashes) < 400  # bytes of state, whatever the size


def test_another_implementation_finds_the_same_roots_and_paths() -> None:
    pymerkle = pytest.importorskip("pymerkle", reason="pymerkle is not installed")
    other = pymerkle.InmemoryTree(algorithm="sha256")
    for number in range(300):
        other.append_entry(number.to_bytes(4))
    tree = Tree(leaves(300))
    for size in range(1, 301):
        assert other.get_root(size) == tree.root(size)
    for index in range(0, 300, 7):
        theirs = other.prove_inclusion(index + 1, 300).path[1:]
        assert tuple(theirs) == tree.inclusion(index, 300)
