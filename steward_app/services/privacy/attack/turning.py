"""Attacks on one column at a time: what stands in it is turned back into what stood there."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.attack.brute import (
    MOST_VALUES,
    Listed,
    Turned,
    enumerate_domains,
    plain_encodings,
    try_lists,
)
from steward_app.services.privacy.attack.case import Case, Shows
from steward_app.services.privacy.attack.chance import beats, guesses, most_alike, share_interval
from steward_app.services.privacy.attack.model import WHOM_IT_NAMES, Attack, AttackKind, Interval
from steward_app.services.privacy.attack.truth import NOBODY
from steward_app.services.privacy.columns import NULL, Form, code_of, distinct
from steward_app.services.privacy.hashes import Hashed, hashed_numbers, looks_hashed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes, Numbers

_SEED: Final = 20_260_101
_MOST: Final = 0.5
"""One amount, or one way of writing, must turn at least this share back; else it is chance."""


def turn_back(
    case: Case,
    name: str,
    context: Context,
    seconds: float,
    amounts: int | None = None,
    others: Iterable[Listed] = (),
) -> Iterator[Attack]:
    """Every attack of this kind that a column invites: hashes, encodings, one amount added to all.

    Args:
        others: lists of other columns by which persons are known.
        amounts: so many are equally likely, one for each person, where the column is of dates that were moved.
    """
    if name not in case.after.codes:
        return
    form = case.after.forms[name]
    of_texts = form in (Form.TEXT, Form.BLOB, Form.DATE)
    hashed = looks_hashed(case.values(name)) if of_texts else hashed_numbers(case.values(name))
    if hashed is not None:
        values = _different(case, name)
        yield from _hashes(case, name, values, hashed, others, context, seconds)
    elif form is Form.TEXT and case.shows[name] is Shows.KEYED:
        yield from _encodings(case, name, _different(case, name))
    changed = case.shows[name] in (Shows.KEYED, Shows.NEAR)
    if changed and name in case.after.numbers and name in case.before.numbers and case.known:
        yield _one_amount(case, name, amounts)


def _hashes(
    case: Case,
    name: str,
    values: list[SqlValue],
    hashed: Hashed,
    others: Iterable[Listed],
    context: Context,
    seconds: float,
) -> Iterator[Attack]:
    by_digest = {digest: value for value in values if (digest := hashed.decode(value)) is not None}
    started = time.monotonic()
    turned = enumerate_domains(set(by_digest), hashed, context, seconds=seconds)
    what = f"{hashed.length} bytes written as {hashed.written}" if hashed.written != "bytes" else "bytes"
    title = f"Dates, numbers and common names are hashed and looked for in {case.titled(name)} ({what})"
    yield _told(case, name, AttackKind.BRUTE_FORCE, title, turned, by_digest, started)
    started = time.monotonic()
    lists = list(others)
    if case.shows[name] is not Shows.SAME:  # else the original holds hashes as well, and not what was hashed
        lists.insert(0, Listed(case.titled(name), lambda: _originals(case, name), other=False))
    if not lists:
        return
    salts = (case.table.name, name)
    turned, of_others = try_lists(set(by_digest), hashed, lists, context, salts, seconds=seconds)
    title = f"Who has a list of the originals hashes it, with salts anybody tries, and looks in {case.titled(name)}"
    if case.shows[name] is Shows.SAME:
        title = (
            "Who has lists of what else is known of these persons hashes them, with salts anybody tries, and looks in"
            f" {case.titled(name)}"
        )
    yield _told(case, name, AttackKind.DICTIONARY, title, turned, by_digest, started, of_others)


def _originals(case: Case, name: str) -> Iterator[str]:
    return (str(value) for value in islice(case.originals(name), case.before.read) if value not in (None, ""))


def _told(
    case: Case,
    name: str,
    kind: AttackKind,
    title: str,
    turned: Turned,
    by_digest: dict[bytes, SqlValue],
    started: float,
    of_others: frozenset[bytes] = frozenset(),
) -> Attack:
    originals = {code_of(by_digest[made]): found for made, found in turned.found.items()}
    details = (*turned.how, f"{plural(turned.tried, 'hash was', 'hashes were')} computed.")
    certain = {code_of(by_digest[made]) for made in of_others}
    made = _attack(case, name, kind, title, originals, started, details, certain)
    return replace(made, unfinished=tuple(turned.unfinished))


def _encodings(case: Case, name: str, values: list[SqlValue]) -> Iterator[Attack]:
    olds = set(case.before.codes[name].tolist())
    for told, decode in plain_encodings():
        started = time.monotonic()
        found = {
            code_of(value): back
            for value in values
            if isinstance(value, str) and (back := decode(value)) is not None and back != value
        }
        right = {code: back for code, back in found.items() if code_of(back) in olds}
        if len(right) > _MOST * len(values):
            title = f"Values of {case.titled(name)} are read as {told}"
            yield _attack(case, name, AttackKind.ARITHMETIC, title, right, started, ())
            return


def _attack(
    case: Case,
    name: str,
    kind: AttackKind,
    title: str,
    originals: dict[int, str],
    started: float,
    details: tuple[str, ...],
    certain: Collection[int] = (),
) -> Attack:
    """Whose values were turned back.

    Args:
        originals: of the code of a value in the copy, what it was turned into.
        certain: codes of values that hashed give the very hash, and are of another column.
    """
    import numpy as np

    after = case.after.codes[name]
    claimed = np.isin(after, np.fromiter(originals, np.int64, len(originals)))
    people = case.persons_after()
    right = claimed.copy()
    if case.known and case.shows[name] is not Shows.SAME:
        owner = np.full(case.after.read, NOBODY, np.int64)
        mine = np.flatnonzero(case.belonging.rows != NOBODY)
        owner[case.belonging.rows[mine]] = mine
        before = case.before.codes[name]
        for row in np.flatnonzero(claimed):
            said = originals[int(after[row])]
            right[row] = (
                owner[row] == NOBODY or int(after[row]) in certain or int(before[owner[row]]) in _codes(said)
            )
    # rows of which nobody knows whose they are stand for themselves, and may be several of one person
    tried = min(_people(people[(after != NULL)]), case.everybody)
    reidentified = min(_people(people[right]), tried)
    claims = min(_people(people[claimed]), tried)
    return _counted(case, name, kind, title, tried, claims, reidentified, started, details)


def _one_amount(case: Case, name: str, amounts: int | None) -> Attack:
    """Who knows one person's value takes the same step with all others; or, for whole numbers, a factor and a step.

    Where no step fits most values, persons whose values one step turns back still tell of each other, when they are
    more than have the same one by chance.
    """
    import numpy as np

    started = time.monotonic()
    mine = np.flatnonzero(case.belonging.rows != NOBODY)
    old = case.before.numbers[name][mine]
    new = case.after.numbers[name][case.belonging.rows[mine]]
    both = np.isfinite(old) & np.isfinite(new)
    people, old, new = case.persons[mine][both], old[both], new[both]
    steps, counts = np.unique(np.round(new - old, 6), return_counts=True)
    right = np.round(new - old, 6) == steps[counts.argmax()] if len(steps) else np.zeros(0, bool)
    details = ["One amount was added to all, or taken away."]
    pairs = random.Random(_SEED)  # noqa: S311  a sample
    for _ in range(8 if len(old) > 2 else 0):
        first, second = pairs.sample(range(len(old)), 2)
        if old[first] != old[second]:
            factor = (new[second] - new[first]) / (old[second] - old[first])
            fits = np.isclose(new, new[first] + factor * (old - old[first]), rtol=0, atol=1e-6)
            if factor and fits.sum() > right.sum():
                right, details = fits, ["All were multiplied and moved by the same amounts."]
    found = _people(people[right])
    enough = len(right) > 2 and right.mean() > _MOST
    title = f"Who knows one value of {case.titled(name)} takes the others back by the same amount"
    tried = _people(people)
    told, guessing = tuple(details), None
    if not enough:
        told = ("No amount turns most of the values back.",)
        if amounts and len(steps):
            found, guessing = _moved_alike(people, np.round(new - old, 6), min(amounts, len(steps)))
            told = (*told, _alike_words(found, guessing))
            enough = found > guessing.high
    return _counted(
        case,
        name,
        AttackKind.ARITHMETIC,
        title,
        tried,
        tried if enough else 0,
        found if enough else 0,
        started,
        told,
        guessing,
    )


def _moved_alike(people: Codes, steps: Numbers, amounts: int) -> tuple[int, Interval]:
    """Of the amounts that turn values back, for how many persons the most common one does; and by chance."""
    import numpy as np

    alike = np.unique(steps, return_inverse=True)[1]
    pairs = np.unique(np.stack([people, alike.astype(np.int64)], axis=1), axis=0)
    return int(np.bincount(pairs[:, 1]).max()), most_alike(len(pairs), amounts)


def _alike_words(found: int, guessing: Interval) -> str:
    by_chance = f"by chance up to {guessing.high:,.0f} would have the same"
    if found <= guessing.high:
        return f"The most common one turns back a value of {plural(found, 'person')}; {by_chance}."
    return (
        f"One known value turns back values of {plural(found, 'person')}: they moved alike, and {by_chance}."
    )


def _counted(
    case: Case,
    name: str,
    kind: AttackKind,
    title: str,
    tried: int,
    claimed: int,
    reidentified: int,
    started: float,
    details: tuple[str, ...],
    guessing: Interval | None = None,
) -> Attack:
    """With what guessing gives beside it: where nothing else is said, naming the most common original for everybody."""
    import numpy as np

    codes = case.before.codes[name]
    _, counts = np.unique(codes[codes != NULL], return_counts=True)
    chance = float(1 / len(counts) if case.named_by else counts.max() / counts.sum()) if len(counts) else 0.0
    expected = guessing.low if guessing else tried * chance
    guessing = guessing or guesses(tried, chance)
    persons = max(tried, case.everybody) if case.whole else tried
    interval = share_interval(reidentified, tried, persons)
    return Attack(
        kind,
        case.table.name,
        case.places((name,)),
        title,
        persons,
        tried,
        claimed,
        reidentified,
        float(reidentified),
        interval,
        expected,
        guessing,
        case.limit,
        beats(reidentified, reidentified, interval, guessing, case.limit),
        time.monotonic() - started,
        (*details, *((WHOM_IT_NAMES,) if case.named_by else ())),
    )


def _different(case: Case, name: str) -> list[SqlValue]:
    """The different values of a column of the copy, at most `MOST_VALUES`."""
    found: dict[SqlValue, None] = {}
    for value in islice(case.values(name), case.after.read):
        if value not in (None, ""):
            found[value] = None
        if len(found) >= MOST_VALUES:
            break
    return list(found)


def _codes(text: str) -> set[int]:
    """The codes a value may have that was turned back as text: of the text, and of the number it writes."""
    found = {code_of(text)}
    try:
        found.add(code_of(float(text)))
        found.add(code_of(int(text)))
    except ValueError:
        return found
    return found


def _people(codes: Codes | NDArray[np.int64]) -> int:

    return distinct(codes)
