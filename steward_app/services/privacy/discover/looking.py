"""Looks at one table: which rows, all its columns, and what could not be looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from steward_app.db import ReadSession, fold
from steward_app.db.any_text import legible
from steward_app.db.query import readable
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.column import Column as Gathered
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.discover.model import NotLookedAt
from steward_app.services.privacy.discover.profile import ColumnProfile, Form, TableProfile
from steward_app.services.privacy.discover.reading import Batch, Reader, groups
from steward_app.services.privacy.discover.same import Read, echoes
from steward_app.services.privacy.discover.sampling import Choice, choose_rows, missed_at_most
from steward_app.services.privacy.discover.vocabulary import has_vocabulary, terms
from steward_app.services.privacy.json_values import of_jsonb
from steward_app.services.privacy.model import Place
from steward_app.services.schema.model import Column, Table

_UNREADABLE = frozenset(
    {
        ErrorCode.DAMAGED,
        ErrorCode.MALFORMED_SCHEMA,
        ErrorCode.MISSING_MODULE,
        ErrorCode.NAME_NOT_UTF8,
        ErrorCode.TOO_LARGE,
    }
)
_LATITUDE = re.compile(
    r"(?i)(?:^|[_\s.])(?:lat|latitude|latitud|latitudine|breite|breitengrad|geo_?lat|szerokosc)(?:$|[_\s\d])"
)
_LONGITUDE = re.compile(
    r"(?i)(?:^|[_\s.])(?:lon|lng|long|longitude|longitud|longitudine|laenge|länge|längengrad|laengengrad|geo_?lon|geo_?lng|dlugosc)(?:$|[_\s\d])"
)
_LIST = re.compile(
    r"(?i)[.\"_](?:geo|gps|loc|location|pos|position|point|lat_?lo?ng?|lo?ng_?lat|coords?|coordinates)\"?(?:\[\*\])+$"
)
_POSITIONS = 0.6


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking at a table gave.

    Attributes:
        cells: that were read.
        read: its columns and paths as they are compared with those of other tables.
    """

    profile: TableProfile
    not_looked_at: tuple[NotLookedAt, ...]
    cells: int
    read: tuple[Read, ...]


class Looking:
    """Looks at the tables of one file.

    Args:
        note: told how many cells were read, for progress.
        known: keys in JSON that name persons whom the database knows.
    """

    def __init__(
        self,
        session: ReadSession,
        lexicon: Lexicon,
        context: Context,
        note: Callable[[Table, int], None],
        known: frozenset[str] = frozenset(),
    ) -> None:
        self._known = known
        self._session, self._lexicon, self._context, self._note = session, lexicon, context, note

    def table(self, table: Table, seed: str, *, full: bool, part: tuple[int, int] = (0, 1)) -> Looked:
        """Look at a table. What SQLite cannot read of it is told, and the rest is looked at all the same.

        Args:
            part: (1, 2) is every second column from the second on; `joined` puts parts together.
        """
        columns = [column for column in table.columns if not column.hidden][part[0] :: part[1]]
        with self._session.snapshot(), self._session.under(self._context):
            try:
                with readable(table.name):
                    choice = choose_rows(self._session, table, seed, self._context, full=full)
            except Failure as failure:
                if failure.code not in _UNREADABLE:
                    raise
                return Looked(TableProfile(table.name, 0, False, ()), (_not(table, "", failure),), 0, ())
            gathered: list[Gathered] = []
            problems: list[NotLookedAt] = []
            for group in groups(columns):
                found, told = self._group(table, group, choice)
                gathered += found
                problems += told
            if has_vocabulary(table) and gathered and not any(each.filled for each in gathered):
                self._vocabulary(table, gathered)
        return _looked(table, choice, gathered, problems, self._context)

    def _group(
        self, table: Table, columns: Sequence[Column], choice: Choice
    ) -> tuple[list[Gathered], list[NotLookedAt]]:
        """Some columns; where SQLite cannot compute one of them, each by itself."""
        gathered = [self._new(table, column) for column in columns]
        try:
            with readable(table.name):
                for batch in Reader(self._session, table, columns).batches(choice.rows):
                    self._add(table, gathered, batch)
        except Failure as failure:
            if failure.code not in _UNREADABLE:
                raise
            if failure.code is ErrorCode.DAMAGED:
                return gathered, [_not(table, "", failure)]
            if len(columns) == 1:
                return gathered, [_not(table, columns[0].name, failure)]
            alone = [self._group(table, [column], choice) for column in columns]
            return [each for found, _ in alone for each in found], [
                each for _, told in alone for each in told
            ]
        return gathered, [
            NotLookedAt(
                table.name,
                each.place.column,
                "There are more different paths in its JSON than are looked at.",
            )
            for each in gathered
            if each.paths_left_out
        ]

    def _add(self, table: Table, gathered: Sequence[Gathered], batch: Batch) -> None:
        cells = 0
        for column, values in zip(gathered, batch, strict=True):
            self._context.checkpoint()
            column.add(values, self._context.checkpoint)
            cells += len(values)
        self._note(table, cells)

    def _new(self, table: Table, column: Column) -> Gathered:
        place = Place(table.name, column.name)
        return Gathered(place, column.declared_type, column.comment, self._lexicon, self._unpack, self._known)

    def _unpack(self, value: bytes) -> str | None:
        found = of_jsonb(self._session, value)
        return legible(found) if found is not None else None

    def _vocabulary(self, table: Table, gathered: Sequence[Gathered]) -> None:
        """A full-text index without the texts holds their words."""
        by_name = {fold(each.place.column): each for each in gathered}
        for column, words in terms(self._session, table):
            if fold(column) in by_name:
                by_name[fold(column)].add(words, self._context.checkpoint)


