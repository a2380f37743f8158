"""Tries rules on rows of the file, in an empty copy of its schema in memory: what SQLite itself has against them.

CHECK constraints, STRICT types, NOT NULL, indexes on expressions and generated columns are whatever SQLite says they
are. A row that breaks a rule of its table as it stands is no evidence against a rule of the copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from steward_app.db import Session, WriteSession, qualified, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.raw_rows import RawRows
from steward_app.db.skeleton import skeleton
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted, visible
from steward_app.kernel.values import Row
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.transform.making import Work
from steward_app.services.privacy.transform.model import ROW, TableTransform
from steward_app.services.privacy.transform.prepare import transformed
from steward_app.services.schema.model import Table, TableKind

_ROWS = 1_000
_UNIQUE = "UNIQUE constraint"  # originals never break one; beside changed rows they might


@dataclass(frozen=True, slots=True)
class Refusal:
    """What SQLite says against changed rows of a table.

    Attributes:
        reason: in its own words.
        columns: those of which one alone, left as it was, lets the first of these rows pass.
        rows: how many of those that were looked at.
    """

    reason: str
    columns: tuple[str, ...]
    rows: int
    looked_at: int


def trial(work: Work, table: Table) -> Iterator[Finding]:
    """What SQLite has against the changed rows of a table, once for each of its rules."""
    for refusal in refusals(work, table):
        yield _refused(work, table, refusal)


def refusals(work: Work, table: Table) -> tuple[Refusal, ...]:
    """What SQLite has against the changed rows of a table, as far as rows are tried."""
    if table.kind is not TableKind.TABLE:
        return ()
    transform = transformed(work, table)
    kept = [at for at in range(len(transform.columns)) if at not in transform.steps]
    raw = RawRows(work.session, kept=kept)
    rows = _rows(work, table, transform, raw)
    if not transform.steps or not rows:
        return ()
    said: dict[str, Refusal] = {}
    with skeleton(work.session, triggers=()) as empty:
        if not empty.value("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (table.name,)):
            return ()
        for before, after in zip(rows, transform.apply(rows), strict=True):
            reason = _refusal(empty, table, transform.columns, after, raw)
            if not reason:
                continue
            unique = _UNIQUE in reason
            if not unique and _refusal(empty, table, transform.columns, before, raw, keep=False):
                continue
            if reason not in said:
                columns = () if unique else tuple(_at_fault(empty, table, transform, before, after, raw))
                said[reason] = Refusal(reason, columns, 0, len(rows))
            said[reason] = replace(said[reason], rows=said[reason].rows + 1)
    return tuple(said.values())


def _at_fault(
    empty: WriteSession, table: Table, transform: TableTransform, before: Row, after: Row, raw: RawRows
) -> Iterator[str]:
    for place in transform.steps:
        mended = (*after[:place], before[place], *after[place + 1 :])
        if not _refusal(empty, table, transform.columns, mended, raw, keep=False):
            yield transform.columns[place]


def _rows(work: Work, table: Table, transform: TableTransform, raw: RawRows) -> list[Row]:
    """Rows from the start, and where rows have numbers from the end, as the transform reads them."""
    try:
        return _first_and_last(work.session, table, ", ".join(transform.reads))
    except UnicodeDecodeError:  # text that is not valid UTF-8
        pass
    return [raw.read(row) for row in _first_and_last(work.session, table, raw.terms(transform.reads))]


def _first_and_last(session: Session, table: Table, terms_sql: str) -> list[Row]:
    selected = f"SELECT {terms_sql} FROM {qualified(table.name)} AS {ROW}"
    name = table.rowid_name
    rows = session.all(f"{selected} LIMIT {_ROWS}")
    if name and len(rows) == _ROWS:
        first = set(rows)
        last = session.all(f"{selected} ORDER BY {ROW}.{quote(name)} DESC LIMIT {_ROWS}")
        rows += [row for row in last if row not in first]
    return rows


def _refusal(
    empty: WriteSession, table: Table, columns: Sequence[str], row: Row, raw: RawRows, *, keep: bool = True
) -> str:
    """What SQLite says against a row, or "". A row that it takes stays, unless it is not to be kept."""
    names = ", ".join(map(quote, columns))
    reason = ""
    empty.run("SAVEPOINT one_row")
    try:
        with in_sqlites_words():
            empty.run(
                f"INSERT OR ABORT INTO {qualified(table.name)} ({names}) VALUES ({raw.bindings(len(columns))})",
                raw.given(row[: len(columns)]),
            )
    except SqliteSays as said:
        reason = str(said)
    if reason or not keep:
        empty.run("ROLLBACK TO one_row")
    empty.run("RELEASE one_row")
    return reason


def _refused(work: Work, table: Table, refusal: Refusal) -> Finding:
    told = "Tried in an empty copy of the schema."
    if refusal.columns:
        rules = [work.done.rules.at(Place(table.name, name)) for name in refusal.columns]
        each = ", ".join(f"{quoted(rule.place.column)} ({rule.technique})" for rule in rules if rule)
        told += f" It takes the rows where this is left as it is: {visible(each, 200)}."
        remedy = "Choose another technique or other options for it: “permute” keeps length and form."
    else:
        told += f" The rules change {visible(', '.join(transformed(work, table).changed), 200)}."
        remedy = "Choose another technique or other options for the column that the constraint is about."
    return Finding(
        "trial_refused",
        Severity.ERROR,
        f"SQLite refuses {refusal.rows:,} of {refusal.looked_at:,} changed rows of {quoted(table.name)}:"
        f" {visible(refusal.reason, 200)}",
        Subject("table", table.name, refusal.reason),
        detail=told,
        remedies=(remedy,),
        count=refusal.rows,
        blocks=True,
    )
