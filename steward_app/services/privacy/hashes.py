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
_BEGINNING: Final = 4_096  # characters of a text
_BITS: Final = 32
_FEWEST_NUMBERS: Final = 20
_TENTH: Final = 0.1
_NO_CHANCE: Final = 8  # bytes: of shorter hashes, long lists have some by chance
_BEYOND: Final = 10
_SEVERAL: Final = 5
_HEX_INSIDE: Final = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-f]{32,128}|[0-9A-F]{32,128})(?![0-9A-Za-z])")
_BASE64_INSIDE: Final = (
    re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{22,86}={0,2}(?![\w+/=])", re.ASCII),
    re.compile(r"(?<![\w-])[\w-]{22,86}={0,2}(?![\w=-])", re.ASCII),  # as addresses of the net have it
)
_MIXED: Final = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])", re.DOTALL)
_NO_SIGN: Final = re.compile(r"[\W_]+")
_NO_DIGIT: Final = re.compile(r"\D+")


INSIDE: Final = "hex inside texts"
"""How hashes are written that stand among other words: “img/0a4d…png”, an address of the net that ends with one."""


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
    for written, decode in (("bytes", _bytes), ("hex", from_hex), ("base64", from_base64), (INSIDE, _inside)):
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


def hashed_numbers(values: Iterable[SqlValue]) -> Hashed | None:
    """What some values have in common where they are whole numbers that may be CRC-32, else None.

    Such numbers are spread over all that 32 bits hold, with or without a sign, as counts, years and moments are not.
    """
    sample = set(islice((value for value in values if value is not None), _SAMPLE))
    of_bits = [number for value in sample if (number := _four_bytes(value)) is not None]
    if len(sample) < _FEWEST_NUMBERS or len(of_bits) < len(sample):
        return None
    quarters = Counter(number[0] >> 6 for number in of_bits)
    if min(quarters[each] for each in range(4)) < _TENTH * len(of_bits):
        return None
    return Hashed(4, "whole numbers", _four_bytes)


def digests_in(text: str) -> Iterator[bytes]:
    """The hashes that a text may have inside, written in hexadecimal or base64."""
    yield from _in_hex(text)
    runs = {found[0].rstrip("=") for each in _BASE64_INSIDE for found in each.finditer(text)}
    for run in runs:
        decoded = from_base64(run) if _MIXED.match(run) else None
        if decoded is not None and len(decoded) in ALGORITHMS:
            yield decoded


def beyond_chance(hits: int, targets: int, tried: int, length: int) -> bool:
    """Whether so many of the hashes of a column are those of a list, and not by chance.

    Args:
        targets: different hashes of the column; `tried`: those of the list; `length`: of each, in bytes.
    """
    if length >= _NO_CHANCE:
        return hits > 0
    return hits >= _SEVERAL and hits > _BEYOND * targets * tried / 256**length


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


def _in_hex(text: str) -> Iterator[bytes]:
    for found in _HEX_INSIDE.finditer(text):
        if len(found[0]) // 2 in ALGORITHMS and len(found[0]) % 2 == 0 and not found[0].isdigit():
            yield bytes.fromhex(found[0])


def _inside(value: SqlValue) -> bytes | None:
    return next(_in_hex(value[:_BEGINNING]), None) if isinstance(value, str) else None


def _four_bytes(value: SqlValue) -> bytes | None:
    if not isinstance(value, int) or not -(1 << _BITS - 1) <= value < 1 << _BITS:
        return None
    return (value % (1 << _BITS)).to_bytes(4, "big")


def _bytes(value: SqlValue) -> bytes | None:
    return value if isinstance(value, bytes) else None
