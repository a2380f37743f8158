"""Whether the whole numbers of a column, or at a path in JSON, are those of a key, or the same ones by chance.

Small numbers are the same everywhere: a quantity of 7 is no patient number 7. So the numbers at a path are compared
with a control: others near them and as round as most, drawn between the least and the greatest. Where the key holds
most of the numbers and few of the control, they are its own. A key without gaps holds whatever is drawn; there the name
of the path must say whose numbers they are, or they must be some of the key and nothing else, from end to end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from steward_app.services.privacy.json_steps import KEYS, path_steps, step
from steward_app.services.privacy.model import Place
from steward_app.services.schema.relations import KEY_WORDS, words_of

MOST_NUMBERS: Final = 256
"""Numbers of a path that are enough to tell."""

LONGEST: Final = 18
"""Digits of the longest numbers that are compared."""

LEAST_WITHOUT_GAPS: Final = 1_000
"""The least number of a key without gaps that is more than a count."""

_MOSTLY: Final = 0.5
_NEARLY_ALL: Final = 0.95
_UNLIKELY: Final = math.log(10_000)  # to one, against chance
_DRAWN: Final = 512
_ROUND: Final = tuple(
    sorted((step * 10**zeros for zeros in range(LONGEST) for step in (1, 2, 5)), reverse=True)
)
_SEVERAL: Final = 3
_RARE: Final = 0.01
_FEW_OF_THEIR_LENGTH: Final = 0.25
_LEAST_OF_A_KEY: Final = 5
_END_TO_END: Final = 0.8
_LEAST_COUNT: Final = 20
_YEARS: Final = range(1900, 2101)
_CODE: Final = re.compile(r"([^\W\d_]{0,6}[-_ ./#:]{0,2})([0-9]{1,18})")
_OF_PARTS: Final = re.compile(r"((?:[^\W_]{1,12}[-_./:#]){1,4})([0-9]{1,18})")
_BESIDE: Final = tuple(by for by in range(-10, 11) if by)

Among = Callable[[Collection[int]], set[int]]
"""Which of some numbers the key holds."""


@dataclass(frozen=True, slots=True)
class NumberKey:
    """A column that holds the whole numbers of things, each its own.

    Attributes:
        count: different ones.
        of_codes: it holds codes that end with them: “MRN-248205”, “00107922”.
    """

    place: Place
    least: int
    greatest: int
    count: int
    of_codes: bool = False

    @property
    def name(self) -> str:
        """In words: “person.id”."""
        return f"{self.place.table}.{self.place.column}"


def whole_number(value: Any) -> int | None:
    """The number that a value is or whose digits it shows, where it may be that of a key; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if not 0 < len(value) <= LONGEST or not (value.isascii() and value.isdigit()):
            return None
        if value[0] == "0":
            return None  # another text than the number
        value = int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**LONGEST:
        value = int(value)
    return value if isinstance(value, int) and 0 < value < 10**LONGEST else None


def number_of_code(value: Any) -> tuple[str, str] | None:
    """Of a code that ends with a number, what stands before it and its digits: “MRN-” and “248205”."""
    found = _CODE.fullmatch(value) if isinstance(value, str) else None
    return (found[1], found[2]) if found and found[2].isascii() and found[2].strip("0") else None


def number_behind_parts(value: Any) -> tuple[str, str] | None:
    """The same of a code of several parts, which may be digits, too: “2021-” and “000252”."""
    found = _OF_PARTS.fullmatch(value) if isinstance(value, str) else None
    return (found[1], found[2]) if found and found[2].isascii() and found[2].strip("0") else None


def share_of_key(
    numbers: Collection[int],
    path: str,
    key: NumberKey,
    among: Among,
    *,
    own: bool = False,
    mixed: bool = False,
) -> float:
    """The share of the different numbers at a path that are those of a key; 0 where they may be so by chance.

    Args:
        path: where they stand, by its names (`named_path`).
        own: they number something themselves: they may be called as the key is, and begin and end where it does.
        mixed: they stand inside texts, beside numbers of other things: only those are compared that are no less than
            the least of the key and no greater than its greatest.
    """
    asked = _comparable(numbers, key, mixed=mixed)
    if not asked:
        return 0.0
    held = len(among(asked))
    share = held / len(asked)
    if share < _MOSTLY:
        return 0.0
    if len(asked) < _SEVERAL and path.endswith(KEYS):
        return share if _are_rare(asked, held, among) else 0.0
    if _beyond_chance(asked, held, among):
        return share
    named = share >= _NEARLY_ALL and len(asked) > 1 and _is_named_after(asked, path, key)
    return share if not own and (named or _is_the_key(numbers, held, key)) else 0.0


