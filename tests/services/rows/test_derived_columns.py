"""Columns that hold what stands in other columns have the level of those, in tables and in queries alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.schemas import source_named
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.kernel.progress import Context
from steward_app.services.rows import (
    Export,
    export_rows,
    guarded_in,
    personal_in,
    source_of_query,
)

POLICY = """version: 1
classification:
  tables:
    patient:
      columns:
        ssn: {type: national_id}
        born: {type: birth_date, level: confidential}
        town: {not_personal: The ward}
        tail: {not_personal: Four digits}
    own:
      columns:
        note: {type: national_id}
"""
NOWHERE = frozenset[str]()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "patient",
            """id INTEGER PRIMARY KEY, "ssn" TEXT, born TEXT, text INT, town TEXT,
            tail TEXT GENERATED ALWAYS AS (substr(SSN, -4)) STORED,
            last_of_tail AS ( /* of , town */ substr([tail], -1)) VIRTUAL,
            loud text AS (upper(town) || 'ssn') CHECK (loud <> '')""",
            rows=[(1, "123-45-6789", "1998-05-01", 1, "Oslo")],
        )
        .with_sql(
            "CREATE INDEX by_ssn ON patient (ssn)",
            "CREATE VIEW ward AS SELECT id, ssn, town FROM patient",
            "CREATE VIEW tails AS SELECT town, tail AS ending FROM patient",
            "CREATE VIRTUAL TABLE pf USING fts5 (town, ssn, content='patient', content_rowid='id')",
            'CREATE VIRTUAL TABLE pf_four USING fts4 (town, tail, content="Patient")',
            "CREATE VIRTUAL TABLE over_view USING fts5 (town, ssn, content = [ward], content_rowid = id)",
            "CREATE VIRTUAL TABLE by_number USING fts5 (town, content='patient', content_rowid='ssn')",
            "CREATE VIRTUAL TABLE own USING fts5 (note)",
            "CREATE VIRTUAL TABLE terms USING fts5vocab (pf, row)",
            "CREATE VIRTUAL TABLE harmless USING fts5 (what)",
            "CREATE TABLE own_affairs (note TEXT)",
            "INSERT INTO own VALUES ('123-45-6789')",
            "INSERT INTO pf (pf) VALUES ('rebuild')",
            "INSERT INTO pf_four (pf_four) VALUES ('rebuild')",
            "ANALYZE",
        )
        .build()
    )
    policy_path(path).write_text(POLICY, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("table", "guarded"),
    [
        ("patient", {"ssn", "tail", "last_of_tail"}),
        ("tails", {"ending"}),
        ("pf", {"ssn"}),
        ("pf_four", {"tail"}),
        ("over_view", {"ssn"}),
        ("own", {"note"}),
        ("terms", {"term", "doc", "cnt"}),
        ("own_content", {"id", "c0"}),
        ("own_data", {"id", "block"}),
        ("pf_data", {"id", "block"}),
        ("pf_four_segments", {"blockid", "block"}),
        ("sqlite_stat4", {"sample"}),
        ("sqlite_stat1", NOWHERE),
        ("harmless", NOWHERE),
        ("harmless_data", NOWHERE),
        ("own_affairs", NOWHERE),
    ],
)
def test_a_table_has_the_level_of_what_it_is_made_of(
    path: Path, tmp_path: Path, table: str, guarded: set[str]
) -> None:
    source = source_named(path, table)
    assert guarded_in(source, path) == guarded
    assert personal_in(source, path) >= guarded
    if guarded:
        with open_read(path) as session, pytest.raises(Refused, match="not written to plain files"):
            export_rows(session, source, tmp_path / "o.csv", Context(), Export(personal=True))
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT tail AS y FROM patient",
        "SELECT 1 || last_of_tail AS y FROM patient",
        "SELECT ending AS y FROM tails",
        "SELECT ssn AS y FROM pf",
        "SELECT snippet(pf, 1, '', '', '', 9) AS y FROM pf",
        "SELECT tail AS y FROM pf_four",
        "SELECT ssn AS y FROM over_view",
        "SELECT rowid AS y FROM by_number",
        "SELECT c0 AS y FROM own_content",
        "SELECT hex(block) AS y FROM own_data",
        "SELECT term AS y FROM terms",
        "SELECT sample AS y FROM sqlite_stat4",
    ],
)
def test_a_query_hands_it_on(path: Path, sql: str) -> None:
    with open_read(path) as session:
        source = source_of_query(session, sql)
        assert personal_in(source, path) == guarded_in(source, path) == {"y"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT loud AS y, id FROM patient WHERE tail = '6789'",
        "SELECT town AS y, 1 || loud AS z FROM patient",
        "SELECT town AS y, NULL AS z, NULL FROM pf WHERE pf MATCH 'oslo' AND ssn IS NOT NULL",
        "SELECT block AS y FROM harmless_data",
        "SELECT rowid AS y FROM pf",
    ],
)
def test_what_is_made_of_other_columns_stays_free(path: Path, sql: str) -> None:
    with open_read(path) as session:
        source = source_of_query(session, sql)
        assert guarded_in(source, path) == personal_in(source, path) == frozenset()


def test_without_a_policy_the_names_of_what_they_are_made_of_speak(path: Path) -> None:
    policy_path(path).unlink()
    assert {"ssn", "tail", "last_of_tail", "born"} <= personal_in(source_named(path, "patient"), path)
    assert personal_in(source_named(path, "pf_data"), path) == {"id", "block"}
    assert personal_in(source_named(path, "harmless_data"), path) == frozenset()


def test_the_command_line_asks_in_the_same_way(path: Path, tmp_path: Path) -> None:
    to = ("--to", tmp_path / "o.csv")
    for told in (
        steward("rows", "query", path, "SELECT c0 FROM own_content", "--personal", *to),
        steward("rows", "export", path, "pf", "--personal", *to),
        steward("rows", "export", path, "own_content", "--personal", *to),
    ):
        assert (told.code, "not written to plain files" in told.err) == (3, True), told.err
    shown = steward("rows", "page", path, "pf")
    assert (shown.code, "6789" in shown.out) == (0, False)
    assert steward("rows", "export", path, "pf", "--personal", "--plain", *to).code == 0
