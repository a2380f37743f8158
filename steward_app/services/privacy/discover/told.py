"""Columns about people that must not pass for "something else about a person" only because no list and no form fits.

A column named e-mail whose values have no sign of one (a login, a host within the house) leads to a person all the
same, and so does a column of family names that is called "group". Whatever is weighed, neither goes along unchanged.
"""

from __future__ import annotations

import re
from typing import Final

from steward_app.services.privacy.discover.model import Evidence, Source
from steward_app.services.privacy.discover.profile import ColumnProfile, Form
from steward_app.services.privacy.discover.sentences import percent
from steward_app.services.privacy.discover.signs import full_names, shown_flag
from steward_app.services.privacy.json_steps import KEYS
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Technique
from steward_app.services.privacy.written_numbers import AMONG_WORDS
from steward_app.services.rows.headers import How, Match, Reading

_NAMES = ("person_name", "given_name", "family_name")
_OF_PEOPLE = frozenset({*_NAMES, "street"})  # types of words that say it in a table of people alone: "via"
_ELSEWHERE = (
    "city",
    "country",
    "region",
    "company",
    "language",
    "job",
)  # lists that explain names of places and trades
_SEVERAL = 8  # different values; fewer names are chosen from a list
_LEAST = 3
_DIFFERENT = 0.5
_MOSTLY = 0.6
_SOME = 0.2
_UNCHECKED = {"card": "person_number", "iban": "bank_account"}  # what it is where no check digit is right
_WRITTEN = frozenset({How.WRITTEN, How.SHORT})
_ONE_EACH = 0.9
_INITIALLED: Final = re.compile(r"(?:A\. ?){1,3}(?:a )*Aa")  # the shape of "E.A. Maas" and "J. van den Berg"
_INITIAL_LAST: Final = re.compile(r"Aa A\.?")  # of "Jane D": "Vitamin C" has no given name
_HALF = 0.5
_PART, _MOST_TOGETHER, _ONE_OF_THEM = 0.1, 0.7, 0.9  # shares of the ways to reach somebody in a mixed column
_WORDS_OF_TEXT: Final = 3  # in the mean
_ALL_BUT_A_FEW: Final = 0.95
_SIGNS_IN_TEXTS, _LEAST_IN_TEXTS = 4, 1_000  # fewer and lower ones may be anything in a text (`Known`)
_SALUTATION = "salutation"
_SHARED: Final = "address"  # what many have in common: of a house, or the name of a town
_ADDRESSED, _ADDRESSED_AMONG_THEM = 0.2, 0.02  # of texts; of forms of address
_WHOLE = frozenset(
    {Technique.REDACT, Technique.BLOB, Technique.JSON}
)  # texts and files: by what they hold alone


def told_all_the_same(
    profile: ColumnProfile, reading: Reading, *, of_people: bool, persons: bool = False
) -> tuple[str, Evidence] | None:
    """The type that the name of a column or the names in its values tell, and why; None where neither does.

    Args:
        of_people: the table is named after people, so that "last" is a name there.
        persons: each row is a person, so that a page of its own is one about them.
    """
    if profile.increasing:
        return None
    if profile.distinct < _LEAST:
        return _by_header(profile, reading, of_people=of_people)
    if persons and profile.distinctness >= _ONE_EACH and profile.seems.get(Form.URL, 0.0) >= _ONE_EACH:
        return "web_address", Evidence(Source.VALUES, 0.6, "A page for each person")
    if _initialled(profile):
        return "person_name", Evidence(
            Source.VALUES, 0.6, "Initials before a name that is written as names are"
        )
    named = _by_values(profile) if profile.distinct >= _SEVERAL else None
    if named is not None and not (
        reading.of_thing and named[0] == "person_name"
    ):  # firms: Smith, Jones and Brown
        kind, share = named
        return kind, Evidence(Source.WORDS, 0.6, f"Names in {100 * share:.0f} %", share)
    return _by_header(profile, reading, of_people=of_people)


def told_by_mixed_contacts(profile: ColumnProfile) -> tuple[str, Evidence] | None:
    """Whether a column holds now an e-mail address, now a telephone number or a postal address, each the whole value.

    What takes names out of texts would leave such a value as it stands.
    """
    shares = [
        (name, profile.seems.get(form, 0.0))
        for form, name in (
            (Form.EMAIL, "E-mail addresses"),
            (Form.PHONE, "telephone numbers"),
            (Form.STREET, "postal addresses"),
        )
    ]
    mixed = [(name, share) for name, share in shares if share >= _PART]
    total = sum(share for _, share in mixed)
    if len(mixed) < 2 or total < _MOST_TOGETHER or max(share for _, share in mixed) > _ONE_OF_THEM:
        return None
    words = ", ".join(f"{name} in {100 * share:.0f} %" for name, share in mixed)
    return "contact", Evidence(Source.VALUES, 0.9, words[0].upper() + words[1:], min(1.0, total))


