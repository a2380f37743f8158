"""Moments that only the name of a column tells: seconds since 1970, and days of birth in a form that nobody reads."""

from __future__ import annotations

import re
from typing import Final

from steward_app.services.privacy.dates import BIRTH
from steward_app.services.privacy.discover.profile import ColumnProfile, Form
from steward_app.services.rows.headers import How, Reading

_ALL_OF_IT: Final = 0.9
_HALF: Final = 0.5
_DIGITS: Final = 0.15  # of what is written in a day: 7. elokuuta 2014
_LEAST_DAY: Final = 10_100  # 1.1.00 as a number
_DECLARED: Final = re.compile(r"date|time", re.IGNORECASE)
_COMMENTED: Final = re.compile(r"\b(?:1970|epoch|unix)\b", re.IGNORECASE)
_WORDS: Final = (
    "at on ts time times timestamp stamp datetime date day when since until moment epoch unix utc created updated"
    " modified changed seen started ended finished expires expiry expired logged login logout accessed visited"
    " sent received opened closed registered joined last first begin end start stop from to ms millis"
    " am um zeit zeitpunkt zeitstempel datum seit bis wann erstellt geaendert angelegt beginn ende uhrzeit"
    " heure horodatage depuis quand cree modifie debut fin fecha hora momento desde hasta cuando creado inicio"
    " data ora quando dal al creato modificato inizio fine tijd tijdstip tijdstempel sinds tot aangemaakt gewijzigd"
    " czas kiedy od do utworzono zmieniono tid tidspunkt tidsstampel dato oprettet opprettet skapad"
    " aika pvm hetki luotu muokattu cas kdy ido idopont mikor timp moment"
    " tarih tarihi zaman zamani saat termin dzien dnia vreme laikas aeg kuupaev tanggal waktu ngay"
)
_NAMED: Final = frozenset(_WORDS.split())
"""Words of names of times, folded. The values must all look like moments, too."""


def tells_moments(profile: ColumnProfile, reading: Reading) -> bool:
    """Whether numbers are moments between 1990 and 2040, and the column is called or declared as one of times."""
    numbers = profile.storage.get("integer", 0.0) + profile.storage.get("real", 0.0)
    if min(numbers, profile.seems.get(Form.EPOCH, 0.0)) < _ALL_OF_IT:
        return False
    return (
        not _NAMED.isdisjoint(reading.words)
        or _DECLARED.search(profile.declared_type) is not None
        or _COMMENTED.search(profile.comment) is not None
    )


def may_be_unread_births(profile: ColumnProfile, reading: Reading) -> bool:
    """Whether a column is called as days of birth are and holds none that is read, but what may be one: digits."""
    if reading.plain or reading.ended_off:
        return False
    called = any(
        match.kind == BIRTH and match.how is not How.BONES and reading.covered(match) >= _HALF
        for match in reading.matches
    )
    as_numbers = profile.numbers is not None and profile.numbers.least >= _LEAST_DAY
    as_texts = profile.storage.get("text", 0.0) >= _HALF and profile.digits >= _DIGITS
    return called and (as_texts or as_numbers)
