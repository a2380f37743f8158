"""Rows that are marked as deleted, their children with them, and brought back with them.

DELETE is turned into a stamp by a BEFORE DELETE trigger, which sets the column and ends with RAISE(IGNORE): the row is
not deleted, so SQLite calls nobody else for it, and the audit logs the stamp as the UPDATE that it is. (Deleting it and
inserting it again AFTER would have its children deleted by their foreign keys meanwhile.) The stamp itself, whoever
sets it, carries on to the children, each with the number of the link it followed by; taking the stamp away takes away
those of the rows that followed, and of no others. No trigger here ever deletes a row.

A REPLACE is no DELETE: it removes the row in its place as before, and what foreign keys do then happens. Where a
connection has `recursive_triggers` on, REPLACE fires BEFORE DELETE, too, and SQLite goes on as if the row were gone:
told to leave it, it writes indexes that no longer fit their table. Nothing tells a trigger whether it is a DELETE or a
REPLACE that fired it. But it can tell whether triggers run inside themselves, by trying: then every DELETE is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import quote
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.recipes import names, times
from steward_app.services.audit.recipes.families import Family, Link, family_of, via
from steward_app.services.audit.recipes.model import OnDelete, SoftDelete, Trigger
from steward_app.services.audit.recipes.parts import MissingError, Parts, abort, there, trigger
from steward_app.services.audit.recipes.rows import Rows
from steward_app.services.schema.model import Schema, Table


def parts(schema: Schema, spec: SoftDelete, number: int) -> Parts:
    """Its triggers. It has no table of its own."""
    root, _ = there(schema, spec.table, spec.column)
    family = family_of(schema, root, spec)
    for table in family.tables:
        there(schema, table.name, spec.column, *([via(spec.column)] if family.leaders(table) else []))
    if family.circle:
        raise MissingError(f"{', '.join(family.circle)} refer to each other in a circle")
    writer = _Writer(schema, spec, number, family)
    tables, triggers = tuple(table.name for table in family.tables), tuple(writer.triggers())
    if spec.on_delete is OnDelete.REFUSE:
        return Parts(tables, triggers)
    probe = names.probe(number)
    return Parts(tables, triggers, probe, f"CREATE TABLE {probe} (n)")


class _Writer:
    """Writes the triggers of one soft delete."""

    def __init__(self, schema: Schema, spec: SoftDelete, number: int, family: Family) -> None:
        self._schema = schema
        self._spec = spec
        self._number = number
        self._family = family
        self._at = quote(spec.column)
        self._via = quote(via(spec.column))
        self._stamped = f"old.{self._at} IS NULL AND new.{self._at} IS NOT NULL"
        self._taken_back = f"old.{self._at} IS NOT NULL AND new.{self._at} IS NULL"

    def triggers(self) -> Iterator[Trigger]:
        """Those that keep a row, first: made first, they run last, when all that follows has followed."""
        if self._spec.on_delete is OnDelete.STAMP:
            yield self._probing()
        for at, guard in enumerate(self._family.guards, 1):
            yield self._guard(at, guard)
        for at, table in enumerate(self._family.tables, 1):
            if self._family.leaders(table):
                yield self._alone(at, table)
            yield self._delete(at, table)
        for link in self._family.links:
            yield self._follow(link)
            yield self._back(link)

    def _trigger(self, what: str, event: str, table: Table, body: list[str], when_sql: str) -> Trigger:
        return trigger(self._number, what, event, table.name, body, when_sql)

    def _delete(self, at: int, table: Table) -> Trigger:
        """What becomes of a DELETE, while rows are not being purged."""
        spec = self._spec
        purging = f"EXISTS (SELECT 1 FROM {names.REGISTRY} WHERE id = {self._number} AND purging)"
        if spec.on_delete is OnDelete.REFUSE:
            said = f"rows of {table.name} are not deleted: set {spec.column} instead"
            return self._trigger(f"delete_{at}", "BEFORE DELETE", table, [abort(said)], f"NOT {purging}")
        assert spec.form is not None
        alone = f", {self._via} = NULL" if self._family.leaders(table) else ""
        rows, now = Rows(shape_of(table, self._schema)), times.NOW[spec.form]
        stamp = (
            f"UPDATE {quote(table.name)} SET {self._at} = {now}{alone}"
            f" WHERE {rows.same('', 'old')} AND {self._at} IS NULL"
        )
        said = (
            f"rows of {table.name} are not deleted while recursive_triggers is on: set {spec.column} instead"
        )
        probe = names.probe(self._number)
        recursive = f"EXISTS (SELECT 1 FROM {probe} WHERE n = 2)"
        body = [
            f"DELETE FROM {probe}",
            f"INSERT INTO {probe} VALUES (0)",
            abort(said, recursive),
            stamp,
            "SELECT RAISE(IGNORE)",
        ]
        return self._trigger(f"delete_{at}", "BEFORE DELETE", table, body, f"NOT {purging}")

    def _probing(self) -> Trigger:
        """Runs inside itself, and so comes to 2, only where `recursive_triggers` is on."""
        probe = names.probe(self._number)
        body = [f"INSERT INTO {probe} VALUES (new.n + 1)"]
        return trigger(self._number, "probing", "AFTER INSERT", probe, body, "new.n < 2")

    def _guard(self, at: int, guard: Link) -> Trigger:
        """A row stays as long as rows point to it that do not follow it, as its foreign key says."""
        live = f" AND x.{self._at} IS NULL" if self._is_ours(guard.child) else ""
        itself = ""
        if guard.to_itself:
            itself = f" AND NOT ({Rows(shape_of(guard.child, self._schema)).same('x', 'new')})"
        held = f"EXISTS (SELECT 1 FROM {quote(guard.child.name)} AS x WHERE {guard.match('new', 'x')}{live}{itself})"
        said = f"FOREIGN KEY constraint failed: rows of {guard.child.name} point to this row of {guard.parent.name}"
        return self._trigger(f"guard_{at}", "AFTER UPDATE", guard.parent, [abort(said, held)], self._stamped)

    def _alone(self, at: int, table: Table) -> Trigger:
        """A row that was brought back by itself follows nobody."""
        rows = Rows(shape_of(table, self._schema))
        body = [f"UPDATE {quote(table.name)} SET {self._via} = NULL WHERE {rows.same('', 'new')}"]
        when = f"new.{self._at} IS NULL AND new.{self._via} IS NOT NULL"
        return self._trigger(f"alone_{at}", "AFTER UPDATE", table, body, when)

    def _follow(self, link: Link) -> Trigger:
        """Children that are not deleted yet are deleted with the row above them."""
        below = self._below(link, f"x.{self._at} IS NULL")
        body = [
            f"UPDATE {quote(link.child.name)} SET {self._at} = new.{self._at}, {self._via} = {link.number}"
            f" WHERE {self._at} IS NULL AND {below}"
        ]
        return self._trigger(f"follow_{link.number}", "AFTER UPDATE", link.parent, body, self._stamped)

    def _back(self, link: Link) -> Trigger:
        """Children that followed by this link come back, but for those with another parent that is deleted still.

        Those follow that one from now on.
        """
        child, followed = quote(link.child.name), f"{self._via} = {link.number}"
        rest = [each for each in self._family.leaders(link.child) if each.number != link.number]
        staying = " OR ".join(f"({self._held_by(each, 'x')})" for each in rest)
        reached = self._below(link, f"x.{followed}" + (f" AND NOT ({staying})" if staying else ""))
        body = [
            f"UPDATE {child} SET {self._via} = {each.number} WHERE {followed} AND {reached}"
            f" AND {self._held_by(each, child)}"
            for each in rest
        ]
        body.append(
            f"UPDATE {child} SET {self._at} = NULL, {self._via} = NULL WHERE {followed} AND {reached}"
        )
        return self._trigger(f"back_{link.number}", "AFTER UPDATE", link.parent, body, self._taken_back)

    def _held_by(self, link: Link, child_row: str) -> str:
        """Whether a row of the child's table has a parent by that link that is deleted."""
        match = link.match("q", child_row)
        return f"EXISTS (SELECT 1 FROM {quote(link.parent.name)} AS q WHERE {match} AND q.{self._at} IS NOT NULL)"

    def _below(self, link: Link, passable_sql: str) -> str:
        """Which children are meant: those of the row; of a table that refers to itself, all the way down.

        A trigger does not run again inside itself, so the whole way is found at once.

        Args:
            passable_sql: which rows `x` the way leads through.
        """
        if not link.to_itself:
            return link.match("new", "")
        pairs = list(link.pairs())
        held = ", ".join(f"c{at}" for at in range(len(pairs)))
        start = ", ".join(f"new.{quote(above)}" for above, _ in pairs)
        step = ", ".join(f"x.{quote(above)}" for above, _ in pairs)
        meets = " AND ".join(
            f"s.c{at} = x.{quote(below)} COLLATE {quote(link.collation(above))}"
            for at, (above, below) in enumerate(pairs)
        )
        own = ", ".join(f"{quote(below)} COLLATE {quote(link.collation(above))}" for above, below in pairs)
        own = own if len(pairs) == 1 else f"({own})"
        return (
            f"{own} IN (WITH RECURSIVE s ({held}) AS (SELECT {start} UNION SELECT {step}"
            f" FROM s JOIN {quote(link.child.name)} AS x ON {meets} WHERE {passable_sql}) SELECT {held} FROM s)"
        )

    def _is_ours(self, table: Table) -> bool:
        return any(each.name == table.name for each in self._family.tables)
