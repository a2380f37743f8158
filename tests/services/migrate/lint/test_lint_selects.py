"""What a plain query takes: each item without the name that it gets."""

from __future__ import annotations

import pytest

from steward_app.services.migrate.lint.selects import Item, read_select


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("upper(kind) kind", Item("upper(kind)")),
        ("upper(kind) AS kind", Item("upper(kind)")),
        ("n * 2 total", Item("n * 2")),
        ("'x' kind", Item("'x'")),
        ("a || b both", Item("a || b")),
        ("CASE n WHEN 1 THEN 2 END n", Item("CASE n WHEN 1 THEN 2 END")),
        ("n IS NULL empty", Item("n IS NULL")),
        ("t.kind sort", Item("t.kind", "kind")),
        ('"kind" "sort"', Item('"kind"', "kind")),
        ("kind", Item("kind", "kind")),
        ("kind COLLATE nocase", Item("kind COLLATE nocase")),
        ("NOT n", Item("NOT n")),
        ("n IS NULL", Item("n IS NULL")),
        ("n ISNULL", Item("n ISNULL")),
        ("CASE n WHEN 1 THEN 2 END", Item("CASE n WHEN 1 THEN 2 END")),
        ("a AND b", Item("a AND b")),
        ("-n", Item("-n")),
    ],
)
def test_an_item_is_read_without_its_name(text: str, expected: Item) -> None:
    select = read_select(f"SELECT {text} FROM t WHERE n > 1")
    assert select is not None
    assert select.items == (expected,)
