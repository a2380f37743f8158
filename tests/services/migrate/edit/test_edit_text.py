"""Changes of a CREATE TABLE as changes of its text."""

from __future__ import annotations

import re

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.kernel.errors import Refused, UsageError
from steward_app.services.migrate.edit import text
from steward_app.services.migrate.edit.spans import ClauseKind, read_spans

SEVERAL_LINES = """CREATE TABLE "t" (
    id INTEGER PRIMARY KEY, -- the key
    a TEXT NOT NULL DEFAULT 'x,y' COLLATE NOCASE, /* about a */
    b DECIMAL(10,2) CHECK (b > 0)
        CONSTRAINT fk REFERENCES p(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    c GENERATED ALWAYS AS (a || b) STORED -- last
    , CHECK (a <> b)
    CONSTRAINT u UNIQUE (a, b) ON CONFLICT IGNORE
) STRICT"""

DEFINITIONS = [
    "a INTEGER",
    "b",
    'c "double precision"(10, 2) NOT NULL ON CONFLICT REPLACE DEFAULT (1 + (2))',
    "\"d e\" TEXT DEFAULT 'it''s; )x' COLLATE nocase",
    "[f,] text check ([f,] <> ')') unique on conflict ignore",
    "`g` AS (1) STORED",
    "h REFERENCES t MATCH FULL ON UPDATE NO ACTION NOT DEFERRABLE /* inside */ NOT NULL",
    "i CONSTRAINT one CONSTRAINT two NOT NULL",
    "'j' BLOB DEFAULT -1 GENERATED ALWAYS AS (2) VIRTUAL",
]
CONSTRAINTS = [
    "UNIQUE (k)",
    "CONSTRAINT n CHECK (k <> '), (' AND 1)",
    "FOREIGN KEY (k) REFERENCES t (a) DEFERRABLE",
]
REMARKS = ["", " -- said, )\n", " /* said, ( */ ", " /* said */\n"]


@st.composite
def tables(draw: st.DrawFn) -> str:
    """A CREATE TABLE in some hand."""
    columns = draw(st.lists(st.sampled_from(DEFINITIONS), min_size=1, unique=True))
    items = ["k INT", *columns, *draw(st.lists(st.sampled_from(CONSTRAINTS), unique=True))]
    before, after = draw(st.sampled_from([("", " "), ("\n    ", ""), (" ", ""), ("\n", "\n")])), ","
    written = "CREATE TABLE t("
    for at, item in enumerate(items):
        comma = after if at + 1 < len(items) else ""
        remark = draw(st.sampled_from(REMARKS))
        early = draw(st.booleans())
        written += before[0] + item + (remark + comma if early else comma + remark) + before[1]
    return written + draw(st.sampled_from([")", "\n)", ") -- end"]))


def named(sql: str) -> list[str]:
    return [column.name for column in text.spans(sql).columns]


def said(sql: str) -> list[str]:
    return [sql[item.start : item.end] for item in text.spans(sql).items]


def compiles(sql: str) -> bool:
    return bool(apsw.complete(f"{sql}\n;"))


@settings(max_examples=150)
@given(sql=tables(), data=st.data())
def test_an_item_that_goes_leaves_the_others_as_they_are(sql: str, data: st.DataObject) -> None:
    before = said(sql)
    place = data.draw(st.integers(1, len(before) - 1))
    changed = text.drop_item(sql, text.spans(sql).items[place])
    assert compiles(changed)
    assert said(changed) == before[:place] + before[place + 1 :]


@settings(max_examples=150)
@given(sql=tables(), remark=st.sampled_from(["", "-- a, new one", "/* new */"]), data=st.data())
def test_an_item_that_comes_leaves_the_others_as_they_are(sql: str, remark: str, data: st.DataObject) -> None:
    items = text.spans(sql).items
    place = data.draw(st.integers(0, len(text.spans(sql).columns)))
    changed = text.add_item(sql, "new INT", items[place - 1] if place else None, remark)
    assert compiles(changed)
    assert said(changed) == [*said(sql)[:place], "new INT", *said(sql)[place:]]
    again = text.drop_item(changed, text.spans(changed).items[place])
    assert said(again) == said(sql)
    constrained = text.add_item(sql, "UNIQUE (k, k)", items[-1])
    assert said(constrained) == [*said(sql), "UNIQUE (k, k)"]


