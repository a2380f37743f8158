"""What the steward decided of columns goes before what their names seem to say, wherever rows are shown or written."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.schemas import source_named
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.rows import (
    Export,
    ask,
    export_rows,
    guarded_in,
    hidden_columns,
    look_personal,
    personal_in,
    source_of_query,
)

POLICY = """version: 1
classification:
  tables:
    Patient:
      columns:
        COLOUR: {type: ethnic_origin}
        email: {not_personal: Addresses of our own wards}
        score: {identifies: none, level: internal}
        lab: {type: health, level: confidential}
    remark:
      columns:
        words: {type: health}
    staff:
      not_personal: Made-up people of the training file
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, email TEXT, colour TEXT, score INT, lab TEXT, phone TEXT",
            rows=[(1, "a@b.example", "c", 3, "x", "1")],
        )
        .with_table("staff", "first_name TEXT", rows=[("Ann",)])
        .with_sql(
            "CREATE VIEW colours AS SELECT id, colour, email FROM patient",
            "CREATE VIEW shades AS SELECT id, 1 || colour AS y FROM patient",
            "CREATE VIEW either AS SELECT id AS y FROM patient UNION SELECT colour FROM patient",
            "CREATE VIRTUAL TABLE remark USING fts5 (words)",
        )
        .build()
    )
    policy_path(path).write_text(POLICY, encoding="utf-8")
    return path


def test_what_was_decided_is_hidden_and_what_was_cleared_is_shown(path: Path) -> None:
    table, staff = source_named(path, "patient").table, source_named(path, "staff").table
    assert table is not None
    assert staff is not None
    assert hidden_columns(table, path) == {"colour", "score", "lab", "phone"}
    assert hidden_columns(staff, path) == frozenset()
    assert hidden_columns(staff) == {"first_name"}, "without a policy the names speak"
    assert {each.column for each in look_personal(["first_name"], "STAFF", path)} == set()


def test_views_and_queries_go_by_the_columns_they_show(path: Path) -> None:
    assert personal_in(source_named(path, "colours"), path) == {"colour"}
    with open_read(path) as session:
        source = source_of_query(session, "SELECT colour AS shade, email AS phone, phone AS x FROM patient")
        assert personal_in(source, path) == {"shade", "x"}
        shown = ask(session, "SELECT id, colour AS shade FROM patient", Context(), personal=False)
    assert (shown.columns, shown.hidden) == (("id",), ("shade",))


def test_a_column_is_kept_from_plain_files_by_its_level_until_somebody_confirms(
    path: Path, tmp_path: Path
) -> None:
    target, source = tmp_path / "out.csv", source_named(path, "patient")
    with open_read(path) as session:
        done = export_rows(session, source, target, Context(), Export())
        assert done.columns == ("id", "email")
        target.unlink()
        for wish in (Export(personal=True), Export(columns=("id", "colour"))):
            with pytest.raises(Refused, match="not written to plain files: “colour”") as refused:
                export_rows(session, source, target, Context(), wish)
            assert refused.value.code is ErrorCode.NEEDS_CONFIRMATION
            assert not target.exists()
        done = export_rows(session, source, target, Context(), Export(personal=True, plain=True))
        assert "colour" in done.columns
        query = source_of_query(session, "SELECT colour AS shade FROM patient")
        with pytest.raises(Refused, match="“shade”"):
            export_rows(session, query, tmp_path / "q.csv", Context(), Export(personal=True))
        with pytest.raises(Refused, match="“colour”"):
            export_rows(
                session, source_named(path, "colours"), tmp_path / "v.csv", Context(), Export(personal=True)
            )


def test_the_policy_says_what_a_level_asks_for(path: Path, tmp_path: Path) -> None:
    policy = policy_path(path)
    handling = (
        "  handling:\n    restricted: {no_plain_export: false}\n    confidential: {no_plain_export: true}\n"
    )
    policy.write_text(POLICY.replace("  tables:\n", f"{handling}  tables:\n", 1), encoding="utf-8")
    with open_read(path) as session, pytest.raises(Refused, match="plain files: “lab”"):
        export_rows(
            session, source_named(path, "patient"), tmp_path / "o.csv", Context(), Export(personal=True)
        )