def numbers_of_key(
    numbers: Collection[int],
    path: str,
    key: NumberKey,
    among: Among,
    *,
    own: bool = False,
    mixed: bool = False,
) -> set[int]:
    """Those of the different numbers of a column, or at a path, that are the key's: most are, or too many for chance.

    Where they are not most, counts, years and dates are left out.

    Args: as of `share_of_key`.
    """
    held = among(numbers)
    if not held or share_of_key(numbers, path, key, among, own=own, mixed=mixed):
        return held
    numbers = _comparable(numbers, key, mixed=mixed) or numbers
    held = {number for number in held if number >= LEAST_WITHOUT_GAPS and not is_date(number)}
    if not held:
        return held
    span = key.greatest - key.least + 1
    drawn = [_control([each for number in held for each in (number // 2, number, 2 * number)])]
    if len(numbers) < _SEVERAL:
        drawn.append(
            [number + by for number in held for by in _BESIDE]
        )  # in a run of numbers, one is any of them
    else:
        drawn.append(_control(numbers))
    chance = max(min(1.0, key.count / span), *(_at_most(_share_of(some, among), len(some)) for some in drawn))
    share = len(held) / len(numbers)
    return held if is_beyond_chance(len(numbers), share, chance) else set()


def _comparable(numbers: Collection[int], key: NumberKey, *, mixed: bool) -> Collection[int]:
    """The numbers that are held against a key; none where most are less than its least or greater than its greatest."""
    inside = [number for number in numbers if key.least <= number <= key.greatest]
    if mixed:
        return inside
    return numbers if len(inside) >= _MOSTLY * len(numbers) else ()


def may_be_of_key(
    numbers: Collection[int], path: str, key: NumberKey, among: Among, *, own: bool = False
) -> set[int]:
    """Those of the different numbers of a place that a key has too, of which nothing tells whether they are its own.

    Either the key has only some of the numbers of their length; or they count as the key does, and are most of it and
    nothing else: those of a list, or to 1,000 and more, or below a name such as “ref”. Any others are quantities and
    shares of a hundred as well. Args: as of `share_of_key`.
    """
    held = among(numbers)
    if len(held) <= _MOSTLY * len(numbers):
        return set()
    if key.count <= _FEW_OF_THEIR_LENGTH * (key.greatest - key.least + 1):
        return {number for number in held if number >= LEAST_WITHOUT_GAPS and not is_date(number)}
    if not own and _may_be_some(numbers, len(held), key):
        return held
    counting = held == set(numbers) and len(held) >= _LEAST_COUNT and len(held) >= _END_TO_END * key.count
    told = path.endswith("[*]") or key.greatest >= LEAST_WITHOUT_GAPS or _speaks_of(path, key.place)
    return held if counting and told and not own and not key.of_codes else set()


def _speaks_of(path: str, key: Place) -> bool:
    """Whether a name in a path has a word of the key's table, or one that any key has."""
    words = KEY_WORDS | {*words_of(key.table)}
    return any(not words.isdisjoint(words_of(name)) for name in _names(path))


def named_path(place: Place) -> str:
    """A place as a path whose names may tell a key: that of a column, and below it those in its JSON."""
    return f"${step(place.column)}{place.path[1:]}"


def called(places: Collection[Place]) -> re.Pattern[str] | None:
    """What finds numbers in a text that stand behind the name of a key: 114 of “Patient #114”.

    Its groups are the name, a word that keys have, “#” or nothing, and the digits.
    """
    names = {words[-1] for key in places for words in (words_of(key.table), _telling(key.column)) if words}
    told = "|".join(sorted(re.escape(name) for name in names if len(name) >= _SEVERAL))
    words = "|".join(sorted(KEY_WORDS))
    behind = rf"s?(?:[\W_]{{0,3}}(#|(?:{words})(?![^\W_])))?[\W_]{{0,4}}([0-9]{{1,{LONGEST}}})(?![0-9])"
    return re.compile(rf"(?<![^\W_])({told}){behind}", re.IGNORECASE) if told else None


def is_named_after(path: str, key: Place) -> bool:
    """Whether a path is named after a key or its table: “$.patient_id”, “$.patients[*].id”."""
    words = next((words for step in reversed(_names(path)) if (words := _telling(step))), ())
    table, column = words_of(key.table), _telling(key.column)
    if key.path or not words:
        return False
    return words == column or _ends_alike(words, table) or words == (*table, *column)


def _is_named_after(numbers: Collection[int], path: str, key: NumberKey) -> bool:
    """Whether a name tells; one without a word such as “id” only of many numbers: “order” is a place in a row, too."""
    if not is_named_after(path, key.place):
        return False
    said = any(KEY_WORDS & {*words_of(step)} for step in _names(path)[-1:])
    span = max(numbers) - min(numbers)
    return said or (len(numbers) >= _LEAST_OF_A_KEY and span >= _MOSTLY * (key.greatest - key.least))


def _names(path: str) -> list[str]:
    return [name for kind, name in path_steps(path) if kind == "key"]


def _telling(name: str) -> tuple[str, ...]:
    """The words of a name but for those that any key has."""
    return tuple(word for word in words_of(name) if word not in KEY_WORDS)


def _ends_alike(words: tuple[str, ...], table: tuple[str, ...]) -> bool:
    """Whether one is the end of the other: “sending_person” and “person”, “person” and “crm_person”."""
    length = min(len(words), len(table))
    return length > 0 and words[-length:] == table[-length:]


def is_date(number: int) -> bool:
    """A year, or a date in eight digits: 20240315."""
    year, rest = divmod(number, 10_000)
    return number in _YEARS or (year in _YEARS and 1 <= rest // 100 <= 12 and 1 <= rest % 100 <= 31)


def _share_of(numbers: Sequence[int], among: Among) -> float:
    """The share of numbers drawn that the key holds; one that was drawn twice counts twice."""
    held = among(set(numbers))
    return sum(number in held for number in numbers) / len(numbers)


def _at_most(share: float, drawn: int) -> float:
    """The share of all numbers that lies behind one of some drawn, with three standard errors."""
    return min(1.0, share + 3 * math.sqrt(share * (1 - share) / drawn))


def _beyond_chance(numbers: Collection[int], held: int, among: Among) -> bool:
    drawn = _control(numbers)
    by_chance = among(set(drawn))
    chance = (sum(number in by_chance for number in drawn) + 1) / (len(drawn) + 2)
    told = min(len(numbers), len(drawn))  # no more of them speak than were held against them
    return is_more_than_chance(told, held / len(numbers), chance)


def is_more_than_chance(count: int, share: float, chance: float) -> bool:
    """Whether a share of so many values is far above what chance gives, and would hardly come by it."""
    more = share - chance >= _MOSTLY * (1 - chance)
    return more and is_beyond_chance(count, share, chance)


def is_beyond_chance(count: int, share: float, chance: float) -> bool:
    """Whether a share of so many values, however small, would hardly come by chance alone."""
    return share > chance and count * _distance(share, chance) >= _UNLIKELY


def _are_rare(numbers: Collection[int], held: int, among: Among) -> bool:
    """Of one or two names of members, which number something: whether hardly any numbers near them are in the key."""
    if held < len(numbers) or any(number in _YEARS or number < LEAST_WITHOUT_GAPS for number in numbers):
        return False
    near = _control([each for number in numbers for each in (number // 2, number, 2 * number)])
    return len(among(set(near) - set(numbers))) <= _RARE * len(near)


def _control(numbers: Collection[int]) -> list[int]:
    """Numbers near these and as round, none below the least or above the greatest; the same ones every time."""
    ordered = sorted(numbers)
    least, greatest = ordered[0], ordered[-1]
    chance = Random(f"{least}/{greatest}/{len(numbers)}")  # noqa: S311  a comparison, no secret
    steps = sorted(next(step for step in _ROUND if number % step == 0) for number in ordered)
    step = steps[len(steps) // 5]  # most are as round as this
    found = []
    for turn in range(_DRAWN):
        near = (
            ordered[turn * len(ordered) // _DRAWN] if len(ordered) > _DRAWN else ordered[turn % len(ordered)]
        )
        low, high = max(least, near // 2), min(greatest, 2 * near)
        first, last = -(-low // step), high // step
        found.append(step * chance.randint(first, last) if first <= last else near)
    return found


def _distance(share: float, chance: float) -> float:
    """The Kullback-Leibler distance: what each number adds to the odds against chance."""
    return sum(
        part * math.log(part / other)
        for part, other in ((share, chance), (1 - share, 1 - chance))
        if part > 0
    )


def _is_the_key(numbers: Collection[int], held: int, key: NumberKey) -> bool:
    """Of a key without gaps: whether numbers begin and end as it does, and are nothing else.

    Fewer than half of it must lie nearer to both ends than chance would put them.
    """
    first, last = min(numbers), max(numbers)
    if not _may_be_some(numbers, held, key) or last - first < _END_TO_END * (key.greatest - key.least):
        return False
    if held >= _MOSTLY * min(key.count, MOST_NUMBERS):
        return True
    steps = math.gcd(*(number - first for number in numbers))
    places = (first - key.least + 1) * (key.greatest - last + 1)  # for two ends so near
    near = 2 * math.log(_of_its_length(key)) - math.log(places) >= _UNLIKELY
    return held >= _LEAST_COUNT and steps == 1 and near


def _may_be_some(numbers: Collection[int], held: int, key: NumberKey) -> bool:
    """Of a key without gaps: whether it has all of several numbers, few others have their length, and few are round."""
    return (
        not key.of_codes
        and len(numbers) == held >= _LEAST_OF_A_KEY
        and key.least >= LEAST_WITHOUT_GAPS
        and key.least not in _YEARS
        and key.count <= _FEW_OF_THEIR_LENGTH * _of_its_length(key)
        and sum(number % 5 == 0 for number in numbers) <= _MOSTLY * held  # sums are
    )


def _of_its_length(key: NumberKey) -> int:
    """How many numbers have as many digits as the greatest of a key."""
    return 9 * int(10 ** (len(str(key.greatest)) - 1))
