"""Rows that came, changed and went, counted by key with value and storage class."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app import db
from steward_app.db.difference import Difference, beside, compare_rows
from steward_app.kernel.values import SqlValue

NAME = 'vi"sit\n'


def build(folder: Path, name: str, columns: str, rows: list[tuple[SqlValue, ...]]) -> Path:
    return a_database(folder, name).with_table(NAME, columns, rows=rows).build()


def differ(before: Path, after: Path, key: tuple[str, ...], columns: tuple[str, ...]) -> Difference:
    with db.open_read(after) as session, beside(session, before):
        return compare_rows(session, NAME, key, columns)


@pytest.mark.parametrize(
    ("old", "new"),
    [(1, 1.0), (1, "1"), ("a", b"a"), (None, ""), (None, 0), ("a", "A"), ("a", "a "), (0.5, "0.5")],
)
def test_what_only_looks_alike_differs(tmp_path: Path, old: SqlValue, new: SqlValue) -> None:
    columns = "id INTEGER PRIMARY KEY, x COLLATE NOCASE"
    before = build(tmp_path, "before.db", columns, [(1, old), (2, "same")])
    after = build(tmp_path, "after.db", columns, [(1, new), (2, "same")])
    assert differ(before, after, ("id",), ("id", "x")) == Difference(updated=1)
    assert differ(before, after, ("id",), ("id",)) == Difference()


def test_a_composite_key_without_a_rowid(tmp_path: Path) -> None:
    columns = "a, b, x, PRIMARY KEY (a, b)"
    for suffix in ("", " WITHOUT ROWID"):
        place = tmp_path / (suffix.strip() or "rowid")
        place.mkdir()
        made = [
            a_database(place, name)
            .with_sql(f"CREATE TABLE {db.quote(NAME)} ({columns}){suffix}")
            .with_rows(NAME, rows)
            for name, rows in (
                ("before.db", [("p", 1, "x"), ("p", 2, "x"), ("q", 1, "x")]),
                ("after.db", [("p", 1, "y"), ("q", 1, "x"), ("q", 2, "x"), ("q", 3, "x")]),
            )
        ]
        before, after = (builder.build() for builder in made)
        assert differ(before, after, ("a", "b"), ("a", "b", "x")) == Difference(2, 1, 1)


VALUES = st.sampled_from([None, 0, 1, 1.0, "1", "a", "A", b"a", ""])
ROWS = st.dictionaries(st.integers(1, 6), VALUES, max_size=6)


@given(before=ROWS, after=ROWS)
@settings(max_examples=30, deadline=None)
def test_counts_are_those_of_python(
    before: dict[int, SqlValue], after: dict[int, SqlValue], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("pair")
    paths = [build(folder, f"{number}.db", "x", []) for number in (1, 2)]
    for path, rows in zip(paths, (before, after), strict=True):
        with db.open_write(path) as session, session.transaction():
            session.run_many(f"INSERT INTO {db.quote(NAME)} (rowid, x) VALUES (?, ?)", list(rows.items()))
    changed = [key for key in before.keys() & after.keys() if repr(before[key]) != repr(after[key])]
    expected = Difference(len(after.keys() - before.keys()), len(changed), len(before.keys() - after.keys()))
    assert differ(paths[0], paths[1], ("rowid",), ("x",)) == expected


def test_the_earlier_file_is_let_go(tmp_path: Path) -> None:
    before = build(tmp_path, "before.db", "x", [(1,)])
    after = build(tmp_path, "after.db", "x", [(1,)])
    with db.open_read(after) as session:
        for _ in range(5):
            with beside(session, before):
                session.count(f"SELECT count(*) FROM {db.quote(NAME)}")
        assert len(session.all("PRAGMA database_list")) == 1


@pytest.mark.parametrize("width", [500, 501, 1_999])
def test_tables_of_any_width(tmp_path: Path, width: int) -> None:
    names = tuple(f"c{at}" for at in range(width))
    columns = ", ".join(("id INTEGER PRIMARY KEY", *names))
    rows: list[tuple[SqlValue, ...]] = [(n, *(0,) * width) for n in (1, 2)]
    before = build(tmp_path, "before.db", columns, rows)
    after = build(tmp_path, "after.db", columns, [rows[0], (*rows[1][:-1], 1)])
    assert differ(before, after, ("id",), names) == Difference(updated=1)


def test_a_key_of_any_width(tmp_path: Path) -> None:
    names = tuple(f"c{at}" for at in range(1_100))
    columns = f"{', '.join(names)}, PRIMARY KEY ({', '.join(names)})"
    before = build(tmp_path, "before.db", columns, [(0,) * 1_100, (1,) * 1_100])
    after = build(tmp_path, "after.db", columns, [(0,) * 1_100, (2,) * 1_100])
    assert differ(before, after, names, names) == Difference(inserted=1, deleted=1)
