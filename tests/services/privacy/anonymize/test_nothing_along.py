"""What a plan says of tables whose rows stay out, and of files without any row."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_write
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy

PATIENTS = [(n, f"p{n}@orig.example") for n in range(30)]
LOG = "CREATE TRIGGER kept AFTER UPDATE ON patient BEGIN INSERT INTO changes (was) VALUES (old.mail); END"


def test_the_plan_says_why_a_log_of_changes_goes_without_rows(catalog: Catalog, tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, mail TEXT", rows=PATIENTS)
        .with_table("changes", "id INTEGER PRIMARY KEY, was TEXT")
        .build()
    )
    with open_write(path) as session, session.transaction():
        session.run(LOG)
        session.run("UPDATE patient SET mail = 'new' || mail WHERE id < 3")
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    (told,) = [each for each in plan.findings if each.code == "table_without_rows"]
    assert "“changes” without its 3 rows" in told.title
    assert "held before" in told.detail and "“empty”" in told.detail
    assert not told.blocks


@pytest.mark.parametrize("with_a_table", [True, False])
def test_a_file_without_rows_is_told(catalog: Catalog, tmp_path: Path, *, with_a_table: bool) -> None:
    path = tmp_path / "empty.db"
    if with_a_table:
        path = a_database(tmp_path).with_table("patient", "id INTEGER PRIMARY KEY, mail TEXT").build()
    else:
        path.touch()
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    (told,) = [each for each in plan.findings if each.code == "nothing_to_copy"]
    assert ("no row in any table" if with_a_table else "no table") in told.title