def are_texts_that_name(profile: ColumnProfile, key: ColumnProfile, written: str) -> bool:
    """Whether numbers or codes of a key stand in texts of several words, and are long enough to be taken out of these.

    What is one piece may be encoded, and names then be left in it: a column that has more than a few such cells, or
    keys among them, is no such text.

    Args:
        key: whose they are.
        written: how, in words.
    """
    words = profile.words.mean if profile.words is not None else 0.0
    encoded = any(profile.seems.get(form, 0.0) for form in (Form.KEY, Form.HASH))
    if written != AMONG_WORDS or words < _WORDS_OF_TEXT or profile.spaced < _ALL_BUT_A_FEW or encoded:
        return False
    if key.numbers is not None:
        return key.numbers.least >= _LEAST_IN_TEXTS
    return key.length is not None and key.length.least >= _SIGNS_IN_TEXTS


def may_be_called_so(profile: ColumnProfile, reading: Reading) -> bool:
    """Whether values may be the names of persons where they are names by the lists: nothing says what else they are."""
    if profile.place.path.endswith(KEYS) or profile.common:
        return False
    otherwise = any(reading.covered(match) == 1.0 and match.kind not in _NAMES for match in reading.matches)
    return not (otherwise or reading.plain or reading.ended_off or reading.of_thing)


def told_by_address(profile: ColumnProfile, kind: str) -> tuple[str, Evidence] | None:
    """Whether texts name somebody behind a form of address, though their type says nothing of a name.

    Args:
        kind: the likeliest type.
    """
    share = profile.seems.get(Form.ADDRESSED, 0.0)
    known = kinds().get(kind)
    leads = known is not None and known.identifies is Identifies.DIRECT
    if leads or share < (_ADDRESSED_AMONG_THEM if kind == _SALUTATION else _ADDRESSED):
        return None
    return "free_text", Evidence(
        Source.WORDS, 0.8, f"Forms of address before names in {percent(share)}", share
    )


def _by_header(profile: ColumnProfile, reading: Reading, *, of_people: bool) -> tuple[str, Evidence] | None:
    if _is_dated(profile) or profile.storage.get("real", 0.0) > _MOSTLY:
        return None
    if shown_flag(profile) > _MOSTLY:
        return None  # whether somebody is a client, and not which
    for match in reading.matches:
        if profile.distinctness < _DIFFERENT and match.kind != _SHARED:
            continue
        company = match.kind in _NAMES and profile.within.get("company", 0.0) > _SOME
        if match.kind == "account" and profile.spaced > _HALF:
            continue  # "account name" of firms: nobody logs in with blanks
        numbers = match.kind in _NAMES and profile.seems.get(Form.NUMBER, 0.0) > _MOSTLY
        if not company and not numbers and _says(match, reading, of_people=of_people):
            kind = _UNCHECKED.get(match.kind, match.kind)
            return kind, Evidence(
                Source.HEADER, 0.6, "Name of the column, though its values have another form"
            )
    return None


def _by_values(profile: ColumnProfile) -> tuple[str, float] | None:
    shares = {
        "person_name": max(profile.named, full_names(profile)),
        "given_name": profile.whole.get("given_name", 0.0),
        "family_name": profile.whole.get("family_name", 0.0),
    }
    kind = max(_NAMES, key=lambda each: shares[each])
    share = shares[kind]
    elsewhere = max(
        max(profile.whole.get(name, 0.0) for name in _ELSEWHERE), profile.within.get("company", 0.0)
    )
    if share < _MOSTLY or elsewhere >= share or profile.capital < _MOSTLY:
        return None
    return kind, share


def _initialled(profile: ColumnProfile) -> bool:
    """Whether half of the values are initials and a name, of many different people."""
    named = profile.within.get("given_name", 0.0) >= _HALF
    share = sum(
        share
        for shape, share in profile.shapes
        if _INITIALLED.fullmatch(shape) or (named and _INITIAL_LAST.fullmatch(shape))
    )
    return share >= _HALF and profile.distinctness >= _HALF


def _says(match: Match, reading: Reading, *, of_people: bool) -> bool:
    """Whether a phrase is all of the name but for words of people, and of a type that leads to somebody by itself."""
    kind = kinds().get(match.kind)
    if kind is None or kind.identifies is not Identifies.DIRECT or kind.technique in _WHOLE:
        return False
    if match.of_people and not (of_people and match.kind in _OF_PEOPLE):
        return False
    if match.of_people and len(reading.matches) > 1:
        return False  # artist_bio
    whole = reading.covered(match) == 1.0
    return match.how in _WRITTEN and (whole or reading.beside_people)


def _is_dated(profile: ColumnProfile) -> bool:
    return max(profile.seems.get(form, 0.0) for form in (Form.DATE, Form.TIME, Form.JULIAN_DAY)) > _MOSTLY
