"""Rows that are marked as deleted with what belongs to them, and brought back with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import a_database
from builders.recipes import add, rows
from builders.writers import NAMES, shell_is_there, writer
from steward_app.catalog import Catalog, open_catalog
from steward_app.services.audit.recipes import SoftDelete


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    with open_catalog() as catalog:
        yield catalog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Customers with orders with lines; a line has an article, too; customers recommend each other; notes guard."""
    return (
        a_database(tmp_path, "shop.db")
        .with_table(
            "customer",
            "id INTEGER PRIMARY KEY, name TEXT UNIQUE, sponsor INTEGER REFERENCES customer ON DELETE CASCADE",
            rows=[(1, "a", None), (2, "b", 1), (3, "c", 2), (4, "d", None), (5, "e", 5)],
        )
        .with_table("article", "id INTEGER PRIMARY KEY, name TEXT", rows=[(1, "x"), (2, "y")])
        .with_table(
            "order",
            "id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer ON DELETE CASCADE",
            rows=[(10, 1), (20, 2), (30, 3), (40, 4)],
        )
        .with_table(
            "line",
            'o INTEGER REFERENCES "order" ON DELETE CASCADE, n INTEGER,'
            " article INTEGER REFERENCES article ON DELETE CASCADE, PRIMARY KEY (o, n)",
            rows=[(10, 1, 1), (10, 2, 2), (20, 1, 1), (30, 1, 1), (40, 1, 1), (40, 2, 2)],
        )
        .with_table("note", "id INTEGER PRIMARY KEY, article INTEGER REFERENCES article", rows=[(1, 2)])
        .build()
    )


def live(path: Path, table: str, key: str = "id") -> list[object]:
    return [row[0] for row in rows(path, f'SELECT {key} FROM "{table}" WHERE deleted_at IS NULL ORDER BY 1')]


LINES = "o || '.' || n"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("switches", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_what_belongs_to_a_row_goes_and_comes_with_it(
    catalog: Catalog, path: Path, name: str, switches: tuple[int, int]
) -> None:
    if name == "shell" and not shell_is_there():
        pytest.skip("the sqlite3 shell is not installed")
    add(catalog, path, SoftDelete("customer"))
    before = [
        f"PRAGMA recursive_triggers = {switches[0]}",
        f"PRAGMA foreign_keys = {switches[1]}",
        "PRAGMA trusted_schema = 0",
    ]
    with writer(name) as other:
        other.write(path, [*before, "DELETE FROM line WHERE o = 20", "DELETE FROM customer WHERE id = 1"])
        assert live(path, "customer") == [4, 5]
        assert live(path, "order") == [40]
        assert live(path, "line", LINES) == ["40.1", "40.2"]
        assert rows(path, "SELECT count(*) FROM customer") == [(5,)]
        other.write(
            path, [*before, "DELETE FROM customer", "UPDATE customer SET deleted_at = NULL WHERE id = 1"]
        )
        assert live(path, "customer") == [1, 2, 3]
        assert live(path, "order") == [10, 20, 30]
        assert live(path, "line", LINES) == ["10.1", "10.2", "30.1"]
        other.write(path, [*before, "UPDATE line SET deleted_at = NULL WHERE o = 20"])
        assert live(path, "line", LINES) == ["10.1", "10.2", "20.1", "30.1"]
        assert rows(
            path, "SELECT count(*) FROM line WHERE deleted_at IS NULL AND deleted_at_via IS NOT NULL"
        ) == [(0,)]
