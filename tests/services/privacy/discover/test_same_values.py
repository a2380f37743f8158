"""The same identities in columns that no foreign key ties together."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from steward_app.services.privacy.discover.sampling import READ_WHOLE
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.discover.sketch import Distinct, Shared

PEOPLE = [(n, f"p{n}@example.org", f"Person {chr(65 + n % 26)}{chr(97 + n // 26)}") for n in range(1, 400)]


def pairs(path: Path) -> dict[tuple[str, str], float]:
    return {
        (each.child.table + "." + each.child.column, each.parent.table): each.share
        for each in scan(path).same_values
    }


def test_an_address_that_stands_in_two_tables_is_found_without_case(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("person", "id INTEGER PRIMARY KEY, email, name", rows=PEOPLE)
        .with_table("login", "n, who", rows=[(n, f" P{n % 90 + 1}@Example.org") for n in range(300)])
        .with_table("order", "n, code", rows=[(n, f"X-{n}") for n in range(300)])
        .build()
    )
    assert pairs(path) == {("login.who", "person"): 1.0}


def test_a_declared_foreign_key_is_not_told_again(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("person", "id INTEGER PRIMARY KEY, email UNIQUE, name", rows=PEOPLE)
        .with_table("login", "who REFERENCES person (email)", rows=[(row[1],) for row in PEOPLE[:50]])
        .build()
    )
    assert pairs(path) == {}


def test_towns_and_small_numbers_are_the_same_by_chance(tmp_path: Path) -> None:
    towns = ["Leipzig", "Madrid", "Lyon", "Porto", "Malmö", "Warszawa", "Bergen", "Torino"]
    path = (
        a_database(tmp_path)
        .with_table("a", "x, n", rows=list(zip(towns, range(8), strict=True)))
        .with_table("b", "y, m", rows=list(zip(towns, range(8), strict=True)) * 3)
        .build()
    )
    assert pairs(path) == {}


def test_a_large_table_is_asked_by_its_index(tmp_path: Path) -> None:
    people = [(n, f"p{n}@example.org") for n in range(READ_WHOLE * 3)]
    path = (
        a_database(tmp_path)
        .with_table("person", "id INTEGER PRIMARY KEY, email UNIQUE", rows=people)
        .with_table("login", "who", rows=[(f"p{n * 37 % 30_000}@example.org",) for n in range(60)])
        .build()
    )
    assert pairs(path) == {("login.who", "person"): 1.0}


@given(st.integers(0, 3_000), st.integers(1, 3_000))
def test_shares_are_near_the_truth(shift: int, size: int) -> None:
    child, parent = Shared(), Shared()
    child.add(f"value {n}" for n in range(shift, shift + size))
    parent.add(f"value {n}" for n in range(3_000))
    for each in (child, parent):
        each.close()
    truth = max(0, 3_000 - shift) / size if shift + size > 3_000 else 1.0
    share, compared = child.contained_in(parent)
    assert abs(share - truth) < 0.25 or compared < 50


def test_different_values_are_counted_in_little_memory() -> None:
    found = Distinct()
    for start in range(0, 300_000, 10_000):
        found.add({f"value {n}": 1 for n in range(start, start + 10_000)})
    found.add({"value 1": 5})
    assert abs(found.count - 300_000) < 9_000
    assert len(found._seen) <= 20_000
    exact = Distinct()
    exact.add({"a": 3, "b": 1})
    assert (exact.count, exact.once, exact.most) == (2, 0.5, 3)
