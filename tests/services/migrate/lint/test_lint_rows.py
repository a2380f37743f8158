"""The rows that lint follows through a script are those that the script leaves."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import open_read, open_write, qualified, quote
from steward_app.db.migration_files import read_any
from steward_app.db.migration_script import Script, read_script
from steward_app.db.runner import run_script
from steward_app.db.skeleton import skeleton
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step
from steward_app.services.migrate.lint.walk import Walk
from steward_app.services.schema.introspect import read_schema

SCHEMA = (
    "CREATE TABLE w (k TEXT PRIMARY KEY, n INT UNIQUE, x TEXT COLLATE NOCASE) STRICT",
    "CREATE UNIQUE INDEX w_x ON w (x) WHERE n > 1",
    "CREATE TABLE o (k TEXT UNIQUE ON CONFLICT REPLACE, n INT NOT NULL ON CONFLICT IGNORE, x TEXT) STRICT",
)
STATEMENTS = (
    "INSERT OR REPLACE INTO w (k, n, x) SELECT k, n + 1, x FROM w WHERE n > 2",
    "INSERT OR REPLACE INTO w (k, n, x) VALUES ('a', 2, 'X'), ('q', 9, NULL)",
    "INSERT OR REPLACE INTO w (k, n) SELECT k || 'x', n FROM o",
    "INSERT OR IGNORE INTO w (k, n, x) VALUES ('a', 3, 'y'), ('r', 8, 'x')",
    "INSERT OR IGNORE INTO w (k, n, x) SELECT k || 'o', n, x FROM o",
    "INSERT INTO w (k, n, x) VALUES ('b', 4, 'z') ON CONFLICT DO NOTHING",
    "INSERT INTO w (k, n, x) VALUES ('b', 4, 'z') ON CONFLICT (k) DO UPDATE SET n = 0",
    "INSERT INTO o (k, n, x) SELECT k, n, x FROM w",
    "INSERT INTO o (k, n, x) VALUES ('a', NULL, 'y'), ('b', 5, 'y')",
    "INSERT OR FAIL INTO o (k, n) VALUES ('t', 1)",
    "INSERT INTO w (k) SELECT k || k FROM w",
    "UPDATE OR REPLACE w SET n = 1 WHERE k = 'a'",
    "UPDATE w SET x = x || n",
    "UPDATE o SET k = lower(k)",
    "DELETE FROM w WHERE n = (SELECT max(n) FROM w)",
    "DELETE FROM o WHERE x IS NULL",
    "CREATE TABLE c (k TEXT COLLATE NOCASE UNIQUE, n INT NOT NULL CHECK (n > 1)) STRICT",
    "INSERT OR IGNORE INTO c (k, n) SELECT k, n FROM w",
    "INSERT OR REPLACE INTO c (k, n) SELECT k, n + 2 FROM o",
    "ALTER TABLE c RENAME COLUMN n TO w",
)
HELD = st.lists(
    st.tuples(
        st.sampled_from(["a", "A", "b", "c"]),
        st.sampled_from([None, 1, 2, 3, 4]),
        st.sampled_from([None, "x", "y", "z"]),
    ),
    max_size=4,
    unique_by=(lambda row: row[0], lambda row: row[1] or object(), lambda row: row[2] or object()),
)


@settings(max_examples=50)
@given(held=HELD, chosen=st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=5))
def test_rows_are_followed_as_sqlite_leaves_them(
    held: list[tuple[str, int | None, str | None]], chosen: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = a_database(Path(folder)).with_sql(*SCHEMA).with_rows("w", held)
        path = database.with_rows("o", [(k, n or 0, x) for k, n, x in held]).build()
        file = Path(folder) / "change.sql"
        file.write_text(";\n".join(chosen), encoding="utf-8")
        script = read_script(read_any(file))
        try:
            followed = _followed(path, script)
            with open_write(path) as session, session.transaction():
                run_script(session, script, Context(), sparing_ours=True)
                left = {name: session.all(f"SELECT * FROM {qualified(name)}") for name in followed}
        except (StewardError, _Stopped):
            return
    for name, rows in followed.items():
        assert rows == Counter(left[name]), name


class _Stopped(Exception):
    """A statement that does not run: there is nothing to compare."""


def _followed(path: Path, script: Script) -> dict[str, Counter[tuple[object, ...]]]:
    """The rows of each table of which lint knows all."""
    found: dict[str, Counter[tuple[object, ...]]] = {}
    with open_read(path) as session, closing(skeleton(session, triggers=set())) as empty:
        rows, walk = Rows(session, read_schema(session, Context()), Context()), Walk(empty, frozenset())
        for step in _steps(walk, script):
            rows.follow(step)
        for table in walk.schema.tables:
            source = rows.source(table.name)
            if source is not None and not source.more and not source.lacks:
                names = ", ".join(quote(column.name) for column in table.columns)
                found[table.name] = Counter(session.all(f"SELECT {names} FROM ({source.sql})"))
    return found


def _steps(walk: Walk, script: Script) -> list[Step]:
    try:
        return [each for each in walk.steps(script) if isinstance(each, Step)]
    except Exception as error:
        raise _Stopped from error
