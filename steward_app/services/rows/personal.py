"""Columns that look personal. They stay hidden until somebody asks for them.

What was decided of a column counts; without it what the last scan found in it, or else its name, in several languages.
The names are those by which a scan goes, too (`headers`). Nothing is read from the file's rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from steward_app.catalog.classified import NOTHING, Classified, classified
from steward_app.catalog.scanned import found_personal
from steward_app.db.columns_read import Place
from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, StewardError, UsageError
from steward_app.services.rows.headers import Match, Reading
from steward_app.services.rows.shipped_headers import shipped_headers, shipped_packs
from steward_app.services.rows.source import Source
from steward_app.services.schema.model import Column, Table, TableKind
from steward_app.storage.shipped import resource


@dataclass(frozen=True, slots=True)
class PersonalColumn:
    """A column that looks personal.

    Attributes:
        kind: stable name of what it seems to hold, a type of personal data: "phone".
        reason: the same in words: "a telephone number".
    """

    column: str
    kind: str
    reason: str


def personal_columns(table: Table, database: Path | None = None) -> frozenset[PersonalColumn]:
    """The columns of a table or view that were decided to be personal, or look so to the last scan or by their names.

    What is made of such a column (that of a view, a generated one, full text, its shadow tables) is as that is.
    """
    names, said = [column.name for column in table.columns], known_of(database)
    places = [_speaking(table, name, said) for name in names]
    sources = {name: table.made_of.get((table.name, name), frozenset[Place]()) for name in names}
    undecided = {place for place in set().union(*sources.values()) if said.is_personal(*place) is None}
    look = {place: each for place in undecided for each in _look(place[1:], place[0])}
    guessed = {each.column: each for each in _look(names, table.name)}
    for name in names:
        looks = next((look[place] for place in sorted(sources[name]) if place in look), None)
        if looks is not None:
            guessed.setdefault(name, PersonalColumn(name, looks.kind, looks.reason))
    return _as_decided(names, frozenset(guessed.values()), places, database)


def _speaking(table: Table, column: str, said: Classified) -> tuple[Place, ...]:
    """The places whose decisions speak of a column: its own, and what it is made of.

    A column of a view is what it is made of, so that nobody needs to decide about it, too.
    """
    own, sources = (table.name, column), table.made_of.get((table.name, column), frozenset())
    stands_in = table.kind is TableKind.VIEW and bool(sources) and said.is_personal(*own) is None
    return tuple(sources) if stands_in else (own, *sources)


def look_personal(
    columns: Iterable[str], table: str = "", database: Path | None = None
) -> frozenset[PersonalColumn]:
    """The same for bare names, such as those of a query's result."""
    names = list(columns)
    return _as_decided(names, _look(names, table), [((table, name),) for name in names], database)


def _look(columns: Iterable[str], table: str) -> frozenset[PersonalColumn]:
    headers, hidden = shipped_headers(), _hidden()
    among_people = headers.is_of_people(table)
    found = set()
    for name in columns:
        reading = headers.read(name, among_people=among_people)
        kind = next((m.kind for m in reading.matches if m.kind in hidden and not _is_key(m, reading)), "")
        if kind:
            found.add(PersonalColumn(name, kind, hidden[kind]))
    return frozenset(found)


def personal_in(source: Source, database: Path | None = None) -> frozenset[str]:
    """The personal columns of a source; in a query also by the names and the decisions of what their values come of."""
    if source.table is not None:
        shown = {column.name for column in source.columns}
        return hidden_columns(source.table, database) & shown
    names = [column.name for column in source.columns]
    guessed = {each.column for each in look_personal(names)}
    origins = source.query.origins if source.query is not None else ()
    for name, places in zip(names, origins, strict=False):
        if any(_is_personal(*place, database) for place in places):
            guessed.add(name)
        elif places and all(known_of(database).is_personal(*place) is False for place in places):
            guessed.discard(name)
    return frozenset(guessed)


def guarded_in(source: Source, database: Path) -> frozenset[str]:
    """The columns of a source that are not written to plain files unless somebody says so.

    Raises `UsageError` where the policy cannot be understood.
    """
    said = classified(database)
    names = [column.name for column in source.columns]
    origins: Iterable[Collection[Place]]
    if source.table is None:
        origins = source.query.origins if source.query is not None else ()
    else:
        made_of = source.table.made_of
        origins = [{(source.name, name), *made_of.get((source.name, name), ())} for name in names]
    return frozenset(
        name
        for name, places in zip(names, origins, strict=False)
        if any(said.is_guarded(*place) for place in places)
    )


