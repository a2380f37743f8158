"""Rows taken off tables and put on them, in one go, with what they replaced kept for undo.

Rows that are overwritten are taken off and put on again whole, so that two of them can exchange a value that may stand
only once. No trigger runs and no foreign key acts meanwhile; the foreign keys of the rows concerned are looked at then.
For each table there are two temporary tables, filled by the caller, with a column for each stored column:

    steward_off_<n>   rows of now that go: id, what ("update", "delete"), their key k0.., all their columns
    steward_on_<n>    rows that come: id, what ("update", "insert"), their key k0.., all their columns
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steward_app.db import Session, WriteSession, fold, literal, qualified, quote
from steward_app.kernel.plan import Check, TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.restore import kept
from steward_app.services.restore.pairs import hidden_rowid, stored
from steward_app.services.schema.check.predicates import orphan_sql
from steward_app.services.schema.model import ForeignKey, Schema, Table

_ROW = '"steward row"'
"""A temporary table beside one of the file, whatever that is called."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What is done with the rows of one table.

    Attributes:
        number: of its temporary tables.
        table: as it is now.
        key: what names a row now.
        columns: the stored columns, after the hidden rowid where there is one.
        given: of these, what rows to insert give; the others get their defaults.
        loose: columns whose values may be stored in another way than they were given.
        made: the table itself was made by this operation.
    """

    number: int
    table: Table
    key: tuple[str, ...]
    given: tuple[str, ...]
    loose: frozenset[str] = frozenset()
    made: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return all_columns(self.table)

    @property
    def off(self) -> str:
        return f"temp.steward_off_{self.number}"

    @property
    def on(self) -> str:
        return f"temp.steward_on_{self.number}"

    @property
    def name_sql(self) -> str:
        return qualified(self.table.name)

    def place(self, column: str) -> str:
        """The name of a column in the temporary tables."""
        return f"c{[fold(each) for each in self.columns].index(fold(column))}"


def all_columns(table: Table) -> tuple[str, ...]:
    """The stored columns of a table, after the hidden rowid where there is one."""
    rowid = hidden_rowid(table)
    return ((rowid,) if rowid else ()) + tuple(column.name for column in stored(table))


def make_tables(session: Session, rewrite: Rewrite) -> None:
    """The two temporary tables of a rewrite, empty. Their columns have no type: values stay as they are given."""
    places = ", ".join(
        [*(f"k{at}" for at in range(len(rewrite.key))), *(f"c{at}" for at in range(len(rewrite.columns)))]
    )
    for name in (rewrite.off, rewrite.on):
        made = name.removeprefix("temp.")
        session.all(f"CREATE TEMP TABLE {made} (id INTEGER PRIMARY KEY, what TEXT NOT NULL, {places})")


def take_off(session: Session, rewrite: Rewrite, what: str, rows_sql: str) -> None:
    """Note rows of now that go.

    Args:
        what: "update" or "delete".
        rows_sql: what stands after FROM: the rows `m`, and what chooses among them.
    """
    chosen = ", ".join(f"m.{quote(name)}" for name in (*rewrite.key, *rewrite.columns))
    session.all(f"INSERT INTO {rewrite.off} SELECT NULL, '{what}', {chosen} FROM {rows_sql}")


def counts(session: Session, rewrite: Rewrite) -> tuple[int, int, int]:
    """How many rows will be inserted, updated, deleted."""
    inserted, updated, deleted = (
        session.count(f"SELECT count(*) FROM {source} WHERE what = ?", (what,))
        for source, what in ((rewrite.on, "insert"), (rewrite.on, "update"), (rewrite.off, "delete"))
    )
    return inserted, updated, deleted


def write(
    session: WriteSession,
    schema: Schema,
    rewrites: Sequence[Rewrite],
    plan_id: str,
    context: Context,
    *,
    keep: bool = True,
    undoes: str = "",
) -> tuple[Check, ...]:
    """Change the rows, keep what they replaced, and look at what came of it. Inside a transaction.

    Args:
        schema: of the file as it is.
        plan_id: under which it is kept, where it is.
        undoes: the plan that is undone; rows that pointed to nothing before it may do so again.
    """
    sequences = _sequences(session)
    before = [_orphans(session, schema, each, each.off) for each in rewrites]
    with session.verbatim():
        for done, rewrite in enumerate(rewrites):
            context.report(done, len(rewrites), unit="tables", note=rewrite.table.name)
            context.checkpoint()
            _change(session, rewrite)
    if keep:
        kept.make(session)
        for rewrite in rewrites:
            _keep(session, rewrite, plan_id)
        _keep_adopted(session, schema, rewrites, plan_id)
        _keep_sequences(session, sequences, plan_id)
    return (
        *(_compared(session, each) for each in rewrites),
        *(_linked(session, schema, each, was, undoes) for each, was in zip(rewrites, before, strict=True)),
    )


def change_as_usual(session: WriteSession, rewrites: Sequence[Rewrite]) -> None:
    """Change the rows as any program would: triggers run, foreign keys are enforced when it is committed."""
    session.run("PRAGMA defer_foreign_keys = ON")
    for rewrite in rewrites:
        _delete(session, rewrite, "delete")
        sets = ", ".join(
            f"{quote(name)} = o.{rewrite.place(name)}" for name in rewrite.columns if name not in rewrite.key
        )
        named = " AND ".join(
            f"{rewrite.name_sql}.{quote(name)} = o.k{at}" for at, name in enumerate(rewrite.key)
        )
        if sets:
            session.run(
                f"UPDATE OR ABORT {rewrite.name_sql} SET {sets} FROM {rewrite.on} AS o"
                f" WHERE o.what = 'update' AND {named}"
            )
        _insert(session, rewrite, "insert", rewrite.given)


def done(session: Session, rewrite: Rewrite, why: str, rows_before: int) -> TableChange:
    """What was done with one table."""
    inserted, updated, deleted = counts(session, rewrite)
    after = rows_before + inserted - deleted
    return TableChange(rewrite.table.name, rows_before, after, inserted, updated, deleted, why)


def _change(session: WriteSession, rewrite: Rewrite) -> None:
    _delete(session, rewrite, "delete", "update")
    _insert(session, rewrite, "update", rewrite.columns)
    _insert(session, rewrite, "insert", rewrite.given)


def _delete(session: WriteSession, rewrite: Rewrite, *what: str) -> None:
    among = ", ".join(f"'{each}'" for each in what)
    key = ", ".join(map(quote, rewrite.key))
    session.run(
        f"DELETE FROM {rewrite.name_sql} WHERE ({key}) IN (SELECT {', '.join(f'm.{quote(n)}' for n in rewrite.key)}"
        f" FROM {rewrite.off} AS o CROSS JOIN {rewrite.name_sql} AS m ON {_is(rewrite, 'm')} WHERE o.what IN ({among}))"
    )


def _insert(session: WriteSession, rewrite: Rewrite, what: str, columns: Sequence[str]) -> None:
    # A constraint that says ON CONFLICT REPLACE would remove another row: OR ABORT has the last word.
    session.run(
        f"INSERT OR ABORT INTO {rewrite.name_sql} ({', '.join(map(quote, columns))})"
        f" SELECT {', '.join(f'o.{rewrite.place(name)}' for name in columns)} FROM {rewrite.on} AS o"
        f" WHERE o.what = '{what}' ORDER BY o.id"
    )


def _keep(session: WriteSession, rewrite: Rewrite, plan_id: str) -> None:
    """Keep what the rows replaced, and how they were left."""
    if rewrite.made:
        return
    name, first = rewrite.table.name, kept.next_id(session)
    off = session.count(f"SELECT coalesce(max(id), 0) FROM {rewrite.off}")
    for source, what, told in (
        (rewrite.off, "update", "updated"),
        (rewrite.off, "delete", "deleted"),
        (rewrite.on, "insert", "inserted"),
    ):
        row_id = f"o.id + {first + (off if source == rewrite.on else 0)}"
        rows = f"FROM {source} AS o WHERE o.what = '{what}'"
        kept.add(session, plan_id, f"SELECT {row_id} AS row_id {rows}", told, name)
        for at, column in enumerate(rewrite.key):
            kept.add_cells(session, "key", column, f"SELECT {row_id} AS row_id, o.k{at} AS value {rows}")
        if source == rewrite.off:
            for column in rewrite.columns:
                value_sql = f"o.{rewrite.place(column)} AS value"
                kept.add_cells(session, "old", column, f"SELECT {row_id} AS row_id, {value_sql} {rows}")
        if what != "delete":
            stands = f"CROSS JOIN {rewrite.name_sql} AS m ON {_is(rewrite, 'm')}"
            left = f"FROM {source} AS o {stands} WHERE o.what = '{what}'"
            kept.note_hashes(session, kept.hashes(session, row_id, left, row_values(rewrite.table)))


def row_values(table: Table) -> list[str]:
    """What is hashed of a row `m`: its stored columns."""
    return [f"m.{quote(column.name)}" for column in stored(table)]


def _sequences(session: Session) -> dict[str, int]:
    if not session.value("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'"):
        return {}
    return {
        str(name): int(str(seq)) for name, seq in session.all("SELECT name, seq FROM main.sqlite_sequence")
    }


def _keep_sequences(session: WriteSession, before: dict[str, int], plan_id: str) -> None:
    """Keep where AUTOINCREMENT went on from, where that has moved."""
    for name, seq in _sequences(session).items():
        if before.get(name) == seq:
            continue
        line = kept.next_id(session)
        kept.add(session, plan_id, f"SELECT {line} AS row_id", "sequence", name)
        for part, value in (("old", before.get(name)), ("new", seq)):
            told = "NULL" if value is None else str(value)
            kept.add_cells(session, part, "seq", f"SELECT {line} AS row_id, {told} AS value")


def _compared(session: Session, rewrite: Rewrite) -> Check:
    """Every row that was put on stands there as it was given."""
    wrong = 0
    for what, columns in (("update", rewrite.columns), ("insert", rewrite.given)):
        other = [
            f"m.{quote(name)} IS NOT o.{place}"
            + (
                ""
                if name in rewrite.loose
                else f" COLLATE BINARY OR typeof(m.{quote(name)}) <> typeof(o.{place})"
            )
            for name in columns
            if name != hidden_rowid(rewrite.table)
            for place in (rewrite.place(name),)
        ]
        there = f"SELECT 1 FROM {rewrite.name_sql} AS m WHERE {_is(rewrite, 'm')} AND NOT ({' OR '.join(other) or '0'})"
        wrong += session.count(
            f"SELECT count(*) FROM {rewrite.on} AS o WHERE o.what = '{what}' AND NOT EXISTS ({there})"
        )
    inserted, updated, _ = counts(session, rewrite)
    detail = (
        f"{plural(inserted + updated, 'row')} compared" if not wrong else f"{plural(wrong, 'row')} differ"
    )
    return Check(f"Rows of {quoted(rewrite.table.name)} hold what they shall", not wrong, detail)


def _linked(session: Session, schema: Schema, rewrite: Rewrite, before: int, undoes: str) -> Check:
    """No row that was put on points to nothing, and no row points to one that was taken off."""
    more = _orphans(session, schema, rewrite, rewrite.on) - before
    referring = schema.referring(rewrite.table.name)
    lost = sum(_left_alone(session, schema, rewrite, *each, undoes) for each in referring)
    wrong = max(more, 0) + lost
    return Check(
        f"No foreign key is broken by rows of {quoted(rewrite.table.name)}",
        not wrong,
        "" if not wrong else f"{plural(wrong, 'row points', 'rows point')} to nothing",
    )


def _orphans(session: Session, schema: Schema, rewrite: Rewrite, source: str) -> int:
    """How many links of the rows in a temporary table, as they stand in their table, lead to nothing."""
    table = qualified(rewrite.table.name)
    is_row = " AND ".join(
        f"{quote(rewrite.table.name)}.{quote(name)} = {_ROW}.k{at}" for at, name in enumerate(rewrite.key)
    )
    return sum(
        session.count(
            f"SELECT count(*) FROM {source} AS {_ROW} CROSS JOIN {table} ON {is_row} WHERE {broken}"
        )
        for key in rewrite.table.foreign_keys
        if (broken := orphan_sql(schema, rewrite.table, key))
    )


def pointing(
    session: Session,
    rewrite: Rewrite,
    child: Table,
    key: ForeignKey,
    children: Rewrite | None,
    undoes: str = "",
) -> int:
    """How many rows point to rows that are to be removed, and stay themselves. Before anything is written.

    Args:
        children: what is done with the rows of the child.
        undoes: as for `write`.
    """
    if child.problem or len(key.columns) != len(key.parent_columns):
        return 0
    stays = ""
    if children is not None:
        stays = (
            f" AND NOT EXISTS (SELECT 1 FROM {children.off} AS o WHERE {_is(children, quote(child.name))})"
        )
    return session.count(
        f"SELECT count(*) FROM {rewrite.off} AS {_ROW} CROSS JOIN {qualified(child.name)}"
        f" ON {_pointed(rewrite, child, key)} WHERE {_ROW}.what = 'delete'{stays}{_not_adopted(child, undoes)}"
    )


def _left_alone(
    session: Session, schema: Schema, rewrite: Rewrite, child: Table, key: ForeignKey, undoes: str
) -> int:
    """How many rows pointed to what was taken off, and point to nothing now."""
    broken = orphan_sql(schema, child, key)
    if not broken or child.problem or len(key.columns) != len(key.parent_columns):
        return 0
    return session.count(
        f"SELECT count(*) FROM {rewrite.off} AS {_ROW} CROSS JOIN {qualified(child.name)}"
        f" ON {_pointed(rewrite, child, key)} WHERE {broken}{_not_adopted(child, undoes)}"
    )


def _keep_adopted(session: WriteSession, schema: Schema, rewrites: Sequence[Rewrite], plan_id: str) -> None:
    """Keep which rows had pointed to nothing and have a parent again: undoing leaves them as they were before."""
    own = {fold(each.table.name): each for each in rewrites}
    for rewrite in rewrites:
        for number, (child, key) in enumerate(schema.referring(rewrite.table.name)):
            if child.problem or len(key.columns) != len(key.parent_columns):
                continue
            children, names = own.get(fold(child.name)), _names(child)
            came = ""
            if children is not None:
                came = f" AND NOT EXISTS (SELECT 1 FROM {children.on} AS o WHERE {_is(children, quote(child.name))})"
            found = f"temp.steward_adopted_{rewrite.number}_{number}"
            places = [f"k{at}" for at in range(len(names))]
            session.run(
                f"CREATE TEMP TABLE {found.removeprefix('temp.')} (id INTEGER PRIMARY KEY, {', '.join(places)})"
            )
            session.run(
                f"INSERT INTO {found} ({', '.join(places)}) SELECT DISTINCT"
                f" {', '.join(f'{quote(child.name)}.{quote(name)}' for name in names)}"
                f" FROM {rewrite.on} AS {_ROW} CROSS JOIN {qualified(child.name)}"
                f" ON {_pointed(rewrite, child, key)} WHERE {_ROW}.what = 'insert'{came}"
            )
            row_id = f"id + {kept.next_id(session) - 1}"
            kept.add(session, plan_id, f"SELECT {row_id} AS row_id FROM {found}", kept.ADOPTED, child.name)
            for name, place in zip(names, places, strict=True):
                cells = f"SELECT {row_id} AS row_id, {place} AS value FROM {found}"
                kept.add_cells(session, "key", name, cells)
            session.run(f"DROP TABLE {found}")


def _not_adopted(child: Table, undoes: str) -> str:
    """Leaves out the rows that had pointed to nothing before the plan that is undone; "" where none is."""
    if not undoes:
        return ""
    is_row = " AND ".join(
        f"{kept.cell('key', name)} IS {quote(child.name)}.{quote(name)}" for name in _names(child)
    )
    return (
        f" AND NOT EXISTS (SELECT 1 FROM main.{kept.LINES} AS u WHERE u.plan_id = {literal(undoes)}"
        f" AND u.what = '{kept.ADOPTED}' AND u.table_name = {literal(child.name)} AND {is_row})"
    )


def _names(table: Table) -> tuple[str, ...]:
    """What names a row of a table."""
    return table.key_columns or (table.rowid_name,)


def _pointed(rewrite: Rewrite, child: Table, key: ForeignKey) -> str:
    return " AND ".join(
        f"{quote(child.name)}.{quote(ours)} = {_ROW}.{rewrite.place(theirs)}"
        for ours, theirs in zip(key.columns, key.parent_columns, strict=True)
    )


def _is(rewrite: Rewrite, row: str) -> str:
    """That a row of the table is the row `o` of a temporary table."""
    return " AND ".join(f"{row}.{quote(name)} = o.k{at}" for at, name in enumerate(rewrite.key))
