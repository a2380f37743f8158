"""Conditions as typed, as SQL, in words and as JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.kernel.errors import ErrorCode, StewardError, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.services.rows import (
    EVERY_ROW,
    Condition,
    Filter,
    Grid,
    Operator,
    RowSet,
    filter_from_json,
    filter_of_finding,
    filter_to_json,
    parse_condition,
    parse_where,
)
from steward_app.services.schema.model import Column

NUMBER = Column("value", 0, "REAL", "REAL")
WHOLE = Column("visits", 0, "INTEGER", "INTEGER")
TEXT = Column("kind", 1, "TEXT", "TEXT")
MOMENT = Column("taken_at", 2, "DATETIME", "NUMERIC")
ANY = Column("any", 3, "", "BLOB")
YES_NO = Column("paid", 4, "BOOLEAN", "NUMERIC")


@pytest.mark.parametrize(
    ("column", "typed", "operator", "values"),
    [
        (NUMBER, "> 0", Operator.GREATER, (0,)),
        (NUMBER, "<=-1.5", Operator.LESS_EQUAL, (-1.5,)),
        (NUMBER, "≥ 1e3", Operator.GREATER_EQUAL, (1000.0,)),
        (NUMBER, "36.4", Operator.EQUAL, (36.4,)),
        (WHOLE, "= 9223372036854775808", Operator.EQUAL, (9223372036854775808.0,)),
        (WHOLE, "between 1 and 5", Operator.BETWEEN, (1, 5)),
        (WHOLE, "from 1 to 5", Operator.BETWEEN, (1, 5)),
        (WHOLE, "between 1 .. 5", Operator.BETWEEN, (1, 5)),
        (WHOLE, "in (1, 2,3)", Operator.IN, (1, 2, 3)),
        (WHOLE, "≠ 4", Operator.NOT_EQUAL, (4,)),
        (WHOLE, "<> 4", Operator.NOT_EQUAL, (4,)),
        (WHOLE, "is not 4", Operator.NOT_EQUAL, (4,)),
        (WHOLE, "contains 12", Operator.CONTAINS, ("12",)),
        (WHOLE, '= "abc"', Operator.EQUAL, ("abc",)),
        (TEXT, "pulse", Operator.CONTAINS, ("pulse",)),
        (TEXT, "= pulse", Operator.EQUAL, ("pulse",)),
        (TEXT, "= 007", Operator.EQUAL, ("007",)),
        (TEXT, "> 5", Operator.GREATER, ("5",)),
        (TEXT, '"> 5"', Operator.CONTAINS, ("> 5",)),
        (TEXT, "'it''s'", Operator.CONTAINS, ("it's",)),
        (TEXT, "starts with sys", Operator.STARTS_WITH, ("sys",)),
        (TEXT, 'in a, "b, c", d', Operator.IN, ("a", "b, c", "d")),
        (TEXT, "in the garden", Operator.IN, ("the garden",)),
        (TEXT, "interval", Operator.CONTAINS, ("interval",)),
        (TEXT, "is empty", Operator.EMPTY, ()),
        (TEXT, " Is  Not Empty ", Operator.NOT_EMPTY, ()),
        (TEXT, "null", Operator.EMPTY, ()),
        (TEXT, "2026-11-01", Operator.CONTAINS, ("2026-11-01",)),
        (TEXT, "since 2026-11-01", Operator.PERIOD, ("2026-11-01", None)),
        (TEXT, "since 1 Nov 2026", Operator.PERIOD, ("2026-11-01", None)),
        (TEXT, "before November 2026", Operator.PERIOD, (None, "2026-11-01")),
        (TEXT, "until 2026-11-30", Operator.PERIOD, (None, "2026-12-01")),
        (TEXT, "after 2026-12-31", Operator.PERIOD, ("2027-01-01", None)),
        (TEXT, "on 28 feb. 2027", Operator.PERIOD, ("2027-02-28", "2027-03-01")),
        (TEXT, "between 2026-01 and 2026-03", Operator.PERIOD, ("2026-01-01", "2026-04-01")),
        (MOMENT, "2026-11-01", Operator.PERIOD, ("2026-11-01", "2026-11-02")),
        (MOMENT, "> 2026-11-01", Operator.PERIOD, ("2026-11-02", None)),
        (MOMENT, "<= 2026-11-01 16:30", Operator.PERIOD, (None, "2026-11-01 16:31:00")),
        (MOMENT, "16:30", Operator.CONTAINS, ("16:30",)),
        (MOMENT, "> 1700000000", Operator.GREATER, (1_700_000_000,)),
        (ANY, "= 5", Operator.EQUAL, (5, "5")),
        (ANY, "5", Operator.CONTAINS, ("5",)),
        (YES_NO, "yes", Operator.EQUAL, (1, "yes")),
        (YES_NO, "= false", Operator.EQUAL, (0, "false")),
    ],
)
def test_what_is_typed(column, typed, operator, values):
    condition = parse_condition(column, typed)
    assert condition == Condition(column.name, operator, values)
    assert [type(value) for value in condition.values] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("column", "typed", "says"),
    [
        (NUMBER, "> abc", "“abc” is not a number, and “value” holds numbers."),
        (NUMBER, "1,000", "“1,000” is not a number"),
        (NUMBER, ">", "Something is missing after >."),
        (NUMBER, "between 1", "Between what and what?"),
        (TEXT, "", "There is nothing to look for."),
        (TEXT, 'contains ""', "There is nothing to look for."),
        (TEXT, "in ()", "In which list?"),
        (TEXT, "since 01/11/2026", "“01/11/2026” is not a date as it is written here."),
        (TEXT, "on 2026-02-30", "“2026-02-30” is not a date"),
        (TEXT, "x" * 10_001, "This is too long for a filter."),
        (WHOLE, "in " + ",".join(map(str, range(1_001))), "The list has 1,001 values."),
    ],
)
def test_what_cannot_be_understood_is_said_plainly(column, typed, says):
    with pytest.raises(UsageError) as caught:
        parse_condition(column, typed)
    assert caught.value.message.startswith(says)
    assert caught.value.code is ErrorCode.BAD_REQUEST
    assert caught.value.hint.startswith("Write")


def test_a_column_and_its_condition_in_one():
    columns = [Column("first name", 0, "TEXT", "TEXT"), Column("first", 1, "TEXT", "TEXT"), NUMBER]
    assert parse_where(columns, "VALUE>0") == Condition("value", Operator.GREATER, (0,))
    assert parse_where(columns, "first name Ada") == Condition("first name", Operator.CONTAINS, ("Ada",))
    assert parse_where(columns, '"first name" = Ada') == Condition("first name", Operator.EQUAL, ("Ada",))
    assert parse_where(columns, "first is empty") == Condition("first", Operator.EMPTY)
    for text in ("nowhere = 1", "valued > 1", "value"):
        with pytest.raises(UsageError, match="does not begin with the name of a column"):
            parse_where(columns, text)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from([NUMBER, WHOLE, TEXT, MOMENT, ANY]), st.text(max_size=30))
def test_anything_typed_is_a_condition_or_a_sentence(column, typed):
    try:
        condition = parse_condition(column, typed)
    except UsageError as error:
        assert error.message.endswith((".", "?"))
    else:
        chosen = Filter((condition,))
        assert filter_from_json(json.loads(json.dumps(filter_to_json(chosen)))) == chosen
        assert chosen.words


ROWS = [
    (1, 72.0, "pulse", "2026-11-01 10:00", 1),
    (2, -1.5, "Pulse", "2026-10-31T23:59:59", "x"),
    (3, None, None, None, None),
    (4, "n/a", "", "", ""),
    (5, 148, "systolic 100%", 1_793_836_800, b""),
    (6, 0, "tem_perature", 1_793_836_800_000, b"pulse"),
    (7, 1e300, "ÄRZTIN", 2_461_350.0, 72),
    (8, 5, "Ärztin", "2026-11-05", "72"),
]


@pytest.fixture
def rows(tmp_path, opened):
    return opened(
        a_database(tmp_path).with_table(
            "t", "id INTEGER PRIMARY KEY, value REAL, kind TEXT, taken_at DATETIME, any", rows=ROWS
        )
    )


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("value > 0", [1, 5, 7, 8]),
        ("value <= 0", [2, 6]),
        ('value = "n/a"', [4]),
        ("value ≠ 5", [1, 2, 3, 4, 5, 6, 7]),
        ("value between -2 and 72", [1, 2, 6, 8]),
        ("value is empty", [3]),
        ("value in 72, 148", [1, 5]),
        ("kind pulse", [1, 2]),
        ("kind = pulse", [1]),
        ("kind is empty", [3, 4]),
        ("kind is not empty", [1, 2, 5, 6, 7, 8]),
        ("kind contains 100%", [5]),
        ("kind contains m_p", [6]),
        ("kind contains 0_", []),
        ("kind starts with SYS", [5]),
        ("kind contains ärztin", [7, 8]),
        ("taken_at since 2026-11-01", [1, 5, 6, 7, 8]),
        ("taken_at before 2026-11-01", [2, 4]),
        ("taken_at 2026-11-05", [5, 6, 7, 8]),
        ("taken_at on 2026-10-31", [2]),
        ("taken_at < 2026-11-01 00:00", [2, 4]),
        ("any = 72", [7, 8]),
        ("any contains 7", [7, 8]),
        ("any contains pulse", []),
        ("any is empty", [3, 4, 5]),
        ("any > 1", [7]),
        ("any > w", [2]),
        ("id in 3, 1", [1, 3]),
    ],
)
def test_the_rows_a_condition_gives(rows, where, ids):
    source = rows.source("t")
    chosen = Filter((parse_where(source.columns, where),))
    assert [row[0] for row in Grid(rows.session, source, filter=chosen).first_page().rows] == ids


def test_a_filter_in_words():
    chosen = (
        EVERY_ROW.with_condition(parse_condition(NUMBER, "> 1"))
        .with_condition(parse_condition(MOMENT, "since 1 Nov 2026"))
        .with_condition(parse_condition(NUMBER, "> 0"))
    )
    assert chosen.words == "taken_at since 1 Nov 2026 and value > 0"
    assert chosen.without_column("value").words == "taken_at since 1 Nov 2026"
    assert not chosen.without_column("value").without_column("taken_at")
    assert Filter((Condition("a\nb", Operator.EQUAL, ("x\u202ey",)),)).words == "a␤b = x⟨U+202E⟩y"
    assert Filter((Condition("a", Operator.PERIOD, ("2026-11-01", "2026-11-08")),)).words == (
        "a from 1 Nov 2026 to 7 Nov 2026"
    )


def test_rows_of_a_finding(rows):
    source = rows.source("t")
    query = f'SELECT * FROM {source.sql} WHERE "main"."t"."value" < 0 -- broken'
    finding = Finding(
        "x", Severity.ERROR, "1 row is cold", Subject("table", "t"), key_columns=("id",), query=query
    )
    chosen = filter_of_finding(finding)
    assert chosen.words == "1 row is cold"
    assert [row[0] for row in Grid(rows.session, source, filter=chosen).first_page().rows] == [2]
    other = Filter(rows=RowSet(("id",), query="SELECT id FROM t WHERE value > 100 AND id <> 4;"))
    grid = Grid(rows.session, source, filter=other)
    assert [row[0] for row in grid.first_page().rows] == [5, 7]
    sample = Finding(
        "x", Severity.ERROR, "t", Subject("table", "t"), key_columns=("rowid",), sample_keys=((3,), (1,))
    )
    grid = Grid(rows.session, source, filter=filter_of_finding(sample))
    assert [row[0] for row in grid.first_page().rows] == [1, 3]
    with pytest.raises(StewardError):
        Grid(
            rows.session, source, filter=Filter(rows=RowSet(("kind",), query="SELECT id FROM t"))
        ).first_page()
    with pytest.raises(UsageError):
        Grid(rows.session, source, filter=Filter(rows=RowSet(())))


def test_a_filter_goes_through_json_and_back():
    chosen = Filter(
        (Condition("a", Operator.IN, (1, 1.5, "x", b"\x00\xff", None)), Condition("b", Operator.EMPTY)),
        RowSet(("k", "l"), ((1, "a"), (2, b"b")), title="two rows"),
    )
    assert filter_from_json(json.loads(json.dumps(filter_to_json(chosen)))) == chosen
    assert filter_from_json({"conditions": []}) == EVERY_ROW


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"conditions": [{"column": "a", "operator": "drop", "values": []}]},
        {"conditions": [{"column": "a", "operator": "=", "values": []}]},
        {"conditions": [{"column": "a", "operator": "<", "values": [1, 2]}]},
        {"conditions": [{"column": "a", "operator": "=", "values": [True]}]},
        {"conditions": [{"column": "a", "operator": "=", "values": [[1]]}]},
        {"conditions": [{"column": 3, "operator": "=", "values": [1]}]},
        {"conditions": [{"column": "a", "operator": "=", "values": [2**63]}]},
        {"conditions": [{"column": "a", "operator": "=", "values": [{"hex": "zz"}]}]},
        {"conditions": [{"column": "a", "operator": "period", "values": ["soon", None]}]},
        {"conditions": [], "rows": {"columns": ["a"], "keys": [3], "query": "", "title": ""}},
        {"conditions": 3},
    ],
)
def test_a_saved_filter_that_was_tampered_with_is_refused(document):
    with pytest.raises(UsageError, match="This saved filter cannot be read"):
        filter_from_json(document)
