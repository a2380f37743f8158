"""What a line of the history says of what was done at once: rows where they are counted, changes else."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.histories import writing_as
from builders.under_audit import put_under_audit, run
from steward_app.db import open_read
from steward_app.gui.pages.audit.read import Known
from steward_app.gui.pages.audit.words import group_line
from steward_app.services.audit.past.history import Asked
from steward_app.services.audit.past.history_groups import Groups


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = (
        a_database(tmp_path / "clinic.db")
        .with_sql("CREATE TABLE p (id INTEGER PRIMARY KEY, a)")
        .with_sql("CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE)")
        .with_sql("CREATE TABLE s (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE SET NULL)")
        .with_sql("INSERT INTO p VALUES (1, 1), (2, 2), (3, 3)")
        .with_sql("INSERT INTO c VALUES (1, 1), (2, 1)")
        .with_sql("INSERT INTO s VALUES (1, 1)")
        .build()
    )
    put_under_audit(made, "p", "c", "s")
    return made


def newest(path: Path) -> str:
    with open_read(path) as session:
        line = group_line(Groups(session).page(Asked()).groups[0], Known((), ()), reveal=False)
    assert line.time.count(":") == 2  # to the second
    return f"{line.title} {line.about}"


def test_a_statement_names_its_rows(path: Path) -> None:
    run(path, "UPDATE p SET a = a + 1")
    assert newest(path) == "Changed 3 rows in p"


def test_a_row_that_was_changed_twice_is_one(path: Path) -> None:
    with writing_as(path, "desk") as session:
        session.run("UPDATE p SET a = a + 1")
        session.run("UPDATE p SET id = 7 WHERE id = 3")
        session.run("UPDATE p SET a = 0 WHERE id = 7")
        session.run("UPDATE c SET p = 2 WHERE id = 1")
    assert newest(path) == "Changed 4 rows in 2 tables"


def test_what_a_deletion_did_to_others_is_counted_by_what_it_was(path: Path) -> None:
    run(path, "DELETE FROM p WHERE id = 1", foreign_keys=1)
    assert newest(path) == "Deleted 3, changed 1 in 3 tables"


def test_of_more_than_is_read_changes_are_counted(path: Path) -> None:
    run(
        path,
        "WITH n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 109) INSERT INTO p SELECT i, 0 FROM n",
    )
    assert newest(path) == "Added 100 rows in p"
    run(path, "UPDATE p SET a = a + 1")
    assert newest(path) == "Changed p, 103 changes"
