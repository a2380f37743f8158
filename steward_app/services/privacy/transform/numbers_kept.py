"""Numbers with a meaning of their own, permuted so that they stay what they are: IBANs and cards."""

from __future__ import annotations

import re
from collections.abc import Sequence

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.cells import Many
from steward_app.services.privacy.transform.form_kept import FormKept

_IBAN = re.compile(r"([A-Z]{2})([0-9]{2})([A-Z0-9]{11,30})", re.IGNORECASE | re.ASCII)


def iban(kept: FormKept) -> Many:
    """The country stays; the check digits are right where they were right."""

    def many(values: Sequence[str]) -> list[SqlValue]:
        compact = [value.replace(" ", "") for value in values]
        found = [_IBAN.fullmatch(value) for value in compact]
        others = iter(
            kept.texts([value for value, match in zip(values, found, strict=True) if match is None])
        )
        accounts = iter(kept.texts([match[3] for match in found if match]))
        return [
            _spaced(value, _with_check(match[1], match[2], match[3], str(next(accounts))))
            if match
            else next(others)
            for value, match in zip(values, found, strict=True)
        ]

    return many


def _with_check(country: str, check: str, before: str, after: str) -> str:
    off = int(check) - _check(country, before)  # 0 where it was right; kept, so that two IBANs stay two
    return f"{country}{(_check(country, after) + off - 2) % 97 + 2:02d}{after}"


def _check(country: str, account: str) -> int:
    digits = "".join(str(int(letter, 36)) for letter in f"{account}{country}00")
    return 98 - int(digits) % 97


def card(kept: FormKept) -> Many:
    """The first digit stays, which tells the network; the check digit is right where it was right."""

    def many(values: Sequence[str]) -> list[SqlValue]:
        digits = ["".join(filter(str.isdigit, value)) for value in values]
        whole = [12 <= len(number) <= 19 and number.isascii() for number in digits]
        others = iter(kept.texts([value for value, fits in zip(values, whole, strict=True) if not fits]))
        bodies = iter(kept.texts([number[1:-1] for number, fits in zip(digits, whole, strict=True) if fits]))
        return [
            _in_place(value, _with_luhn(number, number[0] + str(next(bodies)))) if fits else next(others)
            for value, number, fits in zip(values, digits, whole, strict=True)
        ]

    return many


def _with_luhn(before: str, body: str) -> str:
    off = int(before[-1]) - _luhn(before[:-1])
    return f"{body}{(_luhn(body) + off) % 10}"


def _luhn(body: str) -> int:
    total = 0
    for place, letter in enumerate(reversed(body)):
        number = int(letter) * (2 if place % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return -total % 10


def _spaced(like: str, text: str) -> str:
    if " " not in like:
        return text
    letters = iter(text)
    return "".join(" " if letter == " " else next(letters) for letter in like)


def _in_place(like: str, digits: str) -> str:
    letters = iter(digits)
    return "".join(next(letters) if letter.isdigit() else letter for letter in like)
