"""A column that says when its row was last changed, whoever changes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import a_database
from builders.recipes import add, rows
from builders.writers import NAMES, shell_is_there, writer
from steward_app.catalog import Catalog, open_catalog
from steward_app.services.audit.recipes import UpdatedAt

OLD = "2001-01-01T00:00:00.000Z"


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    with open_catalog() as catalog:
        yield catalog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "visit", "id INTEGER PRIMARY KEY, note TEXT COLLATE NOCASE, n", rows=[(1, "a", 1), (2, "b", 2)]
        )
        .build()
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("recursive", [0, 1])
def test_every_change_is_stamped(catalog: Catalog, path: Path, name: str, recursive: int) -> None:
    if name == "shell" and not shell_is_there():
        pytest.skip("the sqlite3 shell is not installed")
    add(catalog, path, UpdatedAt("visit"))
    assert rows(path, "SELECT DISTINCT updated_at FROM visit") == [(None,)]
    with writer(name) as other:
        other.write(
            path,
            [
                f"PRAGMA recursive_triggers = {recursive}",
                "PRAGMA trusted_schema = 0",
                "INSERT INTO visit (id, note) VALUES (3, 'c')",
                f"INSERT INTO visit (id, note, updated_at) VALUES (4, 'd', '{OLD}'), (5, 'e', '{OLD}'), (6, 'f', '{OLD}')",
                "UPDATE visit SET note = 'B' WHERE id = 2",
                "UPDATE visit SET note = note WHERE id = 4",
                "UPDATE visit SET n = 1.0 WHERE id = 1",
                "UPDATE visit SET note = 'own', updated_at = 'own' WHERE id = 5",
                "INSERT INTO visit (id, note) VALUES (6, 'g') ON CONFLICT DO UPDATE SET note = excluded.note",
            ],
        )
    found = dict(rows(path, "SELECT id, updated_at FROM visit"))  # type: ignore[arg-type]
    assert (found[4], found[5]) == (OLD, "own")
    for stamped in (1, 2, 3, 6):
        assert rows(
            path,
            "SELECT abs(julianday(updated_at) - julianday('now')) < 0.01, updated_at GLOB '20*T*.???Z'"
            f" FROM visit WHERE id = {stamped}",
        ) == [(1, 1)], stamped
