"""The words of the policy about personal data. Art. 4, 9, 10 and 87 GDPR stand behind them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

NO_NAME: Final = '""'
"""How an empty name, which SQLite allows, is written."""
OF_COLUMN: Final = "column:"
"""How the domain of a rule begins that is named after a column: the rule gives what it gave when that was its name."""


class Identifies(StrEnum):
    """How a value leads to a person."""

    DIRECT = "direct"  # alone: a name, an e-mail address, a national number
    INDIRECT = "indirect"  # together with others: a birth date, a postcode
    NONE = "none"  # it says something about a person and does not lead to them


class Category(StrEnum):
    """What the law calls it."""

    ORDINARY = "ordinary"
    SPECIAL = "special"  # Art. 9: health, belief, politics, union, origin, sex life, genetic, biometric
    CRIMINAL = "criminal"  # Art. 10
    NATIONAL_NUMBER = "national_number"  # Art. 87


class Level(StrEnum):
    """How it is handled. In order: sort with `rank`."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"

    @property
    def rank(self) -> int:
        return tuple(Level).index(self)


class Origin(StrEnum):
    """Where it comes from; only what was provided or observed is portable (Art. 20)."""

    PROVIDED = "provided"  # by the person
    OBSERVED = "observed"  # of the person: visits, measurements
    INFERRED = "inferred"  # worked out from other data


class Technique(StrEnum):
    """What becomes of the values of a column. NULL stays NULL in every one of them but `fixed`."""

    KEEP = "keep"
    REMOVE = "remove"  # NULL, or where the column refuses NULL what its type has for empty
    FIXED = "fixed"  # the same value in every row
    MASK = "mask"  # some characters stay, the others become a sign
    PSEUDONYM = "pseudonym"  # real-looking and keyed: the same original gives the same value everywhere
    PERMUTE = "permute"  # keyed permutation of the domain: one to one, for keys and UNIQUE columns
    TOKEN = "token"  # keyed, says nothing  # noqa: S105  no password
    SHIFT = "shift"  # dates by so many days, the same for all dates of one person
    GENERALIZE = "generalize"  # a coarser value of a hierarchy: range, prefix, year
    ROUND = "round"
    NOISE = "noise"  # a random amount of a stated distribution
    SHUFFLE = "shuffle"  # the column's own values, in other rows of the same group
    MICROAGGREGATE = "microaggregate"  # the mean of at least k rows that are alike
    REDACT = "redact"  # free text without the persons that the database knows
    JSON = "json"  # path by path: see the rules of the paths
    BLOB = "blob"  # a picture or document becomes an empty one of its kind


def dotted(table: str, column: str) -> str:
    """How documents name a column: "patient.email"."""
    return f"{_escaped(table)}.{_escaped(column)}"


def _escaped(name: str) -> str:
    if name == NO_NAME:
        return f"\\{name}"
    return "".join("\\" + letter if letter in "\\.:" else letter for letter in name) or NO_NAME
