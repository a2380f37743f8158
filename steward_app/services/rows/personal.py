"""Columns that look personal by their names, in several languages. They stay hidden until somebody asks for them.

The names are in `resources/rules/personal-names.yaml`. Nothing is read from the file's rows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.services.rows.source import Source
from steward_app.services.schema.model import Column, Table
from steward_app.storage.shipped import resource

Words: TypeAlias = tuple[str, ...]

_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class PersonalColumn:
    """A column that looks personal.

    Attributes:
        kind: stable name of what it seems to hold: "phone".
        reason: the same in words: "a telephone number".
    """

    column: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    means: str
    phrases: frozenset[str]
    of_people: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Rules:
    """All phrases joined: "firstname". `longest` is the most words a phrase has."""

    kinds: tuple[_Kind, ...]
    people: frozenset[str]
    ending_off: frozenset[str]
    starting_off: frozenset[str]
    never: frozenset[str]


def personal_columns(table: Table) -> frozenset[PersonalColumn]:
    """The columns of a table or view that look personal by their names."""
    return look_personal((column.name for column in table.columns), table.name)


def look_personal(columns: Iterable[str], table: str = "") -> frozenset[PersonalColumn]:
    """The same for bare names, such as those of a query's result."""
    rules = _rules()
    among_people = _names_people(split_words(table), rules)
    found = ((name, _kind_of(split_words(name), among_people, rules)) for name in columns)
    return frozenset(PersonalColumn(name, kind.name, kind.means) for name, kind in found if kind is not None)


def personal_in(source: Source) -> frozenset[str]:
    """The columns of a source that look personal: by their names, in a query also by those of the columns they are."""
    names = [column.name for column in source.columns]
    found = {each.column for each in look_personal(names, source.name)}
    origins = source.query.origins if source.query is not None else ()
    found |= {
        name for name, (table, column) in zip(names, origins, strict=False) if look_personal((column,), table)
    }
    return frozenset(found)


def until_asked_for(source: Source) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns to show or to write as long as nobody asks for personal ones, and the names of those left out.

    Raises `UsageError` where every column looks personal.
    """
    personal = personal_in(source)
    kept = tuple(column for column in source.columns if column.name not in personal)
    if not kept:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"Every column of {source.label} looks personal, so none is left.",
            hint="Name the columns, or ask for the personal ones.",
        )
    return kept, tuple(column.name for column in source.columns if column.name in personal)


def hidden_columns(table: Table) -> frozenset[str]:
    """The names of the columns that are not shown until asked for."""
    return frozenset(column.column for column in personal_columns(table))


def split_words(name: str) -> Words:
    """A name as words in small letters without accents and digits: `homePhone2` is ("home", "phone")."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ł", "l").replace("Ł", "L"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(piece.casefold() for piece in _PIECE.findall(plain))


def _kind_of(words: Words, among_people: bool, rules: _Rules) -> _Kind | None:
    if not words or any(part in rules.never for _, _, part in _parts(words)):
        return None
    if words[0] in rules.starting_off and len(words) > 1:
        return None
    ends_off = words[-1] in rules.ending_off
    beside_people = among_people or _names_people(words, rules)
    best: tuple[int, _Kind] | None = None
    for start, end, part in _parts(words):
        if ends_off and end < len(words):
            continue
        for kind in rules.kinds:
            matches = part in kind.phrases or (beside_people and part in kind.of_people)
            if matches and (best is None or end - start > best[0]):
                best = (end - start, kind)
    return best[1] if best else None


def _parts(words: Words) -> Iterator[tuple[int, int, str]]:
    """Every run of words, joined, with where it starts and ends."""
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + 5) + 1):
            yield start, end, "".join(words[start:end])


def _names_people(words: Words, rules: _Rules) -> bool:
    return any(
        part in rules.people
        or any(part.endswith(s) and part.removesuffix(s) in rules.people for s in _PLURALS)
        for _, _, part in _parts(words)
    )


_PLURALS = ("s", "es", "n", "en", "e", "er")


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    from ruamel.yaml import YAML

    document = YAML(typ="safe", pure=True).load(resource("rules", "personal-names.yaml"))
    kinds = tuple(
        _Kind(each["kind"], each["means"], _joined(each["phrases"]), _joined(each.get("of_people", ())))
        for each in document["kinds"]
    )
    lists = (_joined(document[name]) for name in ("people", "ending_off", "starting_off", "never"))
    return _Rules(kinds, *lists)


def _joined(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(phrase.replace(" ", "") for phrase in phrases)
