"""A column that comes under the name of a text in double quotes: SQLite would take it for the column from then on."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.migrating import CLINIC, Migrating
from steward_app.catalog import Catalog
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.run import service

QUOTED = (
    'CREATE TABLE rated (id INTEGER PRIMARY KEY, a TEXT, told AS ("kept" || a) STORED, CHECK ("good" <> \'w\'));'
    "INSERT INTO rated (a) VALUES ('x'), ('y');"
    'CREATE INDEX by_text ON rated (a, "high");'
    "CREATE TABLE named (a TEXT, CONSTRAINT \"high\" CHECK (a <> ''));"
)
ADD = "ALTER TABLE rated ADD COLUMN {} TEXT DEFAULT 'w'"


@pytest.fixture
def clinic(tmp_path: Path, catalog: Catalog) -> Migrating:
    return Migrating(tmp_path, catalog, CLINIC + QUOTED)


@pytest.mark.parametrize(
    ("word", "where"),
    [("high", "by_text"), ("GOOD", "rated"), ("kept", "rated")],
    ids=["index", "check", "generated"],
)
@pytest.mark.parametrize("file", ["V0001__add.sql", "V0001__add.py", "V0001__open.sql"])
def test_such_a_column_is_refused(clinic: Migrating, file: str, word: str, where: str) -> None:
    sql = ADD.format(word)
    if file.endswith(".py"):
        sql = f"def migrate(session):\n    session.run({sql!r})\n"
    elif "open" in file:
        sql = f"-- steward: no-transaction\n{sql};"
    else:
        sql = f"SELECT 1;\n{sql};"
    clinic.write(file, sql)
    plan = clinic.plan()
    assert not service.rehearse(clinic.catalog, plan, Context()).passed
    before = clinic.all("SELECT sql FROM sqlite_schema WHERE sql NOT LIKE '%steward%'")

    told = rf"line 2.*: “{where}” has “(?i:{word})” in double quotes as a text, and would take the new column for it"
    with pytest.raises(StewardError, match=told):
        clinic.carry_out(plan)

    assert clinic.all("SELECT sql FROM sqlite_schema WHERE sql NOT LIKE '%steward%'") == before


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE named ADD COLUMN high TEXT;",
        "ALTER TABLE named ADD COLUMN good TEXT;",
        "ALTER TABLE rated ADD COLUMN other TEXT;",
        f"DROP INDEX by_text; {ADD.format('high')}; CREATE INDEX by_text ON rated (a, 'high');",
        "DROP INDEX by_text; ALTER TABLE rated RENAME COLUMN a TO b; ALTER TABLE rated ADD COLUMN good;",
    ],
    ids=["a name of a rule", "another table's", "another name", "made again", "in single quotes by then"],
)
def test_what_takes_no_text_away_is_applied(clinic: Migrating, sql: str) -> None:
    clinic.write("V0001__add.sql", sql)
    clinic.apply()
    assert clinic.all("PRAGMA integrity_check") == [("ok",)]
