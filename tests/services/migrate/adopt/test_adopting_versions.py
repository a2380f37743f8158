"""Histories and files of dbmate, goose, golang-migrate and Flyway in all the forms that their versions leave.

What is said of dbmate was tried with dbmate 2.36.0; the others as their sources have it: goose 3 (sqlparser),
golang-migrate 4 (database/sqlite3), Flyway 4 to 11 (CoreMigrationType, ChecksumCalculator).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.adopting import (
    DBMATE,
    FLYWAY,
    GOLANG_MIGRATE,
    GOOSE,
    HELD,
    NO_NOTE,
    NOTE,
    OWNERS,
    PETS,
    SEEN,
    Adopting,
    History,
    flyway_row,
)
from steward_app.catalog import Catalog
from steward_app.kernel.errors import Failure, Refused, UsageError
from steward_app.services.migrate.model import State

FLYWAY_HEAD = FLYWAY.tables[: FLYWAY.tables.index("INSERT")]
TWO_SECTIONS = (
    f"-- a remark\n\n--migrate:up\n{NOTE}\n-- migrate:down\n{NO_NOTE}\n-- migrate:up transaction:false\n{SEEN}\n"
    "--  migrate:down\nDROP TRIGGER seen;\n"
)


def test_dbmate_sections_in_turn_are_read_as_one_migration(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE.but(files={"20260102120000_note.sql": TWO_SECTIONS}))
    assert zoo.blocks() == []
    zoo.adopt()
    texts = zoo.texts()
    up, down = texts["V20260102120000__note.sql"], texts["U20260102120000__note.sql"]
    assert up.startswith("-- steward: no-transaction") and NOTE in up and SEEN in up and NO_NOTE not in up
    assert down.index(NO_NOTE) < down.index("DROP TRIGGER seen;") and NOTE not in down  # as dbmate runs them


def test_an_error_in_a_later_section_is_placed_in_their_file(tmp_path: Path, catalog: Catalog) -> None:
    text = TWO_SECTIONS.replace("pet SET", "pet SETS")
    with pytest.raises(UsageError, match=r"“20260102120000_note\.sql”, line 8, column 1"):
        Adopting(tmp_path, catalog, DBMATE.but(files={"20260102120000_note.sql": text})).plan()


def test_a_section_that_dbmate_did_not_run_shows_in_the_schema(tmp_path: Path, catalog: Catalog) -> None:
    more = f"{TWO_SECTIONS}-- migrate:up\nCREATE TABLE more (x);\n-- migrate:down\n"
    zoo = Adopting(tmp_path, catalog, DBMATE.but(files={"20260102120000_note.sql": more}))
    assert zoo.blocks() == ["The table “more” is made by the migrations, and is not in the file"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CREATE TABLE early (x);\n-- migrate:up\nSELECT 1;\n-- migrate:down\n", "has statements before"),
        ("-- migrate:down\nSELECT 1;\n-- migrate:up\nSELECT 1;\n", "in turn"),
        ("-- migrate:up\nSELECT 1;\n-- migrate:up\nSELECT 1;\n-- migrate:down\n", "in turn"),
        ("  -- migrate:up\nSELECT 1;\n", "in turn"),
        ("SELECT 1;\n", "in turn"),
    ],
)
def test_files_that_dbmate_itself_refuses_are_named(
    tmp_path: Path, catalog: Catalog, text: str, said: str
) -> None:
    with pytest.raises(Failure, match=rf"“20260103120000_owners\.sql” .*{said}"):
        Adopting(tmp_path, catalog, DBMATE.but(files={"20260103120000_owners.sql": text})).plan()


@pytest.mark.parametrize(
    ("tool", "other", "text", "first"),
    [
        (DBMATE, "20260101120000_aa.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n", "20260101120000_aa"),
        (GOOSE, "1_other.sql", "-- +goose Up\nSELECT 1;\n", "00001_pets"),
        (GOLANG_MIGRATE, "1_other.up.sql", "SELECT 1;", "000001_pets"),
        (FLYWAY, "sub/V1.0__other.sql", "SELECT 1;", "V1__pets"),
        (FLYWAY, "sub/V01__pets.sql", "SELECT 1;", "V1__pets"),
    ],
)
def test_two_files_of_one_version_are_named(
    tmp_path: Path, catalog: Catalog, tool: History, other: str, text: str, first: str
) -> None:
    zoo = Adopting(tmp_path, catalog, tool.but(files={other: text}))
    with pytest.raises(Failure, match="stand for the same migration") as refused:
        zoo.plan()
    assert first in refused.value.message and other in refused.value.message + f"“{first}"
    assert zoo.history() == () and zoo.texts() == {}


def test_goose_says_its_words_in_any_case(tmp_path: Path, catalog: Catalog) -> None:
    files = {
        "00001_pets.sql": f"--+goose up\n{PETS}\n--  +goose DOWN\nDROP TABLE pet;\n",
        "00002_note.sql": f"-- +goose  UP\n{NOTE}\n-- +goose statementbegin\n{SEEN[:-1]}\n-- +goose statementend\n",
        "00003_owners.sql": f"-- +goose no transaction\n-- +goose Up\n{OWNERS}\n",
    }
    zoo = Adopting(tmp_path, catalog, GOOSE.but(files=files))
    assert zoo.blocks() == []
    zoo.adopt()
    texts = zoo.texts()
    assert "+goose" not in "".join(texts.values()) and "U0001__pets.sql" in texts
    assert texts["V0003__owners.sql"].startswith("-- steward: no-transaction")


def goose_rows(*rows: str) -> History:
    """Goose's table with these rows of version and whether applied."""
    head = GOOSE.tables[: GOOSE.tables.index("INSERT")]
    listed = ", ".join(f"({row}, '2026-01-01 00:00:0{place}')" for place, row in enumerate(rows))
    return GOOSE.renamed(
        f"{head}INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES {listed};"
    )


