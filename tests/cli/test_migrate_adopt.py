"""`steward migrate adopt`, as people and scripts use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.adopting import DBMATE, HELD


@pytest.fixture
def zoo(tmp_path: Path, steward_home: Path) -> Path:
    folder = tmp_path / "theirs"
    folder.mkdir()
    for name, text in DBMATE.files.items():
        (folder / name).write_text(text)
    return a_database(tmp_path, "zoo.db").with_sql(DBMATE.tables + HELD).build()


def test_from_the_plan_to_the_next_migration(zoo: Path) -> None:
    theirs = zoo.parent / "theirs"
    planned = steward("migrate", "adopt", zoo, "--dir", theirs, "--plan")
    assert planned.code == 0, planned.err
    assert "make the schema that this file has: 2 objects compared" in planned.out
    assert not (zoo.parent / "migrations").exists()

    adopted = steward("migrate", "adopt", zoo, "--dir", theirs, "--from", "dbmate", "--rehearse", "--yes")

    assert adopted.code == 0, adopted.err
    assert "2 migrations of dbmate adopted" in adopted.out
    status = steward("migrate", "status", zoo, "--json").document()
    assert (status["version"], status["pending"], status["drifted"]) == (20260102120000, 1, False)
    assert [each["origin"] for each in status["migrations"]] == ["adopted", "adopted", ""]
    on = steward("migrate", "apply", zoo, "--rehearse", "--yes")
    assert on.code == 0, on.err + on.out
    back = steward("migrate", "undo", zoo, "--target", "20260101120000", "--rehearse", "--yes")
    assert back.code == 3 and "no restore point was made" in back.err


def test_a_schema_that_differs_is_refused(zoo: Path) -> None:
    (zoo.parent / "theirs" / "20260102120000_note.sql").write_text("-- migrate:up\n-- migrate:down\n")
    assert steward("migrate", "adopt", zoo, "--dir", zoo.parent / "theirs", "--plan").code == 1
    refused = steward("migrate", "adopt", zoo, "--dir", zoo.parent / "theirs", "--yes")
    assert refused.code == 3
    assert "“note”" in refused.out + refused.err
    assert "The trigger “seen” is in the file, and no migration makes it" in refused.out + refused.err
    assert not (zoo.parent / "migrations").exists()


def test_a_tool_that_is_not_known(zoo: Path) -> None:
    wrong = steward("migrate", "adopt", zoo, "--dir", zoo.parent / "theirs", "--from", "sqlx")
    assert wrong.code == 2
    assert "“sqlx” is no tool" in wrong.err and "golang-migrate" in wrong.err


def test_missing_files_are_written_another_time(zoo: Path) -> None:
    theirs = zoo.parent / "theirs"
    assert steward("migrate", "adopt", zoo, "--dir", theirs, "--yes").code == 0
    (zoo.parent / "migrations" / "V20260101120000__pets.sql").unlink()
    again = steward("migrate", "adopt", zoo, "--dir", theirs)
    assert again.code == 0
    assert "1 file of the history was missing and is written" in again.err + again.out
    assert steward("migrate", "adopt", zoo, "--dir", theirs).code == 3


def test_a_program_that_is_known_by_name_alone_is_shown_by_it(tmp_path: Path, steward_home: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "bb_make_pets.py").write_text('revision = "bb"\ndown_revision = None\n')
    made = tmp_path / "made.sql"
    made.write_text("CREATE TABLE pet (id INTEGER PRIMARY KEY);")
    zoo = (
        a_database(tmp_path, "zoo.db")
        .with_sql(made.read_text(), "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        .with_sql("INSERT INTO alembic_version VALUES ('bb')")
        .build()
    )
    ran = steward("migrate", "adopt", zoo, "--dir", tmp_path / "theirs", "--against", made, "--yes")
    assert ran.code == 0, ran
    assert "adopted 1: make_pets" in steward("migrate", "status", zoo).out
    assert steward("migrate", "status", zoo, "--json").document()["migrations"][0]["id"] == "adopted 1"


def test_one_file_is_named_once(tmp_path: Path, steward_home: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "1_pets.sql").write_text(
        "-- migrate:up\nCREATE TABLE pet (id INTEGER PRIMARY KEY);\n"
    )
    zoo = (
        a_database(tmp_path, "zoo.db")
        .with_sql("CREATE TABLE schema_migrations (version varchar(128) primary key)")
        .with_sql("INSERT INTO schema_migrations VALUES (1)", "CREATE TABLE pet (id INTEGER PRIMARY KEY)")
        .build()
    )
    planned = steward("migrate", "adopt", zoo, "--dir", tmp_path / "theirs", "--plan")
    assert "“V0001__pets.sql”." in planned.out and "” to “" not in planned.out
