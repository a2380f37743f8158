"""While a column is on its way to another, no migration takes away what keeps both alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Failure, Refused
from steward_app.services.migrate.expand.contract import contract, standing
from steward_app.services.migrate.expand.expand import expand
from steward_app.services.migrate.expand.model import Wanted, record_name
from steward_app.services.migrate.expand.seen import STOPPED
from steward_app.services.migrate.files import save
from steward_app.services.migrate.lint.lint import lint_pending

SETTING = """
CREATE TABLE setting (k TEXT PRIMARY KEY, v TEXT);
INSERT INTO setting VALUES ('tax', '19'), ('vat', '0.19');
"""
UPDATES = f'"{record_name("setting", "v")}_update_old"'
IGNORES = "CREATE TRIGGER ri AFTER UPDATE ON setting BEGIN SELECT RAISE(IGNORE); END"


def _expanded(folder: Path, catalog: Catalog, *, applied: bool = True) -> Migrating:
    migrating = Migrating(folder, catalog, SETTING)
    with open_read(migrating.path) as session:
        made = expand(session, "setting", "v", [Wanted("val")], migrating.folder)
    for each in (made.expand, made.fill):
        save(each)
    if applied:
        migrating.apply()
    return migrating


def _told(migrating: Migrating) -> list[str]:
    with open_read(migrating.path) as session:
        problems = lint_pending(session, migrating.folder).problems
    return [each.finding.title for each in problems if each.finding.code == "columns_come_apart"]


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize(
    ("sql", "why"),
    [
        (f"DROP TRIGGER {UPDATES};", "which does that, is gone"),
        (f"{IGNORES};", "RAISE(IGNORE)"),
        ("ALTER TABLE setting RENAME TO settings;", "no table “setting” any more"),
        ("ALTER TABLE setting RENAME COLUMN val TO worth;", "no column “val” any more"),
    ],
)
def test_a_migration_that_takes_it_away_is_told_and_rolled_back(
    tmp_path: Path, catalog: Catalog, sql: str, why: str, applied: bool
) -> None:
    migrating = _expanded(tmp_path, catalog, applied=applied)
    migrating.write("V0003__change.sql", sql)
    (told,) = _told(migrating)
    assert told.startswith("“v” and “val” of “setting” are to be kept alike, and ") and why in told
    with pytest.raises(Failure, match="kept alike"):
        migrating.apply()
    migrating.sql(
        "UPDATE setting SET val = 'new' WHERE k = 'tax'", "UPDATE setting SET v = 'old' WHERE k = 'vat'"
    )
    assert migrating.all("SELECT v, val FROM setting ORDER BY k") == [("new", "new"), ("old", "old")]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER t AFTER UPDATE ON setting BEGIN SELECT 1; END;",
        "ALTER TABLE setting ADD COLUMN more TEXT;",
        "UPDATE setting SET v = '7' WHERE k = 'tax';",
        "ALTER TABLE setting RENAME TO s; ALTER TABLE s RENAME TO setting;",
    ],
)
def test_other_migrations_run_meanwhile(tmp_path: Path, catalog: Catalog, sql: str) -> None:
    migrating = _expanded(tmp_path, catalog)
    migrating.write("V0003__change.sql", sql)
    assert _told(migrating) == []
    migrating.apply()


def test_a_contract_says_what_another_program_took_away(tmp_path: Path, catalog: Catalog) -> None:
    migrating = _expanded(tmp_path, catalog)
    migrating.sql(IGNORES)
    with open_read(migrating.path) as session, pytest.raises(Refused, match=r"RAISE\(IGNORE\)") as refused:
        contract(session, standing(session, "setting", "v"), migrating.folder, quiet_days=0, gone="Yes.")
    assert refused.value.hint == "Nothing was written."


@pytest.mark.parametrize(("mode", "told"), [("forward", True), ("backward", False)])
def test_a_promise_that_the_new_column_breaks_is_told_when_it_is_written(
    tmp_path: Path, catalog: Catalog, mode: str, told: bool
) -> None:
    migrating = Migrating(tmp_path, catalog, SETTING)
    policy = migrating.path.with_name(f"{migrating.path.name}.steward.yaml")
    policy.write_text(f"version: 1\ncompatibility:\n  default: {mode}\n", encoding="utf-8")
    with open_read(migrating.path) as session:
        made = expand(session, "setting", "v", [Wanted("val")], migrating.folder)
    assert [f"breaks the promise “{mode}”" in each for each in made.blocked] == [True] * told
    assert (STOPPED in made.expand.text) is told
