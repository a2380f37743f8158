"""A table that is written anew by hand: the values that its copy does not take as they are are counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench

STOCK = (
    "CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT, n INT, price REAL, note)",
    "INSERT INTO stock VALUES (1, 'a1', 5, 1.5, NULL), (2, '007', 5, 2.0, 'x'), (3, '12', NULL, 3.25, 7),"
    " (4, NULL, 8, NULL, x'41')",
)
ANEW = (
    "CREATE TABLE fresh ({columns}); INSERT INTO fresh {into} SELECT {items} FROM stock {where};"
    " DROP TABLE stock; ALTER TABLE fresh RENAME TO stock;"
)
COLUMNS = "id INTEGER PRIMARY KEY, code TEXT, n INT, price REAL, note"


def told(where: Path, text: str) -> dict[str, int | None]:
    """What the copy changes: the title of each finding up to what the values become, and how many there are."""
    found = Bench(where, *STOCK).write(text).problems("copied_otherwise")
    assert all(each.finding.severity == "warning" for each in found)
    return {each.finding.title.partition(":")[0]: each.finding.count for each in found}


@pytest.mark.parametrize(
    ("columns", "items", "expected"),
    [
        (COLUMNS, "id, substr(code, 1, 1), n, price, note", {"3 values of “code”": 3}),
        (COLUMNS, "id, CASE WHEN n > 5 THEN code END, n, price, note", {"3 values of “code”": 3}),
        (COLUMNS, "id, code, n, round(price), note", {"2 values of “price”": 2}),
        (COLUMNS, "id, code, n * 2, price, CAST(note AS TEXT)", {"3 values of “n”": 3, "2 values of “note”": 2}),
        (COLUMNS, "id + 10, code, n, price, note", {"4 values of “id”": 4}),
        (COLUMNS, "id, coalesce(code, ''), coalesce(n, 0), price, note", {}),
        (COLUMNS, "id, trim(code), n, price, note", {}),
        (COLUMNS.replace("code TEXT", "code INTEGER"), "id, CAST(code AS INTEGER), n, price, note",
         {"2 values of “code”": 2}),
        (COLUMNS.replace("n INT", "n TEXT"), "id, code, CAST(n AS TEXT), price, note", {}),
        (COLUMNS.replace("n INT", "n REAL"), "id, code, n * 1.0, price, note", {}),
        (COLUMNS.replace("price REAL", "price TEXT"), "id, code, n, CAST(price AS INTEGER), note",
         {"3 values of “price”": 3}),
        (COLUMNS, "id, code, round(n), price, note", {}),
        (COLUMNS.replace("n INT", "n NUMERIC"), "id, code, round(n, 1), price, note", {}),
        (COLUMNS.replace("price REAL", "price INTEGER"), "id, code, n, round(price), note", {"2 values of “price”": 2}),
        (f"{COLUMNS}, was TEXT", "id, upper(code), n, price, note, code", {}),
    ],
)  # fmt: skip
def test_values_that_an_expression_changes_are_counted(
    tmp_path: Path, columns: str, items: str, expected: dict[str, int]
) -> None:
    text = ANEW.format(columns=columns, into="", items=items, where="")
    found = told(tmp_path, text)
    assert found == {f"The copy changes {what} of “stock”": count for what, count in expected.items()}


@pytest.mark.parametrize(
    ("columns", "into", "items"),
    [
        (COLUMNS, "(id, n, code, price, note)", "id, code, n, price, note"),
        (COLUMNS, "", "id, n, code, price, note"),
        ("id INTEGER PRIMARY KEY, n INT, code TEXT, price REAL, note", "", "*"),
        (
            "id INTEGER PRIMARY KEY, n INT, code TEXT, price REAL, note",
            "",
            "s.id, s.code c, s.n, price, note",
        ),
    ],
)
def test_columns_that_are_exchanged_are_named(tmp_path: Path, columns: str, into: str, items: str) -> None:
    text = ANEW.format(columns=columns, into=into, items=items, where="AS s WHERE id < 10 ORDER BY 1")
    (found,) = Bench(tmp_path, *STOCK).write(text).problems("copied_otherwise")
    assert found.finding.count == 4
    assert "The copy of “stock” exchanges columns" in found.finding.title
    assert "“code” gets what “n” held" in found.finding.title
    assert set(found.finding.subject.columns) == {"code", "n"}


BY_A_COPY = (
    "ALTER TABLE stock RENAME TO stock_old; CREATE TABLE stock ({columns});"
    " INSERT INTO stock SELECT id, substr(code, 1, 1), n, price, note FROM stock_old; DROP TABLE stock_old;"
)
EMPTIED = (
    "CREATE TABLE keep AS SELECT * FROM stock; DELETE FROM stock;"
    " INSERT INTO stock SELECT id, substr(code, 1, 1), n, price, note FROM keep; DROP TABLE keep;"
)
RENAMED = (
    "ALTER TABLE stock RENAME code TO c; CREATE TABLE fresh (id INTEGER PRIMARY KEY, x TEXT, n INT, price REAL, note);"
    " INSERT INTO fresh SELECT id, substr(c, 1, 1), n, price, note FROM stock; DROP TABLE stock;"
    " ALTER TABLE fresh RENAME TO stock; ALTER TABLE stock RENAME x TO code;"
)
AS_A_QUERY = (
    "CREATE TABLE fresh AS SELECT id, substr(code, 1, 1) AS code, n, price, note FROM stock;"
    " DROP TABLE stock; ALTER TABLE fresh RENAME TO stock;"
)


@pytest.mark.parametrize("text", [BY_A_COPY.format(columns=COLUMNS), EMPTIED, RENAMED, AS_A_QUERY])
def test_a_table_is_written_anew_in_any_way(tmp_path: Path, text: str) -> None:
    (count,) = told(tmp_path, text).values()
    assert count == 3


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE archive AS SELECT id, substr(code, 1, 1) AS code FROM stock;",
        "CREATE TABLE other (id INTEGER PRIMARY KEY, code TEXT); INSERT INTO other SELECT id, upper(code) FROM stock;"
        " DROP TABLE stock;",
        ANEW.format(columns=COLUMNS, into="", items="*", where=""),
        ANEW.format(columns="id INTEGER PRIMARY KEY, label TEXT, n INT, price REAL, note",
                    into="(id, label, n, price, note)", items="id, code, n, price, note", where=""),
        ANEW.format(columns="id INTEGER PRIMARY KEY, n INT", into="", items="max(id), n", where="GROUP BY n"),
    ],
)  # fmt: skip
def test_other_copies_are_not_told(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == {}


def test_values_that_cannot_be_counted_are_a_warning(tmp_path: Path) -> None:
    unknown = "UPDATE stock SET code = person.name FROM person WHERE person.id = stock.id;"
    text = ANEW.format(columns=COLUMNS, into="", items="id, upper(code), n, price, note", where="")
    (found,) = Bench(tmp_path, *STOCK).write(f"{unknown}\n{text}").problems("copied_otherwise")
    assert (found.finding.severity, found.finding.count) == ("warning", None)


def test_a_remark_says_that_it_is_meant(tmp_path: Path) -> None:
    text = ANEW.format(columns=COLUMNS, into="", items="id, upper(code), n, price, note", where="")
    text = text.replace("INSERT", "\n-- steward: allows copied_otherwise\nINSERT")
    (found,) = Bench(tmp_path, *STOCK).write(text).problems("copied_otherwise")
    assert found.accepted
