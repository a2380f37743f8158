"""A file that takes a migration back, proposed: right for any schema, and honest about rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from builders.migrating import Migrating
from steward_app.catalog import Catalog, points
from steward_app.db import Session, open_read, open_write, schema_rows
from steward_app.db.migration_files import Kind, read_folder
from steward_app.db.migration_script import read_script
from steward_app.db.runner import unenforced
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context
from steward_app.services.migrate.desired.form import same_object, same_table
from steward_app.services.migrate.model import State
from steward_app.services.migrate.new import create
from steward_app.services.migrate.run.placeholders import fill
from steward_app.services.migrate.run.proposed import Proposed, proposed_undo
from steward_app.services.migrate.status import status

from ..desired.generated import schemas  # noqa: TID252  the same schemas as for what is desired
from .test_any_migration import rows_of, written  # and the same edits


def proposed(
    file: Migrating, version: int, context: Context | None = None, catalog: Catalog | None = None
) -> Proposed:
    with open_read(file.path) as session:
        found = status(session, file.folder)
        entry = next(each for each in found.entries if each.version == version)
        return proposed_undo(session, found, entry, {}, context or Context(), catalog)


def objects(session: Session) -> dict[str, str]:
    """What the file declares, by name. RENAME writes names in quotes, so that texts are not compared to the letter."""
    return {
        row.name: row.sql for row in schema_rows(session) if row.sql and not row.name.startswith("_steward")
    }


def _same(one: str, other: str) -> bool:
    table = one.upper().startswith("CREATE TABLE")
    return same_table(one, other) if table else same_object(one, other)


def carried_out(file: Migrating, statements: Iterable[str]) -> None:
    with open_write(file.path) as session, unenforced(session), session.transaction():
        for each in statements:
            session.run(each)


@settings(
    max_examples=20,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_what_is_proposed_takes_any_edits_back(catalog: Catalog, data: st.DataObject) -> None:
    made = data.draw(schemas())
    with tempfile.TemporaryDirectory() as folder:
        file = Migrating(Path(folder), catalog, ";\n".join((*made.statements, *made.rows(2))))
        if not written(file, data, made):
            return
        (file.folder / "U0001__edit_it.sql").unlink()
        (migration,) = read_folder(file.folder, frozenset(Kind))
        with open_read(file.path) as session:
            before, rows = objects(session), rows_of(session, made)
        back = proposed(file, 1)
        assert back.notes == (() if back.statements else ("It leaves the schema as it is.",))
        script = read_script(migration, fill(migration, {}))
        carried_out(file, [each.sql for each in script.statements])
        if not back.statements:
            return
        create(file.folder, "", back.text, undo_of=1)
        (undo,) = (each for each in read_folder(file.folder, frozenset(Kind)) if each.kind is Kind.UNDO)
        carried_out(file, [each.sql for each in read_script(undo, fill(undo, {})).statements])
        with open_read(file.path) as session:
            assert rows_of(session, made) == rows
            after = objects(session)
        assert before.keys() == after.keys()
        same = {each: _same(before[each], after[each]) for each in before}
        assert all(same.values())


def test_what_does_not_come_back_is_said(clinic: Migrating) -> None:
    clinic.write(
        "V0001__much.sql",
        "ALTER TABLE visit DROP COLUMN note; DROP VIEW names; CREATE TABLE bed (id); INSERT INTO bed VALUES (1);"
        "CREATE TABLE old (id); DROP TABLE old; INSERT INTO patient VALUES (3, 'x', 1); DROP TABLE patient;",
    )
    told = proposed(clinic, 1)
    assert 'ALTER TABLE "main"."visit" ADD COLUMN note TEXT' in told.statements
    assert told.notes == (
        "What it does to rows is not taken back by these statements: add what does.",
        "The rows of “patient” do not come back with it.",
        "The values of “visit”.“note” do not come back with it.",
    )
    assert clinic.states() == {"V0001__much.sql": State.PENDING} and "note" in str(
        clinic.all("SELECT sql FROM sqlite_schema WHERE name = 'visit'")
    )


def test_of_rows_alone_there_is_nothing_to_propose(clinic: Migrating) -> None:
    clinic.write("V0001__rows.sql", "UPDATE patient SET phone = NULL;")
    assert proposed(clinic, 1).statements == ()
    assert proposed(clinic, 1).notes[-1] == "It leaves the schema as it is."


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("V0001__talk.py", "def migrate(session):\n    session.run('SELECT 1')\n", "What a program does"),
        ("V0001__place.sql", "ALTER TABLE patient ADD COLUMN x DEFAULT ${x};", "“x” has no value"),
        ("V0001__none.sql", "ALTER TABLE nobody ADD COLUMN x;", "does not run on the schema"),
        ("V0001__out.sql", "ATTACH 'other.db' AS other;", "ATTACH"),
    ],
)
def test_where_it_cannot_be_told_it_says_why(clinic: Migrating, name: str, text: str, why: str) -> None:
    clinic.write(name, text)
    told = proposed(clinic, 1)
    assert told.statements == () and why in told.notes[0]


def test_the_schema_before_is_that_of_the_restore_point(clinic: Migrating, catalog: Catalog) -> None:
    clinic.write("V0001__fax.sql", "ALTER TABLE patient ADD COLUMN fax TEXT;")
    clinic.write("V0002__mail.sql", "ALTER TABLE patient RENAME fax TO mail; DROP VIEW names;")
    clinic.apply()  # no file makes the table that they change
    clinic.write("V0003__later.sql", "CREATE TABLE later (x);")
    clinic.apply()
    first, second, third = (proposed(clinic, version, catalog=catalog) for version in (1, 2, 3))
    assert first.statements == ('ALTER TABLE "main"."patient" DROP COLUMN "fax"',)
    assert any("RENAME" in each for each in second.statements)
    assert any("CREATE VIEW names" in each for each in second.statements)
    assert third.statements == ('DROP TABLE "main"."later"',)


def test_where_its_point_is_gone_the_schema_before_is_not_made_up(
    clinic: Migrating, catalog: Catalog
) -> None:
    clinic.write("V0002__mail.sql", "ALTER TABLE patient ADD COLUMN mail TEXT;")
    clinic.apply()
    with catalog.reading() as session:
        points.find(session, clinic.history()[0].restore_point).path.unlink()
    told = proposed(clinic, 2, catalog=catalog)  # no file makes the table that it changes
    assert told.statements == () and "could not be made again" in told.notes[0]


def test_a_long_one_is_stopped(clinic: Migrating) -> None:
    clinic.write(
        "V0001__long.sql",
        "CREATE TABLE n AS WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1e9)"
        " SELECT x FROM c;",
    )
    context = Context()
    context.cancel()
    with pytest.raises(Cancelled):
        proposed(clinic, 1, context)