@pytest.mark.parametrize(
    "rows",
    [
        ("0, 1", "1, 1", "2, 1"),  # taken back by deleting the row, as goose 3 does
        ("0, 1", "1, 1", "2, 1", "3, 1", "3, 0"),  # or by another row
        ("0, 1", "1, 1", "2, 1", "2, 0", "2, 1", "3, 1", "3, 0", "3, 1", "3, 0"),
        ("0, 1", "2, 1", "2, 0", "1, 1", "2, 1"),
        ("1, 1", "2, 1"),  # without the row of its own
    ],
)
def test_the_newest_row_of_goose_counts(tmp_path: Path, catalog: Catalog, rows: tuple[str, ...]) -> None:
    zoo = Adopting(tmp_path, catalog, goose_rows(*rows))
    zoo.adopt()
    assert list(zoo.states().values()) == [State.APPLIED, State.APPLIED, State.PENDING]


@pytest.mark.parametrize(
    "rows", [("'0', '1'", "'1', '1'", "'2', '1'", "'3', '1'", "'3', '0'"), ("'0', 1", "' 1', 1", "'02', 1")]
)
def test_goose_counts_versions_that_are_kept_as_text(
    tmp_path: Path, catalog: Catalog, rows: tuple[str, ...]
) -> None:
    declared = goose_rows(*rows)
    zoo = Adopting(
        tmp_path,
        catalog,
        declared.renamed(
            declared.tables.replace("version_id INTEGER", "version_id TEXT").replace(
                "is_applied INTEGER", "is_applied TEXT"
            )
        ),
    )
    zoo.adopt()
    assert list(zoo.states().values()) == [State.APPLIED, State.APPLIED, State.PENDING]


def test_goose_with_everything_taken_back_has_nothing_to_adopt(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, goose_rows("0, 1", "1, 1", "1, 0"), "")
    with pytest.raises(Refused, match="says that nothing was applied"):
        zoo.plan()


def golang(row: str) -> History:
    return GOLANG_MIGRATE.renamed(GOLANG_MIGRATE.tables.replace("VALUES (2, 0)", f"VALUES {row}"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("(2, 1)", "golang-migrate says that version 2 failed (dirty)"),
        ("(2, 'true')", "golang-migrate says that version 2 failed (dirty)"),
        ("(-1, 1)", "golang-migrate says that taking the first version back failed (dirty)"),
        ("(2, 0), (3, 0)", "golang-migrate keeps one row in “schema_migrations”, and there are 2"),
        ("('two', 0)", "“schema_migrations” holds no version that is a number"),
    ],
)
def test_a_history_of_golang_migrate_that_cannot_be_believed_blocks(
    tmp_path: Path, catalog: Catalog, row: str, said: str
) -> None:
    zoo = Adopting(tmp_path, catalog, golang(row))
    assert said in zoo.blocks()
    with pytest.raises(Refused):
        zoo.adopt()
    assert zoo.history() == ()


@pytest.mark.parametrize("row", ["(2, 0)", "(2, 'false')", "(2, NULL)"])
def test_a_clean_history_of_golang_migrate_is_adopted(tmp_path: Path, catalog: Catalog, row: str) -> None:
    zoo = Adopting(tmp_path, catalog, golang(row))
    assert zoo.blocks() == []


