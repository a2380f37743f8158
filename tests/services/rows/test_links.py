"""Links are followed both ways, as SQLite itself compares keys."""

from __future__ import annotations

import threading

import pytest

from builders import a_database
from steward_app.kernel.errors import Cancelled, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.rows import (
    Grid,
    Parent,
    ParentState,
    RowCount,
    children_of,
    links_from,
    links_to,
    parent_of,
)
from steward_app.services.schema.relations import InferredRelation


@pytest.fixture
def clinic(tmp_path, opened):
    return opened(
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE ward (house TEXT COLLATE NOCASE, number INTEGER, PRIMARY KEY (house, number)) WITHOUT ROWID",
            "CREATE TABLE visit (id INTEGER PRIMARY KEY, house, number, parent REFERENCES visit, lost REFERENCES gone, "
            "short REFERENCES ward (house), FOREIGN KEY (number, house) REFERENCES ward (number, house))",
            "CREATE TABLE note (visit_id TEXT REFERENCES visit (id), staff INT)",
        )
        .with_rows("ward", [("North", 1), ("North", 2), ("South", 1)])
        .with_rows(
            "visit",
            [
                (1, "NORTH", "2", None, 1, "North"),
                (2, "South", 1, 1, 1, None),
                (3, None, 1, 1, None, None),
                (4, "West", 9, 99, None, None),
            ],
        )
        .with_rows("note", [("1", 4), ("1", 4), ("3", None)])
    )


def _links(clinic, table):
    return {link.child_columns: link for link in links_from(clinic.schema, table)}


def test_only_links_that_can_be_followed_are_offered(clinic):
    assert set(_links(clinic, "visit")) == {("number", "house"), ("parent",), ("short",)}
    assert [(link.child, link.child_columns) for link in links_to(clinic.schema, "visit")] == [
        ("visit", ("parent",)),
        ("note", ("visit_id",)),
    ]


def test_to_the_parent_through_a_composite_key(clinic):
    link = _links(clinic, "visit")[("number", "house")]
    assert parent_of(clinic.session, clinic.schema, link, (1,)) == Parent(
        link, ParentState.FOUND, ("North", 2)
    )
    assert parent_of(clinic.session, clinic.schema, link, (3,)) == Parent(link, ParentState.EMPTY)
    assert parent_of(clinic.session, clinic.schema, link, (4,)) == Parent(link, ParentState.GONE)
    found = parent_of(clinic.session, clinic.schema, link, (2,)).key
    assert Grid(clinic.session, clinic.source("ward")).page_from(found).rows[0] == ("South", 1)
    with pytest.raises(UsageError, match="The row is gone"):
        parent_of(clinic.session, clinic.schema, link, (77,))


def test_to_the_parent_through_text_that_looks_like_a_number(clinic):
    link = _links(clinic, "note")[("visit_id",)]
    assert parent_of(clinic.session, clinic.schema, link, (3,)).key == (3,)


def test_to_the_children_with_counts_and_a_filter_that_gives_them(clinic):
    found = list(children_of(clinic.session, clinic.schema, "visit", (1,), Context()))
    assert [(each.link.child, each.rows.text) for each in found] == [("visit", "2 rows"), ("note", "2 rows")]
    for each in found:
        grid = Grid(clinic.session, clinic.source(each.link.child), filter=each.filter)
        assert len(grid.first_page().rows) == each.rows.value
    found = list(children_of(clinic.session, clinic.schema, "ward", ("North", 2), Context()))
    assert [each.rows for each in found] == [RowCount(1), RowCount(1)]


def test_many_children_are_not_counted_to_the_end(clinic):
    found = list(children_of(clinic.session, clinic.schema, "visit", (1,), Context(), limit=1))
    assert [each.rows.text for each in found] == ["more than 1 rows", "more than 1 rows"]


def test_inferred_relations_are_followed_too(clinic):
    guess = InferredRelation("note", ("staff",), "visit", ("id",), 0.9, 1, 1, False, ())
    link = links_from(clinic.schema, "note", [guess])[-1]
    assert link.inferred
    assert parent_of(clinic.session, clinic.schema, link, (1,)).key == (4,)
    found = list(children_of(clinic.session, clinic.schema, "visit", (4,), Context(), inferred=[guess]))
    assert [(each.link.inferred, each.rows.value) for each in found] == [(False, 0), (False, 0), (True, 2)]


def test_counting_children_can_be_cancelled(tmp_path, opened):
    file = opened(
        a_database(tmp_path).with_sql(
            "CREATE TABLE p (id INTEGER PRIMARY KEY)",
            "CREATE TABLE c (p REFERENCES p, filler)",
            "INSERT INTO p VALUES (1)",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) "
            "INSERT INTO c SELECT 2, i FROM n",
        )
    )
    context = Context()
    threading.Timer(0.01, context.cancel).start()
    with pytest.raises(Cancelled):
        list(children_of(file.session, file.schema, "p", (1,), context))
