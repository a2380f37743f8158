"""Any edits of any schema: rows are kept, what no edit is about stays byte for byte, and the way back leads back."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.db import open_read, open_write
from steward_app.kernel.errors import StewardError
from steward_app.kernel.values import Row
from steward_app.services.migrate.desired.diff import way_back
from steward_app.services.migrate.desired.letters import remarks_of_way_back
from steward_app.services.migrate.edit.model import SetPrimaryKey
from steward_app.services.migrate.edit.write import write

from .any_edits import Walk, apply, counters, definition, edit, run, texts, values, walk
from .desired.generated import Made, schemas
from .desired.walking import found as what_is_left


def as_number(row: Row) -> tuple[object, ...]:
    """A row whose value may have been converted: its key, and what the value counts."""
    _, key, _, value = row
    return key, None if value is None else float(str(value))


def check_kept(at: Walk, before: dict[tuple[str, str], list[Row]]) -> None:
    """Every column that is still there has the values it had."""
    for came_from, rows in values(at).items():
        was = before[came_from]
        if came_from in at.retyped:
            assert list(map(as_number, rows)) == list(map(as_number, was)), came_from
        elif came_from[0] in at.renumbered:
            assert [row[1:] for row in rows] == [row[1:] for row in was], came_from
        else:
            assert rows == was, came_from


def check_untouched(at: Walk, was: dict[str, str]) -> None:
    """What no edit is about stands there as it stood; a renaming goes through everything and is left out here."""
    if at.renamed:
        return
    now = texts(at.path)
    edited = {each.table for each in at.edits}
    assert {name: sql for name, sql in now.items() if name not in edited} == {
        name: sql for name, sql in was.items() if name not in edited
    }
    for name in edited:
        for column, came_from in at.tables[name].items():
            if came_from is not None and came_from not in at.touched:
                assert definition(now[name], column) == definition(was[name], column)


@settings(max_examples=40)
@given(schemas(), st.data())
def test_rows_and_what_is_not_edited_stay(schema: Made, data: st.DataObject) -> None:
    with walk(schema) as at:
        before, was, given_numbers = values(at), texts(at.path), counters(at.path)
        for _ in range(data.draw(st.integers(1, 4))):
            one = edit(data, at)
            bytes_before = texts(at.path)
            try:
                apply(at.path, one)
            except StewardError:
                assert texts(at.path) == bytes_before  # what SQLite does not accept changes nothing
                continue
            at.take(one)
        check_kept(at, before)
        check_untouched(at, was)
        if not any(isinstance(each, SetPrimaryKey) for each in at.edits):
            assert sorted(map(str, counters(at.path).values())) == sorted(map(str, given_numbers.values()))
        with open_read(at.path) as session:
            assert session.all("PRAGMA integrity_check") == [("ok",)]


@settings(max_examples=25)
@given(schemas(), st.data())
def test_edits_at_once_are_those_one_by_one_and_lead_back(schema: Made, data: st.DataObject) -> None:
    with walk(schema) as at:
        start, once = at.path.with_name("start.db"), at.path.with_name("once.db")
        for copy in (start, once):
            shutil.copyfile(at.path, copy)
        for _ in range(data.draw(st.integers(1, 4))):
            one = edit(data, at)
            try:
                apply(at.path, one)
            except StewardError:
                continue
            at.take(one)
        with open_read(start) as session:
            back = way_back(session, at.edits)
            told = remarks_of_way_back(session, write(session, at.edits).statements, back)
        apply(once, *at.edits)
        assert what_is_left(once, at.path).nothing
        together = Walk(once, at.tables)
        check_same(values(together), values(at), at.retyped, without_rowid(start))
        if back is not None:
            check_way_back(together, start, back, schema)
            check_letters(texts(start), texts(once), "\n".join(told))


def check_same(
    once: dict[tuple[str, str], list[Row]],
    by_one: dict[tuple[str, str], list[Row]],
    retyped: Collection[tuple[str, str]],
    unnumbered: Collection[str],
) -> None:
    """The values are the same; where types follow each other, what was REAL for a moment may be written as 20.0.

    Rows that had no number get one in the order of the key, which is another one where the key was changed before.
    """
    assert once.keys() == by_one.keys()
    for came_from, rows in once.items():
        others = by_one[came_from]
        if came_from[0] in unnumbered:
            rows, others = ([(None, *row[1:]) for row in some] for some in (rows, others))
        if came_from in retyped:
            assert list(map(as_number, rows)) == list(map(as_number, others)), came_from
        else:
            assert rows == others, came_from


def without_rowid(path: Path) -> set[str]:
    """The tables whose rows have no number."""
    with open_read(path) as session:
        rows = session.all("SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr")
    return {str(name) for (name,) in rows}


def check_letters(before: dict[str, str], after: dict[str, str], told: str) -> None:
    """The texts are the same again, or the file that takes back says of which they are not."""
    assert before.keys() == after.keys()
    for name, text in before.items():
        differs = text != after[name]
        assert differs == (f"“{name}”: " in told), (text, after[name], told)


def check_way_back(at: Walk, start: Path, back: tuple[str, ...], schema: Made) -> None:
    """The way back leads to the schema there was, and every value is where it was."""
    with open_write(at.path) as session:
        run(session, back)
    assert what_is_left(at.path, start).nothing
    names = {t: {c: (t, c) for c in columns} for t, columns in schema.columns.items()}
    there, here = values(Walk(start, names)), values(Walk(at.path, names))
    assert {key: list(map(as_number, rows)) for key, rows in here.items()} == {
        key: list(map(as_number, rows)) for key, rows in there.items()
    }
