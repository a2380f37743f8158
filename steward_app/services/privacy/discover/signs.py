"""What a profile shows of a sign that the packs weigh: a share from 0 to 1.

The names of signs: "form.<form>", "inside.<what>", "content.<what>", "words.<list>" for whole values, "in.<list>" for
words within them, "pattern", "check" and "terms" of the type itself, and those of `_DERIVED`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from steward_app.kernel import clock
from steward_app.services.privacy.discover.profile import ColumnProfile, Content, Form, Inside

if TYPE_CHECKING:
    from steward_app.services.privacy.discover.packs import Packs

_BY_CHANCE = 0.3  # what the best of many checks with one digit finds right by chance
_FEW = 40  # different values of what is chosen from a list
_HANDFUL = 8
_ALL_REGIONS = 0.9  # rows with the code of a region, where a column has no others
_ROWS_OF_A_WORD = 50
_OLDEST = 1895  # year of birth of somebody of whom a database may tell
_ADULTS_FROM = 12.0  # mean age in years below which dates of birth are rather days of something else
_MOSTLY_NUMBERS = 0.9
_FIRST_YEAR, _LAST_YEAR = 1000, 2100
_MOST_DIGITS = 0.6
_ONLY_DIGITS = 0.99
_CAPITALS = 0.6  # share of texts that begin with one
_SHORT_CODE = 3.0
_MOST_CODES = 0.7  # of those of two letters that are a country's by chance: IT, HR, PR, SA
_NAMED_AFTER_SOMEBODY = 0.4  # of towns, companies and stadiums
_TEXT_WORDS = 4.0
_SHORT_WORDS = 3.0
_HARDLY = 0.05  # share of digits in what is a word
_NAMES = ("given_name", "family_name")
_FEWEST_NUMBERS = 5  # of mobile telephones, all right by chance
_OF_A_LINK: Final = re.compile(r"[/?&][Aa9_-]+[/=]")  # in the shape of "GET /bed/412/sheet" and "print?q=4f"
_SOME_LINKS: Final = 0.2
_SHORT_STREET = 9.0  # characters; number plates and postcodes are shorter


@dataclass(frozen=True, slots=True)
class Looked:
    """A column as it is weighed: its profile, and whether it is half of a position on the map."""

    profile: ColumnProfile
    paired: bool = False


def shown(sign: str, kind: str, looked: Looked, packs: Packs) -> float:
    """The share that a column shows of a sign of a type."""
    profile = looked.profile
    topic, _, name = sign.partition(".")
    match topic:
        case "form" if name == "person_name":
            return profile.named
        case "form" if name == Form.FULL_NAME:
            return max(0.0, _beyond(_NAMED_AFTER_SOMEBODY, profile.seems.get(name, 0.0)) - profile.named)
        case "form":
            return profile.seems.get(name, 0.0)
        case "inside":
            return profile.inside.get(name, 0.0)
        case "content":
            return profile.content.get(name, 0.0)
        case "words" if name == "region" and _marks(profile):
            return 0.0
        case "words":
            share = profile.whole.get(name, 0.0)
            return _beyond(_MOST_CODES, share) if name == "country" and _are_short_codes(profile) else share
        case "in" if name in _NAMES:
            return _beside_firms(profile, name)
        case "in":
            return profile.within.get(name, 0.0)
        case "pattern":
            return profile.forms.get(kind, 0.0)
        case "terms":
            return profile.within.get(kind, 0.0)
        case "check":
            return _checked(kind, profile, packs)
        case "said":  # as the whole of a short value
            short = profile.words is None or profile.words.mean <= _SHORT_WORDS
            alone = profile.within.get(kind, 0.0) - profile.seems.get(Form.ADDRESSED, 0.0)
            return max(0.0, alone) if short and profile.digits < _HARDLY else 0.0
        case "pair":
            return float(looked.paired)
    return _DERIVED[sign](profile)


def is_sign(sign: str) -> bool:
    """Whether a pack may weigh it."""
    topic, _, name = sign.partition(".")
    if topic in ("form", "inside", "content"):
        known = {"form": {*Form, "person_name"}, "inside": set(Inside), "content": set(Content)}[topic]
        return name in known
    if topic in ("words", "in"):
        return bool(name)
    return sign in ("pattern", "check", "terms", "said", "pair") or sign in _DERIVED


def _checked(kind: str, profile: ColumnProfile, packs: Packs) -> float:
    """How far right check digits are beyond chance; of a handful of values, and of a count by steps, they say little.

    Numbers 99 apart have the right check digit over and over, or none has one.
    """
    if profile.stepped:
        return 0.0
    share = max((profile.right.get(name, 0.0) for name in packs.checks.get(kind, ())), default=0.0)
    return _beyond(_BY_CHANCE, share) * min(1.0, profile.distinct / 8)


def _are_short_codes(profile: ColumnProfile) -> bool:
    return profile.length is not None and profile.length.mean <= _SHORT_CODE


def _beyond(chance: float, share: float) -> float:
    """What of a share is more than chance gives."""
    return max(0.0, (share - chance) / (1 - chance))


def _few(profile: ColumnProfile) -> float:
    """Values chosen from a short list."""
    if profile.distinct > _FEW or "blob" in profile.storage:
        return 0.0
    return 1.0 if profile.filled >= 2 * profile.distinct or profile.distinct <= 5 else 0.0


def is_chosen(profile: ColumnProfile) -> bool:
    """Whether its values are chosen from a short list."""
    return _few(profile) > 0


def _handful(profile: ColumnProfile) -> float:
    """Very few values that stand again and again: seasons, presidents, departments."""
    return 1.0 if profile.distinct <= _HANDFUL and profile.filled >= 5 * profile.distinct else 0.0


def _marks(profile: ColumnProfile) -> float:
    """Very few short codes that stand again and again, and not all of them are a region's: OK and ERRO, P, F and J."""
    handful = _handful(profile) if _are_short_codes(profile) else 0.0
    return handful if profile.whole.get("region", 0.0) < _ALL_REGIONS else 0.0


