"""What an expansion withstands: a fill that stops, a table written anew, an audit, any names, any key."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.guarding import install, verified
from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_read, quote
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.migrate.edit.model import SetType
from steward_app.services.migrate.expand.contract import contract, reasons
from steward_app.services.migrate.expand.expand import expand
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.migrate.files import from_edits, save
from steward_app.services.migrate.model import State
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.mend import RepairRequest
from steward_app.services.operation import Confirmation

from .programs import expanded, standing_of

GONE = "All are replaced."
PATIENTS = """
CREATE TABLE patient (id INTEGER PRIMARY KEY, tel TEXT NOT NULL, other TEXT);
CREATE TABLE stop (at INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25)
INSERT INTO patient SELECT i * 3, 'p' || i, NULL FROM n;
"""


@pytest.fixture
def clinic(tmp_path: Path, catalog: Catalog) -> Migrating:
    return Migrating(tmp_path, catalog, PATIENTS)


def repaired(clinic: Migrating) -> None:
    wanted = clinic.wanted()
    request = RepairRequest(wanted.path, wanted.database_id, wanted.folder)
    plan = service.plan_repair(request, Context())
    service.apply(clinic.catalog, plan, Context(), Confirmation.of(plan))


def contracted(clinic: Migrating, table: str, column: str) -> None:
    found = standing_of(clinic, table, column)
    with open_read(clinic.path) as session:
        save(contract(session, found, clinic.folder, quiet_days=0, gone=GONE))
    clinic.apply()


def test_a_fill_that_stops_goes_on_where_it_was(clinic: Migrating) -> None:
    with open_read(clinic.path) as session:
        made = expand(session, "patient", "tel", [Wanted("phone")], clinic.folder, batch_rows=10)
    save(made.expand)
    clinic.apply()
    clinic.sql(
        "CREATE TRIGGER stops BEFORE UPDATE OF phone ON patient WHEN NEW.id >= (SELECT at FROM stop)"
        " BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END",
        "INSERT INTO stop VALUES (60)",
    )
    save(made.fill)
    assert made.batches == 3
    with pytest.raises(Failure, match="the disk is gone"):
        clinic.apply()
    assert clinic.all("SELECT count(phone), max(id) FROM patient WHERE phone IS NOT NULL") == [(10, 30)]
    assert clinic.states()[made.fill.path.name] is State.FAILED

    clinic.sql("UPDATE stop SET at = 1000", "UPDATE patient SET tel = 'meanwhile' WHERE id = 75")
    clinic.sql(
        "CREATE TRIGGER again BEFORE UPDATE OF phone ON patient WHEN OLD.id <= 30"
        " BEGIN SELECT RAISE(ABORT, 'it was filled before'); END"
    )
    repaired(clinic)
    clinic.apply()
    assert clinic.all("SELECT count(*) FROM patient WHERE phone IS NOT tel") == [(0,)]
    assert clinic.all("SELECT phone FROM patient WHERE id = 75") == [("meanwhile",)]
    assert standing_of(clinic, "patient", "tel").old_writes == 1


def test_a_table_that_is_written_anew_meanwhile_keeps_its_columns_alike(clinic: Migrating) -> None:
    expanded(clinic, "patient", "tel", Wanted("phone"))
    with open_read(clinic.path) as session:
        save(from_edits(session, [SetType("patient", "other", "INTEGER")], clinic.folder, "Numbers"))
    clinic.apply()
    clinic.sql("UPDATE patient SET tel = 'a' WHERE id = 3", "UPDATE patient SET phone = 'b' WHERE id = 6")
    assert clinic.all("SELECT tel, phone FROM patient WHERE id <= 6") == [("a", "a"), ("b", "b")]
    assert standing_of(clinic, "patient", "tel").lost == ()


def test_the_log_of_an_audit_stays_whole(clinic: Migrating, catalog: Catalog) -> None:
    install(catalog, clinic.path)
    expanded(clinic, "patient", "tel", Wanted("phone"))
    clinic.sql("UPDATE patient SET phone = 'b' WHERE id = 6", "UPDATE patient SET tel = 'c' WHERE id = 9")
    contracted(clinic, "patient", "tel")
    clinic.sql("UPDATE patient SET phone = 'd' WHERE id = 12")
    assert verified(clinic.path).holds
    assert clinic.all("SELECT phone FROM patient WHERE id IN (6, 9, 12)") == [("b",), ("c",), ("d",)]


HOSTILE = 'a "b" [c]; --\n\u202e<img>'


KEYS = {
    "rowid": ("id INTEGER PRIMARY KEY, x TEXT", ")"),
    "two columns": (
        "id INTEGER, rowid TEXT, _rowid_ TEXT, x TEXT COLLATE NOCASE",
        ", PRIMARY KEY (x, id)) WITHOUT ROWID",
    ),
}


@pytest.mark.parametrize(("columns", "end"), KEYS.values(), ids=KEYS)
def test_any_names_and_any_key(tmp_path: Path, catalog: Catalog, columns: str, end: str) -> None:
    table, old, new = HOSTILE, HOSTILE + "'", HOSTILE + "''"
    clinic = Migrating(
        tmp_path,
        catalog,
        f"CREATE TABLE {quote(table)} ({columns}, {quote(old)} TEXT NOT NULL DEFAULT '''', new{end};"
        f"INSERT INTO {quote(table)} (id, x, {quote(old)})"
        " VALUES (1, 'A', 'one'), (2, 'a', 'two'), (3, 'B', 'three'), (-4, 'c', 'four');",
    )
    expanded(clinic, table, old, Wanted(new))
    clinic.sql(f"UPDATE {quote(table)} SET {quote(new)} = 'zwei' WHERE id = 2")
    clinic.sql(f"UPDATE {quote(table)} SET {quote(old)} = 'drei' WHERE id = 3")
    clinic.sql(f"INSERT INTO {quote(table)} (id, x) VALUES (5, 'd')")
    both = f"SELECT {quote(old)}, {quote(new)} FROM {quote(table)} ORDER BY id"
    assert clinic.all(both) == [(each, each) for each in ("four", "one", "zwei", "drei", "'")]
    assert reasons(standing_of(clinic, table, old), 0, GONE) == ()
    contracted(clinic, table, old)
    assert clinic.all(f"SELECT {quote(new)} FROM {quote(table)} WHERE id = 2") == [("zwei",)]
