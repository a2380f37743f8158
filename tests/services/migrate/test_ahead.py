"""What writes a migration begins with the schema that what waits leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.ahead import ahead
from steward_app.services.migrate.edit.model import AddColumn, DropColumn, RenameColumn, SetCollation
from steward_app.services.migrate.expand.contract import contract, standing
from steward_app.services.migrate.expand.expand import expand
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.migrate.files import from_edits, save
from steward_app.services.migrate.run import service

FIRST = "ALTER TABLE patient ADD COLUMN born TEXT; UPDATE patient SET born = 'x';"


@pytest.fixture
def clinic(tmp_path: Path, catalog: Catalog) -> Migrating:
    return Migrating(tmp_path, catalog)


def columns(clinic: Migrating) -> list[str]:
    return [str(name) for (name,) in clinic.all("SELECT name FROM pragma_table_info('patient')")]


def test_nothing_waits_for_a_file_without_a_folder(clinic: Migrating, tmp_path: Path) -> None:
    with open_read(clinic.path) as session, ahead(session, tmp_path / "none") as begin:
        assert begin.schema is session
        assert (begin.remarks, begin.told) == ((), "")


def test_edits_begin_with_what_waits_and_say_so(clinic: Migrating) -> None:
    clinic.write("V0001__born.sql", FIRST)
    with open_read(clinic.path) as session:
        new = from_edits(session, [RenameColumn("patient", "born", "birthday")], clinic.folder, "Birthday")
        with pytest.raises(UsageError):  # it comes with what waits
            from_edits(session, [AddColumn("patient", "born TEXT")], clinic.folder, "Born")
    assert (
        "-- Begins with the schema that comes after “V0001__born.sql”, which waits to be applied." in new.text
    )
    save(new)
    clinic.apply()
    assert columns(clinic)[-1] == "birthday"
    assert clinic.all("SELECT DISTINCT birthday FROM patient") == [("x",)]


def test_a_table_that_is_written_anew_keeps_what_a_waiting_file_makes(clinic: Migrating) -> None:
    clinic.write("V0001__born.sql", FIRST)
    with open_read(clinic.path) as session:
        save(from_edits(session, [SetCollation("patient", "born", "NOCASE")], clinic.folder, "Case"))
    clinic.apply()
    clinic.undo(target=1)
    assert clinic.all("SELECT DISTINCT born FROM patient") == [("x",)]


def test_several_that_wait_are_counted(clinic: Migrating) -> None:
    clinic.write("V0001__born.sql", FIRST)
    clinic.write("V0002__more.sql", "ALTER TABLE patient ADD COLUMN more TEXT;")
    clinic.write("R__view.sql", "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT id FROM patient;")
    with open_read(clinic.path) as session, ahead(session, clinic.folder) as begin:
        assert begin.told == "“V0002__more.sql” and 1 migration before it, which wait to be applied"


def test_what_was_applied_waits_no_more(clinic: Migrating) -> None:
    clinic.write("V0001__born.sql", FIRST)
    clinic.apply()
    with open_read(clinic.path) as session, ahead(session, clinic.folder) as begin:
        assert begin.schema is session


def test_what_does_not_run_leaves_nothing_to_begin_with(clinic: Migrating) -> None:
    clinic.write("V0001__fails.sql", "ALTER TABLE nobody ADD COLUMN x;")
    with open_read(clinic.path) as session:
        with pytest.raises(Refused, match="waits to be applied, and what it leaves is not") as e:
            from_edits(session, [DropColumn("patient", "phone")], clinic.folder, "Drop")
        assert e.value.hint.startswith(
            "Nothing was written. Apply what waits first, take its file out of the"
        )
    assert [path.name for path in clinic.folder.iterdir()] == ["V0001__fails.sql"]


def test_a_column_that_waits_is_expanded(clinic: Migrating) -> None:
    clinic.write("V0001__born.sql", FIRST)
    with open_read(clinic.path) as session:
        made = expand(session, "patient", "born", [Wanted("birthday")], clinic.folder)
    save(made.expand)
    save(made.fill)
    assert "“V0001__born.sql”, which waits to be applied." in made.expand.text
    clinic.apply()
    assert clinic.all("SELECT birthday FROM patient") == [("x",), ("x",)]


def test_an_expansion_whose_writing_was_interrupted_is_taken_up_again(clinic: Migrating) -> None:
    with open_read(clinic.path) as session:
        first = expand(session, "patient", "phone", [Wanted("tel")], clinic.folder)
        save(first.expand)
        assert expand(session, "patient", "phone", [Wanted("tel")], clinic.folder) == first
        first.expand.path.write_text(first.expand.text + "-- Mine.\n", encoding="utf-8")
        with pytest.raises((Refused, UsageError)):  # another one waits, which makes the column
            expand(session, "patient", "phone", [Wanted("tel")], clinic.folder)


def test_contracts_written_one_after_the_other_leave_triggers_that_work(clinic: Migrating) -> None:
    for column, into in (("name", "fullname"), ("phone", "tel")):
        with open_read(clinic.path) as session:
            made = expand(session, "patient", column, [Wanted(into)], clinic.folder)
        save(made.expand)
        save(made.fill)
    clinic.apply()
    for column in ("name", "phone"):
        with open_read(clinic.path) as session:
            found = standing(session, "patient", column)
            save(contract(session, found, clinic.folder, quiet_days=0, gone="Off"))
            with pytest.raises(Refused, match="is not expanded any more once"):
                contract(session, found, clinic.folder, quiet_days=0, gone="Off")
    assert service.rehearse(clinic.catalog, clinic.plan(), Context()).passed
    clinic.apply()
    assert columns(clinic) == ["id", "fullname", "tel"]


@pytest.mark.parametrize(
    ("waiting", "place", "values"),
    [
        ("ALTER TABLE patient RENAME TO person;", ("person", "phone"), [("1",), ("2",)]),
        ("CREATE TABLE made (id INTEGER PRIMARY KEY, a TEXT);", ("made", "a"), []),
        (
            "CREATE TABLE made (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO made (a) SELECT id FROM patient;",
            ("made", "a"),
            [("1",), ("2",)],
        ),
    ],
)
def test_a_column_of_a_table_that_waits_is_expanded(
    clinic: Migrating, waiting: str, place: tuple[str, str], values: list[tuple[str]]
) -> None:
    clinic.sql("UPDATE patient SET phone = id")
    clinic.write("V0001__waits.sql", waiting)
    with open_read(clinic.path) as session:
        made = expand(session, *place, [Wanted("new")], clinic.folder)
    assert made.batches == len(values[:1])
    save(made.expand)
    save(made.fill)
    clinic.apply()
    assert clinic.all(f"SELECT new FROM {place[0]} ORDER BY new") == values


def test_rows_that_cannot_be_counted_behind_what_waits_are_filled_and_told(clinic: Migrating) -> None:
    clinic.write(
        "V0001__waits.sql",
        "CREATE TABLE made (id INTEGER PRIMARY KEY, a TEXT);"
        "CREATE TRIGGER t AFTER UPDATE ON patient BEGIN INSERT INTO made (a) VALUES (NEW.id); END;"
        "UPDATE patient SET phone = 'x'; DROP TRIGGER t;",
    )
    with open_read(clinic.path) as session:
        made = expand(session, "made", "a", [Wanted("new")], clinic.folder)
    assert "How many rows there are is not known before what waits has run" in " ".join(
        made.fill.text.replace("--", "").split()
    )
    save(made.expand)
    save(made.fill)
    clinic.apply()
    assert clinic.all("SELECT a, new FROM made ORDER BY a") == [("1", "1"), ("2", "2")]
