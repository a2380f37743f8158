"""Turning columns of a copy back by computing: brute force of hashes, lists of originals, plain encodings, arithmetic.

What looks like a hash is found as an attacker would find it: by looking at the values of every column of the copy.
Hashes without a key, or with a key or salt that anybody would try first, are computed for everything in `domains`, and
for a list of the originals such as a mailing list gives.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import hashlib
import hmac
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.attack.domains import Domain, domains

SECONDS: Final = 12.0
"""Given to the domains for one column."""
_SAMPLE: Final = 200
_LONG: Final = 16  # bytes: shorter ones may be words, or numbers
_LONGER_THAN_ACCOUNTS: Final = 28  # bytes: IBANs of 22 and 27 signs read as base64 of 16 and 20
_AMONG_OTHERS: Final = 0.25
_MOST_TARGETS: Final = 500_000
_BATCH: Final = 20_000
_FIRST: Final = 2_000
"""Of a list, so many are tried with each salt; with the one that gives something back, all are."""

Digest = Callable[[bytes], bytes]
_ALGORITHMS: Final[Mapping[int, tuple[str, ...]]] = {
    4: ("crc32",),
    16: ("md5", "md5-of-md5"),
    20: ("sha1",),
    28: ("sha224",),
    32: ("sha256", "sha3_256", "blake2s"),
    48: ("sha384",),
    64: ("sha512", "blake2b"),
}
_CUT: Final = {8: ("sha256", "md5"), 10: ("sha256", "sha1"), 12: ("sha256", "sha1"), 16: ("sha256", "sha1")}
_SALTS: Final = (
    "", "salt", "secret", "key", "password", "pepper", "changeme", "default", "test", "anonymize", "privacy",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hashed:
    """What the values of a column look like: so many bytes, written in one way."""

    length: int
    written: str
    decode: Callable[[SqlValue], bytes | None]


@dataclass(slots=True)
class Turned:
    """What a brute force gave.

    Attributes:
        found: of each value that was turned back, the original.
        how: sentences: algorithm, domains, time.
        tried: values computed.
        unfinished: sentences: what the time, or the room, was not enough for.
    """

    found: dict[bytes, str] = field(default_factory=dict)
    how: list[str] = field(default_factory=list)
    tried: int = 0
    unfinished: list[str] = field(default_factory=list)


def looks_hashed(values: Iterable[SqlValue]) -> Hashed | None:
    """What some values of a column have in common where they may be hashes, else None.

    Among others, as in a list in JSON, a quarter of them as long as a hash is enough: nobody writes so by chance.
    """
    sample = list(islice((value for value in values if value not in (None, "")), _SAMPLE))
    for written, decode in (("bytes", _bytes), ("hex", _hex), ("base64", _base64)):
        decoded = [decode(value) for value in sample if isinstance(value, str | bytes)]
        counts = Counter(len(found) for found in decoded if found is not None)
        (length, count), *_ = counts.most_common(1) or [(0, 0)]
        if count < 3 or length not in (*_ALGORITHMS, *_CUT):
            continue
        alone = length < (_LONG if written != "base64" else _LONGER_THAN_ACCOUNTS)
        if count < (len(sample) if alone else _AMONG_OTHERS * len(sample)):
            continue
        if written == "hex" and length == 4 and all(str(value).isdigit() for value in sample):
            continue  # numbers of eight digits
        if written == "base64" and length < _LONG:
            continue  # words of a length have that, too
        return Hashed(length, written, partial(_of_length, decode, length))
    return None


def _of_length(decode: Callable[[SqlValue], bytes | None], length: int, value: SqlValue) -> bytes | None:
    found = decode(value)
    return found if found is not None and len(found) == length else None


def enumerate_domains(
    targets: set[bytes], hashed: Hashed, context: Context, *, seconds: float = SECONDS
) -> Turned:
    """Compute the hashes of every domain until all are found or the time is over."""
    turned, started = Turned(), time.monotonic()
    wanted = set(islice(targets, _MOST_TARGETS))
    if len(targets) > len(wanted):
        turned.unfinished.append(f"Of {len(targets):,} different values, {len(wanted):,} were looked for.")
    algorithms = _algorithms(hashed)
    every = domains()
    for number, domain in enumerate(every):
        for name in algorithms:
            digest, before, spent = _digest(name, hashed.length), len(turned.found), time.monotonic()
            done = 0
            values = domain.values()
            while batch := list(islice(values, _BATCH)):
                context.checkpoint()
                _try(batch, digest, wanted, turned)
                done += len(batch)
                if time.monotonic() - started > seconds or len(turned.found) == len(wanted):
                    break
            turned.tried += done
            hits = len(turned.found) - before
            if hits:
                whole = "all" if done >= domain.size else f"{done:,} of {domain.size:,}"
                turned.how.append(
                    f"{name} of {domain.name}: {whole} tried in {_took(time.monotonic() - spent)},"
                    f" {hits:,} different values turned back."
                )
                algorithms = (name,)
            if len(turned.found) == len(wanted):
                return turned
            if time.monotonic() - started > seconds:
                turned.unfinished += _unfinished(seconds, domain, name, done, algorithms, every[number + 1 :])
                return turned
    return turned


def _unfinished(
    seconds: float,
    domain: Domain,
    algorithm: str,
    done: int,
    algorithms: Sequence[str],
    others: Sequence[Domain],
) -> Iterator[str]:
    """What the time was not enough for, in sentences."""
    told = f"Stopped after {seconds:g} s"
    if done < domain.size:
        yield f"{told}: of {domain.name}, {done:,} of {domain.size:,} were tried with {algorithm}."
    else:
        yield f"{told}: {domain.name} were tried with {algorithm} to the end."
    if later := algorithms[algorithms.index(algorithm) + 1 :]:
        yield f"Of {domain.name}, nothing was tried with {', '.join(later)}."
    if others:
        yield f"Not begun: {'; '.join(each.name for each in others)}."


def try_list(
    targets: set[bytes], hashed: Hashed, originals: Iterable[str], context: Context, names: Iterable[str] = ()
) -> Turned:
    """Compute the hashes of a list of originals: plain, and with the salts and keys that anybody tries first.

    Args:
        names: of the table and column, which people take for salts.
    """
    turned = Turned()
    forms: dict[str, str] = {}
    for value in originals:
        for form in (value, value.strip().lower(), value.upper()):
            forms.setdefault(form, value)
    listed = list(forms)
    started = time.monotonic()
    for algorithm in _algorithms(hashed):
        for told, digest in _salted(algorithm, hashed.length, (*_SALTS, *names)):
            context.checkpoint()
            before = len(turned.found)
            first = listed if told == algorithm else listed[:_FIRST]
            _try(first, digest, targets, turned)
            turned.tried += len(first)
            if len(turned.found) == before:
                continue
            _try(listed[len(first) :], digest, targets, turned)
            turned.tried += len(listed) - len(first)
            turned.how.append(
                f"{told} of {len(set(forms.values())):,} known values: {len(turned.found) - before:,} turned back"
                f" in {_took(time.monotonic() - started)}."
            )
            if len(turned.found) == len(targets):
                break
        if turned.found:
            break
    turned.found = {made: forms[form] for made, form in turned.found.items()}
    return turned


def plain_encodings() -> tuple[tuple[str, Callable[[str], str | None]], ...]:
    """Ways of writing that only look like pseudonyms, each with what turns it back."""
    return (
        ("base64", _from_base64),
        ("hexadecimal", _from_hex),
        ("rot13", lambda text: codecs.decode(text, "rot13")),
        ("letters in reverse order", lambda text: text[::-1]),
    )


def _try(batch: list[str], digest: Digest, wanted: set[bytes], turned: Turned) -> None:
    for value in batch:
        made = digest(value.encode("utf-8", "surrogateescape"))
        if made in wanted:
            turned.found.setdefault(made, value)


def _algorithms(hashed: Hashed) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*_ALGORITHMS.get(hashed.length, ()), *_CUT.get(hashed.length, ()))))


def _digest(name: str, length: int) -> Digest:
    if name == "crc32":
        return lambda data: binascii.crc32(data).to_bytes(4, "big")
    if name == "md5-of-md5":
        return lambda data: hashlib.md5(hashlib.md5(data).hexdigest().encode()).digest()  # noqa: S324  as others did
    made = getattr(hashlib, name)
    if made().digest_size == length:
        return lambda data: made(data).digest()
    return lambda data: made(data).digest()[:length]


def _salted(name: str, length: int, salts: Iterable[str]) -> Iterator[tuple[str, Digest]]:
    plain = _digest(name, length)
    yield name, plain
    for salt in dict.fromkeys(filter(None, salts)):
        salted = salt.encode("utf-8", "surrogateescape")
        yield f"{name} with the salt “{salt}” before", _around(plain, before=salted)
        yield f"{name} with the salt “{salt}” behind", _around(plain, behind=salted)
        if name in hashlib.algorithms_guaranteed:
            yield f"HMAC-{name} with the key “{salt}”", _keyed(name, salted, length)


def _around(digest: Digest, *, before: bytes = b"", behind: bytes = b"") -> Digest:
    return lambda data: digest(before + data + behind)


def _keyed(name: str, key: bytes, length: int) -> Digest:
    return lambda data: hmac.digest(key, data, name)[:length]


def _bytes(value: SqlValue) -> bytes | None:
    return value if isinstance(value, bytes) else None


def _hex(value: SqlValue) -> bytes | None:
    try:
        return bytes.fromhex(value) if isinstance(value, str) and value.isalnum() else None
    except ValueError:
        return None


def _base64(value: SqlValue) -> bytes | None:
    if not isinstance(value, str):
        return None
    text = value.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def _from_base64(text: str) -> str | None:
    found = _base64(text)
    return _decoded(found)


def _from_hex(text: str) -> str | None:
    return _decoded(_hex(text))


def _decoded(data: bytes | None) -> str | None:
    try:
        return data.decode("utf-8") if data else None
    except UnicodeDecodeError:
        return None


def _took(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
