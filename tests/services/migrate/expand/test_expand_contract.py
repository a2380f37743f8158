"""A column that is expanded, filled and contracted by migrations that the runner applies, on a file with rows."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders.migrating import Migrating, other_program
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Failure, Refused, UsageError
from steward_app.services.migrate.expand.contract import contract, reasons, standing
from steward_app.services.migrate.expand.expand import expand
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.migrate.files import save
from steward_app.services.migrate.lint import lint_pending
from steward_app.services.migrate.model import State
from steward_app.services.schema.introspect import read_table

from .programs import expanded, standing_of

GONE = "The ward's laptops have had version 3 since May."
DETAILED = """
CREATE TABLE ward (id INTEGER PRIMARY KEY, code TEXT UNIQUE);
CREATE TABLE patient (
    id INTEGER PRIMARY KEY,
    tel TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(tel) < 20), -- how to reach them
    fee TEXT DEFAULT '1.50',
    born TEXT,
    ward TEXT REFERENCES ward (code) ON UPDATE CASCADE
);
CREATE INDEX by_tel ON patient (born, tel DESC);
CREATE VIEW list AS SELECT id, tel FROM patient;
CREATE TABLE changes (tel TEXT);
CREATE TRIGGER noted AFTER UPDATE OF tel ON patient BEGIN INSERT INTO changes VALUES (NEW.tel); END;
INSERT INTO ward VALUES (1, 'A'), (2, 'B');
INSERT INTO patient (id, tel, fee, born, ward) VALUES
    (1, '030', '2.25', '01.02.1960', 'A'), (2, 'b', '3', '1.2.1970', NULL), (3, 'c', 'free', NULL, 'B');