def _is_personal(table: str, column: str, database: Path | None) -> bool:
    """As was decided; where nobody did, as the last scan or its name says."""
    decided = known_of(database).is_personal(table, column)
    return bool(look_personal((column,), table)) if decided is None else decided


def known_of(database: Path | None) -> Classified:
    """What is known of columns, for showing them: what was decided, else what the last scan found to be personal.

    Nothing of a policy that cannot be understood, and of a catalog that cannot be read.
    """
    if database is None:
        return NOTHING
    decided, found = NOTHING, frozenset[tuple[str, str, str]]()
    with suppress(StewardError):
        decided = classified(database)
    with suppress(StewardError):
        found = found_personal(database)
    return _with_found(decided, found) if found else decided


@lru_cache(maxsize=8)
def _with_found(decided: Classified, found: frozenset[tuple[str, str, str]]) -> Classified:
    scanned = {
        (fold(table), fold(column))
        for table, column, kind in found
        if _is_hidden(kind, column) and decided.is_personal(table, column) is None
    }
    return replace(decided, personal=decided.personal | scanned)


def _as_decided(
    names: Sequence[str],
    guessed: frozenset[PersonalColumn],
    places: Sequence[Sequence[Place]],
    database: Path | None,
) -> frozenset[PersonalColumn]:
    """What the names seem to say, put right by what is known of the places they stand for."""
    said = known_of(database)
    if said is NOTHING:
        return guessed
    decided: dict[str, bool] = {}
    for name, shown in zip(names, places, strict=True):
        verdicts = {said.is_personal(*place) for place in shown}
        if verdicts and (True in verdicts or verdicts == {False}):
            decided[name] = True in verdicts
    known = {each.column for each in guessed}
    kept = {each for each in guessed if decided.get(each.column) is not False}
    added = {
        PersonalColumn(name, "known", "personal, as was decided or found by the last scan")
        for name, personal in decided.items()
        if personal and name not in known
    }
    return frozenset(kept | added)


def until_asked_for(
    source: Source, database: Path | None = None
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns to show or to write as long as nobody asks for personal ones, and the names of those left out.

    Raises `UsageError` where every column looks personal.
    """
    personal = personal_in(source, database)
    kept = tuple(column for column in source.columns if column.name not in personal)
    if not kept:
        made = ", or is made of what does" if source.query is not None else ""
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"Every column of {source.label} looks personal{made}, so none is left.",
            hint="Name the columns, or ask for the personal ones.",
        )
    return kept, tuple(column.name for column in source.columns if column.name in personal)


def hidden_columns(table: Table, database: Path | None = None) -> frozenset[str]:
    """The names of the columns that are not shown until asked for."""
    return frozenset(column.column for column in personal_columns(table, database))


def _is_key(match: Match, reading: Reading) -> bool:
    """customer_id leads from table to table: rows could not be told apart without it."""
    return match.kind == "person_number" and reading.words[match.end - 1] == "id"


def _is_hidden(kind: str, column: str) -> bool:
    """Whether what a scan found in a column is hidden: of the types that names alone hide, but for keys as there."""
    is_key = kind == "person_number" and shipped_headers().read(column).words[-1:] == ("id",)
    return kind not in _shown() and not is_key


@lru_cache(maxsize=1)
def _shown() -> frozenset[str]:
    """The types that hide no column; `about_person` is every column beside a person's, JSON goes by its paths."""
    return frozenset(kind for kind, said in _packed() if said.get("shown")) | {"about_person", "json"}


@lru_cache(maxsize=1)
def _hidden() -> dict[str, str]:
    """The types whose columns are hidden by their names alone, with what they mean."""
    from ruamel.yaml import YAML

    means = YAML(typ="safe", pure=True).load(resource("rules", "privacy", "kinds.yaml"))["kinds"]
    return {kind: means[kind]["means"] for kind, _ in _packed() if kind not in _shown()}


def _packed() -> list[tuple[str, Mapping[str, Any]]]:
    """What the packs say of each type; one may stand in several."""
    return [kinds for pack in shipped_packs().values() for kinds in (pack.get("kinds") or {}).items()]
