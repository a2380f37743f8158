"""Reads a table of both files for the attacks: all of it, or of a large one the rows of persons drawn at random.

Where persons are drawn, the attacker still has the whole copy: columns of it are read again, as a code a row, when an
attack needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from typing import TYPE_CHECKING, Final

from steward_app.db import ReadSession, qualified
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.attack.case import Case, Shows, Whole, what_it_shows
from steward_app.services.privacy.attack.json_places import place_of
from steward_app.services.privacy.attack.truth import (
    Belonging,
    Recompute,
    Sampled,
    combined,
    pair,
    pair_sampled,
)
from steward_app.services.privacy.attack.whose import persons_of, read_persons, told_apart, told_by_own
from steward_app.services.privacy.columns import (
    MOST_ROWS,
    Columns,
    cells,
    codes_of,
    different,
    distinct,
    read_columns,
)
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.schema.model import Schema, Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes, Numbers

MOST_CELLS: Final = 25_000_000
"""Cells of a table that are looked at at once: 400 MB a file at most."""
_FEWEST_ROWS: Final = 1_000
_MOST_PERSONS: Final = 200_000
"""Drawn of a large table: a share of them is that of all within 0.22 percentage points, in 95 of 100 cases."""
_MOST_COLUMNS: Final = 60
"""Of a large table; of one that fits into `MOST_CELLS`, all are looked at."""
_SEED: Final = 20_260_101
_AT_ONCE: Final = 20_000


@dataclass(frozen=True, slots=True)
class Tables:
    """A table of both files.

    Attributes:
        before, after: the schemas they stand in.
        names: of columns and paths, the most important first.
        made: the SQL of those that are paths.
        subject: the columns that lead to the person, or ways as risks are asked about it; () where a row is one.
    """

    table: Table
    there: Table
    before: Schema
    after: Schema
    source: ReadSession
    copy: ReadSession
    names: Sequence[str]
    made: Mapping[str, str]
    subject: tuple[str, ...]
    rules: ReleaseRules | None
    recompute: Recompute | None
    context: Context


def read_case(tables: Tables, limits: Limits) -> Case:
    """Read both, and find out which row is whose."""
    rows = max(_count(tables.source, tables.table), _count(tables.copy, tables.there))
    names = list(tables.names)
    if rows > _most(len(names)) and len(names) > _MOST_COLUMNS:
        names = names[:_MOST_COLUMNS]
    order = {column.name: number for number, column in enumerate(tables.table.columns)}
    names.sort(key=lambda name: (order.get(place_of(tables.table, name).column, 0), name not in order))
    if rows > _most(len(names)):
        return _drawn(tables, names, limits)
    context = tables.context
    before = read_columns(tables.source, tables.table, names, context, made=tables.made)
    after = read_columns(tables.copy, tables.there, _both(tables, names), context, made=tables.made)
    belonging = pair(tables.table, before, after, tables.rules, tables.recompute, context)
    own = set(tables.subject) <= before.codes.keys() and told_by_own(
        tables.before, tables.table, tables.subject
    )
    persons = persons_of(before, tables.subject) if own else _persons(tables)
    return _case(
        tables, names, before, after, belonging, persons, limits, distinct(persons), None, (None, None)
    )


def _drawn(tables: Tables, names: Sequence[str], limits: Limits) -> Case:
    """Of persons drawn at random, all rows."""
    import numpy as np

    table, context = tables.table, tables.context
    everybody = _persons(tables)
    people = different(everybody)
    rows = max(1, len(everybody))
    most = max(_FEWEST_ROWS, min(_MOST_PERSONS, _most(len(names)) * len(people) // rows))
    chosen = np.random.default_rng(_SEED).choice(people, min(most, len(people)), replace=False)
    marks = np.isin(everybody, chosen)
    before = read_columns(tables.source, table, names, context, only=marks, made=tables.made)

    def read(wanted: NDArray[np.bool_]) -> Columns:
        both = _both(tables, names)
        return read_columns(tables.copy, tables.there, both, context, only=wanted, made=tables.made)

    key = tuple(table.primary_key.columns) if table.primary_key else ()
    drawn = Sampled(
        np.flatnonzero(marks),
        lambda: _codes(tables.copy, tables.there, key, tables.made, context) if _has(tables, key) else None,
        _count(tables.copy, tables.there),
        read,
    )
    after, numbers, belonging = pair_sampled(table, before, drawn, tables.rules, tables.recompute, context)
    found = np.zeros(drawn.copy_rows, bool)
    found[numbers] = True
    whole = Whole(
        numbers,
        lambda of: _codes(tables.copy, tables.there, of, tables.made, context),
        lambda of: _codes(tables.source, table, of, tables.made, context),
        lambda name: _numbers(tables, name),
        lambda: _persons_in_copy(tables),
    )
    persons = everybody[marks]
    return _case(tables, names, before, after, belonging, persons, limits, len(people), whole, (marks, found))


def _case(
    tables: Tables,
    names: Sequence[str],
    before: Columns,
    after: Columns,
    belonging: Belonging,
    persons: Codes,
    limits: Limits,
    everybody: int,
    whole: Whole | None,
    marks: tuple[NDArray[np.bool_] | None, NDArray[np.bool_] | None],
) -> Case:
    table, rules = tables.table, tables.rules
    shows = {name: what_it_shows(name, table, before, after, belonging.rows, rules) for name in names}
    return Case(
        table,
        before,
        after,
        belonging,
        persons,
        shows,
        _limit(limits),
        everybody,
        tables.subject,
        _values(tables.copy, tables.there, tables.made, marks[1]),
        _values(tables.source, table, tables.made, marks[0]),
        whole,
        len(tables.names) - len(names),
        (limits.l_diversity or 1) > 1,
        _is_grouped(tables, persons, belonging, shows, whole),
    )


def _values(
    session: ReadSession, table: Table, made: Mapping[str, str], marks: NDArray[np.bool_] | None
) -> Callable[[str], Iterator[SqlValue]]:
    def values(name: str) -> Iterator[SqlValue]:
        rows = cells(session, table, [name], made=made)
        return (value for (value,) in (rows if marks is None else compress(rows, marks.tobytes())))

    return values


def _persons(tables: Tables) -> Codes:
    """Of every row of the original, a code of its person."""
    return read_persons(
        *(tables.source, tables.before, tables.table, tables.subject, tables.made, tables.context)
    )


def _persons_in_copy(tables: Tables) -> Codes:
    """Of every row of the copy, a code of its person, as far as the copy tells."""
    return read_persons(
        *(tables.copy, tables.after, tables.there, tables.subject, tables.made, tables.context)
    )


def _is_grouped(
    tables: Tables, persons: Codes, belonging: Belonging, shows: Mapping[str, Shows], whole: Whole | None
) -> bool:
    """Whether the copy tells which rows are of one person."""
    if all(tables.table.column(name) is not None for name in tables.subject):
        return bool(tables.subject) and all(
            shows.get(name) in (Shows.SAME, Shows.KEYED) for name in tables.subject
        )
    return whole is None and told_apart(persons, _persons_in_copy(tables), belonging.rows)


def _codes(
    session: ReadSession, table: Table, names: tuple[str, ...], made: Mapping[str, str], context: Context
) -> Codes:
    """One code for columns together, of every row: 8 bytes a row."""
    import numpy as np

    found: list[Codes] = []
    rows = cells(session, table, names, made=made)
    while batch := list(islice(rows, _AT_ONCE)):
        context.checkpoint()
        found.append(combined([codes_of(each) for each in zip(*batch, strict=True)]))
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _numbers(tables: Tables, name: str) -> Numbers:
    """The numbers of a column, of every row of the copy."""
    import numpy as np

    rows = _count(tables.copy, tables.there)
    read = read_columns(
        tables.copy, tables.there, [name], tables.context, most=max(1, rows), made=tables.made
    )
    return read.numbers.get(name, np.full(read.read, np.nan))


def _both(tables: Tables, names: Sequence[str]) -> list[str]:
    """Those of the names that the copy has as well."""
    return [name for name in names if name in tables.made or tables.there.column(name) is not None]


def _has(tables: Tables, key: tuple[str, ...]) -> bool:
    return bool(key) and all(tables.there.column(name) is not None for name in key)


def _most(columns: int) -> int:
    return max(_FEWEST_ROWS, min(MOST_ROWS, MOST_CELLS // max(1, columns)))


def _count(session: ReadSession, table: Table) -> int:
    return session.count(f"SELECT count(*) FROM {qualified(table.name)}")


def _limit(limits: Limits) -> float | None:
    if limits.risk is not None:
        return limits.risk
    return 1 / limits.k if limits.k and limits.k > 1 else None  # groups of one are no limit
