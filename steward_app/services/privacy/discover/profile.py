"""What reading a column told of its values: counts, shares and forms. Nothing here holds a value of a row.

`scan` makes profiles, `judge` reads them. A share is of the filled cells that were looked at, from 0 to 1; what takes
long (telephone numbers, check digits) is tried on some different values, and the share is of those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from steward_app.services.privacy.model import Place

MAY_BE_NAMES: Final = "?"
"""Of keys in JSON that are words in no list, as most family names are."""


class Form(StrEnum):
    """What the whole of a value is by its form alone, beside the patterns of the packs. It may be several of them."""

    EMAIL = "email"
    URL = "url"
    IP = "ip"
    MAC = "mac"
    UUID = "uuid"
    IMEI = "imei"  # 15 digits with the right check digit
    CARD = "card"  # 13 to 19 digits that begin as those of issuers do, with the right check digit
    IBAN = "iban"  # with the right check digits
    HANDLE = "handle"  # @name
    USER_AGENT = "user_agent"
    FILE = "file"  # the name or path of a file
    STREET = "street"  # words and a house number
    INITIALS = "initials"
    FULL_NAME = "full_name"  # a given name and a family name that no list needs to have, in any writing
    ADDRESSED = "addressed"  # a form of address before a name, among other words or alone
    DATE = "date"  # a day, with or without a time
    DATE_TIME = "date_time"  # a day with a time
    TIME = "time"
    EPOCH = "epoch"  # a number of seconds or milliseconds since 1970 that falls between 1990 and 2040
    JULIAN_DAY = "julian_day"
    POSITION = "position"  # latitude and longitude in one cell
    LATITUDE = "latitude"  # a number from -90 to 90 with at least three decimals
    LONGITUDE = "longitude"  # from -180 to 180
    NUMBER = "number"  # stored as a number, or written as one
    WHOLE_NUMBER = "whole_number"
    PHONE = "phone"  # written as a telephone number may be
    PHONE_VALID = "phone_valid"  # a telephone number that some country gives out
    DIALLED = "dialled"  # digits alone: of a telephone number with the code of a country, or of a mobile with its zero
    MOBILE = "mobile"  # of a mobile without either
    CODE = "code"  # one piece with letters and digits
    HASH = "hash"  # as many hexadecimal digits as a hash has, or a hash of a password
    KEY = "key"  # long and mixed: what no person reads or types
    JSON = "json"  # an object or array
    MARKUP = "markup"
    WORD = "word"  # one word of letters
    WORDS = "words"  # two to five words of letters
    TEXT = "text"  # more: sentences


class Inside(StrEnum):
    """What a text of more than a few words speaks of somewhere."""

    PERSON_NAME = "person_name"  # a given and a family name beside one another, or a name after Mr, Frau, Mme
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    IP = "ip"
    IBAN = "iban"
    CARD = "card"
    DATE = "date"


class Content(StrEnum):
    """What bytes are, by how they begin."""

    PICTURE = "picture"
    SOUND = "sound"
    FILM = "film"
    PDF = "pdf"
    OFFICE = "office"
    ARCHIVE = "archive"
    DATABASE = "database"
    TEXT = "text"  # looked at as any other text
    JSON = "json"  # JSONB of SQLite, too: what is in it stands under its paths
    KEY = "key"  # certificates and keys
    BIOMETRIC = "biometric"  # templates of fingers, faces, irises
    MEDICAL_PICTURE = "medical_picture"  # DICOM
    PROGRAM = "program"
    COMPRESSED = "compressed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Range:
    """From the least to the greatest. Numbers are rounded outwards to two digits, so that none is a value of a row."""

    least: float
    greatest: float
    mean: float


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """A column, or what a path names inside its JSON.

    Attributes:
        place: `place.path` is "" for the whole cell.
        declared_type: as written; "" for a path.
        rows: of the table; `TableProfile.estimated` says whether counted.
        looked_at: cells that were read; `filled`: those neither NULL nor blank.
        distinct: different filled values among them, "about" where there are very many.
        once: share of the different values that stand in one cell only.
        largest: share of the value that stands most often.
        increasing: whole numbers that grow by one from row to row, as those that a program counts.
        stepped: whole numbers, as text, too, that grow by the same step from row to row, or leave few of them out.
        storage: shares by storage class: "integer", "real", "text", "blob".
        seems: shares by `Form`.
        forms: by kind: share of cells whose whole value has a form that the packs name for it.
        right: by name of a check ("luhn", "de.idnr"): share of cells with that form and right check digits.
        whole: by name of a list of the packs: share of cells whose whole value is an entry.
        within: by name of a list, and by kind for its terms: share of cells with an entry in them as whole words.
        named: share of cells of two to five words that are all given or family names, one at least of each, or of one
            word that is both in letters without a blank between them.
        inside: by `Inside`, of longer texts.
        content: by `Content`, of bytes.
        shapes: the most frequent forms with their shares, letters as "a" or "A", digits as "9", repeats left out
            ("Aa Aa", "99.9" as "9.9").
        length: of texts in characters, of bytes in bytes.
        words: words a text.
        numbers: of numbers, those written as text, too.
        years: of dates.
        capital: share of texts that begin with a capital; `spaced`: with a blank in them; `digits`: mean share of
            digits among the characters.
        not_utf8: share of texts that are no UTF-8.
        truncated: share of cells so large that only their beginning was looked at.
        regions: by country code ("GB"): share of the valid telephone numbers.
        keys_are: of keys in JSON that are names of persons, their type; `MAY_BE_NAMES` where nobody can tell.
        may_be_names: most of the different texts are names by the lists, alone or beside words (`names_alone`).
        common: what such keys lead to are common words; of keys, they are months, days or versions.
        missed_at_most: share of rows that could hold something that no cell looked at had, at 95 % confidence.
    """

    place: Place
    declared_type: str
    rows: int
    looked_at: int
    filled: int
    distinct: int
    comment: str = ""
    once: float = 0.0
    largest: float = 0.0
    increasing: bool = False
    stepped: bool = False
    storage: Mapping[str, float] = field(default_factory=dict)
    seems: Mapping[str, float] = field(default_factory=dict)
    forms: Mapping[str, float] = field(default_factory=dict)
    right: Mapping[str, float] = field(default_factory=dict)
    whole: Mapping[str, float] = field(default_factory=dict)
    within: Mapping[str, float] = field(default_factory=dict)
    named: float = 0.0
    inside: Mapping[str, float] = field(default_factory=dict)
    content: Mapping[str, float] = field(default_factory=dict)
    shapes: tuple[tuple[str, float], ...] = ()
    length: Range | None = None
    words: Range | None = None
    numbers: Range | None = None
    years: Range | None = None
    capital: float = 0.0
    spaced: float = 0.0
    digits: float = 0.0
    not_utf8: float = 0.0
    truncated: float = 0.0
    regions: Mapping[str, float] = field(default_factory=dict)
    missed_at_most: float = 0.0
    keys_are: str = ""
    may_be_names: bool = False
    common: bool = False

    @property
    def name(self) -> str:
        """Of the column, or of the last step of the path: "email" for "$.contact.email"."""
        steps = self.place.path.replace("[*]", "").removesuffix("~").rstrip(".").rsplit(".", 1)
        return steps[-1].strip('"') if len(steps) == 2 and steps[-1] else self.place.column

    @property
    def distinctness(self) -> float:
        """Different values a filled cell; 1 where no value stands twice."""
        return self.distinct / self.filled if self.filled else 0.0


@dataclass(frozen=True, slots=True)
class TableProfile:
    """A table that was read.

    Attributes:
        rows: counted, or about as many as there are where `estimated`.
        whole: every row was looked at.
        columns: in table order, each followed by the paths inside its JSON.
        positions: columns that are latitude or longitude beside the other, and lists in JSON of both.
        same: columns whose values stand in a column of another table, without a declared foreign key:
            (column, other table, other column, share of the distinct values that stand there).
        echoes: columns whose values stand in another column of this table, with that column.
        referring: paths in JSON, by `place_id`, whose values stand in a column of a table, and columns that have them
            inside texts: (table, column, how they are written inside texts or "").
    """

    table: str
    rows: int
    whole: bool
    columns: tuple[ColumnProfile, ...]
    estimated: bool = False
    positions: tuple[Place, ...] = ()
    same: tuple[tuple[str, str, str, float], ...] = ()
    echoes: tuple[tuple[str, str], ...] = ()
    referring: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)

    def at(self, column: str, path: str = "") -> ColumnProfile | None:
        """The profile of a column or path, or None."""
        return next((each for each in self.columns if each.place == Place(self.table, column, path)), None)
