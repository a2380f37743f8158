"""The undo of bringing rows back: what came is removed, what was replaced is put back, exactly.

It works from what is kept in the file (`kept`), and keeps what it replaces itself, so that it can be undone, too. A row
that was changed since is not undone over: then nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.db import Session, WriteSession, fold, literal, open_read, qualified, quote
from steward_app.db.content import table_content
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Plan, Reversal, TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.operation import Outcome, TransactionOperation, Undo, fingerprint, promise
from steward_app.services.restore import kept
from steward_app.services.restore.erased import refuse_erased
from steward_app.services.restore.pairs import hidden_rowid, stored
from steward_app.services.restore.write import (
    Rewrite,
    counts,
    done,
    make_tables,
    pointing,
    row_values,
    take_off,
    write,
)
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table


@dataclass(frozen=True, slots=True)
class RevertRequest:
    """The plan whose doing is undone."""

    path: Path
    database_id: str
    plan_id: str


@dataclass(frozen=True, slots=True)
class _Back:
    """What is laid ready, and what stands in the way."""

    rewrites: tuple[Rewrite, ...]
    created: tuple[Table, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Revert(TransactionOperation[Any]):
    """Undoes the bringing back of rows. `catalog` has the erasure ledger, which is asked about every row put back."""

    catalog: Catalog

    name: ClassVar[str] = "restore.undo"

    def plan(self, request: RevertRequest, context: Context) -> Plan:
        """Raises `Refused` where it is not known any more what was replaced."""
        with (
            open_read(request.path, context) as session,
            session.temporary(),
            session.snapshot(),
            session.under(context),
        ):
            _require(session, request.plan_id)
            schema = read_schema(session, context)
            back = _lay_ready(session, schema, request.plan_id, context)
            changes = _changes(session, back)
            rests_on = fingerprint.take(session)
        told = tuple(_sentence(change) for change in changes)
        made_again = tuple(f"{quoted(table.name)} is removed again." for table in back.created)
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Undo what was brought back in {plural(len(changes), 'table')}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={"plan": request.plan_id},
            sentences=(*told, *made_again, "No trigger runs and no foreign key acts."),
            changes=changes,
            findings=back.findings,
            reversal=Reversal.RESTORE_POINT if back.created else Reversal.INVERSE,
            reversal_text=(
                "Undone by the restore point that is made first."
                if back.created
                else f"Undone exactly, within {kept.KEPT_DAYS} days: what is replaced is kept in the file."
            ),
            fingerprint=rests_on,
            button=f"Undo {plural(sum(c.inserted + c.updated + c.deleted for c in changes), 'row')}",
            needs_confirmation=bool(back.created),
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        plan_id = str(plan.request["plan"])
        _require(session, plan_id)
        schema = read_schema(session, context)
        taken_at = str(session.value(f"SELECT min(at) FROM main.{kept.LINES} WHERE plan_id = ?", (plan_id,)))
        back = _lay_ready(session, schema, plan_id, context)
        if any(finding.blocks for finding in back.findings):
            raise fingerprint.stale(plan, "its data was changed")
        changes = _changes(session, back)
        if changes != plan.changes:
            raise fingerprint.stale(plan, "its data was changed")
        keep = plan.reversal is Reversal.INVERSE
        checks = write(session, schema, back.rewrites, plan.id, context, keep=keep, undoes=plan_id)
        promise.require_passed(checks, "Everything was rolled back; the file is as it was before.")
        put_back = [
            (each.table, f"SELECT {', '.join(_as_key(each))} FROM {each.on}") for each in back.rewrites
        ]
        refuse_erased(self.catalog, session, schema, plan.database_id, taken_at, put_back)
        _put_sequences_back(session, plan_id)
        with session.verbatim():
            for table in back.created:
                session.run(f"DROP TABLE {qualified(table.name)}")
        kept.forget(session, plan_id)
        rows = sum(change.inserted + change.updated + change.deleted for change in changes)
        return Outcome(f"Undone: {plural(rows, 'row')} as before", changes, {"compared": _compared(checks)})

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """Everything was read again before `apply` came back."""
        return (Check("Every row is as it was before", True, str(outcome.result["compared"])),)

    def inverse(self, done: Record) -> Undo | None:
        """The undo of an undo, in the same way."""
        if done.started.data.get("reversal") != Reversal.INVERSE.value:
            return None
        request = RevertRequest(
            Path(str(done.started.data["path"])), done.started.database_id, done.started.plan_id
        )
        return Undo(self, lambda context: self.plan(request, context))


def _require(session: Session, plan_id: str) -> None:
    if not kept.is_kept(session, plan_id):
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            "It is not known any more what this replaced, so it cannot be undone.",
            hint=f"Nothing was changed. What is replaced is kept for {kept.KEPT_DAYS} days.",
        )


def _lay_ready(session: Session, schema: Schema, plan_id: str, context: Context) -> _Back:
    changed = [
        name for name, what, _ in kept.lines(session, plan_id) if what not in ("sequence", kept.ADOPTED)
    ]
    names = list(dict.fromkeys(changed))
    created = {name for name, what, _ in kept.lines(session, plan_id) if what == "created"}
    rewrites: list[Rewrite] = []
    made: list[Table] = []
    found: list[Finding] = []
    for name in names:
        context.checkpoint()
        table = schema.table(name)
        if table is None:
            found.append(_blocked("table_gone", f"{quoted(name)} is gone since", name))
        elif name in created:
            made.append(table)
            found += _if_changed_whole(session, table, plan_id, context)
        else:
            rewrite, problems = _rewrite(session, len(rewrites), table, plan_id)
            found += problems
            if rewrite is not None:
                rewrites.append(rewrite)
    found += [
        each for rewrite in rewrites for each in _pointed_to(session, schema, rewrite, rewrites, plan_id)
    ]
    return _Back(tuple(rewrites), tuple(made), tuple(found))


def _rewrite(
    session: Session, number: int, table: Table, plan_id: str
) -> tuple[Rewrite | None, list[Finding]]:
    """Lay ready the rows of one table; rows that were changed since stand in the way."""
    key, columns = (_columns(session, table, plan_id, part) for part in ("key", "old"))
    rowid = hidden_rowid(table)
    here = {fold(column.name) for column in stored(table)} | ({fold(rowid)} if rowid else set())
    if not key or any(fold(name) not in here for name in (*key, *columns)):
        title = f"The columns of {quoted(table.name)} were changed since"
        return None, [_blocked("columns_changed", title, table.name)]
    given = columns or ((rowid,) if rowid else ()) + tuple(column.name for column in stored(table))
    rewrite = Rewrite(number, table, key, given)
    make_tables(session, rewrite)
    is_row = " AND ".join(f"m.{quote(name)} = {kept.cell('key', name)}" for name in key)
    mine = f"u.plan_id = {_text(plan_id)} AND u.table_name = {_text(table.name)}"
    lines = f"main.{kept.LINES} AS u"
    rows = f"{lines} CROSS JOIN {rewrite.name_sql} AS m ON {is_row}"
    take_off(session, rewrite, "delete", f"{rows} WHERE {mine} AND u.what = 'inserted' ORDER BY u.row_id")
    take_off(session, rewrite, "update", f"{rows} WHERE {mine} AND u.what = 'updated' ORDER BY u.row_id")
    old = [kept.cell("old", name) if name in columns else "NULL" for name in rewrite.columns]
    named = [kept.cell("old", name) if name in columns else kept.cell("key", name) for name in key]
    for what, told in (("update", "updated"), ("insert", "deleted")):
        session.all(
            f"INSERT INTO {rewrite.on} SELECT NULL, '{what}', {', '.join([*named, *old])} FROM {lines}"
            f" WHERE {mine} AND u.what = '{told}' ORDER BY u.row_id"
        )
    return rewrite, list(_if_changed(session, rewrite, rows, mine, is_row, lines))


def _if_changed(
    session: Session, rewrite: Rewrite, rows: str, mine: str, is_row: str, lines: str
) -> Iterator[Finding]:
    left = session.all(f"SELECT u.row_id, u.after FROM {lines} WHERE {mine} AND u.after IS NOT NULL")
    expected = {int(str(row_id)): digest for row_id, digest in left}
    found = kept.hashes(session, "u.row_id", f"FROM {rows} WHERE {mine}", row_values(rewrite.table))
    now = {row_id: digest for row_id, digest in found if row_id in expected}
    name = rewrite.table.name
    other = sum(now[row_id] != expected[row_id] for row_id in now)
    lost = len(expected) - len(now)
    if other:
        yield _blocked(
            "changed_since", f"{plural(other, 'row')} of {quoted(name)} changed since", name, other
        )
    if lost:
        yield _blocked("gone_since", f"{plural(lost, 'row')} of {quoted(name)} gone since", name, lost)
    leaves = " AND ".join(f"m.{quote(each)} = o.k{at}" for at, each in enumerate(rewrite.key))
    taken = session.count(
        f"SELECT count(*) FROM {lines} WHERE {mine} AND u.what = 'deleted' AND EXISTS"
        f" (SELECT 1 FROM {rewrite.name_sql} AS m WHERE {is_row}"
        f" AND NOT EXISTS (SELECT 1 FROM {rewrite.off} AS o WHERE {leaves}))"
    )
    if taken:
        title = f"{plural(taken, 'row')} of {quoted(name)} cannot be put back: another has the place"
        yield _blocked("place_taken", title, name, taken)


def _if_changed_whole(session: Session, table: Table, plan_id: str, context: Context) -> Iterator[Finding]:
    after = session.value(
        f"SELECT after FROM main.{kept.LINES} WHERE plan_id = ? AND table_name = ? AND what = 'created'",
        (plan_id, table.name),
    )
    content = table_content(session, table.name, context)
    if after != f"{content.rows}:{content.hash}".encode():
        yield _blocked(
            "changed_since", f"{quoted(table.name)} was changed since it was made again", table.name
        )


def _pointed_to(
    session: Session, schema: Schema, rewrite: Rewrite, rewrites: list[Rewrite], plan_id: str
) -> Iterator[Finding]:
    """Rows that came since and point to what is to be removed."""
    for child, key in schema.referring(rewrite.table.name):
        own = next((each for each in rewrites if each.table.name == child.name), None)
        rows = pointing(session, rewrite, child, key, own, plan_id)
        if rows:
            title = (
                f"{plural(rows, 'row')} of {quoted(child.name)} point to rows of {quoted(rewrite.table.name)}"
            )
            yield _blocked("pointed_to", f"{title} that would go", child.name, rows)


def _put_sequences_back(session: WriteSession, plan_id: str) -> None:
    """Where AUTOINCREMENT went on from, unless it has gone on since."""
    mine = f"u.plan_id = {_text(plan_id)} AND u.what = 'sequence'"
    lines = session.all(
        f"SELECT u.table_name, {kept.cell('old', 'seq')}, {kept.cell('new', 'seq')}"
        f" FROM main.{kept.LINES} AS u WHERE {mine}"
    )
    for name, old, new in lines:
        if old is None:
            session.run("DELETE FROM main.sqlite_sequence WHERE name = ? AND seq = ?", (name, new))
        else:
            session.run(
                "UPDATE main.sqlite_sequence SET seq = ? WHERE name = ? AND seq = ?", (old, name, new)
            )


def _changes(session: Session, back: _Back) -> tuple[TableChange, ...]:
    rows = [session.count(f"SELECT count(*) FROM {each.name_sql}") for each in back.rewrites]
    gone = [session.count(f"SELECT count(*) FROM {qualified(each.name)}") for each in back.created]
    return (
        *(
            done(session, rewrite, "as before", before)
            for rewrite, before in zip(back.rewrites, rows, strict=True)
            if any(counts(session, rewrite))
        ),
        *(
            TableChange(table.name, before, 0, deleted=before, why="removed again")
            for table, before in zip(back.created, gone, strict=True)
        ),
    )


def _columns(session: Session, table: Table, plan_id: str, part: str) -> tuple[str, ...]:
    """The columns of which something is kept, in the order of the table."""
    names = session.all(
        f"SELECT DISTINCT x.column_name FROM main.{kept.LINES} AS u JOIN main.{kept.CELLS} AS x USING (row_id)"
        " WHERE u.plan_id = ? AND u.table_name = ? AND x.part = ?",
        (plan_id, table.name, part),
    )
    return tuple(str(name) for (name,) in names)


def _as_key(rewrite: Rewrite) -> list[str]:
    return [rewrite.place(name) for name in rewrite.table.key_columns]


def _sentence(change: TableChange) -> str:
    parts = [f"{plural(change.deleted, 'row')} that came back removed"] if change.deleted else []
    parts += [f"{plural(change.updated, 'row')} given the values before"] if change.updated else []
    parts += [f"{plural(change.inserted, 'row')} put back"] if change.inserted else []
    return f"{quoted(change.table)}: {', '.join(parts)}."


def _blocked(code: str, title: str, table: str, count: int | None = None) -> Finding:
    return Finding(
        code,
        Severity.ERROR,
        title,
        Subject("table", table),
        detail="Undoing would lose that. Nothing is undone in part.",
        count=count,
        blocks=True,
    )


def _compared(checks: tuple[Check, ...]) -> str:
    return "; ".join(check.detail for check in checks if check.detail)


def _text(value: str) -> str:
    return literal(value)
