"""Which softly deleted rows may be purged: their keys in temporary tables, never in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steward_app.db import Session, WriteSession, qualified, quote
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine.ddl import numbered
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.recipes import times
from steward_app.services.audit.recipes.families import Link, family_of, usable
from steward_app.services.audit.recipes.model import Form, Recipe, SoftDelete
from steward_app.services.audit.recipes.parts import there
from steward_app.services.audit.recipes.rows import Rows
from steward_app.services.schema.model import Schema, Table

_UNLINKING = "SET NULL"


@dataclass(frozen=True)
class Expired:
    """The rows of one recipe whose days of grace are over, while the session is open that found them.

    Attributes:
        tables: of the family, parents before children.
        loose: links of rows that stay and lose their link.
        waiting: rows that are deleted softly and not purged now.
        held: of those, how many would be purged, if no row pointed to them.
        unreadable: deleted rows whose moment cannot be read.
    """

    number: int
    root: str
    form: Form
    tables: tuple[Table, ...]
    rows: tuple[Rows, ...]
    loose: tuple[Link, ...]
    waiting: int
    held: int
    unreadable: int

    def counts(self, session: Session) -> dict[str, int]:
        """Rows that go, by table."""
        return {
            table.name: session.count(f"SELECT count(*) FROM {self._set(at)}")
            for at, table in enumerate(self.tables)
        }

    def unlinked(self, session: Session) -> dict[str, int]:
        """Rows that stay and lose their link, by table."""
        found: dict[str, int] = {}
        for link in self.loose:
            at = [table.name for table in self.tables].index(link.parent.name)
            sql = (
                f"SELECT count(*) FROM {qualified(link.child.name)} AS x WHERE EXISTS (SELECT 1 FROM"
                f" {qualified(link.parent.name)} AS t JOIN {self._set(at)} AS p ON {self.rows[at].penned('p', 't')}"
                f" WHERE {link.match('t', 'x')})"
            )
            found[link.child.name] = found.get(link.child.name, 0) + session.count(sql)
        return found

    def statements(self) -> Iterator[str]:
        """What is run, for people to read; `expired` stands for the rows that were found."""
        for at in reversed(range(len(self.tables))):
            yield self._delete_sql(at, f"expired_{self.tables[at].name}")

    def deletes(self) -> Iterator[str]:
        """The statements themselves, children first."""
        for at in reversed(range(len(self.tables))):
            yield self._delete_sql(at, self._set(at))

    def delete(self, session: WriteSession) -> None:
        """Delete them, children first."""
        for statement in self.deletes():
            session.run(statement)

    def forget(self, session: WriteSession) -> None:
        """Drop what was found."""
        for at in range(len(self.tables)):
            session.run(f"DROP TABLE IF EXISTS {self._set(at)}")

    def _set(self, at: int) -> str:
        return set_name(self.number, at)

    def _delete_sql(self, at: int, source_sql: str) -> str:
        rows = self.rows[at]
        source = source_sql if source_sql.startswith("temp.") else quote(source_sql)
        keys = ", ".join(numbered("k", len(rows.place)))
        own = rows.place[0] if len(rows.place) == 1 else f"({', '.join(rows.place)})"
        return f"DELETE FROM {qualified(rows.shape.table)} WHERE {own} IN (SELECT {keys} FROM {source})"


def set_name(number: int, at: int) -> str:
    """The temporary table of one table's rows."""
    return f"temp.steward_expired_{number}_{at}"


def expired_of(session: Session, schema: Schema, recipe: Recipe, now: str, context: Context) -> Expired:
    """Find the rows of a recipe whose days of grace are over. Inside `temporary` or a transaction.

    Args:
        now: RFC 3339, UTC.
    """
    spec = recipe.spec
    assert isinstance(spec, SoftDelete)
    assert spec.form is not None
    root, _ = there(schema, spec.table, spec.column)
    family = family_of(schema, root, spec)
    rows = tuple(Rows(shape_of(table, schema)) for table in family.tables)
    finder = _Finder(session, schema, recipe.id, family.tables, rows)
    unreadable = finder.fill(spec, now)
    found = finder.size()
    finder.spare_who_is_held(context)
    loose = tuple(
        Link(0, child, parent, key)
        for parent in family.tables
        for child, key in schema.referring(parent.name)
        if key.on_delete == _UNLINKING and usable(key)
    )
    stamped = sum(
        session.count(f"SELECT count(*) FROM {qualified(table.name)} WHERE {quote(spec.column)} IS NOT NULL")
        for table in family.tables
    )
    left = finder.size()
    return Expired(
        recipe.id,
        root.name,
        spec.form,
        family.tables,
        rows,
        loose,
        waiting=stamped - left,
        held=found - left,
        unreadable=unreadable,
    )


@dataclass(frozen=True)
class _Finder:
    session: Session
    schema: Schema
    number: int
    tables: tuple[Table, ...]
    rows: tuple[Rows, ...]

    def fill(self, spec: SoftDelete, now: str) -> int:
        """Note the rows whose time is over; how many deleted ones do not say since when."""
        assert spec.form is not None
        unreadable = 0
        days = times.days_sql(spec.form, f"x.{quote(spec.column)}")
        for at, rows in enumerate(self.rows):
            noted, keys = set_name(self.number, at), ", ".join(numbered("k", len(rows.place)))
            source = f"FROM {qualified(rows.shape.table)} AS x"
            self._run(f"DROP TABLE IF EXISTS {noted}")
            self._run(f"CREATE TABLE {noted} ({keys}, PRIMARY KEY ({keys})) WITHOUT ROWID")
            own = ", ".join(f"x.{each}" for each in rows.place)
            self._run(
                f"INSERT INTO {noted} SELECT {own} {source} WHERE {days} <= julianday(?) - ?",
                (now, spec.grace_days),
            )
            unreadable += self.session.count(
                f"SELECT count(*) {source} WHERE x.{quote(spec.column)} IS NOT NULL AND {days} IS NULL"
            )
        return unreadable

    def size(self) -> int:
        """How many rows are noted."""
        return sum(
            self.session.count(f"SELECT count(*) FROM {set_name(self.number, at)}")
            for at in range(len(self.tables))
        )

    def spare_who_is_held(self, context: Context) -> None:
        """Strike out rows to which others point that stay, until no more are found."""
        before = -1
        while before != (before := self.size()):
            for at in range(len(self.tables)):
                for holder in self._holders(at):
                    self._run(holder)
                    context.checkpoint()

    def _holders(self, at: int) -> Iterator[str]:
        parent, rows, noted = self.tables[at], self.rows[at], set_name(self.number, at)
        order = [table.name for table in self.tables]
        bare = noted.removeprefix("temp.")
        for child, key in self.schema.referring(parent.name):
            if key.on_delete == _UNLINKING or not usable(key) or child.ours:
                continue
            goes = ""
            if child.name in order:
                beside = order.index(child.name)
                goes = (
                    f" AND NOT EXISTS (SELECT 1 FROM {set_name(self.number, beside)} AS g"
                    f" WHERE {self.rows[beside].penned('g', 'x')})"
                )
            yield (
                f"DELETE FROM {noted} WHERE EXISTS (SELECT 1 FROM {qualified(parent.name)} AS t JOIN"
                f" {qualified(child.name)} AS x ON {Link(0, child, parent, key).match('t', 'x')}"
                f" WHERE {rows.penned(bare, 't')}{goes})"
            )

    def _run(self, sql: str, bindings: tuple[str | int, ...] = ()) -> None:
        for _ in self.session.execute(sql, bindings):
            pass
