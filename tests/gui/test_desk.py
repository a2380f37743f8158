"""What the window's header says of a file."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from steward_app.gui.desk import Desk
from steward_app.kernel.progress import Context
from steward_app.services.schema.model import TableKind
from steward_app.services.schema.snapshot import schema_of


@pytest.mark.parametrize("damaged", [False, True])
def test_the_header_counts_the_tables_that_the_pages_show(tmp_path: Path, damaged: bool) -> None:
    path = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY")
        .with_table("patient", "id INTEGER PRIMARY KEY")
        .with_sql("CREATE VIEW seen AS SELECT * FROM patient")
        .build()
    )
    if damaged:
        connection = apsw.Connection(str(path))
        connection.execute(
            "PRAGMA writable_schema = ON;"
            "UPDATE sqlite_schema SET sql = replace(sql, 'TABLE', 'TABEL') WHERE name = 'visit'"
        )
        connection.close()
    desk = Desk()
    opened = desk.open(path, Context())
    try:
        facts = desk.facts(opened, Context())
        shown = [table.name for table in schema_of(opened.document, Context()).tables
                 if table.kind is TableKind.TABLE]  # fmt: skip
    finally:
        opened.document.close()
        desk.close()
    assert sorted(facts.tables) == sorted(shown) == ["patient", "visit"]
    assert facts.views == ("seen",)
    assert facts.size_bytes == path.stat().st_size


def test_the_desk_knows_its_defaults() -> None:
    desk = Desk()
    assert desk.preferences().zoom_percent == 100
    assert desk.page_state("", "overview") == {}
    desk.close()
