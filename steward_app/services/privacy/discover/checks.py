"""Numbers that check themselves: the last digits follow from the others, so that chance rarely makes a right one.

A check has the name of a module of python-stdnum: "luhn", "iban", "de.idnr", "gb.nhs". Nothing is looked up anywhere.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import Final, TypeAlias

from steward_app.services.privacy.discover.profile import Form
from steward_app.services.privacy.written_phones import is_abroad

Check: TypeAlias = Callable[[str], bool]

_ISSUERS = (
    "4",
    "51",
    "52",
    "53",
    "54",
    "55",
    "2",
    "34",
    "37",
    "30",
    "36",
    "38",
    "39",
    "35",
    "60",
    "62",
    "64",
    "65",
)
_REGIONS = ("GB", "US", "DE", "FR", "ES", "IT", "NL", "PL", "AT", "CH", "BE", "PT", "SE", "IE")
_MOST_PHONES = 60
_FEWEST = 5
_NEARLY_ALL = 0.95
_MOSTLY: Final = 0.75
_SOME_MOBILE = 0.5
_FIRST_TRIED: Final = 10


@cache
def check(name: str) -> Check:
    """Whether a number, with whatever separators, is right. Raises ValueError for a name nobody knows."""
    parts = name.split(".")
    if not 1 <= len(parts) <= 2 or not all(part.isidentifier() for part in parts):
        raise ValueError(f"no check: {name}")
    try:
        found = importlib.import_module(f"stdnum.{name}").is_valid
    except (ImportError, AttributeError):
        raise ValueError(f"no check: {name}") from None

    def right(value: str) -> bool:
        try:
            return bool(found(value))
        except (ValueError, TypeError, IndexError, KeyError, OverflowError):
            return False  # a few modules fall over what is far from being such a number

    return right


def is_card(value: str) -> bool:
    """Whether it begins as the numbers of payment cards do, and its last digit is right."""
    digits = "".join(letter for letter in value if letter.isdigit())
    return 13 <= len(digits) <= 19 and digits.startswith(_ISSUERS) and check("luhn")(digits)


def is_imei(value: str) -> bool:
    """Whether it is the number of a telephone, by the check digit and the reporting body that begins it."""
    digits = "".join(letter for letter in value if letter.isdigit())
    return len(digits) == 15 and digits[:2] in _REPORTING_BODIES and check("luhn")(digits)


_REPORTING_BODIES = frozenset(
    (
        "01",
        "10",
        "30",
        "33",
        "35",
        "44",
        "45",
        "49",
        "50",
        "51",
        "52",
        "53",
        "54",
        "86",
        "91",
        "97",
        "98",
        "99",
    )
)


def valid_phones(values: Iterable[str]) -> tuple[float, dict[str, float]]:
    """The share of some values that are numbers a country gives out, and the shares by country among those.

    Numbers without a country are tried as those of one country after another; the one most fit counts.
    """
    tried = list(values)[:_MOST_PHONES]
    home = [value for value in tried if not value.lstrip("( ").startswith(("+", "00"))]
    by_country: dict[str, int] = {}
    for value in tried:
        region = "" if value in home else _region(value)
        if region:
            by_country[region] = by_country.get(region, 0) + 1
    if home:
        fit = {region: sum(_is_of(value, region) for value in home) for region in _REGIONS}
        best = max(fit, key=lambda region: fit[region])
        if fit[best]:
            by_country[best] = by_country.get(best, 0) + fit[best]
    valid = sum(by_country.values())
    return valid / max(1, len(tried)), {region: count / valid for region, count in by_country.items()}


def dialled(values: Sequence[str]) -> Form | None:
    """Whether numbers of digits alone are telephone numbers: `Form.DIALLED`, or maybe so: `Form.MOBILE`.

    With the code of a country hardly a number is right by chance. Within a country most are; but those of mobile
    telephones begin with few digits, and with a zero before them they are no others.
    """
    tried = list(dict.fromkeys(values))[:_MOST_PHONES]
    if len(tried) < _FEWEST:
        return None
    if _nearly_all(tried, lambda value: (value[0] != "0" or value[1] == "0") and is_abroad(value)):
        return Form.DIALLED
    for region in _REGIONS:
        if _nearly_all(tried, partial(_is_of, region=region)):
            mobile = sum(_is_mobile(value, region) for value in tried) / len(tried)
            if mobile >= _SOME_MOBILE and all(value[0] == "0" for value in tried):
                return Form.DIALLED
            if mobile >= _NEARLY_ALL:
                return Form.MOBILE
    return None


def beside_addresses(values: Sequence[str]) -> bool:
    """Whether numbers of digits alone, in a column that has addresses of e-mail, too, are telephone numbers.

    There some are written with the code of a country, others with the zero before them, and mistyped ones are no reason
    to take the column for addresses alone.
    """
    tried = list(dict.fromkeys(values))[:_MOST_PHONES]
    right = sum(value[0] == "0" or is_abroad(value) for value in tried)
    return len(tried) >= _FEWEST and right >= _MOSTLY * len(tried)


def _nearly_all(values: Sequence[str], passes: Check) -> bool:
    first = sum(map(passes, values[:_FIRST_TRIED]))
    if first < len(values[:_FIRST_TRIED]) - 1:
        return False
    return first + sum(map(passes, values[_FIRST_TRIED:])) >= _NEARLY_ALL * len(values)


def _is_mobile(value: str, region: str) -> bool:
    import phonenumbers

    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


def _region(value: str) -> str:
    import phonenumbers

    international = "+" + value.strip("( ")[2:] if value.lstrip("( ").startswith("00") else value
    try:
        number = phonenumbers.parse(international)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.region_code_for_number(number) or ""


def _is_of(value: str, region: str) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number_for_region(phonenumbers.parse(value, region), region)
    except phonenumbers.NumberParseException:
        return False