def are_words_of_a_list(profile: ColumnProfile) -> bool:
    """Two words, each in very many rows: mother, father."""
    return profile.distinct == 2 and profile.filled >= 2 * _ROWS_OF_A_WORD


def _unique(profile: ColumnProfile) -> float:
    return 1.0 if profile.distinct >= 4 and profile.distinctness > 0.97 and not profile.increasing else 0.0


def shown_flag(profile: ColumnProfile) -> float:
    """Yes or no."""
    if not 0 < profile.distinct <= 2 or profile.filled < 3:
        return profile.whole.get("flag", 0.0) if profile.distinct <= 2 else 0.0
    numbers = profile.numbers
    if numbers is not None and profile.seems.get(Form.NUMBER, 0.0) > 0.9:
        return 1.0 if numbers.least >= 0 and numbers.greatest <= 1 else 0.0
    return profile.whole.get("flag", 0.0)


def _street(profile: ColumnProfile) -> float:
    """Words and a number with a blank between: "AB-1234" is none, nor is "AB1 2CD"."""
    if profile.length is None or profile.length.mean < _SHORT_STREET:
        return 0.0
    return min(profile.seems.get(Form.STREET, 0.0), profile.spaced)


def _birth_years(profile: ColumnProfile) -> float:
    """Years of people's births: long ago enough, far apart, none to come."""
    years = profile.years
    if years is None and profile.numbers is not None and profile.seems.get(Form.WHOLE_NUMBER, 0) > 0.9:
        years = profile.numbers if profile.numbers.least >= _OLDEST else None
    if years is None:
        return 0.0
    now = clock.now().year
    plausible = years.least >= _OLDEST and years.greatest <= now + 1
    far_apart = years.greatest - years.least >= 12 or profile.distinct < 8
    return 1.0 if plausible and far_apart and years.mean < now - _ADULTS_FROM else 0.0


def _year_numbers(profile: ColumnProfile) -> float:
    """Numbers that years are, of any people in history."""
    numbers = profile.numbers
    if numbers is None or profile.seems.get(Form.WHOLE_NUMBER, 0.0) < _MOSTLY_NUMBERS:
        return 0.0
    return 1.0 if numbers.least >= _FIRST_YEAR and numbers.greatest <= _LAST_YEAR else 0.0


def _ages(profile: ColumnProfile) -> float:
    numbers = profile.numbers
    if numbers is None or profile.seems.get(Form.NUMBER, 0) < 0.8:
        return 0.0
    return 1.0 if numbers.least >= 0 and 3 < numbers.greatest <= 125 else 0.0


def _money(profile: ColumnProfile) -> float:
    return max(
        profile.seems.get(Form.NUMBER, 0.0), sum(s for shape, s in profile.shapes if "9" in shape and s < 1)
    )


def _text(profile: ColumnProfile) -> float:
    if profile.words is not None and profile.words.mean >= _TEXT_WORDS:
        return 1.0
    return profile.seems.get(Form.TEXT, 0.0)


def _healthy_text(profile: ColumnProfile) -> float:
    longer = profile.words is not None and profile.words.mean >= _TEXT_WORDS
    return min(1.0, 2 * profile.within.get("health", 0.0)) if longer else 0.0


def looks_like_names(profile: ColumnProfile) -> float:
    """A word or a few that begin with a capital, without digits."""
    plain = profile.seems.get(Form.WORD, 0.0) + profile.seems.get(Form.WORDS, 0.0)
    return min(1.0, plain) * (0.3 + 0.7 * profile.capital)


def _beside_firms(profile: ColumnProfile, name: str) -> float:
    """The share with a name of the list, but for firms that are called after a family: Johnson & Sons Ltd."""
    firms = profile.within.get("company", 0.0) - profile.seems.get(Form.FULL_NAME, 0.0)
    return max(0.0, profile.within.get(name, 0.0) - max(0.0, firms))


