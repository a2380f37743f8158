"""Lint and the runner agree: what lint calls an error fails on the real rows, and what it passes goes through."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import open_read, open_write
from steward_app.db.integrity import foreign_key_check, newly_broken
from steward_app.db.migration_files import read_any
from steward_app.db.migration_script import read_script
from steward_app.db.runner import run_script
from steward_app.kernel.errors import StewardError
from steward_app.kernel.finding import Severity
from steward_app.kernel.progress import Context
from steward_app.services.migrate.lint import lint

FAILS = {
    "statement_fails",
    "column_needs_default",
    "default_not_constant",
    "nulls_in_the_way",
    "duplicates_in_the_way",
    "duplicates_meanwhile",
    "check_not_met",
    "type_not_met",
    "rows_point_nowhere",
    "not_looked_at",
}
SCHEMA = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT, n INT, p INT REFERENCES p (id))",
    "CREATE TABLE u (id INT, a TEXT, PRIMARY KEY (id, a)) WITHOUT ROWID",
    "CREATE TABLE c (id INTEGER PRIMARY KEY, n INT, d INT AS (n % 3 + 1) UNIQUE, e INT AS (d + id) NOT NULL)",
)
STATEMENTS = (
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE t ALTER COLUMN b SET NOT NULL",
    "ALTER TABLE t ADD CHECK (n > 1)",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (t.b <> 'x' OR a IS NULL)",
    "CREATE UNIQUE INDEX t_b ON t (b)",
    "CREATE UNIQUE INDEX t_ab ON t (a, lower(b)) WHERE n IS NOT NULL",
    "CREATE UNIQUE INDEX p_code ON p (code)",
    "UPDATE t SET a = 0 WHERE a IS NULL",
    "UPDATE t SET b = coalesce(b, 'none')",
    "UPDATE t SET b = b || id, n = n + 1 WHERE id > 1",
    "UPDATE t SET p = NULL WHERE p NOT IN (SELECT id FROM p)",
    "UPDATE t SET p = 7 WHERE id = 1",
    "UPDATE t SET n = (SELECT max(p.id) FROM p WHERE p.id <= t.id)",
    "DELETE FROM t WHERE n IS NULL OR b IS NULL",
    "DELETE FROM p WHERE id = 2",
    "DELETE FROM p",
    "DELETE FROM t",
    "INSERT INTO p (id, code) VALUES (7, 'seven')",
    "INSERT INTO p (code) SELECT b FROM t WHERE b IS NOT NULL",
    "INSERT INTO u (id, a) SELECT n, b FROM t",
    "INSERT OR IGNORE INTO u (id, a) SELECT n, b FROM t WHERE n IS NOT NULL AND b IS NOT NULL",
    "INSERT OR IGNORE INTO p (id, code) SELECT n, b FROM t",
    "INSERT OR REPLACE INTO p (id, code) SELECT n, b FROM t",
    "INSERT INTO p (id, code) VALUES (2, 'A'), (9, 'n') ON CONFLICT DO NOTHING",
    "INSERT INTO p (id, code) SELECT id + 20, code FROM p",
    "INSERT OR IGNORE INTO m (id, a, b, p) SELECT id, id, b, p FROM t",
    "INSERT OR REPLACE INTO m (id, a, b, p) SELECT id, n, lower(b), p FROM t",
    "UPDATE OR REPLACE p SET code = lower(code)",
    "UPDATE p SET id = id + 1",
    "UPDATE p SET id = 4 - id WHERE code IS NOT NULL",
    "UPDATE t SET n = n - 1 WHERE b > 'a'",
    "UPDATE t SET b = CASE b WHEN 'x' THEN 'y' ELSE 'x' END",
    "UPDATE t SET id = 3 - id WHERE id < 3",
    "UPDATE u SET id = id + 1",
    "INSERT INTO c (id, n) SELECT id, n FROM t",
    "INSERT INTO c (id, n) SELECT id + 10, id FROM p WHERE id < 4",
    "UPDATE c SET n = n + 1",
    "UPDATE c SET n = 4 - n WHERE id > 1",
    "UPDATE OR REPLACE c SET n = id",
    "UPDATE c SET n = NULL WHERE d = 2",
    "UPDATE OR IGNORE p SET code = 'a'",
    "UPDATE OR REPLACE u SET id = NULL",
    "DELETE FROM t WHERE n = (SELECT max(n) FROM t)",
    "ALTER TABLE t RENAME COLUMN b TO c",
    "ALTER TABLE t RENAME COLUMN c TO b",
    "ALTER TABLE t RENAME TO s",
    "ALTER TABLE s RENAME TO t",
    "ALTER TABLE t ADD COLUMN e TEXT NOT NULL DEFAULT 'x'",
    "ALTER TABLE t ADD COLUMN f TEXT NOT NULL",
    "ALTER TABLE t ADD COLUMN g INT CHECK (g > 0 OR n > 1)",
    "ALTER TABLE t ADD COLUMN h TEXT DEFAULT (lower('X'))",
    "ALTER TABLE t ADD COLUMN k INT AS (n + 1)",
    "ALTER TABLE t ADD COLUMN r INT AS (n) STORED",
    "ALTER TABLE t ADD COLUMN q INT NOT NULL AS (n)",
    "ALTER TABLE t DROP COLUMN a",
    "CREATE TABLE m (id INTEGER PRIMARY KEY, a INT NOT NULL, b TEXT UNIQUE, p INT REFERENCES p (id)) STRICT",
    "CREATE TABLE m (id INT PRIMARY KEY, n INT CHECK (n < 3), b REAL NOT NULL)",
    "INSERT INTO m (id, b) SELECT id, b FROM t",
    "INSERT INTO m (id, a, b, p) SELECT id, a, b, p FROM t WHERE a IS NOT NULL",
    "INSERT INTO m SELECT n, id, b, p FROM t",
    "CREATE TABLE k AS SELECT id, b AS label FROM t",
    "CREATE UNIQUE INDEX k_label ON k (label COLLATE NOCASE)",
    "DROP TABLE u",
)
VALUES = st.sampled_from([None, None, 1, 2, 2.5, "x", "X", "7", "007", b"x"])
ROWS = st.lists(
    st.tuples(
        VALUES,
        st.sampled_from([None, "x", "X", "7", "y"]),
        st.sampled_from([None, 1, 2, 3]),
        st.integers(1, 3),
    ),
    max_size=4,
)
CODES = st.lists(st.sampled_from([None, "a", "A", "b"]), min_size=2, max_size=3)


@settings(max_examples=50)
@given(rows=ROWS, codes=CODES, chosen=st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=6))
@example(
    rows=[(1, "x", 1, 1), (2, "X", 2, 2)],
    codes=["a", "b"],
    chosen=[
        "CREATE TABLE k AS SELECT id, b AS label FROM t",
        "CREATE UNIQUE INDEX k_label ON k (label COLLATE NOCASE)",
    ],
)
@example(
    rows=[("007", "x", 1, 1), ("x", "y", 2, 2)],
    codes=["a", "b"],
    chosen=[
        "CREATE TABLE m (id INTEGER PRIMARY KEY, a INT NOT NULL, b TEXT UNIQUE, p INT REFERENCES p (id)) STRICT",
        "INSERT INTO m (id, a, b, p) SELECT id, a, b, p FROM t WHERE a IS NOT NULL",
    ],
)
def test_lint_says_what_the_runner_meets(
    rows: list[tuple[object, object, object, int]], codes: list[str | None], chosen: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = (
            a_database(Path(folder))
            .with_sql(*SCHEMA)
            .with_rows("p", list(enumerate(codes, 1)))
            .with_rows("t", [(number, *row) for number, row in enumerate(rows, 1)])
            .build()
        )
        file = Path(folder) / "change.sql"
        file.write_text(";\n".join(chosen), encoding="utf-8")
        with open_read(path) as session:
            problems = [
                p.finding for p in lint(session, [read_any(file)]).problems if p.finding.code in FAILS
            ]
        failed = _run(path, file)
    certain = [finding for finding in problems if finding.severity is Severity.ERROR]
    if certain:
        assert failed, certain
    if failed:
        assert problems, failed


def _run(path: Path, file: Path) -> str:
    """Why the migration fails on the file, or "" where it goes through."""
    try:
        with open_write(path) as session, session.transaction():
            before = list(foreign_key_check(session, Context()))
            run_script(session, read_script(read_any(file)), Context(), sparing_ours=True)
            broken = newly_broken(before, foreign_key_check(session, Context()))
            return f"rows of {broken} point to nothing" if broken else ""
    except StewardError as error:
        return error.message
