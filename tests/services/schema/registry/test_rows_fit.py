"""What is said to understand each other does, in SQLite itself: rows of the one table go into the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import product
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.db import WriteSession, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.skeleton import in_memory
from steward_app.kernel.values import SqlValue
from steward_app.services.schema.registry.compare import compare
from steward_app.services.schema.registry.model import Direction

from .forms import form

NAMES = ("a", "b")
CHECKS = {
    "INT": [
        "{x} >= 0",
        "{x} > 0",
        "{x} > -1",
        "{x} <= 2",
        "{x} < 3",
        "{x} BETWEEN 0 AND 2",
        "{x} IN (0, 1)",
        "{x} IN (0, 1, 2)",
        "{x} = 1",
        "{x} % 2 = 0",
        "{x} IS NULL OR {x} > 0",
        "{x} IS NOT NULL",
    ],
    "REAL": ["{x} >= 0", "{x} > 0", "{x} < 1.5", "{x} IN (0, 1.5)", "0.5 <= {x}"],
    "TEXT": [
        "{x} IN ('', 'a')",
        "{x} IN ('a')",
        "{x} <> ''",
        "length({x}) <= 1",
        "length({x}) < 3",
        "length({x}) BETWEEN 1 AND 2",
        "{x} = 'a' OR {x} = 'bb'",
        "{x} >= 'a' AND length({x}) > 0",
    ],
    "ANY": ["typeof({x}) <> 'blob'", "{x} IS NOT NULL"],
    "BLOB": ["length({x}) <= 1"],
}
MISSING = object()
VALUES: tuple[SqlValue, ...] = (None, -1, 0, 1, 2, 3, 0.5, 1.5, "", "a", "bb", "ccc", b"", b"x", b"yy")


@st.composite
def columns(draw: st.DrawFn, name: str, kind: str) -> str:
    checks = draw(st.lists(st.sampled_from(CHECKS[kind]), max_size=2))
    marks = [
        draw(st.sampled_from(["", "NOT NULL"])),
        draw(st.sampled_from(["", "", {"INT": "DEFAULT 1", "TEXT": "DEFAULT 'a'"}.get(kind, "")])),
        *(f"CHECK ({check.format(x=quote(name))})" for check in checks),
    ]
    return " ".join([quote(name), kind, *filter(None, marks)])


def made(columns: list[str]) -> str:
    return f"CREATE TABLE t ({', '.join(columns)}) STRICT"


@st.composite
def tables(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    return made([draw(columns(name, draw(st.sampled_from(sorted(CHECKS))))) for name in names])


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Two tables that are mostly the same: one column is written otherwise, and one may be there once only."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    both = [draw(columns(name, draw(st.sampled_from(sorted(CHECKS))))) for name in names]
    old, new = list(both), list(both)
    kind = draw(st.sampled_from(sorted(CHECKS)))
    old[0] = draw(columns(names[0], kind))
    new[0] = draw(columns(names[0], draw(st.sampled_from([kind, kind, kind, "ANY", "REAL"]))))
    if len(names) > 1 and draw(st.booleans()):
        draw(st.sampled_from([old, new])).pop()
    return made(old), made(new)


def insert(session: WriteSession, row: dict[str, SqlValue]) -> bool:
    names, marks = ", ".join(map(quote, row)), ", ".join("?" * len(row))
    try:
        with in_sqlites_words():
            session.run(f"INSERT INTO t ({names}) VALUES ({marks})", tuple(row.values()))
    except SqliteSays:
        return False
    return True


def rows() -> Iterator[dict[str, SqlValue]]:
    """Every row of the values, with a column left out, too."""
    for row in product((MISSING, *VALUES), repeat=len(NAMES)):
        given = {name: value for name, value in zip(NAMES, row, strict=True) if value is not MISSING}
        if given:
            yield cast("dict[str, SqlValue]", given)


@settings(max_examples=40, deadline=None)
@given(pairs())
def test_a_row_of_the_one_goes_into_the_other_where_nothing_is_said_against_it(both: tuple[str, str]) -> None:
    old, new = both
    found = compare(form(old), form(new))
    for direction, source, target in ((Direction.BACKWARD, old, new), (Direction.FORWARD, new, old)):
        if any(each.direction is direction for each in found):
            continue
        with closing(in_memory()) as one, closing(in_memory()) as other:
            one.run(source)
            other.run(target)
            for row in rows():
                if insert(one, row):
                    stored = one.one(f"SELECT {', '.join(map(quote, row))} FROM t")
                    assert stored is not None
                    assert insert(other, dict(zip(row, stored, strict=True))), (source, target)
                    one.run("DELETE FROM t")


@settings(max_examples=60, deadline=None)
@given(tables(), st.data())
def test_a_form_with_one_rule_less_is_compatible_backward(table: str, data: st.DataObject) -> None:
    """Nothing is found where nothing was narrowed."""
    parts = table.split(" CHECK (")
    if len(parts) < 2:
        return
    at = data.draw(st.integers(1, len(parts) - 1))
    inner = parts[at]
    depth, end = 1, 0
    while depth:
        depth += {"(": 1, ")": -1}.get(inner[end], 0)
        end += 1
    fewer = " CHECK (".join([*parts[: at - 1], parts[at - 1] + inner[end:], *parts[at + 1 :]])
    assert [each for each in compare(form(table), form(fewer)) if each.direction is Direction.BACKWARD] == []