def _looked(
    table: Table,
    choice: Choice,
    gathered: Sequence[Gathered],
    problems: Sequence[NotLookedAt],
    context: Context,
) -> Looked:
    looked_at = max((each.looked_at for each in gathered), default=0)
    damaged = any(not problem.column for problem in problems)
    whole = choice.whole and not damaged
    rows = choice.total if choice.total is not None else looked_at
    profiles, read = [], []
    for column in gathered:
        context.checkpoint()
        missed = missed_at_most(column.looked_at, whole=whole)
        for each in column.everything():
            each.shared.close()
            profile = each.profile(rows, missed)
            profiles.append(profile)
            read.append(
                Read(profile, each.shared, whole, *each.numbers, *each.inside.told(), *each.codes.told())
            )
    of_table = TableProfile(
        table.name,
        rows,
        whole,
        tuple(profiles),
        estimated=choice.estimated,
        positions=_positions(profiles),
        echoes=echoes(read),
    )
    return Looked(of_table, tuple(problems), sum(each.looked_at for each in gathered), tuple(read))


def joined(table: Table, parts: Sequence[Looked]) -> Looked:
    """A table whose columns were looked at in parts."""
    order = {column.name: column.position for column in table.columns}
    profiles = sorted(
        (column for part in parts for column in part.profile.columns),
        key=lambda column: (order[column.place.column], column.place.path),
    )
    first = parts[0].profile
    whole = all(part.profile.whole for part in parts)
    problems = dict.fromkeys(problem for part in parts for problem in part.not_looked_at)
    read = tuple(read for part in parts for read in part.read)
    profile = replace(
        first,
        whole=whole,
        columns=tuple(profiles),
        positions=_positions(profiles),
        echoes=echoes(read),
    )
    return Looked(profile, tuple(problems), sum(part.cells for part in parts), read)


def _positions(columns: Sequence[ColumnProfile]) -> tuple[Place, ...]:
    """Columns of latitude and longitude, and lists in JSON of both: by their names, and numbers where such are."""
    latitudes = [each.place for each in columns if _may_be(each, _LATITUDE, Form.LATITUDE, 90)]
    longitudes = [each.place for each in columns if _may_be(each, _LONGITUDE, Form.LONGITUDE, 180)]
    pairs = zip(latitudes, longitudes, strict=False)
    lists = (each.place for each in columns if _may_be_of_both(each))
    return (*(place for pair in pairs for place in pair), *lists)


def _may_be_of_both(column: ColumnProfile) -> bool:
    """Whether elements of lists in JSON are positions: {"geo": [47.4979, 19.0402]}."""
    return (
        _LIST.search(_spaced(column.place.path)) is not None
        and column.numbers is not None
        and column.seems.get(Form.LONGITUDE, 0.0) >= _POSITIONS
        and max(map(abs, (column.numbers.least, column.numbers.greatest))) > 1
    )


def _may_be(column: ColumnProfile, name: re.Pattern[str], form: Form, most: int) -> bool:
    if column.place.path or not name.search(_spaced(column.place.column)) or column.numbers is None:
        return False
    return (
        column.seems.get(form, 0.0) >= _POSITIONS
        or max(map(abs, (column.numbers.least, column.numbers.greatest))) <= most
    )


def _spaced(name: str) -> str:
    """A name with a sign between its words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)


def _not(table: Table, column: str, failure: Failure) -> NotLookedAt:
    return NotLookedAt(table.name, column, failure.message, unreadable=True)
