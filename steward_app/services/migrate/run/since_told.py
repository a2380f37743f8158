"""How a plan tells what goes with a restore point that is brought back: by name, table by table, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, TableChange
from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import Key
from steward_app.services.migrate.rehearsal.row_model import (
    ColumnDifference,
    Conversion,
    Fate,
    Matched,
    TableDifference,
)
from steward_app.services.migrate.run.since import Since
from steward_app.services.rows.model import Storage

_KEPT = "The restore point that is made first keeps what stands there now."
_MOST_KEYS = 5


def sentences(found: Since) -> tuple[str, ...]:
    """What goes and what comes back besides rows, by name."""
    also = (f"Besides go: {', '.join(found.also)}.",) if found.also else ()
    return (*(each.sentence for each in found.goes), *also, *_comes(found))


def _comes(found: Since) -> Iterator[str]:
    for table in found.tables:
        if not table.name:
            yield f"{quoted(table.was)} comes back{_with(table.rows_before, 'row')}."
        for column in table.columns:
            if column.fate is Fate.GONE:
                yield f"{quoted(table.title)}.{quoted(column.was)} comes back{_with(column.rows, 'value')}."


def _with(count: int, what: str) -> str:
    return f", with {plural(count, what)}" if count else "; it was empty"


def changes(found: Since) -> tuple[TableChange, ...]:
    """What bringing the point back does to the rows of each table."""
    return tuple(_change(each, found) for each in found.tables)


def _change(table: TableDifference, found: Since) -> TableChange:
    columns = [each.column for each in found.goes if each.table == table.name and each.column]
    why = [
        "was not there then" if not table.was else "",
        "comes back" if not table.name else "",
        f"is called {quoted(table.was)} again" if table.name and table.was not in ("", table.name) else "",
        f"without {', '.join(map(quoted, columns))}" if columns else "",
        "counted, not compared" if _is_counted(table) else "",
        table.problem,
    ]
    return TableChange(
        table.title,
        table.rows_after,
        table.rows_before,
        inserted=table.lost,
        updated=table.changed,
        deleted=table.added,
        why="; ".join(filter(None, why)),
    )


def compared(found: Since) -> tuple[Check, ...]:
    """For a rehearsal: that every row was compared, and what came of it."""
    told = (each.title for each in findings(found))
    return (
        Check("Every row was compared with the restore point", True, "; ".join(told) or "they are the same"),
    )


def findings(found: Since) -> Iterator[Finding]:
    """What became of rows since, with the keys of the first ones."""
    if found.counted:
        yield Finding(
            "rows_only_counted",
            Severity.WARNING,
            "The rows were counted, not compared",
            Subject("database"),
            "The file is large. Rows that were changed since are not told, and of rows that were added and others that"
            " were deleted only the difference in number.",
            remedies=("Rehearse it: then every row is compared.",),
        )
    for table in found.tables:
        if table.problem:
            yield Finding(
                "rows_not_compared",
                Severity.WARNING,
                f"What became of the rows of {quoted(table.title)} since is not known",
                Subject("table", table.title, table.title),
                table.problem,
            )
        elif table.name and table.was:
            yield from _of_rows(table)
            for column in table.columns:
                if column.fate is Fate.CHANGED:
                    yield from _of_values(table, column)


def _of_rows(table: TableDifference) -> Iterator[Finding]:
    subject = Subject("table", table.title, table.title)
    added, deleted = table.added - table.renumbered, table.lost - table.renumbered
    least = "At least " if _is_counted(table) else ""
    if added > 0:
        go, were = ("goes", "was") if added == 1 else ("go", "were")
        yield Finding(
            "rows_written_since",
            Severity.WARNING,
            f"{least}{plural(added, 'row')} of {quoted(table.title)} that {were} added since {go}",
            subject,
            _KEPT,
            count=added,
            key_columns=table.key if table.sample_added else (),
            sample_keys=table.sample_added,
        )
    if table.renumbered:
        have = "has its" if table.renumbered == 1 else "have their"
        yield Finding(
            "rows_renumbered_since",
            Severity.WARNING,
            f"{plural(table.renumbered, 'row')} of {quoted(table.title)} {have} former key again",
            subject,
            "All else in them is the same.",
            count=table.renumbered,
            key_columns=table.key if table.sample_added else (),
            sample_keys=table.sample_added,
        )
    if deleted > 0:
        come, were = ("comes", "was") if deleted == 1 else ("come", "were")
        yield Finding(
            "rows_deleted_since",
            Severity.NOTE,
            f"{least}{plural(deleted, 'row')} of {quoted(table.title)} that {were} deleted since {come} back",
            subject,
            count=deleted,
            key_columns=table.key if table.sample_lost else (),
            sample_keys=table.sample_lost,
        )


def _of_values(table: TableDifference, column: ColumnDifference) -> Iterator[Finding]:
    emptied = [each for each in column.conversions if each.after is Storage.NULL]
    written = [each for each in column.conversions if each.after is not Storage.NULL]
    name, subject = f"{table.title}.{column.name}", Subject("column", table.title, columns=(column.name,))
    if count := sum(each.rows for each in written):
        go, were = ("goes", "was") if count == 1 else ("go", "were")
        before = (
            ""
            if all(each.before is Storage.NULL for each in written)
            else " What stood there then comes back."
        )
        yield Finding(
            "values_written_since",
            Severity.WARNING,
            f"{plural(count, 'value')} of {quoted(name)} that {were} written since {go}",
            subject,
            f"{_KEPT}{before}",
            count=count,
            key_columns=table.key if _keys(written) else (),
            sample_keys=_keys(written),
        )
    if count := sum(each.rows for each in emptied):
        come, were = ("comes", "was") if count == 1 else ("come", "were")
        yield Finding(
            "values_emptied_since",
            Severity.NOTE,
            f"{plural(count, 'value')} of {quoted(name)} that {were} taken out since {come} back",
            subject,
            count=count,
            key_columns=table.key if _keys(emptied) else (),
            sample_keys=_keys(emptied),
        )


def _keys(conversions: Sequence[Conversion]) -> tuple[Key, ...]:
    return tuple(key for each in conversions for key in each.sample_keys)[:_MOST_KEYS]


def _is_counted(table: TableDifference) -> bool:
    """Whether the rows of a table were counted and not compared."""
    return bool(table.name and table.was and table.matched is Matched.NOT and not table.problem)
