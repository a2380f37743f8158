"""Relations that nobody declared: suspected from names, measured on values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from steward_app.db.open import open_read
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context, Progress
from steward_app.kernel.values import SqlValue
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema
from steward_app.services.schema.relations import InferredRelation, confidence, infer_relations, suspect

DATA = Path(__file__).parents[2] / "data"
STAFF = "CREATE TABLE staff (id INTEGER PRIMARY KEY, code TEXT UNIQUE, name TEXT)"


def inferred(path: Path, *, exact: bool = False) -> tuple[InferredRelation, ...]:
    with open_read(path) as session:
        return infer_relations(session, read_schema(session), exact=exact)


def with_staff(folder: Path, visit: str, rows: Sequence[Sequence[SqlValue]] = (), *, staff: int = 20) -> Path:
    return (
        a_database(folder)
        .with_sql(STAFF)
        .with_rows("staff", [(i, f"S{i}", "n") for i in range(1, staff + 1)])
        .with_table("visit", visit, rows=rows)
        .build()
    )


@pytest.mark.parametrize(
    ("column", "parent_column"),
    [
        ("staff_id INTEGER", "id"),
        ("StaffID INT", "id"),
        ("staffId", "id"),
        ("staff INTEGER", "id"),
        ("attending_staff_id INTEGER", "id"),
        ("staff_no INTEGER", "id"),
        ("staff_code TEXT", "code"),
    ],
)
def test_a_name_that_points_to_a_table_is_found(tmp_path: Path, column: str, parent_column: str) -> None:
    values: list[tuple[SqlValue, ...]] = [(i % 20 + 1,) for i in range(50)]
    if parent_column == "code":
        values = [(f"S{row[0]}",) for row in values]
    (relation,) = inferred(with_staff(tmp_path, column, values))
    assert (relation.child, relation.parent, relation.parent_columns) == ("visit", "staff", (parent_column,))
    assert relation.child_columns == (column.split()[0],)
    assert (relation.included, relation.distinct, relation.sampled) == (20, 20, False)
    assert relation.confidence >= 0.7
    assert relation.evidence[-1] == "20 of 20 different values are found in the parent"


@pytest.mark.parametrize(
    "column", ["name TEXT", "staff_name TEXT", "id INTEGER", "staffing INTEGER", "x INTEGER"]
)
def test_other_names_are_not_suspected(tmp_path: Path, column: str) -> None:
    path = with_staff(tmp_path, column)
    with open_read(path) as session:
        assert suspect(read_schema(session)) == ()


def test_values_that_are_not_there_speak_against_a_name(tmp_path: Path) -> None:
    assert inferred(with_staff(tmp_path, "staff_id INTEGER", [(i,) for i in range(15, 100)])) == ()


def test_a_few_orphans_lower_the_confidence_and_are_counted(tmp_path: Path) -> None:
    rows = [(i,) for i in range(1, 22)] + [(None,)]
    (relation,) = inferred(with_staff(tmp_path, "staff_id INTEGER", rows))
    assert (relation.included, relation.distinct) == (20, 21)
    assert 0.7 < relation.confidence < 0.93


def test_without_values_the_name_alone_counts_half(tmp_path: Path) -> None:
    (relation,) = inferred(with_staff(tmp_path, "staff_id INTEGER"))
    assert relation.confidence == 0.47
    assert relation.evidence[-1] == "there are no values to compare yet"


def test_declared_relations_and_other_types_are_left_alone(tmp_path: Path) -> None:
    assert inferred(with_staff(tmp_path, "staff_id INTEGER REFERENCES staff", [(1,)])) == ()
    (tmp_path / "two").mkdir()
    assert inferred(with_staff(tmp_path / "two", "staff_id BLOB", [(b"1",)])) == ()


def test_values_are_compared_as_the_parent_compares_them(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("town", "code TEXT PRIMARY KEY COLLATE NOCASE", rows=[("ber",), ("lin",)])
        .with_table("person", "town_code TEXT", rows=[("BER",), ("Lin",)])
        .build()
    )
    (relation,) = inferred(path)
    assert (relation.included, relation.distinct) == (2, 2)


def test_a_key_of_several_columns_is_found_as_one(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table(
            "line",
            "order_no INT, line_no INT, PRIMARY KEY (order_no, line_no)",
            rows=[(1, 1), (1, 2), (2, 1)],
        )
        .with_table(
            "parcel", "id INTEGER PRIMARY KEY, line_no INT, order_no INT", rows=[(1, 1, 1), (2, 1, 2)]
        )
        .build()
    )
    (relation,) = inferred(path)
    assert (relation.child, relation.child_columns) == ("parcel", ("order_no", "line_no"))
    assert (relation.included, relation.distinct) == (2, 2)


def test_a_row_above_in_the_same_table_is_found(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table(
            "unit", "unit_id INTEGER PRIMARY KEY, parent_id INTEGER", rows=[(1, None), (2, 1), (3, 1), (4, 2)]
        )
        .build()
    )
    (relation,) = inferred(path)
    assert (relation.child, relation.child_columns, relation.parent) == ("unit", ("parent_id",), "unit")


@pytest.mark.parametrize(("name", "found"), [("chinook.sqlite", 10), ("northwind.sqlite", 9)])
def test_what_real_files_declare_is_found_without_the_declarations(name: str, found: int) -> None:
    with open_read(DATA / name) as session:
        schema = read_schema(session)
        declared = {(t.name, k.columns, k.parent_table) for t in schema.tables for k in t.foreign_keys}
        relations = infer_relations(session, without_foreign_keys(schema), least_confidence=0.5)
    told = {(r.child, r.child_columns, r.parent) for r in relations}
    assert len(told & declared) >= found
    assert told <= declared


def without_foreign_keys(schema: Schema) -> Schema:
    return replace(schema, tables=tuple(replace(table, foreign_keys=()) for table in schema.tables))


def test_a_huge_table_is_sampled_and_read_whole_when_asked(tmp_path: Path) -> None:
    rows = [(i % 20 + 1,) for i in range(20_000)] + [(999,)]
    path = with_staff(tmp_path, "staff_id INTEGER", rows)
    (sampled,) = inferred(path)
    assert sampled.sampled
    assert sampled.evidence[-1] == "20 of 20 different values of a sample are found in the parent"
    (exact,) = inferred(path, exact=True)
    assert not exact.sampled
    assert (exact.included, exact.distinct) == (20, 21)


def test_a_table_without_rowid_is_sampled_from_its_start(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(STAFF)
        .with_rows("staff", [(1, "S1", "n"), (2, "S2", "n")])
        .with_sql("CREATE TABLE visit (no INTEGER PRIMARY KEY, staff_id INTEGER) WITHOUT ROWID")
        .with_rows("visit", [(i, i % 2 + 1) for i in range(3_000)])
        .build()
    )
    (relation,) = inferred(path)
    assert (relation.sampled, relation.included) == (True, 2)


def test_odd_names_do_no_harm(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table(
            'st"a]ff', '"i""d" INTEGER PRIMARY KEY, rowid, _rowid_, oid', rows=[(1, 1, 1, 1), (2, 1, 1, 1)]
        )
        .with_table("v", '"st""a]ff i""d" INTEGER', rows=[(1,), (2,)])
        .build()
    )
    (relation,) = inferred(path)
    assert (relation.child_columns, relation.parent) == (('st"a]ff i"d',), 'st"a]ff')


def test_cancelling_stops_it_and_progress_is_told(tmp_path: Path) -> None:
    path = with_staff(tmp_path, "staff_id INTEGER", [(1,)])
    told: list[Progress] = []
    with open_read(path) as session:
        schema = read_schema(session)
        infer_relations(session, schema, Context(told.append))
        assert [(p.done, p.total, p.note) for p in told] == [(0, 1, "visit")]
        cancelled = Context()
        cancelled.cancel()
        with pytest.raises(Cancelled):
            infer_relations(session, schema, cancelled)


@given(st.floats(0.01, 1), st.integers(1, 10_000), st.integers(1, 10_000))
def test_confidence_rises_with_every_value_that_is_found(weight: float, a: int, b: int) -> None:
    included, distinct = min(a, b), max(a, b)
    value = confidence(weight, included, distinct)
    assert 0 <= value <= 1
    if included < distinct:
        assert value <= confidence(weight, included + 1, distinct)


def test_a_key_that_every_table_has_says_nothing_and_costs_nothing(tmp_path: Path) -> None:
    tables = [
        f"CREATE TABLE log_{i} (id INTEGER PRIMARY KEY, tenant TEXT, outer_no INT, UNIQUE (tenant, outer_no))"
        for i in range(40)
    ]
    with open_read(a_database(tmp_path).with_sql(*tables).build()) as session:
        assert suspect(read_schema(session)) == ()
