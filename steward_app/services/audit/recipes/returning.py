"""Which rows come back with rows that were deleted softly: their places in temporary tables, never in memory.

What is found is what the triggers of the recipe do, in whatever order they run: a row comes back with the one it
followed, unless another one that it belongs to stays deleted. Then it follows that one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from steward_app.db import Session, WriteSession, fold, qualified, quote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key
from steward_app.services.audit.engine.ddl import numbered
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.recipes.families import Family, Link, family_of, via
from steward_app.services.audit.recipes.model import Recipe, SoftDelete
from steward_app.services.audit.recipes.needs import UNCHANGED
from steward_app.services.audit.recipes.parts import there
from steward_app.services.audit.recipes.rows import Rows
from steward_app.services.schema.model import Index, Schema, Table


@dataclass(frozen=True)
class Returning:
    """The rows of one recipe that come back, while the session is open that found them."""

    session: Session
    number: int
    spec: SoftDelete
    family: Family
    rows: tuple[Rows, ...]

    def choose(self, table: str, keys: Sequence[Key], context: Context) -> None:
        """Note the rows that were asked for, and those that come back with them.

        Raises `UsageError` for a key that names no row, or one that is not deleted.
        """
        at = [each.name for each in self.family.tables].index(table)
        for place, rows in enumerate(self.rows):
            columns = ", ".join(numbered("k", len(rows.place)))
            self._run(f"DROP TABLE IF EXISTS {self._set(place)}")
            self._run(f"CREATE TABLE {self._set(place)} ({columns}, PRIMARY KEY ({columns})) WITHOUT ROWID")
        for key in keys:
            self._choose(at, key)
            context.checkpoint()
        before = -1
        while before != (before := sum(self.counts().values())):
            for link in self.family.links:
                self._run(self._follow_sql(link))
                context.checkpoint()

    def counts(self) -> dict[str, int]:
        """Rows that come back, by table."""
        return {
            table.name: self.session.count(f"SELECT count(*) FROM {self._set(at)}")
            for at, table in enumerate(self.family.tables)
        }

    def stamped(self) -> dict[str, int]:
        """Rows that are deleted now, by table."""
        return {
            table.name: self.session.count(
                f"SELECT count(*) FROM {qualified(table.name)} WHERE {self._at} IS NOT NULL"
            )
            for table in self.family.tables
        }

    def held(self) -> dict[str, int]:
        """Rows that followed one that comes back, and follow another one from now on, by table."""
        found = dict[str, int]()
        for table in self.family.tables:
            followed = " OR ".join(f"({self._led(link)})" for link in self.family.leaders(table))
            if followed:
                comes, name = self._comes("x", table), qualified(table.name)
                sql = f"SELECT count(*) FROM {name} AS x WHERE ({followed}) AND NOT {comes}"
                found[table.name] = self.session.count(sql)
        return found

    def below_deleted(self) -> dict[str, int]:
        """Rows that come back although one that they belong to stays deleted, by table."""
        found = dict[str, int]()
        for table in self.family.tables:
            above = " OR ".join(self._stays_above(link) for link in self.family.leaders(table))
            if above:
                sql = f"SELECT count(*) FROM {qualified(table.name)} AS x WHERE {self._comes('x', table)} AND ({above})"
                found[table.name] = self.session.count(sql)
        return {name: count for name, count in found.items() if count}

    def clashes(self) -> Iterator[tuple[Table, Index, int]]:
        """Unique indexes over rows that are not deleted, in which a row that comes back would meet another one."""
        for at, table in enumerate(self.family.tables):
            if not self.session.count(f"SELECT count(*) FROM {self._set(at)}"):
                continue
            for index in table.indexes:
                if index.unique and self._depends(index):
                    count = self.session.count(self._clash_sql(table, index))
                    if count:
                        yield table, index, count

    def statements(self) -> tuple[str, ...]:
        """What brings them back, parents first."""
        return tuple(
            f"UPDATE {qualified(table.name)} SET {self._cleared(table)} WHERE {self._at} IS NOT NULL AND"
            f" {self._place(at)} IN (SELECT {', '.join(numbered('k', len(self.rows[at].place)))} FROM {self._set(at)})"
            for at, table in enumerate(self.family.tables)
        )

    def told(self) -> tuple[str, ...]:
        """The same, for people to read; `returning` stands for the rows that were found."""
        counts = self.counts()
        return tuple(
            statement.replace(self._set(at), quote(f"returning_{table.name}"))
            for at, (statement, table) in enumerate(zip(self.statements(), self.family.tables, strict=True))
            if counts[table.name]
        )

    def bring(self, session: WriteSession) -> None:
        """Bring them back. What the triggers of the recipe have brought back by then is left."""
        for statement in self.statements():
            session.run(statement)

    def forget(self) -> None:
        """Drop what was found."""
        for at in range(len(self.rows)):
            self._run(f"DROP TABLE IF EXISTS {self._set(at)}")

    @property
    def _at(self) -> str:
        return quote(self.spec.column)

    @property
    def _via(self) -> str:
        return quote(via(self.spec.column))

    def _set(self, at: int) -> str:
        return f"temp.steward_returning_{self.number}_{at}"

    def _place(self, at: int) -> str:
        place = self.rows[at].place
        return place[0] if len(place) == 1 else f"({', '.join(place)})"

    def _index_of(self, table: Table) -> int:
        return [each.name for each in self.family.tables].index(table.name)

    def _depends(self, index: Index) -> bool:
        """Whether an index asks when a row was deleted. One whose text could not be read is left to SQLite."""
        return fold(self.spec.column) in fold(index.sql) and index.where != index.sql

    def _cleared(self, table: Table) -> str:
        alone = f", {self._via} = NULL" if self.family.leaders(table) else ""
        return f"{self._at} = NULL{alone}"

    def _choose(self, at: int, key: Key) -> None:
        table, rows = self.family.tables[at], self.rows[at]
        own = key_columns(table)
        if len(own) != len(key):
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"Rows of {quoted(table.name)} are named by {len(own)} values, not {len(key)}.",
                hint=UNCHANGED,
            )
        named = " AND ".join(f"{quote(name)} = ?" for name in own)
        place = ", ".join(rows.place)
        found = self.session.one(
            f"SELECT {self._at} IS NOT NULL, {place} FROM {qualified(table.name)} WHERE {named}", key
        )
        if found is None or not found[0]:
            why = "has no such row" if found is None else "has such a row, and it is not deleted"
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"{quoted(table.name)} {why}.",
                hint=f"{UNCHANGED} “steward audit recipes deleted” lists those that are.",
            )
        marks = ", ".join("?" for _ in found[1:])
        self._run(f"INSERT OR IGNORE INTO {self._set(at)} VALUES ({marks})", found[1:])

    def _comes(self, row: str, table: Table) -> str:
        """Whether a row of a table comes back."""
        at = self._index_of(table)
        return f"EXISTS (SELECT 1 FROM {self._set(at)} AS b WHERE {self.rows[at].penned('b', row)})"

    def _led(self, link: Link) -> str:
        """Whether a row `x` followed one by this link that comes back."""
        return (
            f"x.{self._at} IS NOT NULL AND x.{self._via} = {link.number} AND EXISTS (SELECT 1 FROM"
            f" {qualified(link.parent.name)} AS t WHERE {link.match('t', 'x')} AND {self._comes('t', link.parent)})"
        )

    def _stays_above(self, link: Link) -> str:
        """Whether the row above `x`, by this link, stays deleted."""
        return (
            f"EXISTS (SELECT 1 FROM {qualified(link.parent.name)} AS q WHERE {link.match('q', 'x')}"
            f" AND q.{self._at} IS NOT NULL AND NOT {self._comes('q', link.parent)})"
        )

    def _follow_sql(self, link: Link) -> str:
        """Note the rows that come back by one link."""
        at = self._index_of(link.child)
        rest = [each for each in self.family.leaders(link.child) if each.number != link.number]
        held = "".join(f" AND NOT {self._stays_above(each)}" for each in rest)
        own = ", ".join(f"x.{each}" for each in self.rows[at].place)
        return (
            f"INSERT OR IGNORE INTO {self._set(at)} SELECT {own} FROM {qualified(link.child.name)} AS x"
            f" WHERE {self._led(link)}{held}"
        )

    def _clash_sql(self, table: Table, index: Index) -> str:
        """Counts the values that two rows would have, one of which comes back."""
        columns = ", ".join(
            f"CASE WHEN {self._comes('x', table)} THEN NULL ELSE x.{self._at} END AS {self._at}"
            if column.name == self.spec.column
            else f"x.{quote(column.name)} AS {quote(column.name)}"
            for column in table.columns
            if not column.hidden
        )
        terms = [each.expression or quote(each.name) for each in index.columns]
        grouped = ", ".join(
            f"({term}) COLLATE {quote(each.collation)}"
            for term, each in zip(terms, index.columns, strict=True)
        )
        filled = "".join(f" AND ({term}) IS NOT NULL" for term in terms)
        where = f"({index.where})" if index.where else "1"
        mark = quote(f"{self.spec.column} comes back")
        return (
            f"SELECT count(*) FROM (SELECT 1 FROM (SELECT {columns}, {self._comes('x', table)} AS {mark}"
            f" FROM {qualified(table.name)} AS x) AS {quote(table.name)} WHERE {where}{filled}"
            f" GROUP BY {grouped} HAVING count(*) > 1 AND max({mark}))"
        )

    def _run(self, sql: str, bindings: Key = ()) -> None:
        for _ in self.session.execute(sql, bindings):
            pass


def key_columns(table: Table) -> tuple[str, ...]:
    """The columns that people name a row with: its primary key, where it can, else a name of its number."""
    return table.key_columns


def returning_of(session: Session, schema: Schema, recipe: Recipe) -> Returning:
    """The rows of a recipe that come back; none yet. Inside `temporary` or a transaction."""
    spec = recipe.spec
    assert isinstance(spec, SoftDelete)
    root, _ = there(schema, spec.table, spec.column)
    family = family_of(schema, root, spec)
    return Returning(
        session, recipe.id, spec, family, tuple(Rows(shape_of(table, schema)) for table in family.tables)
    )