def test_where_the_policy_cannot_be_understood_names_speak_and_nothing_is_exported(
    path: Path, tmp_path: Path
) -> None:
    policy_path(path).write_text("version: 1\nclassification: {tables: {patient: {colums: {}}}}\n", "utf-8")
    source = source_named(path, "patient")
    assert personal_in(source, path) == {"email", "phone"}
    with open_read(path) as session, pytest.raises(UsageError) as refused:
        export_rows(session, source, tmp_path / "out.csv", Context(), Export())
    assert refused.value.code is ErrorCode.BAD_POLICY
    assert not (tmp_path / "out.csv").exists()


def test_the_command_line_asks_in_the_same_way(path: Path, tmp_path: Path) -> None:
    shown = steward("rows", "page", path, "patient")
    assert (shown.code, "a@b.example" in shown.out) == (0, True), shown.err
    to = ("rows", "export", path, "patient", "--to", tmp_path / "o.csv", "--personal")
    refused = steward(*to, "--json")
    assert (refused.code, refused.document()["error"]["code"]) == (3, "needs_confirmation")
    assert steward(*to, "--plain").code == 0


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT group_concat(colour) AS y FROM patient",
        "SELECT 1 || colour AS y FROM patient",
        "SELECT (SELECT max(colour) FROM patient) AS y",
        "WITH w (s) AS (SELECT 1 || colour FROM patient) SELECT s AS y FROM w",
        "WITH patient AS (SELECT 1 || colour AS id FROM main.patient) SELECT id AS y FROM patient",
        "SELECT y FROM shades",
        "SELECT y FROM either",
        "SELECT id AS y FROM patient UNION SELECT colour FROM patient",
        "SELECT (VALUES (colour), (id)) AS y FROM patient",
        "SELECT j.value AS y FROM patient, json_each(json_array(colour)) AS j",
        "SELECT snippet(remark, 0, '', '', '', 9) AS y FROM remark",
        "SELECT count(*) || max(colour) AS y FROM patient",
        "SELECT max(colour) || 'x' AS y FROM patient",
        "SELECT max(colour) || count(*) AS y FROM patient",
        "SELECT (count(*)) || (max(colour)) AS y FROM patient",
        "SELECT count(*) AS y FROM staff UNION SELECT colour FROM patient",
    ],
)
def test_what_a_query_computes_is_handled_as_the_strictest_column_it_reads(
    tmp_path: Path, path: Path, sql: str
) -> None:
    with open_read(path) as session:
        source = source_of_query(session, sql)
        assert personal_in(source, path) == guarded_in(source, path) == {"y"}
        with pytest.raises(UsageError, match="looks personal, or is made of what does"):
            export_rows(session, source, tmp_path / "q.csv", Context(), Export())
        with pytest.raises(Refused, match="“y”") as refused:
            export_rows(session, source, tmp_path / "q.csv", Context(), Export(personal=True))
    assert "strictest level" in refused.value.hint
    assert not (tmp_path / "q.csv").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id AS y, 1 AS z, '=' AS w FROM patient WHERE colour = 'c'",
        "SELECT upper(email) AS z, '(' || id AS y FROM patient",
        "SELECT id AS y, count(*) AS z FROM patient WHERE colour = 'c' GROUP BY id",
        "SELECT DISTINCT count(DISTINCT lower(colour)), id FROM patient WHERE colour = 'c'",
        "SELECT p.id AS y FROM patient AS p JOIN patient AS other ON other.colour = p.colour",
        "SELECT id AS y FROM colours WHERE colour = 'c'",
    ],
)
def test_columns_as_they_are_and_what_gives_no_value_back_stay_free(path: Path, sql: str) -> None:
    with open_read(path) as session:
        source = source_of_query(session, sql)
        assert personal_in(source, path) == guarded_in(source, path) == frozenset()


def test_a_view_that_makes_something_of_a_column_hands_its_level_on(path: Path) -> None:
    assert guarded_in(source_named(path, "shades"), path) == {"y"}
    assert guarded_in(source_named(path, "colours"), path) == {"colour"}
