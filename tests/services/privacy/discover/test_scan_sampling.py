"""Which rows are looked at, and what a sample can miss."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover import sampling
from steward_app.services.privacy.discover.reading import Reader
from steward_app.services.privacy.discover.sampling import (
    READ_WHOLE,
    SAMPLE,
    AllRows,
    ByChance,
    Choice,
    SomeRows,
    choose_rows,
    missed_at_most,
)
from steward_app.services.schema.introspect import read_schema

ROWS = READ_WHOLE + 20_000
NUMBERS = f"WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c WHERE n < {ROWS})"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of more rows than are read whole; in the last tenth of each, `x` is other than before."""
    x = f"n > {ROWS * 9 // 10}"
    return (
        a_database(tmp_path_factory.mktemp("large"))
        .with_table("dense", "id INTEGER PRIMARY KEY, x")
        .with_table("sparse", "id INTEGER PRIMARY KEY, x")
        .with_table("holes", "id INTEGER PRIMARY KEY, x")
        .with_sql("CREATE TABLE keyed (k TEXT PRIMARY KEY, x) WITHOUT ROWID")
        .with_sql(f"{NUMBERS} INSERT INTO dense SELECT n, {x} FROM c")
        .with_sql(f"{NUMBERS} INSERT INTO sparse SELECT n * 1000003, {x} FROM c")
        .with_sql(f"{NUMBERS} INSERT INTO holes SELECT n * 3, {x} FROM c")
        .with_sql(f"{NUMBERS} INSERT INTO keyed SELECT printf('%08d', n), {x} FROM c")
        .with_sql("CREATE VIEW seen AS SELECT k, x FROM keyed")
        .with_sql("CREATE VIRTUAL TABLE words USING fts5(x)")
        .with_sql(f"{NUMBERS} INSERT INTO words SELECT CASE WHEN {x} THEN 'late' ELSE 'early' END FROM c")
        .with_sql("CREATE TABLE edges (id INTEGER PRIMARY KEY, x)")
        .with_sql("INSERT INTO edges VALUES (-9223372036854775807 - 1, 'a'), (9223372036854775807, 'b')")
        .build()
    )


def chosen(path: Path, table: str, *, full: bool = False) -> tuple[Choice, list[object]]:
    with open_read(path) as session:
        found = read_schema(session, Context()).table(table)
        assert found is not None
        choice = choose_rows(session, found, "seed", Context(), full=full)
        column = next(column for column in found.columns if column.name == "x")
        values = [
            value for (batch,) in Reader(session, found, [column]).batches(choice.rows) for value in batch
        ]
    return choice, values


@pytest.mark.parametrize("table", ["dense", "sparse", "holes", "keyed", "seen", "words"])
def test_a_sample_is_of_the_whole_table_and_not_of_its_head(large: Path, table: str) -> None:
    choice, values = chosen(large, table)
    assert not choice.whole
    assert 0.8 * SAMPLE < len(values) < 1.2 * SAMPLE
    late = sum(value in (1, "late") for value in values) / len(values)
    assert 0.07 < late < 0.13  # one in ten, in the last rows only
    assert choice.total is not None
    assert choice.total == pytest.approx(ROWS, rel=0.15)


@pytest.mark.parametrize("table", ["dense", "sparse", "keyed", "words"])
def test_a_full_scan_reads_every_row_once(large: Path, table: str) -> None:
    choice, values = chosen(large, table, full=True)
    assert choice.whole
    assert len(values) == ROWS


def test_the_same_seed_draws_the_same_rows(large: Path) -> None:
    first, second = (chosen(large, "dense")[0].rows for _ in range(2))
    assert isinstance(first, SomeRows)
    assert first == second
    assert len(set(first.rowids)) == SAMPLE


def test_sparse_rowids_are_walked(large: Path) -> None:
    choice, _ = chosen(large, "sparse")
    assert isinstance(choice.rows, SomeRows)
    assert choice.total == ROWS
    assert not choice.estimated
    assert isinstance(chosen(large, "keyed")[0].rows, ByChance)


def test_rowids_at_both_ends_of_the_numbers_are_read(large: Path) -> None:
    choice, values = chosen(large, "edges")
    assert choice == Choice(AllRows("rowid"), 2)
    assert values == ["a", "b"]


@pytest.mark.parametrize("rows", [3_000, READ_WHOLE])
def test_few_rows_are_read_whole_however_far_apart_their_numbers_lie(tmp_path: Path, rows: int) -> None:
    numbers = f"WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c WHERE n < {rows})"
    path = (
        a_database(tmp_path)
        .with_table("gaps", "id INTEGER PRIMARY KEY, x")
        .with_sql(f"{numbers} INSERT INTO gaps SELECT n * 13 + 5, n FROM c")
        .build()
    )
    choice, values = chosen(path, "gaps")
    assert choice.whole
    assert values == list(range(1, rows + 1))


def test_an_empty_table_has_no_rows_to_choose(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "x").build()
    assert chosen(path, "t") == (Choice(AllRows("rowid"), None), [])


@given(st.integers(1, 100_000))
def test_what_a_sample_misses_is_the_rule_of_three(looked_at: int) -> None:
    missed = missed_at_most(looked_at, whole=False)
    assert missed <= 3 / looked_at + 1e-6
    assert (1 - missed) ** looked_at == pytest.approx(0.05, rel=0.5)
    assert missed_at_most(looked_at, whole=True) == 0.0


def test_nothing_looked_at_can_miss_everything() -> None:
    assert missed_at_most(0, whole=False) == 1.0
    assert sampling.missed_at_most(SAMPLE, whole=False) < 0.0007
