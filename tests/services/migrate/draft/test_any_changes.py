"""Any changes of any tables in one list: its one file gives the schema that was shown, and one less is one less."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import Session, open_read, open_write, quote
from steward_app.db.runner import unenforced
from steward_app.db.script import split
from steward_app.kernel.errors import Refused, StewardError
from steward_app.services.migrate.draft.adding import add_division, add_table
from steward_app.services.migrate.draft.change_list import ChangeList, begun, left_by, take_away
from steward_app.services.migrate.draft.divide import Division, Partner, cannot_be_split, partners
from steward_app.services.migrate.draft.outlook import outlook, write_all
from steward_app.services.migrate.draft.read import draft_of
from steward_app.services.migrate.draft.sentences import sentence_of, title_of
from steward_app.services.migrate.edit.model import MergeTable, SplitTable
from steward_app.services.migrate.edit.write import write
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table, TableKind

from ..any_edits import texts  # noqa: TID252  the same reading of a file
from ..desired.generated import Made, schemas  # noqa: TID252  the same schemas as for what is desired
from .test_any_draft import changed

NOWHERE = Path("none")


def one_more(session: Session, changes: ChangeList, number: int, data: st.DataObject) -> ChangeList:
    """The changes with one more of a table as they leave it, where nothing is in the way."""
    with left_by(session, changes) as empty:
        schema = read_schema(empty)
    tables = [table for table in schema.tables if table.kind is TableKind.TABLE and not table.ours]
    tables.sort(key=lambda each: each.name)
    halves = {each.table for each in changes.shown if isinstance(each, SplitTable)}
    halves |= {each.into for each in changes.shown if isinstance(each, SplitTable)}
    pointed = [each for each in tables if each.name not in halves and mergeable(schema, each)]
    table = data.draw(st.sampled_from(pointed if pointed and data.draw(st.booleans()) else tables))
    if table in pointed and data.draw(st.booleans()):
        other = data.draw(st.sampled_from(mergeable(schema, table)))
        names = tuple((each.name, f"{each.name}_{number}") for each in other.table.columns)
        edit: Division = MergeTable(
            table.name,
            other.table.name,
            other.key,
            tuple(each for each in names if each[0] != other.key),
            complete=data.draw(st.booleans()),
        )
        found = add_division(session, changes, edit)
    elif not cannot_be_split(table) and data.draw(st.integers(0, 2)) == 0:
        columns = [column.name for column in table.columns if not column.key_position]
        edit = SplitTable(table.name, f"half{number}", (data.draw(st.sampled_from(columns)),), f"of{number}")
        found = add_division(session, changes, edit)
    else:
        base = draft_of(schema, table)
        draft = data.draw(changed(base, number)) if base.columns else base
        found = add_table(session, changes, base, draft)
    return found if isinstance(found, ChangeList) else changes


def mergeable(schema: Schema, table: Table) -> list[Partner]:
    """What can be merged into a table."""
    return [each for each in partners(schema, table) if not each.why_not]


def shown(schema: Schema) -> dict[str, str]:
    """The text of every object of a schema."""
    found: dict[str, str] = {}
    for table in schema.tables:
        own = [table, *table.indexes, *table.triggers]
        found |= {each.name: each.sql for each in own if each.sql and not each.name.startswith("sqlite_")}
    return found


@settings(max_examples=25)
@given(schemas(), st.data())
def test_the_file_gives_what_was_shown_and_one_can_be_taken_away(schema: Made, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = a_database(Path(folder)).with_sql(*schema.statements, *schema.rows(2), *beside(schema)).build()
        one_list(path, data)


def beside(schema: Made) -> tuple[str, str]:
    """A table of which a row belongs to each row of another one, and which may be merged into it."""
    into = quote(min(schema.columns))
    return (
        f"CREATE TABLE beside(of INTEGER PRIMARY KEY REFERENCES {into}(id), extra TEXT NOT NULL, "
        "more INT CHECK (more > 0))",
        f"INSERT INTO beside SELECT id, 'x', 7 FROM {into}",
    )


def one_list(path: Path, data: st.DataObject) -> None:
    """Some changes of a file, made as their one file says."""
    with open_read(path) as session:
        changes = begun(session)
        for number in range(data.draw(st.integers(2, 5))):
            changes = one_more(session, changes, number, data)
        if not changes.parts:
            return
        found = outlook(session, changes, NOWHERE)
        assert found.problems == ()
        new = write_all(session, changes, path.parent / "migrations", title_of(changes.shown))
        if isinstance(new, tuple):  # values that other ones were to become, which a later one wants
            return
        one_less(session, changes, data.draw(st.integers(0, len(changes.shown) - 1)))
    before = texts(path)
    try:
        with open_write(path) as session, unenforced(session), session.transaction():
            for statement in split(new.text):
                session.run(statement.sql)
    except StewardError:  # rows that a new rule does not take
        assert texts(path) == before
        return
    assert texts(path) == shown(found.schema)


def one_less(session: Session, changes: ChangeList, number: int) -> None:
    """One is taken away, or it is said which later one needs it."""
    without = [*changes.shown[:number], *changes.shown[number + 1 :]]
    try:
        left = take_away(session, changes, number)
    except Refused as refused:
        assert refused.hint.startswith("Nothing was changed.")
        later = enumerate(changes.shown[number + 1 :], number + 2)
        told = [
            f"Change {at} of the list needs change {number + 1}: {sentence_of(edit)}." for at, edit in later
        ]
        assert refused.message in told or refused.message.startswith("What comes later in the list needs")
        return
    assert list(left.shown) == without
    assert outlook(session, left, NOWHERE).statements == write(session, left.edits).statements
