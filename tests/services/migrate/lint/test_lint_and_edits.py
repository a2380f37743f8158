"""What the edit engine writes passes: it loses nothing, breaks nothing and hides nothing, whatever a table has."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.db.migration_files import read_any
from steward_app.kernel.finding import Severity
from steward_app.services.migrate.edit.model import Edit, SetDefault, SetNotNull, SetType
from steward_app.services.migrate.edit.write import write
from steward_app.services.migrate.files import from_edits, save
from steward_app.services.migrate.lint import lint

from ..edit.features import FEATURES  # noqa: TID252  the same features as for the edits


@pytest.mark.parametrize(
    "edit", [SetNotNull("t", "z", on=True), SetDefault("t", "z", "5")], ids=["native", "anew"]
)
@pytest.mark.parametrize("feature", FEATURES)
def test_what_the_edit_engine_writes_passes(tmp_path: Path, feature: str, edit: Edit) -> None:
    path = a_database(tmp_path).with_sql(*FEATURES[feature]).build()
    file = tmp_path / "change.sql"
    with open_read(path) as session:
        file.write_text(";\n".join(write(session, [edit]).statements) + ";\n", encoding="utf-8")
        report = lint(session, [read_any(file)])
    told = [
        (p.finding.code, p.finding.title) for p in report.problems if p.finding.severity is not Severity.NOTE
    ]
    assert told == []
    assert all(looked.looked_at == looked.statements for looked in report.files)


def test_what_the_head_of_a_file_says_of_a_table_written_anew_is_not_said_again(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a INT, b TEXT)", "CREATE TABLE s (a INT)").build()
    folder = tmp_path / "migrations"
    with open_read(path) as session:
        new = from_edits(session, [SetType("t", "a", "INTEGER")], folder, "Another type")
        save(new)
        assert "-- Written anew, row by row: “t”." in new.text
        assert lint(session, [read_any(new.path)]).problems == ()

        new.path.write_text(new.text.replace("“t”", "“s”"), encoding="utf-8")
        (told,) = lint(session, [read_any(new.path)]).problems
    assert (
        told.finding.title == "“t” is written anew otherwise: Column “a” of “t” changed: type INT → INTEGER"
    )
