"""Turning columns of a copy back by computing: brute force of hashes, lists of originals, plain encodings, arithmetic.

What looks like a hash is found as an attacker would find it: by looking at the values of every column of the copy.
Hashes without a key, or with a key or salt that anybody would try first, are computed for everything in `domains`, and
for a list of the originals such as a mailing list gives.
"""

from __future__ import annotations

import codecs
import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from steward_app.db.any_text import in_utf_8
from steward_app.kernel.progress import Context
from steward_app.services.privacy.attack.domains import Domain, domains
from steward_app.services.privacy.hashes import (
    Digest,
    Hashed,
    algorithms,
    beyond_chance,
    digest_of,
    from_base64,
    from_hex,
    spellings,
)

SECONDS: Final = 12.0
"""Given to the domains for one column."""
_MOST_TARGETS: Final = 500_000
_BATCH: Final = 20_000
MOST_VALUES: Final = 500_000
"""Of a list, so many are hashed."""
_FIRST: Final = 2_000
"""Of a list, so many are tried with each salt; with the one that gives something back, all are."""
_FIRST_OF_OTHERS: Final = 200
_TOLD: Final = 8

_SALTS: Final = (
    "", "salt", "secret", "key", "password", "pepper", "changeme", "default", "test", "anonymize", "privacy",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of originals that an attacker may have.

    Attributes:
        title: the column that they stand in, in a sentence.
        values: read when they are asked for, at most as many as can be hashed and one.
        other: of another column than the one that holds the hashes.
    """

    title: str
    values: Callable[[], Iterable[str]]
    other: bool = True


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


def enumerate_domains(
    targets: set[bytes], hashed: Hashed, context: Context, *, seconds: float = SECONDS
) -> Turned:
    """Compute the hashes of every domain until all are found or the time is over."""
    turned, started = Turned(), time.monotonic()
    wanted = set(islice(targets, _MOST_TARGETS))
    if len(targets) > len(wanted):
        turned.unfinished.append(f"Of {len(targets):,} different values, {len(wanted):,} were looked for.")
    left = algorithms(hashed.length)
    every = domains()
    for number, domain in enumerate(every):
        for name in left:
            digest, before, spent = digest_of(name, hashed.length), len(turned.found), time.monotonic()
            done = 0
            values = domain.values()
            while batch := list(islice(values, _BATCH)):
                context.checkpoint()
                _try(batch, digest, wanted, turned)
                done += len(batch)
                if time.monotonic() - started > seconds or len(turned.found) == len(wanted):
                    break
            turned.tried += done
            hits = _beyond_chance(turned, before, len(wanted), done, hashed)
            if hits:
                whole = "all" if done >= domain.size else f"{done:,} of {domain.size:,}"
                turned.how.append(
                    f"{name} of {domain.name}: {whole} tried in {_took(time.monotonic() - spent)},"
                    f" {hits:,} different values turned back."
                )
                left = (name,)
            if len(turned.found) == len(wanted):
                return turned
            if time.monotonic() - started > seconds:
                turned.unfinished += _unfinished(seconds, domain, name, done, left, every[number + 1 :])
                return turned
    return turned


def _unfinished(
    seconds: float,
    domain: Domain,
    algorithm: str,
    done: int,
    tried: Sequence[str],
    others: Sequence[Domain],
) -> Iterator[str]:
    """What the time was not enough for, in sentences."""
    told = f"Stopped after {seconds:g} s"
    if done < domain.size:
        yield f"{told}: of {domain.name}, {done:,} of {domain.size:,} were tried with {algorithm}."
    else:
        yield f"{told}: {domain.name} were tried with {algorithm} to the end."
    if later := tried[tried.index(algorithm) + 1 :]:
        yield f"Of {domain.name}, nothing was tried with {', '.join(later)}."
    if others:
        yield f"Not begun: {'; '.join(each.name for each in others)}."


def try_lists(
    targets: set[bytes],
    hashed: Hashed,
    lists: Iterable[Listed],
    context: Context,
    names: Iterable[str] = (),
    *,
    seconds: float = SECONDS,
) -> tuple[Turned, frozenset[bytes]]:
    """Compute the hashes of lists of originals until all are found or the time is over; the column's own list always.

    Args:
        names: of the table and column, which people take for salts.

    Returns:
        what was found, and which of it in lists of other columns.
    """
    turned, of_others, started = Turned(), set[bytes](), time.monotonic()
    late: list[str] = []
    for listed in lists:
        if len(turned.found) == len(targets):
            break
        if listed.other and time.monotonic() - started > seconds:
            late.append(listed.title)
            continue
        found = _try_list(targets - turned.found.keys(), hashed, listed, context, names)
        of_others |= found.found.keys() if listed.other else set()
        turned.found |= found.found
        turned.how += found.how
        turned.tried += found.tried
        turned.unfinished += found.unfinished
    if late:
        more = f" and {len(late) - _TOLD:,} more" if len(late) > _TOLD else ""
        turned.unfinished.append(
            f"Stopped after {seconds:g} s: {', '.join(late[:_TOLD])}{more} were not hashed."
        )
    return turned, frozenset(of_others)


def _try_list(
    targets: set[bytes], hashed: Hashed, listed: Listed, context: Context, names: Iterable[str]
) -> Turned:
    """Compute the hashes of a list: plain, and with the salts and keys that anybody tries first."""
    turned = Turned()
    originals = dict.fromkeys(listed.values())
    if len(originals) > MOST_VALUES:
        turned.unfinished.append(f"Of {len(originals):,} originals, {MOST_VALUES:,} were hashed.")
    forms: dict[str, str] = {}
    for value in islice(originals, MOST_VALUES):
        for form in spellings(value):
            forms.setdefault(form, value)
    every = list(forms)
    salted = _FIRST_OF_OTHERS if listed.other else _FIRST
    started = time.monotonic()
    for algorithm in algorithms(hashed.length):
        for told, digest in _salted(algorithm, hashed.length, (*_SALTS, *names)):
            context.checkpoint()
            before = len(turned.found)
            first = every if told == algorithm else every[:salted]
            _try(first, digest, targets, turned)
            turned.tried += len(first)
            if not _beyond_chance(turned, before, len(targets), len(first), hashed):
                continue
            _try(every[len(first) :], digest, targets, turned)
            turned.tried += len(every) - len(first)
            of = f" of {listed.title}" if listed.other else ""
            turned.how.append(
                f"{told} of {len(set(forms.values())):,} known values{of}: {len(turned.found) - before:,} turned back"
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
        made = digest(in_utf_8(value))
        if made in wanted:
            turned.found.setdefault(made, value)


def _beyond_chance(turned: Turned, before: int, targets: int, tried: int, hashed: Hashed) -> int:
    """How many were turned back behind the first ones; they are none where chance gives as many.

    Args:
        before: how many were turned back before `tried` hashes of one list were looked for.
    """
    found = list(turned.found)[before:]
    if beyond_chance(len(found), targets, tried, hashed.length):
        return len(found)
    for made in found:
        del turned.found[made]
    return 0


def _salted(name: str, length: int, salts: Iterable[str]) -> Iterator[tuple[str, Digest]]:
    plain = digest_of(name, length)
    yield name, plain
    for salt in dict.fromkeys(filter(None, salts)):
        salted = in_utf_8(salt)
        yield f"{name} with the salt “{salt}” before", _around(plain, before=salted)
        yield f"{name} with the salt “{salt}” behind", _around(plain, behind=salted)
        if name in hashlib.algorithms_guaranteed:
            yield f"HMAC-{name} with the key “{salt}”", _keyed(name, salted, length)


def _around(digest: Digest, *, before: bytes = b"", behind: bytes = b"") -> Digest:
    return lambda data: digest(before + data + behind)


def _keyed(name: str, key: bytes, length: int) -> Digest:
    return lambda data: hmac.digest(key, data, name)[:length]


def _from_base64(text: str) -> str | None:
    return _decoded(from_base64(text))


def _from_hex(text: str) -> str | None:
    return _decoded(from_hex(text))


def _decoded(data: bytes | None) -> str | None:
    try:
        return data.decode("utf-8") if data else None
    except UnicodeDecodeError:
        return None


def _took(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
