"""Trees against the plain recursive definition of RFC 9162, and paths against the trees."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.services.audit.seals import merkle


def recursive(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1, over leaves that are hashed already."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + recursive(leaves[:half]) + recursive(leaves[half:])).digest()


def some(count: int) -> list[bytes]:
    return [merkle.leaf(str(number).encode()) for number in range(count)]


def test_roots_of_every_small_size_are_those_of_the_definition() -> None:
    for count in range(70):
        assert merkle.root(some(count)) == recursive(some(count))


def test_the_example_of_certificate_transparency() -> None:
    """The empty tree and the tree of one empty leaf, as every implementation of the RFC has them."""
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root([merkle.leaf(b"")]).hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )


@settings(max_examples=50)
@given(st.integers(1, 200), st.data())
def test_a_path_leads_to_the_root_and_only_for_its_leaf_and_place(size: int, data: st.DataObject) -> None:
    leaves = some(size)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1))
    beside = merkle.path(leaves, index)
    root = merkle.root(leaves)
    assert merkle.root_by_path(leaves[index], index, size, beside) == root
    if other != index:
        assert merkle.root_by_path(leaves[other], index, size, beside) != root
        assert merkle.root_by_path(leaves[index], other, size, beside) != root
    assert merkle.root_by_path(leaves[index], index, size, (*beside, leaves[0])) is None
    if beside:
        assert merkle.root_by_path(leaves[index], index, size, beside[:-1]) is None
    assert merkle.root_by_path(leaves[index], size, size, beside) is None