"""


@pytest.fixture
def clinic(tmp_path: Path, catalog: Catalog) -> Migrating:
    return Migrating(tmp_path, catalog, DETAILED)


def contracted(clinic: Migrating, column: str, quiet_days: int = 0, gone: str = GONE, loses: int = 0) -> str:
    found = standing_of(clinic, "patient", column)
    with open_read(clinic.path) as session:
        above = max(row.version for row in clinic.history())
        new = contract(
            session, found, clinic.folder, quiet_days=quiet_days, gone=gone, loses=loses, above=above
        )
    save(new)
    return new.path.name


def text_of(clinic: Migrating, name: str = "patient") -> str:
    with open_read(clinic.path) as session:
        found = read_table(session, name)
        assert found is not None
        return found.sql


def test_a_name_changes_and_all_else_stays(clinic: Migrating) -> None:
    before = text_of(clinic)
    expanded(clinic, "patient", "tel", Wanted("phone"))
    assert clinic.all("SELECT tel, phone FROM patient") == [("030", "030"), ("b", "b"), ("c", "c")]
    clinic.sql("UPDATE patient SET phone = 'B2' WHERE id = 2", "INSERT INTO patient (tel) VALUES ('d')")
    assert clinic.all("SELECT tel FROM patient WHERE phone IN ('B2', 'd')") == [("B2",), ("d",)]
    contracted(clinic, "tel")
    clinic.apply()
    assert clinic.all("SELECT phone FROM patient ORDER BY id") == [("030",), ("B2",), ("c",), ("d",)]
    assert text_of(clinic) == before.replace(
        "tel TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(tel) < 20),",
        "phone TEXT UNIQUE COLLATE NOCASE CHECK (length(phone) < 20) NOT NULL,",
    )
    assert clinic.all("SELECT phone FROM list WHERE id = 2") == [("B2",)]
    assert clinic.all("SELECT tel FROM changes")[-1] == ("B2",)
    assert not [name for name in clinic.objects() if name.startswith("_steward_expand_")]


def test_what_uses_the_new_name_stays_when_the_old_column_takes_its_place(clinic: Migrating) -> None:
    expanded(clinic, "patient", "tel", Wanted("phone"))
    clinic.sql(
        "CREATE INDEX by_phone ON patient (phone) WHERE phone <> ''",
        "CREATE VIEW phones AS SELECT phone FROM patient",
        "CREATE VIEW more AS SELECT phone FROM phones",
        "CREATE TRIGGER seen AFTER UPDATE OF phone ON patient BEGIN INSERT INTO changes VALUES (NEW.phone); END",
    )
    contracted(clinic, "tel")
    clinic.apply()
    assert {"by_phone", "phones", "more", "seen"} < clinic.objects()
    assert clinic.all("SELECT phone FROM more") == [("030",), ("b",), ("c",)]


def test_indexes_that_compute_go_over_to_the_name_they_do_not_know(clinic: Migrating) -> None:
    clinic.sql(
        "CREATE UNIQUE INDEX small ON patient (lower(tel))",
        "CREATE INDEX reached ON patient (born) WHERE tel <> ''",
        "CREATE INDEX fees ON patient (fee || '', born)",
    )
    expanded(clinic, "patient", "tel", Wanted("phone"))
    clinic.sql("CREATE INDEX by_length ON patient (length(phone)) WHERE born <> 'tel'")
    contracted(clinic, "tel")
    clinic.apply()
    assert dict(
        clinic.all("SELECT name, sql FROM sqlite_schema WHERE name IN ('small', 'reached', 'fees')")
    ) == {
        "small": "CREATE UNIQUE INDEX small ON patient (lower(phone))",
        "reached": "CREATE INDEX reached ON patient (born) WHERE phone <> ''",
        "fees": "CREATE INDEX fees ON patient (fee || '', born)",
    }
    assert clinic.all("SELECT count(*) FROM patient INDEXED BY by_length WHERE born <> 'tel'") == [(2,)]


def test_foreign_keys_hold_under_both_names(clinic: Migrating) -> None:
    expanded(clinic, "patient", "ward", Wanted("unit"))
    with other_program(clinic.path) as program:
        program.execute("PRAGMA foreign_keys = 1")
        for sql in (
            "UPDATE patient SET unit = 'none' WHERE id = 1",
            "INSERT INTO patient (tel, unit) VALUES ('z', 'none')",
        ):
            with pytest.raises(apsw.ConstraintError):
                program.execute(sql)
        program.execute("UPDATE ward SET code = 'A2' WHERE code = 'A'")
        program.execute("UPDATE patient SET unit = 'A2' WHERE id = 2")
    assert clinic.all("SELECT ward, unit FROM patient") == [("A2", "A2"), ("A2", "A2"), ("B", "B")]
    contracted(clinic, "ward")
    clinic.apply()
    assert "unit TEXT REFERENCES ward (code) ON UPDATE CASCADE" in text_of(clinic)


def test_a_type_changes_under_what_hangs_on_the_column(clinic: Migrating) -> None:
    clinic.sql(
        "UPDATE patient SET fee = NULL WHERE id = 3",
        "CREATE INDEX by_fee ON patient (fee DESC)",
        "CREATE VIEW fees AS SELECT fee FROM patient WHERE fee > 0",
    )
    expanded(clinic, "patient", "fee", Wanted("amount", "REAL"))
    contracted(clinic, "fee")
    clinic.apply()
    assert clinic.all("SELECT amount, typeof(amount) FROM fees ORDER BY 1") == [(2.25, "real"), (3.0, "real")]
    assert clinic.all("SELECT count(*) FROM patient INDEXED BY by_fee WHERE amount = 3") == [(1,)]


def test_a_type_changes_and_the_values_that_new_programs_wrote_stay(clinic: Migrating) -> None:
    cents = Wanted("cents", "INTEGER", "CAST(round(fee * 100) AS INTEGER)")
    expanded(clinic, "patient", "fee", cents, back="printf('%.2f', cents / 100.0)")
    clinic.sql(
        "UPDATE patient SET cents = 199 WHERE id = 1",
        "UPDATE patient SET fee = '4' WHERE id = 2",
        "INSERT INTO patient (id, tel) VALUES (7, 'x')",
        "INSERT INTO patient (id, tel, cents) VALUES (8, 'y', NULL)",
    )
    assert clinic.all("SELECT id, fee, cents FROM patient") == [
        (1, "1.99", 199),
        (2, "4", 400),
        (3, "free", 0),
        (7, "1.50", 150),
        (8, "0.00", None),
    ]
    contracted(clinic, "fee", loses=1)
    clinic.apply()
    assert clinic.all("SELECT id, cents FROM patient") == [(1, 199), (2, 400), (3, 0), (7, 150), (8, None)]
    assert "cents INTEGER DEFAULT 150," in text_of(clinic).replace('"', "")


CENTS = Wanted("cents", "INTEGER", "CAST(round(fee * 100) AS INTEGER)")
BACK = "printf('%.2f', cents / 100.0)"


@pytest.mark.parametrize(
    ("fee", "goes"),
    [
        ("'1.50'", False),
        ("'7'", False),
        ("'-12.3'", False),
        ("NULL", False),
        ("'007'", True),
        ("'7.0'", True),
        ("'abc'", True),
        ("x'37'", True),
        ("'1.999'", True),
    ],
)
def test_a_value_that_the_new_column_leads_back_to_does_not_go(
    clinic: Migrating, fee: str, goes: bool
) -> None:
    clinic.sql("DELETE FROM patient WHERE id > 1")
    expanded(clinic, "patient", "fee", CENTS, back=BACK)
    clinic.sql(f"UPDATE patient SET fee = {fee}")
    found = standing_of(clinic, "patient", "fee")
    assert (found.disagreeing, found.richer) == (0, goes)


def test_values_that_the_old_column_alone_holds_are_asked_for(clinic: Migrating) -> None:
    expanded(clinic, "patient", "fee", CENTS, back=BACK)
    clinic.sql("UPDATE patient SET fee = x'00ff' WHERE id = 1")
    (why,) = reasons(standing_of(clinic, "patient", "fee"), 0, GONE, loses=1)
    assert (why.code, why.sentence) == (
        "richer",
        "2 values of “fee” go that “cents” does not lead back to: say that this is meant, --loses 2.",
    )
    with pytest.raises(Refused, match="2 values of “fee” go"):
        contracted(clinic, "fee")
    name = contracted(clinic, "fee", loses=2)
    text = (clinic.folder / name).read_text(encoding="utf-8")
    assert "-- With it 2 values of “fee” go that “cents” does not lead back to. The steward says" in text
    with open_read(clinic.path) as session:
        found = lint_pending(session, clinic.folder).problems
    (told,) = (each for each in found if each.finding.code == "values_narrowed")
    assert (told.finding.count, told.accepted) == (2, True)
    assert told.finding.title == "2 values of “fee” of “patient” go, and “cents” does not lead back to them"
    clinic.sql("UPDATE patient SET fee = 'none' WHERE id = 2")
    with pytest.raises(Failure, match="the old and the new columns agree in every row"):
        clinic.apply()
    clinic.sql("UPDATE patient SET fee = '3' WHERE id = 2")
    clinic.apply()
    assert clinic.all("SELECT cents FROM patient") == [(0,), (300,), (0,)]


SPLIT = (
    Wanted("day", "TEXT", "substr(born, 1, length(born) - 4)"),
    Wanted("year", "INTEGER", "CAST(substr(born, -4) AS INTEGER)"),
)


def test_a_column_is_split_in_two(clinic: Migrating) -> None:
    clinic.sql("DROP INDEX by_tel")
    expanded(clinic, "patient", "born", *SPLIT, back="day || year")
    clinic.sql(
        "UPDATE patient SET year = 1971 WHERE id = 2",
        "UPDATE patient SET born = '3.4.1980' WHERE id = 3",
        "INSERT INTO patient (id, tel, day, year) VALUES (4, 'd', '5.6.', 1990)",
    )
    assert clinic.all("SELECT born, day, year FROM patient") == [
        ("01.02.1960", "01.02.", 1960),
        ("1.2.1971", "1.2.", 1971),
        ("3.4.1980", "3.4.", 1980),
        ("5.6.1990", "5.6.", 1990),
    ]
    contracted(clinic, "born")
    clinic.apply()
    assert clinic.all("SELECT day, year FROM patient WHERE id > 2") == [("3.4.", 1980), ("5.6.", 1990)]
    assert "born" not in text_of(clinic)


@pytest.mark.parametrize(("rule", "said"), [(" NOT NULL", True), ("", False)])
def test_a_split_says_that_a_rule_goes(tmp_path: Path, catalog: Catalog, rule: str, said: bool) -> None:
    people = Migrating(tmp_path, catalog, f"CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT{rule})")
    first = Wanted("given", "TEXT", "substr(name, 1, 1)")
    expanded(people, "person", "name", first, Wanted("rest", "TEXT", "substr(name, 2)"), back="given || rest")
    with open_read(people.path) as session:
        found = standing(session, "person", "name")
        text = contract(session, found, people.folder, quiet_days=0, gone="All are.", above=2).text
    assert ("NOT NULL of “name” goes with it" in text) is said


def test_a_split_that_could_not_be_ended_is_not_begun(clinic: Migrating) -> None:
    with open_read(clinic.path) as session, pytest.raises(Refused, match="could not be contracted later"):
        expand(session, "patient", "born", SPLIT, clinic.folder, back="day || year")


def test_it_is_taken_back_by_its_files(clinic: Migrating) -> None:
    before = text_of(clinic)
    expanded(clinic, "patient", "tel", Wanted("phone"))
    clinic.sql("UPDATE patient SET phone = 'B2' WHERE id = 2")
    clinic.undo(target=0)
    assert clinic.all("SELECT tel FROM patient") == [("030",), ("B2",), ("c",)]
    assert text_of(clinic) == before.replace(
        "NOT NULL UNIQUE COLLATE NOCASE CHECK (length(tel) < 20)",
        "UNIQUE COLLATE NOCASE CHECK (length(tel) < 20) NOT NULL",
    )
    assert clinic.objects() & {"by_tel", "list", "noted"} == {"by_tel", "list", "noted"}


def test_it_is_taken_back_where_somebody_dropped_what_kept_the_columns_alike(clinic: Migrating) -> None:
    found = expanded(clinic, "patient", "tel", Wanted("phone")).expansion
    clinic.sql(f"DROP TRIGGER {found.triggers[0]}", f"DROP INDEX {found.indexes[0]}")
    (lost,) = reasons(standing_of(clinic, "patient", "tel"), 0, GONE)
    assert lost.sentence.startswith("A trigger that keeps the columns alike is gone")
    clinic.undo(target=0)
    assert "phone" not in text_of(clinic)
    assert not [name for name in clinic.objects() if name.startswith("_steward_expand_")]


def test_a_contract_waits_with_every_reason(clinic: Migrating) -> None:
    with open_read(clinic.path) as session:
        found = expand(session, "patient", "tel", [Wanted("phone")], clinic.folder)
    save(found.expand)
    clinic.apply()
    clinic.sql("UPDATE patient SET tel = 'new' WHERE id = 3")
    here = standing_of(clinic, "patient", "tel")
    assert (here.rows, here.disagreeing, here.old_writes, here.new_writes) == (3, 2, 1, 0)
    assert [each.code for each in reasons(here, 14, " ")] == ["unfilled", "disagree", "used", "undeclared"]
    with pytest.raises(Refused, match="2 of 3 rows hold columns that do not agree"):
        contracted(clinic, "tel", 14)
    save(found.fill)
    clinic.apply()
    here = standing_of(clinic, "patient", "tel")
    assert [each.code for each in reasons(here, 0, "")] == ["undeclared"]
    assert reasons(here, 0, GONE) == ()


def test_what_a_sync_writes_is_no_use_of_the_other_name(clinic: Migrating) -> None:
    expanded(clinic, "patient", "tel", Wanted("phone"))
    clinic.sql(
        "UPDATE patient SET phone = 'p' || id",
        "INSERT INTO patient (phone) VALUES ('q')",
        "UPDATE patient SET phone = phone, tel = tel",
    )
    here = standing_of(clinic, "patient", "tel")
    assert (here.old_writes, here.old_last, here.new_writes) == (0, "", 4)
    assert [each.code for each in reasons(here, 14, GONE)] == ["young"]
    clinic.sql("UPDATE patient SET tel = 'p' || id || 'x' WHERE id < 3")
    assert standing_of(clinic, "patient", "tel").old_writes == 2


def test_the_file_itself_looks_once_more_before_it_changes_anything(clinic: Migrating) -> None:
    expanded(clinic, "patient", "tel", Wanted("phone"))
    clinic.sql(f"UPDATE {record_of(clinic)} SET since = '2020-01-01T00:00:00.000Z'")
    name = contracted(clinic, "tel", 14)
    clinic.sql("UPDATE patient SET tel = 'late' WHERE id = 1")
    with pytest.raises(Failure, match="nobody wrote under the old name lately"):
        clinic.apply()
    assert clinic.states()[name] is State.PENDING
    clinic.sql(f"UPDATE {record_of(clinic)} SET old_last = ''")
    with other_program(clinic.path) as program:  # a program that restores a table with its triggers off
        trigger = f"{record_of(clinic)}_update_old"
        [(text,)] = program.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (trigger,))
        program.execute(f"DROP TRIGGER {trigger}")
        program.execute("UPDATE patient SET tel = 'silent' WHERE id = 1")
        program.execute(str(text))
    with pytest.raises(Failure, match="the old and the new columns agree in every row"):
        clinic.apply()
    clinic.sql(f"DROP TRIGGER {trigger}")
    assert "lost" in {each.code for each in reasons(standing_of(clinic, "patient", "tel"), 0, GONE)}
    with pytest.raises(Refused, match="no such trigger"):
        clinic.apply()
    assert clinic.all("SELECT tel, phone FROM patient WHERE id = 1") == [("silent", "late")]


def record_of(clinic: Migrating) -> str:
    return standing_of(clinic, "patient", "tel").expansion.record


@pytest.mark.parametrize(
    ("column", "into", "back", "why"),
    [
        ("id", [Wanted("number")], "", "primary key"),
        ("nothing", [Wanted("x")], "", "no column “nothing”"),
        ("born", [Wanted("day")], "", "A CHECK of “patient” refuses a row that has no “born” yet"),
        ("tel", [Wanted("FEE")], "", "cannot be the name of a new column"),
        ("tel", [], "", "new column is missing"),
        ("fee", [Wanted("cents", "INTEGER", "fee * 100")], "", "its value is wanted, too"),
        ("fee", [Wanted("a", "TEXT"), Wanted("b", "TEXT")], "a || b", "expression for each new one"),
        ("fee", [Wanted("cents", "INTEGER", "fee * random()")], "cents", "non-deterministic"),
        (
            "fee",
            [Wanted("cents", "INTEGER", "(SELECT max(fee) FROM patient)")],
            "cents",
            "subqueries prohibited",
        ),
        ("fee", [Wanted("cents", "INTEGER", "fee || tel")], "cents", "reads other columns"),
        ("fee", [Wanted("cents", "INTEGER", '"fees"')], "cents", "fees"),
        ("fee", [Wanted("cents", "INTEGER", "1")], "cents", "does not use “fee”"),
        ("fee", [Wanted("cents", "INTEGER", "fee) + (1")], "cents", "cannot stand there"),
        ("fee", [Wanted("cents", "INTEGER, x", "fee")], "cents", "cannot stand there"),
    ],
)
def test_what_cannot_be_kept_alike_is_refused_with_the_reason(
    clinic: Migrating, column: str, into: list[Wanted], back: str, why: str
) -> None:
    table = "patient"
    if "CHECK" in why:
        clinic.sql("CREATE TABLE person (id INTEGER PRIMARY KEY, born TEXT CHECK (born IS NOT NULL))")
        table, why = "person", why.replace("patient", "person")
    with open_read(clinic.path) as session, pytest.raises((Refused, UsageError), match=why):
        expand(session, table, column, into, clinic.folder, back=back)
    assert list(clinic.folder.iterdir()) == []


def test_a_second_expansion_of_the_same_column_is_refused(clinic: Migrating) -> None:
    expanded(clinic, "patient", "tel", Wanted("phone"))
    with open_read(clinic.path) as session:
        for column in ("tel", "phone"):
            with pytest.raises(Refused, match=r"is expanded already|not contracted yet"):
                expand(session, "patient", column, [Wanted("call")], clinic.folder)
