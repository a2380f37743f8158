"""What was chosen in an edit stands in its file, so that lint takes it for meant; nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.services.migrate.edit.model import (
    DropColumn,
    DropObject,
    Edit,
    RenameColumn,
    RenameTable,
    ReplaceObject,
    SetGenerated,
    SetType,
)
from steward_app.services.migrate.files import from_edits, save
from steward_app.services.migrate.lint import lint_pending

STORE = (
    "CREATE TABLE item (id INTEGER PRIMARY KEY, code TEXT, size INT, price REAL)",
    "CREATE TABLE spare (id INTEGER PRIMARY KEY)",
    "INSERT INTO item VALUES (1, '007', 3, 1.5), (2, 'x', 4, 2.5)",
    "INSERT INTO spare VALUES (1)",
    "CREATE UNIQUE INDEX uq ON item (code)",
    "CREATE TRIGGER guard BEFORE DELETE ON item BEGIN SELECT RAISE(ABORT, 'stays'); END",
)


@pytest.mark.parametrize(
    ("edits", "code", "words"),
    [
        ([DropColumn("item", "size")], "column_dropped", "“size” of “item” goes"),
        ([DropObject("table", "spare")], "table_dropped", "“spare” goes"),
        ([SetGenerated("item", "size", "id * 2")], "column_not_copied", "“size” of “item” is computed"),
        ([SetType("item", "size", "TEXT", "size || ' cm'")], "copied_otherwise",
         "“size” of “item” becomes size || ' cm'"),
        ([DropObject("index", "UQ")], "unique_dropped", "the index “UQ” goes"),
        ([RenameTable("item", "good"), DropObject("index", "uq")], "unique_dropped", "the index “uq” goes"),
        ([ReplaceObject("index", "uq", "CREATE INDEX uq ON item (size)")], "unique_dropped",
         "the index “uq” is another one"),
        ([DropObject("trigger", "Guard")], "trigger_dropped", "the trigger “Guard” goes"),
        ([ReplaceObject("trigger", "guard", "CREATE TRIGGER guard AFTER DELETE ON item BEGIN SELECT 1; END")],
         "trigger_dropped", "the trigger “guard” is another one"),
        ([RenameColumn("item", "size", "cm"), RenameTable("item", "good"), DropColumn("good", "cm")],
         "column_dropped", "“cm” of “good” goes"),
    ],
)  # fmt: skip
def test_what_an_edit_says_is_meant(tmp_path: Path, edits: list[Edit], code: str, words: str) -> None:
    path, folder = a_database(tmp_path).with_sql(*STORE).build(), tmp_path / "migrations"
    with open_read(path) as session:
        save(from_edits(session, edits, folder, "Change it"))
        problems = lint_pending(session, folder).problems
    text = next(folder.glob("V*")).read_text(encoding="utf-8")
    assert f"-- steward: allows {code} (said when this was made: {words})\n" in text
    assert [each.accepted for each in problems if each.finding.code == code] == [True]
    assert not any(
        each.finding.blocks or each.finding.severity == "error" for each in problems if not each.accepted
    )


def test_a_type_alone_says_nothing_of_values_that_it_converts(tmp_path: Path) -> None:
    path, folder = a_database(tmp_path).with_sql(*STORE).build(), tmp_path / "migrations"
    with open_read(path) as session:
        new = from_edits(session, [SetType("item", "code", "INT")], folder, "Change it")
        save(new)
        problems = lint_pending(session, folder).problems
    assert "allows" not in new.text
    assert [each.accepted for each in problems if each.finding.code == "values_converted"] == [False]
