"""What reading a column told of its values: counts, shares and forms. Nothing here holds a value of a row.

`scan` makes profiles, `judge` reads them. A share is of the filled cells that were looked at, from 0 to 1; what takes
long (telephone numbers, check digits) is tried on some different values, and the share is of those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from steward_app.services.privacy.model import Place


class Form(StrEnum):
    """What the whole of a value is, by its form alone."""

    EMAIL = "email"
    URL = "url"
    IP = "ip"
    MAC = "mac"
    UUID = "uuid"
    IMEI = "imei"  # 15 digits whose last one checks, and which begin as those of makers do
    CARD = "card"  # 13 to 19 digits whose last one checks, and which begin as those of issuers do
    IBAN = "iban"  # checked
    PHONE = "phone"  # written as a telephone number may be
    PHONE_VALID = "phone_valid"  # a telephone number that some country gives out
    DATE = "date"
    DATE_TIME = "date_time"
    TIME = "time"
    EPOCH = "epoch"  # a number of seconds or milliseconds since 1970 that falls between 1990 and 2040
    JULIAN_DAY = "julian_day"
    POSITION = "position"  # latitude and longitude in one cell
    LATITUDE = "latitude"  # a number from -90 to 90 with at least three decimals
    LONGITUDE = "longitude"
    NUMBER = "number"  # written as text or stored as a number
    WHOLE_NUMBER = "whole_number"
    BOOLEAN = "boolean"
    CODE = "code"  # short, of letters and digits, no words
    HASH = "hash"  # hexadecimal digits as long as a hash is, or a hash of a password
    KEY = "key"  # base64, JWT and other long text that no person reads
    HANDLE = "handle"  # @name
    USER_AGENT = "user_agent"
    FILE = "file"  # the name or path of a file
    JSON = "json"  # an object or array
    MARKUP = "markup"
    PERSON_NAME = "person_name"  # two to five words, a given and a family name of the lists among them
    INITIALS = "initials"
    STREET = "street"  # words and a house number
    WORD = "word"  # one word of letters
    WORDS = "words"  # two to four words of letters
    TEXT = "text"  # longer: sentences


class Inside(StrEnum):
    """What a longer text speaks of somewhere."""

    PERSON_NAME = "person_name"  # a given name of the lists beside a family name, or after Mr, Frau, Mme
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    IP = "ip"
    IBAN = "iban"
    CARD = "card"
    DATE = "date"
    STREET = "street"


class Content(StrEnum):
    """What bytes are, by how they begin."""

    PICTURE = "picture"
    SOUND = "sound"
    FILM = "film"
    PDF = "pdf"
    OFFICE = "office"
    ARCHIVE = "archive"
    DATABASE = "database"
    TEXT = "text"
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
        rows: of the table, `estimated_rows` of `TableProfile` says whether counted.
        looked_at: cells that were read; `filled`: those neither NULL nor blank.
        distinct: different filled values among them; of texts that were cut, different beginnings.
        once: how many of those stand in one cell only.
        largest: share of the value that stands most often.
        storage: shares by storage class: "integer", "real", "text", "blob".
        forms: shares by `Form`; a cell may be of several.
        patterns: shares by kind, of cells that fit a pattern of the packs (the whole value).
        checks: by name of a check ("luhn", "iban", "de.idnr"): share whose check digits are right.
        words: by list ("given_name", "family_name", "city", ...): share of cells that are a word of the list.
        terms: by kind: share of cells with a term of the packs in them.
        inside: by `Inside`: share of cells with such a thing in the middle of text.
        content: by `Content`: share of cells of bytes.
        shapes: the most frequent forms, letters as "a" or "A", digits as "9", with their shares. Only such as many
            values have, and none of longer text.
        length: of texts in characters, of bytes in bytes.
        tokens: words a text.
        numbers: of numbers, those written as text, too.
        years: of dates.
        not_utf8: share of texts that are no UTF-8.
        truncated: share of cells that are so large that only their beginning was looked at.
        languages: by code ("de"): share of texts with many small words of a language.
        regions: by country code ("GB"): share of valid telephone numbers or IBANs.
        missed_at_most: share of rows that could hold something that no cell looked at had, at 95 % confidence.
    """

    place: Place
    declared_type: str
    rows: int
    looked_at: int
    filled: int
    distinct: int
    comment: str = ""
    once: int = 0
    largest: float = 0.0
    storage: Mapping[str, float] = field(default_factory=dict)
    forms: Mapping[str, float] = field(default_factory=dict)
    patterns: Mapping[str, float] = field(default_factory=dict)
    checks: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, float] = field(default_factory=dict)
    terms: Mapping[str, float] = field(default_factory=dict)
    inside: Mapping[str, float] = field(default_factory=dict)
    content: Mapping[str, float] = field(default_factory=dict)
    shapes: tuple[tuple[str, float], ...] = ()
    length: Range | None = None
    tokens: Range | None = None
    numbers: Range | None = None
    years: Range | None = None
    not_utf8: float = 0.0
    truncated: float = 0.0
    languages: Mapping[str, float] = field(default_factory=dict)
    regions: Mapping[str, float] = field(default_factory=dict)
    missed_at_most: float = 0.0

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
        positions: pairs of columns that are latitude and longitude.
        same: columns whose values stand in a column of another table, without a declared foreign key:
            (column, other table, other column, share of the distinct values that stand there).
    """

    table: str
    rows: int
    whole: bool
    columns: tuple[ColumnProfile, ...]
    estimated: bool = False
    positions: tuple[tuple[str, str], ...] = ()
    same: tuple[tuple[str, str, str, float], ...] = ()

    def at(self, column: str, path: str = "") -> ColumnProfile | None:
        """The profile of a column or path, or None."""
        return next((each for each in self.columns if each.place == Place(self.table, column, path)), None)
