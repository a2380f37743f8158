"""Compressing, encrypting and hashing: how contents become the bytes of an object, and back.

An object's contents are zstd frames. In an encrypted store they are sealed with age, to the recipients that
`store.json` lists; whoever writes needs their public keys only. The hash of the contents is part of the object's name,
and, where it is sealed, so is a hash of the stored bytes: both are BLAKE3, keyed with the naming key in an encrypted
store, so that names tell nothing to whoever keeps the store, and everything can be checked without the private key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO, Final

import zstandard
from blake3 import blake3

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.services.backup.store import layout
from steward_app.services.backup.store.model import OpenStore
from steward_app.storage import age, read_chunks
from steward_app.storage.age import Identity
from steward_app.storage.disk import translated

LEVEL: Final = 3
_CHUNK_BYTES = 1 << 20
_SEALED_CHUNK = 64 << 10  # age seals 64 KiB at a time, each with 16 bytes of tag
_SEALED_HEADER = 100  # less than any header and nonce of age
_SEALED_HEADER_MOST = 4 << 20  # to more recipients than a description can list


def new_hash(key: bytes | None) -> blake3:
    """A hash to feed, keyed where there is a key."""
    return blake3(key=key) if key else blake3()


def digest(data: bytes | memoryview, key: bytes | None) -> bytes:
    """BLAKE3, 32 bytes, keyed where there is a key."""
    return blake3(data, key=key).digest() if key else blake3(data).digest()


def file_digest(path: Path, key: bytes | None) -> bytes:
    """BLAKE3 of a file of ours, a piece at a time."""
    hashed = new_hash(key)
    for chunk in read_chunks(path):
        hashed.update(chunk)
    return hashed.digest()


def verify_name(name: str, stored: bytes, naming_key: bytes | None) -> bool:
    """Whether an object's stored bytes are what its name says. Needs no private key.

    Args:
        naming_key: of an encrypted store; None where it is not encrypted.

    Raises ValueError for a name that carries no hash.
    """
    return _matches(name, digest(stored, naming_key), naming_key)


def verify_file(name: str, path: Path, naming_key: bytes | None) -> bool:
    """As `verify_name`, for stored bytes in a file."""
    return _matches(name, file_digest(path, naming_key), naming_key)


def _matches(name: str, hashed: bytes, naming_key: bytes | None) -> bool:
    hashes = layout.hashes_in(name)
    if hashes is None:
        raise ValueError(f"the name carries no hash: {name}")
    content, stored = hashes
    if not layout.is_sealed(name):
        return hashed.hex() == content
    return naming_key is not None and hashed.hex()[:32] == stored


def seal(data: bytes, store: OpenStore) -> bytes:
    """Contents as they are stored: sealed with age, or as they are where the store is not encrypted."""
    return age.encrypt(data, store.descriptor.recipients) if store.encrypted else data


def seal_file(source: Path, target: Path, store: OpenStore) -> Path:
    """The same for a file; the path of what is to be stored, which is `source` where nothing is sealed."""
    if not store.encrypted:
        return source
    with translated(target), source.open("rb") as file, target.open("wb") as out:
        age.encrypt_stream(file, _writer(out), store.descriptor.recipients)
    return target


def unseal(stored: bytes, name: str, identity: Identity | None) -> bytes:
    """The contents of stored bytes. Raises `Failure`: NEEDS_KEY, WRONG_KEY or DAMAGED."""
    if not layout.is_sealed(name):
        return stored
    return age.decrypt(stored, _needed(identity), name=name)


def unseal_file(source: Path, target: Path, name: str, identity: Identity | None) -> Path:
    """The same for a file; the path of the contents, which is `source` where nothing is sealed."""
    if not layout.is_sealed(name):
        return source
    key = _needed(identity)
    with translated(target), source.open("rb") as file, target.open("wb") as out:
        age.decrypt_stream(file, _writer(out), key, name=name)
    return target


def _needed(identity: Identity | None) -> Identity:
    if identity is None:
        raise Failure(
            ErrorCode.NEEDS_KEY,
            "The store is encrypted, and no private key was given.",
            hint="Nothing was read or written. Give the key file, the key on the recovery sheet, or the passphrase.",
        )
    return identity


def _writer(out: BinaryIO) -> Callable[[bytes], None]:
    def write(data: bytes) -> None:
        out.write(data)

    return write


def least_stored_bytes(size_bytes: int, store: OpenStore) -> int:
    """How large an object with contents of that size must be at least; exact where nothing is sealed."""
    if not store.encrypted:
        return size_bytes
    return size_bytes + _SEALED_HEADER + 16 * (-(-size_bytes // _SEALED_CHUNK) or 1)


def most_stored_bytes(size_bytes: int) -> int:
    """How large an object with so much in it can be at most: zstd adds a 256th at worst, age less, and its header."""
    return size_bytes + size_bytes // 128 + _SEALED_HEADER_MOST


def compress(data: bytes) -> bytes:
    """One zstd frame that knows its size and carries a checksum."""
    return zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(data)


def decompress(data: bytes, limit_bytes: int) -> bytes:
    """A small object's contents. Raises ValueError when they are not whole, or larger than the limit."""
    try:
        size = zstandard.frame_content_size(data)
        if not 0 <= size <= limit_bytes:
            raise ValueError("not of a size that makes sense")
        return zstandard.ZstdDecompressor().decompress(data)
    except zstandard.ZstdError as error:
        raise ValueError("not a whole zstd frame") from error


def compressed_file(source: Iterator[bytes], target: BinaryIO, size_bytes: int = -1) -> None:
    """Write pieces as one zstd frame with a checksum."""
    packer = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    with packer.stream_writer(target, size=size_bytes, closefd=False) as out:
        for piece in source:
            out.write(piece)


class _Limited(RawIOBase):
    """A stream that may not be longer than so many bytes: a small file can unpack to any length."""

    def __init__(self, source: zstandard.ZstdDecompressionReader, most_bytes: int) -> None:
        self._source = source
        self._left = most_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._source.readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise ValueError("there is more in it than can be")
        return count


@contextmanager
def decompressed(path: Path, most_bytes: int) -> Iterator[BinaryIO]:
    """The contents of a zstd file of ours as a stream. Raises ValueError where a frame is not one, or holds more.

    A file that is cut off just ends early: whoever reads knows how much there must be.
    """
    with translated(path), path.open("rb") as file:
        try:
            with zstandard.ZstdDecompressor().stream_reader(file) as reader:
                yield BufferedReader(_Limited(reader, most_bytes), _CHUNK_BYTES)
        except zstandard.ZstdError as error:
            raise ValueError("not a whole zstd frame") from error