@settings(max_examples=100)
@given(sql=tables(), data=st.data())
def test_a_property_that_is_set_and_taken_back_leaves_the_text_as_it_was(
    sql: str, data: st.DataObject
) -> None:
    names = [
        column.name
        for column in text.spans(sql).columns
        if column.clause(ClauseKind.COLLATE) is None and column.clause(ClauseKind.GENERATED) is None
    ]
    name = data.draw(st.sampled_from(names))
    changed = text.set_clause(sql, name, ClauseKind.COLLATE, "COLLATE rtrim")
    assert changed != sql
    assert text.set_clause(changed, name, ClauseKind.COLLATE, "") == sql
    strict = text.set_option(sql, "STRICT", on=True)
    assert strict != sql
    both = text.set_option(strict, "WITHOUT ROWID", on=True)
    assert text.set_option(text.set_option(both, "WITHOUT ROWID", on=False), "STRICT", on=False) == sql
    assert text.set_option(text.set_option(both, "STRICT", on=False), "STRICT", on=False) != sql


def test_every_part_is_found_where_it_stands() -> None:
    table = text.spans(SEVERAL_LINES)
    key = text.column(table, "B").clause(ClauseKind.FOREIGN_KEY)
    assert key is not None
    assert SEVERAL_LINES[key.start : key.end] == (
        "CONSTRAINT fk REFERENCES p(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
    )
    assert SEVERAL_LINES[key.inside.start : key.inside.end] == "p"
    default = text.column(table, "a").clause(ClauseKind.DEFAULT)
    assert default is not None
    assert SEVERAL_LINES[default.inside.start : default.inside.end] == "'x,y'"
    assert [(clause.kind, clause.name, clause.columns) for clause in table.clauses] == [
        (ClauseKind.CHECK, "", ()),
        (ClauseKind.UNIQUE, "u", ("a", "b")),
    ]
    assert [word for word, _ in table.options] == ["STRICT"]


def test_a_column_goes_with_the_line_and_the_remark_it_stands_in() -> None:
    sql = text.drop_item(SEVERAL_LINES, text.column(text.spans(SEVERAL_LINES), "a"))
    lines = SEVERAL_LINES.splitlines()
    assert sql.splitlines() == lines[:2] + lines[3:]


def test_a_column_comes_on_a_line_of_its_own_where_the_others_do() -> None:
    sql = text.add_item(SEVERAL_LINES, "n INT", text.column(text.spans(SEVERAL_LINES), "id"), "-- new")
    lines = SEVERAL_LINES.splitlines()
    assert sql.splitlines() == [*lines[:2], "    n INT, -- new", *lines[2:]]
    assert text.remark_beside(sql, text.column(text.spans(sql), "n")) == "-- new"


@pytest.mark.parametrize(
    ("declared_type", "written"),
    [
        ("", "CREATE TABLE t(a, b)"),
        ("INT", "CREATE TABLE t(a INT, b)"),
        ("NUM(1)", "CREATE TABLE t(a NUM(1), b)"),
    ],
)
def test_a_type_is_set_and_taken_away(declared_type: str, written: str) -> None:
    for sql in ("CREATE TABLE t(a TEXT (3), b)", "CREATE TABLE t(a, b)"):
        assert text.set_type(sql, "A", declared_type) == written


def test_a_property_said_twice_is_said_once_afterwards() -> None:
    sql = "CREATE TABLE t(a DEFAULT 1 NOT NULL DEFAULT 2)"
    assert (
        text.set_clause(sql, "a", ClauseKind.DEFAULT, "DEFAULT 3") == "CREATE TABLE t(a DEFAULT 3 NOT NULL)"
    )
    assert text.set_clause(sql, "a", ClauseKind.DEFAULT, "") == "CREATE TABLE t(a NOT NULL)"


@pytest.mark.parametrize(
    "sql", ["CREATE TABLE t AS SELECT 1", "CREATE VIEW v AS SELECT 1", "", "CREATE TABLE t("]
)
def test_what_is_no_table_text_is_refused(sql: str) -> None:
    assert read_spans(sql) is None
    with pytest.raises(Refused, match="cannot be taken apart"):
        text.spans(sql)


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match=re.escape("no column “x”")):
        text.column(text.spans("CREATE TABLE t(a)"), "x")
