"""Views from which others take a column that gets another name: they give it under the name that it had."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.services.migrate.expand.contract import contract
from steward_app.services.migrate.expand.expand import expand
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.migrate.files import save
from steward_app.services.migrate.lint.lint import lint_pending

from .programs import expanded, standing_of

TABLE = """
CREATE TABLE patient (id INTEGER PRIMARY KEY, tel TEXT, name TEXT);
INSERT INTO patient VALUES (1, '030', 'Ada'), (2, NULL, 'Bo');
"""
INSERTS = "INSTEAD OF INSERT ON list BEGIN INSERT INTO patient (tel) VALUES (NEW.tel); END"


def contracted(clinic: Migrating) -> None:
    found = standing_of(clinic, "patient", "tel")
    with open_read(clinic.path) as session:
        save(contract(session, found, clinic.folder, quiet_days=0, gone="All are.", above=2))
    clinic.apply()


@pytest.mark.parametrize(
    "views",
    [
        ("list AS SELECT id, tel FROM patient", "more AS SELECT tel FROM list"),
        ("list AS SELECT * FROM patient", "more AS SELECT tel, name FROM list"),
        ("list AS SELECT id, Tel FROM patient", "more AS SELECT l.tel FROM list AS l WHERE l.tel <> ''"),
        (
            "list AS SELECT id, tel FROM patient UNION ALL SELECT id, tel FROM patient",
            "mid AS SELECT tel FROM list",
            "more AS SELECT l.tel, m.tel AS other FROM list AS l JOIN mid AS m ON m.tel = l.tel",
        ),
        (
            '"a ""b"" AS" AS /* AS */ SELECT tel, name AS "tel 2" FROM patient',
            'more AS SELECT tel FROM "a ""b"" AS"',
        ),
        ("list (number) AS SELECT tel FROM patient", "more AS SELECT number FROM list"),
    ],
)
def test_views_on_views_give_what_they_gave(tmp_path: Path, catalog: Catalog, views: tuple[str, ...]) -> None:
    clinic = Migrating(tmp_path, catalog, TABLE + "".join(f"CREATE VIEW {each};\n" for each in views))
    before = clinic.all("SELECT * FROM more")
    expanded(clinic, "patient", "tel", Wanted("phone"))
    contracted(clinic)
    assert clinic.all("SELECT * FROM more") == before
    assert clinic.all("SELECT name FROM pragma_table_info('patient')") == [("id",), ("phone",), ("name",)]
    clinic.undo(target=0)
    assert clinic.all("SELECT * FROM more") == before


def test_a_view_through_which_rows_are_written_keeps_its_trigger(tmp_path: Path, catalog: Catalog) -> None:
    view = f"CREATE VIEW list AS SELECT id, tel FROM patient; CREATE TRIGGER ins {INSERTS};"
    clinic = Migrating(tmp_path, catalog, TABLE + view)
    expanded(clinic, "patient", "tel", Wanted("phone"))
    clinic.sql("INSERT INTO list (tel) VALUES ('7')")
    contracted(clinic)
    clinic.sql("INSERT INTO list (tel) VALUES ('8')")
    assert clinic.all("SELECT phone FROM patient WHERE id > 2") == [("7",), ("8",)]
    assert clinic.all("SELECT tel FROM list WHERE id > 2") == [("7",), ("8",)]


def test_a_view_that_nobody_reads_gives_the_new_name(tmp_path: Path, catalog: Catalog) -> None:
    clinic = Migrating(tmp_path, catalog, TABLE + "CREATE VIEW list AS SELECT id, tel FROM patient;")
    expanded(clinic, "patient", "tel", Wanted("phone"))
    contracted(clinic)
    assert clinic.all("SELECT phone FROM list") == [("030",), (None,)]


def test_a_view_that_would_lose_a_column_is_told_before_anything_is_written(
    tmp_path: Path, catalog: Catalog
) -> None:
    clinic = Migrating(tmp_path, catalog, TABLE)
    expanded(clinic, "patient", "tel", Wanted("phone"))
    clinic.sql(
        "CREATE VIEW list AS SELECT * FROM patient",
        "CREATE VIEW old AS SELECT tel FROM list",
        "CREATE VIEW new AS SELECT phone FROM list",
    )
    with pytest.raises(Refused, match="“new” would not work any more"):
        contracted(clinic)


def test_a_view_of_all_columns_that_is_written_through_has_to_name_them(
    tmp_path: Path, catalog: Catalog
) -> None:
    trigger = (
        "TRIGGER t INSTEAD OF UPDATE ON list BEGIN UPDATE patient SET tel = NEW.tel WHERE id = NEW.id; END"
    )
    clinic = Migrating(
        tmp_path, catalog, f"{TABLE}CREATE VIEW list AS SELECT * FROM patient; CREATE {trigger};"
    )
    with open_read(clinic.path) as session, pytest.raises(Refused) as refused:
        expand(session, "patient", "tel", (Wanted("phone"),), clinic.folder)
    assert "has to name its columns." in refused.value.hint
    clinic.sql("DROP VIEW list", "CREATE VIEW list AS SELECT id, tel FROM patient", f"CREATE {trigger}")
    expanded(clinic, "patient", "tel", Wanted("phone"))
    contracted(clinic)
    clinic.sql("UPDATE list SET tel = '1' WHERE id = 2")
    assert clinic.all("SELECT phone FROM patient") == [("030",), ("1",)]


@pytest.mark.parametrize(
    "view",
    [
        "list AS SELECT tel FROM (SELECT tel FROM patient)",
        "list AS WITH q AS (SELECT tel FROM patient) SELECT tel FROM q",
    ],
)
def test_a_query_inside_a_view_has_to_name_the_column(tmp_path: Path, catalog: Catalog, view: str) -> None:
    clinic = Migrating(tmp_path, catalog, f"{TABLE}CREATE VIEW {view};")
    with open_read(clinic.path) as session, pytest.raises(Refused) as refused:
        expand(session, "patient", "tel", (Wanted("phone"),), clinic.folder)
    assert 'A query inside a view that the view takes the column from has to name it: "tel" AS "tel".' in (
        refused.value.hint
    )
    clinic.sql("DROP VIEW list", f"CREATE VIEW {view.replace('(SELECT tel', '(SELECT tel AS tel')}")
    expanded(clinic, "patient", "tel", Wanted("phone"))
    contracted(clinic)
    assert clinic.all("SELECT tel FROM list") == [("030",), (None,)]


LOGGED = "AFTER INSERT ON patient BEGIN INSERT INTO log VALUES (NEW.id, NEW.tel, NEW.name); END"


@pytest.mark.parametrize("waits", [False, True])
def test_what_shows_the_new_column_is_told_and_meant(tmp_path: Path, catalog: Catalog, waits: bool) -> None:
    objects = (
        "CREATE VIEW list AS SELECT * FROM patient; CREATE TABLE log (id, tel, name);"
        f" CREATE TRIGGER logged {LOGGED}; CREATE VIEW named AS SELECT id, tel FROM patient;"
    )
    clinic = Migrating(tmp_path, catalog, TABLE + ("" if waits else objects))
    if waits:
        clinic.write("V0001__objects.sql", objects)
    with open_read(clinic.path) as session:
        found = expand(session, "patient", "tel", [Wanted("phone")], clinic.folder)
        again = expand(session, "patient", "tel", [Wanted("phone")], clinic.folder)

    assert found.expand == again.expand
    assert set(found.along) == {
        "The view “list” shows “phone” from now on",
        "The trigger “logged” does not write “phone” of “patient”",
        "Trigger “logged” sees a new row from a program that names the new column alone without its “tel”, which is"
        " written next, as an UPDATE",
    }
    assert "-- * The view “list” shows “phone” from now on." in found.expand.text
    save(found.expand)
    save(found.fill)
    with open_read(clinic.path) as session:
        report = lint_pending(session, clinic.folder)
    ours = [each for each in report.problems if each.place.file == found.expand.path.name]
    assert {each.finding.code for each in ours if each.accepted} >= {
        "view_shows_column",
        "trigger_passes_column",
    }
    assert not [each for each in report.problems if not each.accepted and "expand" in each.place.file]


def test_where_no_view_takes_all_nothing_is_said(tmp_path: Path, catalog: Catalog) -> None:
    clinic = Migrating(tmp_path, catalog)
    with open_read(clinic.path) as session:
        found = expand(session, "patient", "phone", [Wanted("tel")], clinic.folder)
    assert not found.along and "With the table change" not in found.expand.text
