"""The columns that a release waits for: nobody knows what they are, or what was decided about is not there any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db.names import fold
from steward_app.kernel.text import quoted
from steward_app.services.privacy.classify.model import Classification, Waiting, Why, stated_id
from steward_app.services.privacy.discover.model import ColumnScan, NotLookedAt, Scan, Verdict
from steward_app.services.privacy.model import Place
from steward_app.services.schema.model import Schema, Table, TableKind

_DECIDE = "Decide what it is."


def undecided(schema: Schema, scan: Scan | None, classification: Classification) -> tuple[Waiting, ...]:
    """All columns that a release waits for, table by table as in the file, those that are gone last."""
    found = _Found(scan)
    new_tables = [table for table in stored_tables(schema, scan) if _is_new(table, found, classification)]
    waiting: list[Waiting] = []
    for table in stored_tables(schema, scan):
        waiting += _of_table(table, found, classification)
    gone, taken = _gone(schema, found, classification, new_tables)
    return (*(each for each in waiting if each.place not in taken), *gone)


def to_decide(schema: Schema, scan: Scan | None, classification: Classification) -> tuple[Place, ...]:
    """What a steward has yet to decide about: what a release waits for, and what a scan takes for personal."""
    proposed = (
        each.place
        for each in (scan.columns if scan else ())
        if each.verdict is Verdict.PERSONAL
        and classification.at(each.place) is None
        and is_there(schema, each.place)
    )
    return tuple(
        dict.fromkeys((*proposed, *(each.place for each in undecided(schema, scan, classification))))
    )


def stored_tables(schema: Schema, scan: Scan | None = None) -> Iterator[Table]:
    """The tables whose columns are decided about: those that hold rows of the steward, and what a scan looked at."""
    looked_at = {fold(each.table) for each in scan.tables} if scan else set()
    for table in schema.tables:
        if not table.ours and (table.kind is TableKind.TABLE or fold(table.name) in looked_at):
            yield table


class _Found:
    """A scan, by place; names compare as in SQLite."""

    def __init__(self, scan: Scan | None) -> None:
        self.scan = scan
        columns = scan.columns if scan else ()
        self.columns = {_key(each.place): each for each in columns}
        self.paths: dict[tuple[str, str], list[ColumnScan]] = {}
        for each in columns:
            if each.place.path:
                self.paths.setdefault(_key(each.place)[:2], []).append(each)
        missed = scan.not_looked_at if scan else ()
        self.missed: dict[tuple[str, str], NotLookedAt] = {
            (fold(each.table), fold(each.column)): each for each in missed
        }
        self.tables = {table for table, _, _ in self.columns} | {table for table, _ in self.missed}
        if scan:
            self.tables |= {fold(each.table) for each in scan.tables}

    def missing(self, table: str, column: str) -> NotLookedAt | None:
        return self.missed.get((fold(table), fold(column))) or self.missed.get((fold(table), ""))


def _of_table(table: Table, found: _Found, classification: Classification) -> Iterator[Waiting]:
    for column in table.columns:
        place = Place(table.name, column.name)
        if column.hidden:
            continue
        if classification.at(place) is None:
            waiting = _column(place, found)
            if waiting is not None:
                yield waiting
        for inner in found.paths.get(_key(place)[:2], ()):
            if inner.verdict is Verdict.UNKNOWN and classification.at(inner.place) is None:
                yield _unknown(inner.place, "The scan could not tell what it holds.")


def _column(place: Place, found: _Found) -> Waiting | None:
    seen = found.columns.get(_key(place))
    if seen is not None:
        if seen.verdict is Verdict.UNKNOWN:
            return _unknown(place, "The scan could not tell what it holds.")
        return None
    missed = found.missing(place.table, place.column)
    if missed is not None:
        return _unknown(place, f"The scan did not look at it: {missed.why}")
    if found.scan is None:
        return _unknown(place, "Nobody looked at it yet.")
    return Waiting(place, Why.NEW, f"{quoted(place.column)} came after the last scan. Scan again, or decide.")


def _unknown(place: Place, why: str) -> Waiting:
    return Waiting(place, Why.UNKNOWN, f"{why} {_DECIDE}")


def _gone(
    schema: Schema, found: _Found, classification: Classification, new_tables: Sequence[Table]
) -> tuple[list[Waiting], set[Place]]:
    """What was decided about and is gone; and the new columns that it seems to be now."""
    by_table: dict[str, list[Place]] = {}
    for decision in classification.decisions:
        if not decision.place.path and not is_there(schema, decision.place):
            by_table.setdefault(decision.place.table, []).append(decision.place)
    for said in classification.tables:
        if schema.table(said.table) is None:
            by_table.setdefault(said.table, [])
    waiting: list[Waiting] = []
    taken: set[Place] = set()
    for name, places in by_table.items():
        table = schema.table(name)
        if table is None:
            now = _same_columns(name, found, classification, new_tables)
            waiting.append(_table_gone(name, now))
            taken |= {
                Place(new.name, each.name) for new in new_tables if new.name == now for each in new.columns
            }
            continue
        for place in places:
            now = _same_shape(place, places, table, found, classification)
            waiting.append(_column_gone(place, now))
            taken |= {Place(table.name, now)} if now else set()
    return waiting, taken


def _same_shape(
    place: Place, gone: Sequence[Place], table: Table, found: _Found, classification: Classification
) -> str:
    """The one new column of the table that a column which is gone may be; "" where there is none, or several."""
    new = [
        column
        for column in table.columns
        if _key(Place(table.name, column.name)) not in found.columns
        and classification.at(Place(table.name, column.name)) is None
    ]
    before = found.columns.get(_key(place))
    if before is None:
        return new[0].name if len(gone) == len(new) == 1 else ""

    def alike(declared: str) -> bool:
        return declared.casefold() == before.declared_type.casefold()

    rivals = [each for each in gone if (seen := found.columns.get(_key(each))) and alike(seen.declared_type)]
    fitting = [column.name for column in new if alike(column.declared_type)]
    return fitting[0] if len(fitting) == len(rivals) == 1 else ""


def _same_columns(
    name: str, found: _Found, classification: Classification, new_tables: Sequence[Table]
) -> str:
    """The one new table that has all columns of a table which is gone; "" where there is none, or several."""
    columns = {
        fold(each.place.column) for each in classification.decisions if fold(each.place.table) == fold(name)
    }
    columns |= {column for table, column, path in found.columns if table == fold(name) and not path}
    fitting = [
        table.name
        for table in new_tables
        if columns and columns <= {fold(each.name) for each in table.columns}
    ]
    return fitting[0] if len(fitting) == 1 else ""


def _is_new(table: Table, found: _Found, classification: Classification) -> bool:
    return fold(table.name) not in found.tables and classification.table(table.name) is None


def _table_gone(name: str, now: str) -> Waiting:
    place = Place(name, "")
    if now:
        return Waiting(
            place,
            Why.RENAMED,
            f"The table {quoted(name)} seems to be {quoted(now)} now. Carry the decisions over, or take them back.",
            now,
        )
    return Waiting(
        place, Why.VANISHED, f"The table {quoted(name)} is gone. Take back what was decided about it."
    )


def _column_gone(place: Place, now: str) -> Waiting:
    told = quoted(stated_id(place))
    if now:
        return Waiting(
            place,
            Why.RENAMED,
            f"{told} seems to be {quoted(now)} now. Carry the decision over, or take it back.",
            now,
        )
    return Waiting(place, Why.VANISHED, f"{told} is gone. Take back what was decided about it.")


def is_there(schema: Schema, place: Place) -> bool:
    """Whether a column is in the file."""
    table = schema.table(place.table)
    return table is not None and table.column(place.column) is not None


def _key(place: Place) -> tuple[str, str, str]:
    return fold(place.table), fold(place.column), place.path
