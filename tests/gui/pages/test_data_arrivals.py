"""Whoever comes to the data page for a table, a row, a query or a finding sees it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.clinic import a_clinic
from builders.data_page import Desk
from steward_app.gui.format import shown_name
from steward_app.gui.pages.data.page import DataPage
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.services import sample
from steward_app.services.schema.model import TableKind
from steward_app.services.schema.snapshot import check_document

Open = Callable[..., Any]


@pytest.fixture
def desk(open_page: Open, tmp_path: Path, qtbot: QtBot) -> Desk:
    return Desk.at(open_page, a_clinic(tmp_path / "clinic.db").build(), qtbot)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "riverside.db"
    sample.build(path)
    return path


def broken(path: Path) -> Path:
    """One of every finding, as far as a file can be made that has them all."""
    return (
        a_database(path)
        .with_table("parent", "id INTEGER PRIMARY KEY, code TEXT", rows=[(1, "a")])
        .with_table(
            "t",
            "id TEXT PRIMARY KEY, email TEXT, low INT, high INT, day DATE, parent_id INT REFERENCES parent, "
            "code TEXT REFERENCES parent (code), must TEXT",
            rows=[
                (None, "a@b", 1, 2, "2026-01-01", 1, "a", "x"),
                ("k", "a@b", 3, 2, "never", 9, "a", None),
                ("l", "c@d", 1, "two", 5, None, None, "y"),
            ],
        )
        .with_sql(
            "CREATE INDEX by_email ON t (email)",
            "CREATE INDEX by_low ON t (low)",
            "CREATE INDEX by_low_again ON t (low)",
            "CREATE INDEX by_low_high ON t (low, high)",
            "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO absent VALUES (1); END",
            "CREATE VIEW v AS SELECT absent FROM t",
            'CREATE TABLE "p\u0430rent" (id INTEGER PRIMARY KEY)',
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_schema SET sql = replace(sql, 'CREATE INDEX by_email', 'CREATE UNIQUE INDEX by_email')",
            "UPDATE sqlite_schema SET sql = replace(replace(sql, 'must TEXT', 'must TEXT NOT NULL'), "
            "'low INT,', 'low INT CHECK (low < high),') WHERE name = 't'",
        )
        .build()
    )


def shows_something(desk: Desk, finding: Finding) -> bool:
    """Its rows, the result of its query, or its table with the finding in words."""
    if desk.page.way == "query":
        return bool(desk.query.rows._model.rows) and not desk.query.problem.isVisible()
    if desk.page.rows is not None and desk.rows.status().filter:
        rows = desk.rows.status().total
        return bool(desk.rows._model.rows) and (finding.count in (rows.value, None) or not rows.exact)
    return shown_name(finding.title) in desk.banner or "cannot be read" in desk.banner


def test_every_finding_of_a_file_opens_its_rows_or_its_query(
    open_page: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    desk = Desk.at(open_page, broken(tmp_path / "broken.db"), qtbot)
    found = check_document(desk.opened.document, Context()).findings
    codes = {finding.code for finding in found}
    assert codes >= {
        "foreign_key_orphans",
        "unique_violations",
        "check_violations",
        "not_null_violations",
        "type_violations",
        "empty_primary_key",
        "foreign_key_mismatch",
        "foreign_key_without_index",
        "duplicate_index",
        "prefix_index",
        "broken_view",
        "broken_trigger",
        "misleading_name",
        "not_strict",
    }
    for finding in found:
        desk.page.arrive(table=finding.subject.table, finding=finding)
        desk.rest()
        assert shows_something(desk, finding), (
            finding.code,
            finding.title,
            desk.banner,
            desk.query.problem.plain,
        )


def test_every_finding_of_the_sample_opens_its_rows_or_its_query(
    open_page: Open, built: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    path = Path(shutil.copy(built, tmp_path))
    desk = Desk.at(open_page, path, qtbot)
    found = check_document(desk.opened.document, Context(), quick=True).findings
    assert len(found) > 10
    for finding in found:
        desk.page.arrive(table=finding.subject.table, finding=finding)
        desk.rest()
        assert shows_something(desk, finding), (
            finding.code,
            finding.title,
            desk.banner,
            desk.query.problem.plain,
        )


def test_the_rows_of_a_finding_are_named_by_it(desk: Desk) -> None:
    found = check_document(desk.opened.document, Context()).findings
    orphans = next(f for f in found if f.code == "foreign_key_orphans" and f.subject.table == "visit")
    desk.page.arrive(table="visit", finding=orphans)
    desk.rest()
    assert desk.values("id") == [13, 14]
    assert desk.browse._words.plain == f"Filter: {orphans.title}"
    desk.browse._clear.click()
    assert desk.rest().page.number.plain == "1,200 rows"


def test_a_finding_without_a_query_is_shown_by_its_sample(desk: Desk) -> None:
    finding = Finding(
        "other",
        Severity.WARNING,
        "2 visits are odd",
        Subject("table", "visit"),
        key_columns=("id",),
        sample_keys=((3,), (5,)),
    )
    desk.page.arrive(finding=finding)
    desk.rest()
    assert desk.values("id") == [3, 5]


def test_a_finding_about_the_file_as_a_whole_is_said(desk: Desk) -> None:
    desk.page.arrive(
        finding=Finding("damaged", Severity.ERROR, "The file is damaged", Subject("database"), "Page 5.")
    )
    assert "The file is damaged. Page 5." in desk.rest().banner


def test_a_table_a_row_a_query_a_way(desk: Desk) -> None:
    desk.page.arrive(table="invoice")
    assert desk.rest().rows.source is not None and desk.rows.source.name == "invoice"
    desk.page.arrive(table="visit", key=(600,))
    assert desk.rest().key == (600,)
    desk.page.arrive(table="visit", key=(99_999,))
    assert "That row is gone" in desk.rest().news
    desk.page.arrive(query="SELECT 42")
    desk.rest()
    assert desk.page.way == "query" and desk.query.rows._model.rows == [(42,)]
    desk.page.arrive(way="find")
    assert desk.page.way == "find" and desk.search.field.hasFocus()
    desk.page.arrive(way="nonsense", unknown=1)
    assert desk.page.way == "find"
    desk.page.arrive(table="no such table")
    assert "There is no table no such table." in desk.rest().news


def test_whoever_comes_before_the_schema_is_read_is_taken_there_after(
    open_page: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    class Early(DataPage):
        def show_document(self) -> None:
            super().show_document()
            self.arrive(table="visit", key=(7,))

    desk = Desk(open_page(Early, a_clinic(tmp_path / "clinic.db").build()), qtbot)
    assert desk.key == (7,)


@pytest.mark.parametrize("name", ["chinook.sqlite", "northwind.sqlite"])
def test_every_table_of_a_real_file_is_shown_with_its_first_row(
    open_page: Open, qtbot: QtBot, name: str
) -> None:
    desk = Desk.at(open_page, Path(__file__).parents[2] / "data" / name, qtbot)
    assert desk.page.schema is not None
    for table in desk.page.schema.tables:
        if table.kind in (TableKind.TABLE, TableKind.VIEW):
            desk.open(table.name)
            assert not desk.banner, (table.name, desk.banner)
            if desk.rows._model.rows:
                desk.choose(0, desk.rows.columns[0].name).press(Qt.Key.Key_Return)
                assert shown_name(table.name) in desk.side()
