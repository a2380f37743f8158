"""When nobody can tell what values mean: codes and words under a name that no list knows."""

from __future__ import annotations

from steward_app.services.privacy.discover.model import Evidence, Source
from steward_app.services.privacy.discover.profile import ColumnProfile, Form
from steward_app.services.rows.headers import Reading

_KNOWN = 0.5  # share of the words of a name that some list holds
_LONG_NUMBER = 6  # digits that a number of a person may have
_MOSTLY = 0.6
_ALL = 0.99
_ROWS_OF_EACH = 20  # of a text that is chosen from a list


def is_opaque(profile: ColumnProfile, reading: Reading, *, flag: bool, about_people: bool) -> bool:
    """Whether neither name nor values say what it is, while it could be personal.

    In a table about people that is any code, word, text or long number of which nothing is known; in another only
    what is different in nearly every row, as an identity is. Numbers there count things, unless all are of one length,
    as those that are given out are.
    """
    if reading.plain or reading.ended_off or flag or profile.increasing:
        return False
    if reading.known >= _KNOWN and not _one_letter(reading):
        return False
    if profile.common or _is_understood(profile) or _is_the_same_everywhere(profile):
        return False
    if about_people:
        return True
    return (
        profile.distinct >= 10
        and profile.distinctness > 0.5
        and not profile.seems.get(Form.TEXT, 0.0) > _MOSTLY
        and not _counts(profile)
    )


def _counts(profile: ColumnProfile) -> bool:
    """Numbers stored as such and of different lengths: bytes, milliseconds, inhabitants."""
    stored = profile.storage.get("integer", 0.0) + profile.storage.get("real", 0.0)
    numbers = profile.numbers
    if numbers is None or stored < _ALL:
        return False
    return len(f"{abs(numbers.least):.0f}") < len(f"{abs(numbers.greatest):.0f}")


def _one_letter(reading: Reading) -> bool:
    return not reading.words or all(len(word) < 2 for word in reading.words)


def _is_understood(profile: ColumnProfile) -> bool:
    """Dates, amounts, small numbers and the states of a process say what they are."""
    seems = profile.seems
    if profile.whole.get("state", 0.0) > _MOSTLY:
        return True
    if max(seems.get(form, 0.0) for form in (Form.DATE, Form.TIME, Form.JULIAN_DAY)) > _MOSTLY:
        return True
    if seems.get(Form.NUMBER, 0.0) > _MOSTLY:
        whole = seems.get(Form.WHOLE_NUMBER, 0.0) > _MOSTLY
        long = profile.numbers is not None and profile.numbers.greatest >= 10**_LONG_NUMBER
        padded = profile.storage.get("text", 0.0) > _MOSTLY and profile.distinct > 10
        return not (whole and (long or padded))
    return False


def _is_the_same_everywhere(profile: ColumnProfile) -> bool:
    """One value in every row, as settings have that nobody changed: it tells nobody from anybody."""
    return profile.distinct == 1 and profile.filled >= _ROWS_OF_EACH and profile.filled == profile.looked_at


def says_the_same_again(profile: ColumnProfile) -> bool:
    """Whether texts are chosen from a list, as those on invoices are: each stands in many rows, and names nobody."""
    return profile.distinct * _ROWS_OF_EACH <= profile.filled and not profile.inside and not profile.named


def looks_like_nothing_known(profile: ColumnProfile, reading: Reading) -> tuple[Evidence, ...]:
    """Why a column seems to be about no person."""
    if reading.plain or reading.ended_off:
        return (Evidence(Source.HEADER, -0.5, "Named as things and bookkeeping are"),)
    if profile.seems.get(Form.NUMBER, 0.0) > _MOSTLY:
        return (Evidence(Source.VALUES, -0.3, "Numbers"),)
    return (Evidence(Source.VALUES, -0.3, "No value looks personal"),)