def full_names(profile: ColumnProfile) -> float:
    """Two to four words with a given and a family name among them: no list has all the names of the world."""
    words = profile.words
    if words is None or not 2 <= words.mean <= 4 or profile.digits or profile.capital < _CAPITALS:
        return 0.0
    return min(_beside_firms(profile, name) for name in _NAMES)


def _key_like(profile: ColumnProfile) -> float:
    """Text without blanks in which hardly a value stands twice, and no days."""
    if profile.storage.get("text", 0.0) < 0.5 or profile.distinctness < 0.5:
        return 0.0
    return max(0.0, 1.0 - profile.spaced - profile.seems.get(Form.DATE, 0.0))


def _phone_like(profile: ColumnProfile) -> float:
    """With a plus, brackets or a leading zero and gaps, not a bare number."""
    dialled = sum(
        s for shape, s in profile.shapes if shape.startswith(("+", "(", "9 9", "9-9", "9/9", "9.9"))
    )
    return min(1.0, dialled) * min(1.0, 1.5 * profile.seems.get(Form.PHONE, 0.0))


def _dialled(profile: ColumnProfile) -> float:
    """Seven to fifteen digits and hardly more: a number to be dialled where the name of the column says so."""
    length, numbers = profile.length, profile.numbers
    if profile.digits > _MOST_DIGITS and length is not None and "text" in profile.storage:
        return 1.0 if length.least >= 7 and length.greatest <= 20 else 0.0
    if numbers is None or profile.seems.get(Form.WHOLE_NUMBER, 0.0) < _MOSTLY_NUMBERS:
        return 0.0
    return 1.0 if numbers.least >= 10**6 and numbers.greatest < 10**15 else 0.0


def _given_out(profile: ColumnProfile, form: Form) -> float:
    """Telephone numbers of digits alone; numbers that a program counts up are right one after the other, too."""
    counted = profile.increasing or profile.stepped
    return 0.0 if counted or profile.distinct < _FEWEST_NUMBERS else profile.seems.get(form, 0.0)


def _address_like(profile: ColumnProfile) -> float:
    """Blanks and digits; but no lines of a log, which have paths or parameters of links beside other words."""
    if sum(share for shape, share in profile.shapes if _OF_A_LINK.search(shape)) >= _SOME_LINKS:
        return 0.0
    return profile.spaced * min(1.0, 12 * profile.digits)


def _house_like(profile: ColumnProfile) -> float:
    short = profile.length is None or profile.length.greatest <= 10
    return 1.0 if short and (profile.digits > 0.3 or "integer" in profile.storage) else 0.0


def _three_digits(profile: ColumnProfile) -> float:
    """As the postcodes of Iceland and the Faroes, which no list of forms may have: any number looks so."""
    length, numbers = profile.length, profile.numbers
    if profile.digits > _ONLY_DIGITS and length is not None:
        return 1.0 if length.least == length.greatest == 3 else 0.0
    if numbers is None or profile.seems.get(Form.WHOLE_NUMBER, 0.0) < _MOSTLY_NUMBERS:
        return 0.0
    return 1.0 if numbers.least >= 100 and numbers.greatest <= 1000 else 0.0


def _iban_like(profile: ColumnProfile) -> float:
    return min(1.0, sum(s for shape, s in profile.shapes if shape.startswith("A9")))


def _card_like(profile: ColumnProfile) -> float:
    """Digits or stars as a card has; or the few digits of its back."""
    length = profile.length
    return (
        1.0
        if length is not None and length.least >= 3 and length.greatest <= 23 and profile.digits > 0.2
        else 0.0
    )


def _host_like(profile: ColumnProfile) -> float:
    return min(1.0, sum(s for shape, s in profile.shapes if shape.startswith("a.a")))


def _file(profile: ColumnProfile) -> float:
    return max(profile.seems.get(Form.FILE, 0.0), profile.seems.get(Form.URL, 0.0))


_DERIVED: Mapping[str, Callable[[ColumnProfile], float]] = {
    "few": _few,
    "handful": _handful,
    "marks": _marks,
    "flag": shown_flag,
    "street": _street,
    "unique": _unique,
    "years.birth": _birth_years,
    "years": _year_numbers,
    "age.range": _ages,
    "money": _money,
    "blob": lambda profile: profile.storage.get("blob", 0.0),
    "text": _text,
    "healthy_text": _healthy_text,
    "picture_file": _file,
    "sound_file": _file,
    "document_file": _file,
    "shape.name": looks_like_names,
    "full_names": full_names,
    "shape.key": _key_like,
    "unspaced": lambda profile: profile.storage.get("text", 0.0) * (1.0 - profile.spaced),
    "shape.phone": _phone_like,
    "shape.dialled": _dialled,
    "shape.abroad": lambda profile: _given_out(profile, Form.DIALLED),
    "shape.mobile": lambda profile: _given_out(profile, Form.MOBILE),
    "shape.address": _address_like,
    "shape.house": _house_like,
    "shape.three_digits": _three_digits,
    "shape.iban": _iban_like,
    "shape.card": _card_like,
    "shape.host": _host_like,
}


def logistic(log_odds: float) -> float:
    """From log-odds to a probability."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, log_odds))))
