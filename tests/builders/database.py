"""A database for a test, told in the order a reader wants to know it.

path = (
    a_database(tmp_path)
    .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT NOT NULL", rows=[(1, "Ada Winter")])
    .with_sql("CREATE INDEX patient_name ON patient (name)")
    .with_rows("patient", [(2, "Ben Moor")])
    .build()
)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from steward_app.db.names import quote
from steward_app.db.open import create
from steward_app.kernel.values import SqlValue

_Step = tuple[str, list[tuple[SqlValue, ...]] | None]


class DatabaseBuilder:
    """Collects statements and rows; `build` runs them in order, in one transaction, on a new file.

    Foreign keys are not enforced while building, so that a test can plant orphans.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pragmas: list[str] = []
        self._steps: list[_Step] = []
        self._wal = False

    def with_sql(self, *statements: str) -> Self:
        """Statements, or scripts of several, run as they stand."""
        self._steps += [(statement, None) for statement in statements]
        return self

    def with_table(self, name: str, columns: str, *, rows: Iterable[Sequence[SqlValue]] = ()) -> Self:
        """A table with any name; `columns` is what stands between the brackets."""
        return self.with_sql(f"CREATE TABLE {quote(name)} ({columns})").with_rows(name, rows)

    def with_rows(
        self, table: str, rows: Iterable[Sequence[SqlValue]], *, columns: Sequence[str] = ()
    ) -> Self:
        """Rows for a table that stands already; `columns` where the rows do not fill all of them."""
        bindings = [tuple(row) for row in rows]
        if bindings:
            into = f" ({', '.join(map(quote, columns))})" if columns else ""
            marks = ", ".join("?" * len(bindings[0]))
            self._steps.append((f"INSERT INTO {quote(table)}{into} VALUES ({marks})", bindings))
        return self

    def with_pragma(self, setting: str) -> Self:
        """A pragma of the file, set before anything is written: `with_pragma("page_size = 512")`."""
        self._pragmas.append(f"PRAGMA {setting}")
        return self

    def in_wal_mode(self) -> Self:
        """Leave the finished file in WAL mode (checkpointed, with no side files)."""
        self._wal = True
        return self

    def build(self) -> Path:
        """Make the file and say where it is."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with create(self._path) as session:
            for pragma in ("PRAGMA foreign_keys = OFF", "PRAGMA synchronous = OFF", *self._pragmas):
                session.run(pragma)
            with session.transaction():
                for sql, rows in self._steps:
                    if rows is None:
                        session.run(sql)
                    else:
                        session.run_many(sql, rows)
            if self._wal:
                session.run("PRAGMA journal_mode = WAL")
        return self._path


def a_database(where: Path, name: str = "clinic.db") -> DatabaseBuilder:
    """A builder for a new file: `where` is its folder (then `name` counts), or the path of the file itself."""
    return DatabaseBuilder(where / name if where.is_dir() else where)