def test_golang_migrate_without_a_row_or_with_a_version_of_no_file(tmp_path: Path, catalog: Catalog) -> None:
    table = "INSERT INTO schema_migrations VALUES (2, 0);"
    empty = GOLANG_MIGRATE.renamed(GOLANG_MIGRATE.tables.replace(table, ""))
    with pytest.raises(Refused, match="says that nothing was applied"):
        Adopting(tmp_path, catalog, empty).plan()
    (tmp_path / "other").mkdir()
    zoo = Adopting(tmp_path / "other", catalog, golang("(9, 0)"), HELD + OWNERS)
    with pytest.raises(UsageError, match=r"1 of 4 migrations cannot be run here, .* not in the folder: “9”"):
        zoo.plan()


@pytest.mark.parametrize("kind", ["BASELINE", "INIT"])
def test_flyway_begins_at_a_baseline_of_any_version(tmp_path: Path, catalog: Catalog, kind: str) -> None:
    rows = flyway_row(1, "1", "<< Flyway Baseline >>", kind=kind) + flyway_row(2, "2", "note")
    zoo = Adopting(tmp_path, catalog, FLYWAY.renamed(FLYWAY_HEAD + rows))
    with pytest.raises(UsageError, match=r"no such table: .*pet"):
        zoo.plan()  # what was there before is in no file


@pytest.mark.parametrize("kind", ["UNDO_SQL", "UNDO_JDBC", "UNDO_SCRIPT", "UNDO_SPRING_JDBC"])
def test_flyway_rows_that_took_back(tmp_path: Path, catalog: Catalog, kind: str) -> None:
    rows = flyway_row(3, "3", "owners") + flyway_row(4, "3", "owners", kind=kind)
    zoo = Adopting(tmp_path, catalog, FLYWAY.but(tables=rows))
    zoo.adopt()
    assert list(zoo.states().values()) == [State.APPLIED, State.APPLIED, State.PENDING]


def test_flyway_runs_again_what_it_took_back(tmp_path: Path, catalog: Catalog) -> None:
    rows = flyway_row(3, "2", "note", kind="UNDO_SQL") + flyway_row(4, "2", "note")
    zoo = Adopting(tmp_path, catalog, FLYWAY.but(tables=rows))
    zoo.adopt()
    assert [row.applied_at[-4:] for row in zoo.history()] == ["501Z", "504Z"]


def test_flyway_rows_of_files_that_are_gone(tmp_path: Path, catalog: Catalog) -> None:
    rows = flyway_row(3, "4", "gone") + flyway_row(4, "4", "gone", kind="DELETE")
    zoo = Adopting(tmp_path, catalog, FLYWAY.but(tables=rows))
    assert zoo.blocks() == []  # it changed nothing that is there
    zoo.sql("CREATE TABLE left_by_it (x)")
    assert zoo.blocks() == ["The table “left_by_it” is in the file, and no migration makes it"]


def test_flyway_repeatable_files_that_ran_twice_and_are_gone(tmp_path: Path, catalog: Catalog) -> None:
    kinds = ("SQL", "SQL", "DELETE", "DELETE")  # a row for each run
    rows = "".join(flyway_row(place, None, "v", kind=kind) for place, kind in enumerate(kinds, 3))
    zoo = Adopting(tmp_path, catalog, FLYWAY.but(tables=rows))
    assert zoo.blocks() == []


def test_flyway_made_the_schema_itself(tmp_path: Path, catalog: Catalog) -> None:
    row = flyway_row(0, None, "<< Flyway Schema Creation >>", kind="SCHEMA")
    zoo = Adopting(tmp_path, catalog, FLYWAY.but(tables=row))
    zoo.adopt()
    assert [row.name for row in zoo.history()] == ["pets", "note"]


def test_flyway_programs_in_java_have_no_file(tmp_path: Path, catalog: Catalog) -> None:
    rows = flyway_row(3, "4", "by program", kind="JDBC")
    with pytest.raises(UsageError, match="1 of 3 migrations cannot be run here, being programs"):
        Adopting(tmp_path, catalog, FLYWAY.but(tables=rows)).plan()


@pytest.mark.parametrize(
    "text",
    ["CREATE TABLE a (\n  x);", "CREATE TABLE a (\r\n  x);\r\n", "\ufeffCREATE TABLE a (\r  x);\n\n"],
)
def test_flyway_counts_lines_without_their_ends(tmp_path: Path, catalog: Catalog, text: str) -> None:
    sum_of_lines = "1075851094"  # the CRC-32 of "CREATE TABLE a (  x);", with a sign
    zoo = Adopting(
        tmp_path,
        catalog,
        FLYWAY.but(tables=flyway_row(3, "3", "a", crc=sum_of_lines)),
        HELD + "CREATE TABLE a (x);",
    )
    (zoo.folder / "V3__owners.sql").write_bytes(text.encode())
    assert "adopted_file_changed" not in zoo.said()
    (zoo.folder / "V3__owners.sql").write_bytes(text.replace("x", "x ").encode())
    assert "adopted_file_changed" in zoo.said()
