"""Tables with computed columns are followed like others; what nobody knows any more is said, and not passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.db import open_read

from .linting import Bench

SCHEMA = """
CREATE TABLE ward (code TEXT PRIMARY KEY, title TEXT);
INSERT INTO ward VALUES ('A', 'x'), ('B', 'y');
CREATE TABLE patient (
    id INTEGER PRIMARY KEY, surname TEXT, given TEXT, ward TEXT REFERENCES ward (code),
    initials TEXT AS (substr("full", 1, 3)) VIRTUAL, full TEXT AS (surname || given) STORED
);
CREATE INDEX patient_ward ON patient (ward);
INSERT INTO patient (id, surname, given, ward) VALUES (1, 'a', 'b', 'A'), (2, ' a', 'd', NULL), (3, 'x', 'y', 'B');
"""
ANEW = """
CREATE TABLE n (id INTEGER PRIMARY KEY, surname TEXT, given TEXT, ward TEXT REFERENCES ward (code));
INSERT INTO n (id, surname, given, ward) SELECT id, surname, given, ward FROM patient{where};
DROP TABLE patient; ALTER TABLE n RENAME TO patient; CREATE INDEX patient_ward ON patient (ward);
"""
OLD = "UPDATE patient SET given = 'old' WHERE id < 3; "
UNKNOWN = "UPDATE patient SET given = 'old' FROM ward AS w WHERE w.code <> 'zz' AND patient.id < 3; "
EVERY = "The condition of DELETE is true of every row of “patient”: 3 rows"


def _said(tmp_path: Path, sql: str) -> list[str]:
    bench = Bench(tmp_path, SCHEMA)
    return [
        each.finding.title for each in bench.write(sql).problems() if each.finding.severity.value != "note"
    ]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            OLD + ANEW.format(where=" WHERE given <> 'old'"),
            "1 row of 3 of “patient” is copied before it is dropped",
        ),
        (OLD + "DELETE FROM patient WHERE given IN ('old', 'y');", EVERY),
        (OLD + "DELETE FROM patient WHERE full IN ('aold', ' aold', 'xy');", EVERY),
        (OLD + "DELETE FROM patient WHERE initials IN ('aol', ' ao', 'xy');", EVERY),
        (
            "UPDATE patient SET ward = 'A' WHERE ward IS NULL; DELETE FROM patient WHERE ward IN ('A', 'B');",
            EVERY,
        ),
        (
            "ALTER TABLE patient ADD COLUMN k TEXT; UPDATE patient SET k = surname;"
            " DELETE FROM patient WHERE k IS NOT NULL;",
            EVERY,
        ),
        (
            "UPDATE patient SET surname = trim(surname); CREATE UNIQUE INDEX u ON patient (surname);",
            "1 value of “patient” (surname) stands more than once",
        ),
    ],
)
def test_rows_of_a_table_that_computes_a_column_are_followed(tmp_path: Path, sql: str, expected: str) -> None:
    assert expected in _said(tmp_path, sql)


def test_a_link_to_a_row_that_is_there_is_no_matter(tmp_path: Path) -> None:
    assert _said(tmp_path, "UPDATE patient SET ward = 'B' WHERE ward IS NULL;") == []


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM patient WHERE given = 'old';",
        "DELETE FROM patient WHERE \"given\" = 'old';",
        "DELETE FROM patient WHERE full = 'aold';",
    ],
)
def test_a_deletion_by_values_that_nobody_knows_is_told(tmp_path: Path, sql: str) -> None:
    title = "How many of 3 rows of “patient” DELETE deletes cannot be counted before it runs"
    assert _said(tmp_path, UNKNOWN + sql) == [title]


def test_a_deletion_by_other_values_is_counted(tmp_path: Path) -> None:
    assert _said(tmp_path, UNKNOWN + "DELETE FROM patient WHERE surname = 'x';") == []


def test_a_copy_by_values_that_nobody_knows_is_told_where_the_table_goes(tmp_path: Path) -> None:
    title = "Whether all rows of “patient” are copied before it is dropped cannot be told"
    assert title in _said(tmp_path, UNKNOWN + ANEW.format(where=" WHERE given <> 'old'"))


@pytest.mark.parametrize("where", ["", " WHERE id > 0"])
def test_a_copy_of_every_row_is_not_doubted(tmp_path: Path, where: str) -> None:
    assert _said(tmp_path, UNKNOWN + ANEW.format(where=where)) == []


def test_columns_that_rest_on_each_other_are_as_sqlite_computes_them(tmp_path: Path) -> None:
    after = tmp_path / "after"
    after.mkdir()
    with open_read(Bench(after, SCHEMA, OLD).database) as session:
        rows = session.all("SELECT full, initials FROM patient")
    told = " OR ".join(f"(full, initials) = ('{full}', '{initials}')" for full, initials in rows)
    assert _said(tmp_path, f"{OLD}DELETE FROM patient WHERE {told};") == [EVERY]
