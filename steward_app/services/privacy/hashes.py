"""Hashes without a key: how they are told by their form, and what people hash when they hash an identity.

Who has a list of the originals hashes it, in the spellings that are usual: “Ada@Example.org ” is hashed as
“ada@example.org”, “+49 171 1234567” as its digits. So a hash leads to a person as well as what was hashed does.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from steward_app.kernel.values import SqlValue

Digest = Callable[[bytes], bytes]

ALGORITHMS: Final[Mapping[int, tuple[str, ...]]] = {
    4: ("crc32",),
    16: ("md5", "md5-of-md5"),
    20: ("sha1",),
    28: ("sha224",),
    32: ("sha256", "sha3_256", "blake2s"),
    48: ("sha384",),
    64: ("sha512", "blake2b"),
}
"""By bytes of the hash, what makes such."""
CUT: Final[Mapping[int, tuple[str, ...]]] = {
    8: ("sha256", "md5"),
    10: ("sha256", "sha1"),
    12: ("sha256", "sha1"),
    16: ("sha256", "sha1"),
}
"""The same of hashes of which only the beginning is kept."""

_SAMPLE: Final = 200
_LONG: Final = 16  # bytes: shorter ones may be words, or numbers
_LONGER_THAN_ACCOUNTS: Final = 28  # bytes: IBANs of 22 and 27 signs read as base64 of 16 and 20
_AMONG_OTHERS: Final = 0.25
_FEWEST: Final = 3
_FEWEST_DIGITS: Final = 6
_NO_SIGN: Final = re.compile(r"[\W_]+")
_NO_DIGIT: Final = re.compile(r"\D+")


@dataclass(frozen=True, slots=True)
class Hashed:
    """What the values of a column look like: so many bytes, written in one way."""

    length: int
    written: str
    decode: Callable[[SqlValue], bytes | None]


def looks_hashed(values: Iterable[SqlValue]) -> Hashed | None:
    """What some values of a column have in common where they may be hashes, else None.

    Among others, as in a list in JSON, a quarter of them as long as a hash is enough: nobody writes so by chance.
    """
    sample = list(islice((value for value in values if value not in (None, "")), _SAMPLE))
    for written, decode in (("bytes", _bytes), ("hex", from_hex), ("base64", from_base64)):
        decoded = [decode(value) for value in sample if isinstance(value, str | bytes)]
        counts = Counter(len(found) for found in decoded if found is not None)
        (length, count), *_ = counts.most_common(1) or [(0, 0)]
        if count < _FEWEST or length not in (*ALGORITHMS, *CUT):
            continue
        alone = length < (_LONG if written != "base64" else _LONGER_THAN_ACCOUNTS)
        if count < (len(sample) if alone else _AMONG_OTHERS * len(sample)):
            continue
        texts = "".join(value for value in sample if isinstance(value, str))
        if written == "hex" and texts.isdigit():
            continue  # numbers of cards and accounts
        if written == "base64" and (length < _LONG or texts.upper() == texts or texts.lower() == texts):
            continue  # words of a length have that, too; accounts have capitals alone
        return Hashed(length, written, partial(_of_length, decode, length))
    return None


def algorithms(length: int) -> tuple[str, ...]:
    """What makes hashes of so many bytes, the whole ones first."""
    return tuple(dict.fromkeys((*ALGORITHMS.get(length, ()), *CUT.get(length, ()))))


def digest_of(name: str, length: int) -> Digest:
    """Computes a hash, cut to a length."""
    if name == "crc32":
        return lambda data: binascii.crc32(data).to_bytes(4, "big")
    if name == "md5-of-md5":
        return lambda data: hashlib.md5(hashlib.md5(data).hexdigest().encode()).digest()  # noqa: S324  as others did
    made = getattr(hashlib, name)
    if made().digest_size == length:
        return lambda data: made(data).digest()
    return lambda data: made(data).digest()[:length]


def spellings(value: str) -> Iterator[str]:
    """A value as people hash it: as it is, trimmed, small, in capitals, and without the signs that only divide it."""
    plain = value.strip()
    found = {value: None, plain: None, plain.lower(): None, plain.upper(): None}
    bare = _NO_SIGN.sub("", plain)
    if bare != plain and "@" not in plain:
        found |= dict.fromkeys((bare, bare.lower(), bare.upper()))
    digits = _NO_DIGIT.sub("", plain)
    if len(digits) >= _FEWEST_DIGITS and len(digits) * 2 > len(plain):
        abroad = digits.removeprefix("00")
        found |= dict.fromkeys((digits, abroad, f"+{abroad}", f"00{abroad}"))
    yield from filter(None, found)


def from_hex(value: SqlValue) -> bytes | None:
    """The bytes that a text writes in hexadecimal."""
    try:
        return bytes.fromhex(value) if isinstance(value, str) and value.isalnum() else None
    except ValueError:
        return None


def from_base64(value: SqlValue) -> bytes | None:
    """The bytes that a text writes in base64, of the net, too."""
    if not isinstance(value, str):
        return None
    text = value.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def _of_length(decode: Callable[[SqlValue], bytes | None], length: int, value: SqlValue) -> bytes | None:
    found = decode(value)
    return found if found is not None and len(found) == length else None


def _bytes(value: SqlValue) -> bytes | None:
    return value if isinstance(value, bytes) else None
