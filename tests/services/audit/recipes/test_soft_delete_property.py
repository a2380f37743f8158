"""Whatever was deleted and brought back before: what is deleted with a row comes back with it, exactly."""

from __future__ import annotations

from collections.abc import Iterator

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.recipes import add
from steward_app.catalog import open_catalog
from steward_app.services.audit.recipes import Form, SoftDelete

TABLES = {"shop": [], "customer": ["shop", "customer"], "article": ["shop"], "line": ["customer", "article"]}
"""What each table of the family points to."""
ROWS = 6
Row = tuple[str, int]
State = dict[Row, tuple[object, object]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bytes]:
    folder = tmp_path_factory.mktemp("family")
    builder = a_database(folder, "shop.db")
    for name, parents in TABLES.items():
        links = "".join(f", {each} INTEGER REFERENCES {each} ON DELETE CASCADE" for each in parents)
        builder.with_table(name, f"id INTEGER PRIMARY KEY{links}")
    path = builder.build()
    with open_catalog(folder) as catalog:
        add(catalog, path, SoftDelete("shop", form=Form.UNIX))
    yield path.read_bytes()


rows = st.tuples(st.sampled_from(sorted(TABLES)), st.integers(1, ROWS))
links = st.lists(st.tuples(rows, st.integers(0, 1), st.none() | st.integers(1, ROWS)), max_size=30)


@settings(max_examples=40, deadline=None)
@given(links=links, before=st.lists(rows, max_size=8), row=rows, recursive=st.booleans(), keys=st.booleans())
def test_what_goes_together_comes_back_together(
    made: bytes,
    tmp_path_factory: pytest.TempPathFactory,
    links: list[tuple[Row, int, int | None]],
    before: list[Row],
    row: Row,
    recursive: bool,
    keys: bool,
) -> None:
    path = tmp_path_factory.getbasetemp() / "family.db"
    path.write_bytes(made)
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA recursive_triggers = {int(recursive)}")
    connection.execute(f"PRAGMA foreign_keys = {int(keys)}")
    _fill(connection, links)
    for table, number in before:
        if (table, number) in _free_to_come_back(connection):
            connection.execute(f"UPDATE {table} SET deleted_at = NULL WHERE id = {number}")
        else:
            connection.execute(_gone(table, number, recursive))
        assert not _live_below_deleted(connection)
    state, (table, number) = _state(connection), row
    connection.execute(_gone(table, number, recursive))
    assert not _live_below_deleted(connection)
    if state[row][0] is None:
        assert _state(connection)[row][0] is not None
        connection.execute(f"UPDATE {table} SET deleted_at = NULL WHERE id = {number}")
    assert _state(connection) == state
    connection.close()


def _gone(table: str, number: int, recursive: bool) -> str:
    """What deletes a row softly, for a program with or without `recursive_triggers`."""
    if recursive:
        return f"UPDATE {table} SET deleted_at = 1 WHERE id = {number} AND deleted_at IS NULL"
    return f"DELETE FROM {table} WHERE id = {number}"


def _fill(connection: apsw.Connection, links: list[tuple[Row, int, int | None]]) -> None:
    for table in TABLES:
        connection.execute(
            f"INSERT INTO {table} (id) VALUES {', '.join(f'({n})' for n in range(1, ROWS + 1))}"
        )
    for (table, number), which, parent in links:
        parents = TABLES[table]
        if parents:
            name = parents[which % len(parents)]
            connection.execute(f"UPDATE {table} SET {name} = ? WHERE id = ?", (parent, number))


def _state(connection: apsw.Connection) -> State:
    found: State = {}
    for table in TABLES:
        via = "deleted_at_via" if TABLES[table] else "NULL"
        for number, at, link in connection.execute(f"SELECT id, deleted_at IS NULL, {via} FROM {table}"):
            found[table, int(str(number))] = (None if at else "deleted", link)
    return found


def _parents(connection: apsw.Connection) -> Iterator[tuple[Row, Row]]:
    for table, parents in TABLES.items():
        for name in parents:
            for child, parent in connection.execute(
                f"SELECT id, {name} FROM {table} WHERE {name} IS NOT NULL"
            ):
                yield (table, int(str(child))), (name, int(str(parent)))


def _live_below_deleted(connection: apsw.Connection) -> list[tuple[Row, Row]]:
    state = _state(connection)
    return [
        (child, parent)
        for child, parent in _parents(connection)
        if state[child][0] is None and state[parent][0] is not None
    ]


def _free_to_come_back(connection: apsw.Connection) -> set[Row]:
    """Rows that were deleted by themselves, and have no parent that is deleted."""
    state = _state(connection)
    held = {
        child for child, parent in _parents(connection) if child != parent and state[parent][0] is not None
    }
    return {row for row, (deleted, via) in state.items() if deleted and via is None and row not in held}
