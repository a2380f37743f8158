"""What a steward should know of the rows after a rehearsal: what is lost, converted, added and numbered anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.rehearsal.alike import MOST_ROWS
from steward_app.services.migrate.rehearsal.row_model import (
    ColumnDifference,
    Conversion,
    Fate,
    TableDifference,
)
from steward_app.services.rows.model import Storage

_MOST_KEYS = 5
_POINT = "The restore point that is taken before has them."


def of_tables(tables: Iterable[TableDifference]) -> Iterator[Finding]:
    """What is to be said of rows, tables and columns."""
    for table in tables:
        match table.fate:
            case Fate.GONE if table.moved_to:
                yield _merged(table)
                if table.lost:
                    yield _rows_gone(table, table.lost, "")
                for column in table.columns:
                    yield from _of_column(table, column)
            case Fate.GONE if table.rows_before:
                yield _rows_gone(table, table.lost, f"Table {quoted(table.was)} is gone, with ")
            case Fate.CHANGED:
                yield from _of_rows(table)
                yield from _of_numbers(table)
                for column in table.columns:
                    yield from _of_column(table, column)


def _merged(table: TableDifference) -> Finding:
    moved = table.rows_before - table.lost
    return Finding(
        "rows_moved",
        Severity.NOTE,
        f"Table {quoted(table.was)} is gone: {moved:,} of {plural(table.rows_before, 'row')}"
        f" {'stands' if moved == 1 else 'stand'} in {quoted(table.moved_to)}",
        Subject("table", table.title, table.title),
        "Every value that the migration says it moves was compared.",
        count=moved,
    )


def _of_rows(table: TableDifference) -> Iterator[Finding]:
    lost, added = table.lost - table.renumbered, table.added - table.renumbered
    if lost > 0:
        yield _rows_gone(table, lost, "")
    if added > 0:
        subject = Subject("table", table.title, table.title)
        yield Finding(
            "rows_added",
            Severity.NOTE,
            f"{plural(added, 'row')} of {quoted(table.title)} {_are(added)} new",
            subject,
            count=added,
            key_columns=table.key,
            sample_keys=table.sample_added,
        )
    if table.renumbered:
        yield Finding(
            "rows_renumbered",
            Severity.WARNING,
            f"{plural(table.renumbered, 'row')} of {quoted(table.title)} {_have(table.renumbered)} another key",
            Subject("table", table.title, table.title),
            "All else in them is the same. What names these rows outside the file does not find them any more.",
            count=table.renumbered,
            key_columns=table.key,
            sample_keys=table.sample_added,
        )


def _rows_gone(table: TableDifference, rows: int, before: str) -> Finding:
    said = (
        f"{before}{plural(rows, 'row')}"
        if before
        else f"{plural(rows, 'row')} of {quoted(table.title)} {_are(rows)} gone"
    )
    return Finding(
        "rows_lost",
        Severity.WARNING,
        said,
        Subject("table", table.title, table.title),
        _POINT,
        count=rows,
        key_columns=table.key if table.sample_lost else (),
        sample_keys=table.sample_lost,
    )


def _of_numbers(table: TableDifference) -> Iterator[Finding]:
    if table.rowids:
        yield Finding(
            "rowids_changed",
            Severity.NOTE,
            f"{plural(table.rowids, 'row')} of {quoted(table.title)} {_have(table.rowids)} another rowid",
            Subject("table", table.title, table.title),
            "It matters where something else keeps the rowid: a full-text index, or another program.",
            count=table.rowids,
        )
    if (table.sequence_after or 0) < (table.sequence_before or 0):
        yield Finding(
            "sequence_lowered",
            Severity.WARNING,
            f"The numbering of {quoted(table.title)} goes back from {table.sequence_before:,} to"
            f" {table.sequence_after or 0:,}",
            Subject("table", table.title, table.title),
            "Numbers that rows had which are deleted by now will be given out again.",
        )


def _of_column(table: TableDifference, column: ColumnDifference) -> Iterator[Finding]:
    name = f"{table.title}.{column.name or column.was}"
    subject = Subject("column", table.title, columns=(column.name or column.was,))
    if column.fate is Fate.GONE and column.lost:
        yield Finding(
            "values_lost",
            Severity.WARNING,
            f"{quoted(name)} is gone, with {plural(column.rows, 'value')}",
            subject,
            _POINT,
            count=column.rows,
        )
    for each in _in_one_sentence(column.conversions):
        yield _of_conversion(table, name, subject, each)


def _in_one_sentence(conversions: Iterable[Conversion]) -> Iterator[Conversion]:
    """Conversions that read the same are told together: a person knows one kind of number."""
    alike: dict[str, list[Conversion]] = {}
    for each in conversions:
        alike.setdefault(each.words, []).append(each)
    for first, *others in alike.values():
        every = (first, *others)
        lost = sum(each.lost for each in every)
        keys = [key for each in every if each.lost or not lost for key in each.sample_keys]
        rows = sum(each.rows for each in every)
        yield replace(first, rows=rows, lost=lost, sample_keys=tuple(keys[:_MOST_KEYS]))


def _of_conversion(table: TableDifference, name: str, subject: Subject, each: Conversion) -> Finding:
    values = plural(each.rows, "value")
    detail = ""
    if each.after is Storage.NULL:
        code, title = "values_emptied", f"{values} of {quoted(name)} {_are(each.rows)} gone"
        detail = _POINT
    elif each.before is Storage.NULL:
        code, title = (
            "nulls_filled",
            f"{values} of {quoted(name)} that {_were(each.rows)} empty {_are(each.rows)} filled",
        )
    elif each.before is each.after:
        code, title = "values_changed", f"{values} of {quoted(name)} changed: {each.words}"
        if each.lost:
            code = "values_made_alike"
            least = "at least " if table.rows_before > MOST_ROWS else ""
            title += f", {least}{each.lost:,} of them the same now as others that were different"
            detail = f"Which was which, nobody can tell from them any more. {_POINT}"
    else:
        code, title = "values_converted", f"{values} of {quoted(name)}: {each.words}"
        if each.lost:
            code = "values_altered"
            title += f", {each.lost:,} of them not as {'it was' if each.lost == 1 else 'they were'}"
            detail = "Turned back, they are other values: “007” that became 7, or 1.5 that became 1."
    return Finding(
        f"{code}_{each.before}_{each.after}" if code == "values_converted" else code,
        Severity.WARNING if each.lost else Severity.NOTE,
        title,
        subject,
        detail,
        count=each.lost or each.rows,
        key_columns=table.key if each.sample_keys else (),
        sample_keys=each.sample_keys,
    )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
