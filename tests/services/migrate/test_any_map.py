"""Any edits of any schema on one map: each column, table and link has the mark of what became of it, and no other."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.db import open_read
from steward_app.db.names import fold
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.edit.model import RenameTable
from steward_app.services.migrate.rehearsal.map import drawn_together
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.schema.diff_model import ChangeKind
from steward_app.services.schema.erd.build import build
from steward_app.services.schema.erd.model import Box, Diagram, Link
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

from .any_edits import Walk, apply, edit, walk
from .desired.generated import Made, schemas


def schema_of(at: Walk) -> Schema:
    with open_read(at.path) as session:
        return read_schema(session, Context())


def edited(data: st.DataObject, at: Walk) -> dict[str, str]:
    """Edit a file; gives what each table was called, by its name now."""
    origin = {name: name for name in at.tables}
    for _ in range(data.draw(st.integers(1, 5))):
        one = edit(data, at)
        try:
            apply(at.path, one)
        except StewardError:
            continue
        at.take(one)
        if isinstance(one, RenameTable):
            origin[one.name] = origin.pop(one.table)
    return origin


def renames(at: Walk, origin: dict[str, str]) -> list[Renamed]:
    tables = [Renamed("", was, now) for now, was in origin.items() if was != now]
    columns = [
        Renamed(came_from[0], came_from[1], now)
        for names in at.tables.values()
        for now, came_from in names.items()
        if came_from is not None and came_from[1] != now
    ]
    return [*tables, *columns]


def kinds(box: Box, kind: ChangeKind) -> set[str]:
    return {row.name for row in box.rows if row.column and row.mark and row.mark.kind is kind}


def ends(link: Link) -> tuple[str, ...]:
    return (link.child, *link.child_columns, link.parent, *link.parent_columns)


def check_links(found: Diagram, old: Schema, new: Schema) -> None:
    """Every link of both schemas is drawn once, between boxes that are there."""
    boxes = {box.table for box in found.boxes}
    assert len({link.id for link in found.links}) == len(found.links)
    assert {name for link in found.links for name in (link.child, link.parent)} <= boxes
    gone = [link for link in found.links if link.mark and link.mark.kind is ChangeKind.REMOVED]
    came = [link for link in found.links if link.mark and link.mark.kind is ChangeKind.ADDED]
    there = [link for link in found.links if link not in gone]
    assert sorted(map(ends, there)) == sorted(map(ends, build(new).links))
    assert len(found.links) - len(came) == len(build(old).links)


@settings(max_examples=50)
@given(schemas(), st.data())
def test_each_has_the_mark_of_what_became_of_it(schema: Made, data: st.DataObject) -> None:
    with walk(schema) as at:
        old = schema_of(at)
        origin = edited(data, at)
        new = schema_of(at)
        names = Names(renames(at, origin), old, new)
        diff = names.compare(old, new)
        found = drawn_together(old, new, names, diff)
        if not found.boxes:
            assert not any(change.subject.kind not in ("view", "trigger") for change in diff.changes)
            return
        boxes = {box.table: box for box in found.boxes}
        told = {fold(change.subject.table) for change in diff.changes}
        for table in new.tables:
            if table.name not in at.tables:
                continue
            box, was = boxes[table.name], old.table(origin[table.name])
            assert was is not None
            before = {column.name for column in was.columns if not column.hidden}
            kept = {names.column(was.name, name) for name in before}
            after = {column.name for column in table.columns if not column.hidden}
            assert kinds(box, ChangeKind.ADDED) == after - kept
            assert kinds(box, ChangeKind.REMOVED) == {
                name for name in before if names.column(was.name, name) not in after
            }
            other = {row.name: row.mark.was for row in box.rows if row.mark and row.mark.was and row.column}
            assert other == {
                names.column(was.name, name): name for name in before if names.column(was.name, name) != name
            }
            if table.name == was.name and fold(table.name) not in told:
                assert box.mark is None and box.rows == ()
            assert (box.mark.was if box.mark else "") == (was.name if was.name != table.name else "")
        check_links(found, old, new)
