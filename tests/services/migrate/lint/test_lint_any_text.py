"""Lint has something to say of any text, and never fails on one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import ReadSession, open_read
from steward_app.db.migration_files import Migration
from steward_app.services.migrate.lint import lint

from .linting import CLINIC

WORDS = re.split(
    r"[|]",
    "CREATE TABLE|TABLE|IF NOT EXISTS|VIEW|TRIGGER|INDEX|UNIQUE|DROP|ALTER TABLE|ADD|COLUMN|RENAME|TO|SET|NOT NULL|"
    "CHECK|(|)|,|;|INSERT INTO|REPLACE INTO|VALUES|SELECT|*|FROM|WHERE|UPDATE|DELETE FROM|visit|person|fee|day|id|v|"
    '\'x\'|"day"|"nothing"|1|=|AS|WITH|ON|ON CONFLICT DO NOTHING|RETURNING|NULL|DEFAULT|REFERENCES|BEGIN|END|AFTER|'
    "PRAGMA|VACUUM|EXPLAIN|?|:a|-- remark\n|/* x */|STRICT|WITHOUT ROWID|GENERATED ALWAYS AS|LIMIT 1|IN|CASE|WHEN|THEN|"
    "main|temp|.|_steward_x|DEFAULT VALUES|JOIN|rowid|sqlite_schema|sqlite_sequence|json_each|\u202e|[a b]|`c`",
)
WHOLE = (
    "UPDATE visit SET fee = 1",
    "DELETE FROM visit",
    "DROP TABLE visit",
    "ALTER TABLE visit RENAME TO person2",
    "CREATE TABLE temp.x (a)",
    "CREATE TEMP TABLE visit (a)",
    "INSERT INTO visit (id, fee) SELECT id, name FROM person",
    "INSERT INTO visit DEFAULT VALUES",
    "CREATE VIRTUAL TABLE f USING fts5(body)",
    "INSERT INTO f (body) SELECT name FROM person",
    "INSERT INTO visit SELECT * FROM visit",
    "ALTER TABLE person ADD COLUMN g AS (length(name)) CHECK (g > 1)",
    "UPDATE person SET (name, card) = (SELECT day, fee FROM visit)",
    "EXPLAIN SELECT 1",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 9) INSERT INTO person (id) SELECT i FROM n",
)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadSession]:
    with open_read(a_database(tmp_path_factory.mktemp("any")).with_sql(*CLINIC).build()) as session:
        yield session


@settings(max_examples=50)
@given(parts=st.lists(st.sampled_from(WHOLE) | st.lists(st.sampled_from(WORDS)).map(" ".join), max_size=5))
@example(parts=list(WHOLE))
def test_any_text_can_be_looked_at(clinic: ReadSession, parts: list[str]) -> None:
    text = ";\n".join(parts)
    report = lint(clinic, [Migration(1, "any", Path("V0001__any.sql"), text, "")])
    (looked,) = report.files
    assert 0 <= looked.looked_at <= looked.statements
    assert all(problem.place.line <= text.count("\n") + 1 for problem in report.problems)
    assert len({problem.id for problem in report.problems}) == len(report.problems)
