"""Paging by key gives the rows a full sort gives, whatever is in them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app import db
from steward_app.kernel.values import SqlValue
from steward_app.services.rows.model import Page, Sort
from steward_app.services.rows.page import Grid
from steward_app.services.rows.source import Source, source_of
from steward_app.services.schema.introspect import read_schema

_TABLES = {
    "rowid": "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT COLLATE NOCASE, c REAL)",
    "hidden rowid": "CREATE TABLE t (id INTEGER, a, b TEXT COLLATE NOCASE, c REAL)",
    "without rowid": "CREATE TABLE t (id INTEGER, a, b TEXT COLLATE NOCASE, c REAL, PRIMARY KEY (c DESC, id)) "
    "WITHOUT ROWID",
}
_INDEXES = ["CREATE INDEX ia ON t (a)", "CREATE INDEX ib ON t (b DESC)", "CREATE INDEX iab ON t (a, b)"]

_values: st.SearchStrategy[SqlValue] = st.one_of(
    st.none(),
    st.integers(-3, 3),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([0.0, -0.5, 1.0, 2.5, 1e300, float("inf"), float("-inf"), 9007199254740993.0]),
    st.sampled_from(["", "a", "A", "b", "B ", "ä", "Ä", "10", "x\x00y", "\U0001f600"]),
    st.sampled_from([b"", b"a", b"\x00\xff", b"B"]),
)
_texts = st.one_of(st.none(), st.sampled_from(["a", "A", "b", "B", "é", "É", "ab", "Ab "]))
_encodings = st.sampled_from(["UTF-8", "UTF-8", "UTF-16le", "UTF-16be"])
_rows = st.lists(st.tuples(_values, _texts), max_size=30)
_sorts = st.lists(
    st.builds(Sort, st.sampled_from(["a", "b", "c", "id"]), st.booleans()),
    max_size=2,
    unique_by=lambda s: s.column,
)


@contextmanager
def _file(
    table: str, rows: list[tuple[SqlValue, SqlValue]], indexes: list[str], encoding: str
) -> Iterator[tuple[db.ReadSession, Source]]:
    with tempfile.TemporaryDirectory() as folder:
        full = [(number, a, b, float(number % 3)) for number, (a, b) in enumerate(rows, 1)]
        builder = a_database(Path(folder)).with_pragma(f"encoding = '{encoding}'")
        path = builder.with_sql(table, *indexes).with_rows("t", full).build()
        with db.open_read(path) as session:
            schema = read_schema(session)
            found = schema.table("t")
            assert found is not None
            yield session, source_of(found)


def _all_forward(grid: Grid) -> list[Page]:
    pages = [grid.first_page()]
    while pages[-1].has_after:
        pages.append(grid.page_after(pages[-1]))
    return pages


def _all_backward(grid: Grid) -> list[Page]:
    pages = [grid.last_page()]
    while pages[-1].has_before:
        pages.append(grid.page_before(pages[-1]))
    return pages[::-1]


def _ids(pages: list[Page]) -> list[object]:
    return [row[0] for page in pages for row in page.rows]


@pytest.mark.parametrize("kind", _TABLES)
@settings(max_examples=40, deadline=None)
@given(
    rows=_rows,
    sorts=_sorts,
    indexed=st.booleans(),
    size=st.integers(1, 7),
    prepared=st.booleans(),
    encoding=_encodings,
)
def test_pages_give_what_a_full_sort_gives(
    kind: str,
    rows: list[tuple[SqlValue, SqlValue]],
    sorts: list[Sort],
    indexed: bool,
    size: int,
    prepared: bool,
    encoding: str,
) -> None:
    with _file(_TABLES[kind], rows, _INDEXES if indexed else [], encoding) as (session, source):
        grid = Grid(session, source, columns=["id"], sort=sorts, page_rows=size)
        if prepared:
            grid.prepare()
        forward = _all_forward(grid)
        assert _ids(forward) == _ids(_all_backward(grid))
        assert sorted(map(int, map(str, _ids(forward)))) == list(range(1, len(rows) + 1))
        # SQLite's own sort agrees as far as it decides; the key decides the rest, so any stable order is one of them
        terms = ", ".join(f"{s.column}{' DESC' if s.descending else ''}" for s in sorts)
        ranks = f"SELECT id, dense_rank() OVER (ORDER BY {terms}) FROM t" if terms else "SELECT id, 1 FROM t"
        rank = dict(session.all(ranks))
        found = [rank[id_] for id_ in _ids(forward)]  # type: ignore[index]
        assert found == sorted(found)  # type: ignore[type-var]
        numbers = [page.first_row for page in forward if page.rows]
        assert numbers == list(range(1, len(rows) + 1, size))
        assert all(page.exact for page in forward)


@settings(max_examples=40, deadline=None)
@given(rows=_rows, sorts=_sorts, indexed=st.booleans(), size=st.integers(1, 7), encoding=_encodings)
def test_any_row_can_be_jumped_to(
    rows: list[tuple[SqlValue, SqlValue]], sorts: list[Sort], indexed: bool, size: int, encoding: str
) -> None:
    with _file(_TABLES["rowid"], rows, _INDEXES if indexed else [], encoding) as (session, source):
        grid = Grid(session, source, columns=["id"], sort=sorts, page_rows=size)
        order = _ids(_all_forward(grid))
        for place, id_ in enumerate(order, 1):
            key = grid.locate(("id",), (id_,))  # type: ignore[arg-type]
            assert key is not None
            page = grid.page_from(key)
            assert [row[0] for row in page.rows] == order[place - 1 : place - 1 + size]
            assert (page.first_row, page.exact) == (place, True)
            assert page.has_before is (place > 1)
            again = grid.page_at(place)
            assert (again.rows, again.first_row) == (page.rows, place)
