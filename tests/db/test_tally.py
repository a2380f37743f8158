"""What became of values, by storage class, and how rows are found again in the earlier file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app import db
from steward_app.db.difference import (
    Both,
    Difference,
    Match,
    apart,
    beside,
    looks_up,
    lost_keys,
    paired,
    under_another_key,
)
from steward_app.db.tally import Tally, _Counting, tally
from steward_app.kernel.values import Row, SqlValue

ROWID = (("rowid", "rowid"),)
CLASS = {int: "integer", float: "real", str: "text", bytes: "blob", type(None): "null"}


def build(folder: Path, name: str, *statements: str) -> Path:
    return a_database(folder, name).with_sql(*statements).build()


def pair(folder: Path, columns: str, before: list[SqlValue], after: list[SqlValue]) -> tuple[Path, Path]:
    made = []
    for name, values in (("before.db", before), ("after.db", after)):
        rows = [(number, value) for number, value in enumerate(values, 1)]
        made.append(a_database(folder, name).with_table("t", columns, rows=rows).build())
    return made[0], made[1]


def of_one_column(before: Path, after: Path) -> Tally:
    with db.open_read(after) as session, beside(session, before):
        return tally(session, Match("t", "t", (("id", "id"),)), [Both("x", "x")], ["id"], most_keys=2)


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("007", 7, 1),
        ("7", 7, 0),
        ("1.10", 1.1, 1),
        ("1e3", 1000, 1),
        (7, "7", 0),
        (1.5, 1, 1),
        (2.0, 2, 0),
        (2**60 + 1, float(2**60), 1),
        (3, 3.0, 0),
        (12.5, 1250, 0),
        (99, 108.9, 0),
        (5, 4.5, 0),
        (2.5, 3, 1),
        (1e300, 2**63 - 1, 1),
        (99.0, "108.9", 1),
        (0.1 + 0.2, "0.3", 1),
        ("é", "é".encode(), 0),
        (b"\x00\xff", "x", 1),
        (None, "unknown", 0),
        ("known", None, 1),
        ("a", "A", 0),
        (1, 2, 0),
    ],
)
def test_a_value_that_cannot_be_had_back_is_lost(
    tmp_path: Path, old: SqlValue, new: SqlValue, lost: int
) -> None:
    found = of_one_column(*pair(tmp_path, "id INTEGER PRIMARY KEY, x COLLATE NOCASE", [old], [new]))
    ((became,),) = found.columns
    assert (became.before, became.after) == (CLASS[type(old)], CLASS[type(new)])
    assert (found.rows, became.rows, became.lost, became.keys) == (1, 1, lost, [(1,)])


VALUES = st.sampled_from([None, 0, 1, 1.0, 2.5, "1", "a", "A", b"a", ""])


@given(rows=st.lists(st.tuples(VALUES, VALUES), max_size=9))
@settings(max_examples=30, deadline=None)
def test_counts_are_those_of_python(
    rows: list[tuple[SqlValue, SqlValue]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("pair")
    before, after = pair(
        folder, "id INTEGER PRIMARY KEY, x", [old for old, _ in rows], [new for _, new in rows]
    )
    expected = Counter((CLASS[type(old)], CLASS[type(new)]) for old, new in rows if repr(old) != repr(new))
    found = of_one_column(before, after)
    assert {(each.before, each.after): each.rows for each in found.columns[0]} == expected
    assert found.rows == sum(expected.values())


def test_a_kind_of_row_for_each_row_is_counted_in_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steward_app.db.tally._MOST_KINDS", 3)
    columns = [f"c{number}" for number in range(6)]
    listed = ", ".join(columns)
    sums = ", ".join(f"iif(n & {1 << number}, 'x', NULL)" for number in range(6))
    numbers = "WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c LIMIT 64)"
    before = build(
        tmp_path, "before.db", f"CREATE TABLE t({listed})", f"{numbers} INSERT INTO t SELECT {sums} FROM c"
    )
    after = build(
        tmp_path,
        "after.db",
        f"CREATE TABLE t({listed})",
        f"{numbers} INSERT INTO t({listed}) SELECT {'1, ' * 5}1 FROM c",
    )
    with db.open_read(after) as session, beside(session, before):
        found = tally(
            session,
            Match("t", "t", ROWID, by_rowid=True),
            [Both(c, c) for c in columns],
            ["rowid"],
            most_keys=3,
        )
    assert found.rows == 64
    for became in found.columns:
        assert {(each.before, each.rows, len(each.keys)) for each in became} == {
            ("text", 32, 3),
            ("null", 32, 3),
        }


def test_a_table_of_two_thousand_columns(tmp_path: Path) -> None:
    columns = [f"c{number}" for number in range(2_000)]
    text = f"CREATE TABLE t({', '.join(columns)})"
    before = build(tmp_path, "before.db", text, "INSERT INTO t(c0, c1999) VALUES (1, 1)")
    after = build(tmp_path, "after.db", text, "INSERT INTO t(c0, c1999) VALUES (1, '1')")
    both = [Both(c, c) for c in columns]
    with db.open_read(after) as session, beside(session, before):
        found = tally(session, Match("t", "t", ROWID, by_rowid=True), both, ["rowid"], most_keys=1)
    assert found.rows == 1
    assert [number for number, became in enumerate(found.columns) if became] == [1_999]


def test_a_key_that_is_not_valid_text_is_not_told(tmp_path: Path) -> None:
    made = [
        build(
            tmp_path,
            name,
            "CREATE TABLE t(k TEXT PRIMARY KEY, x)",
            f"INSERT INTO t VALUES (CAST(x'ff' AS TEXT), {x})",
        )
        for name, x in (("before.db", 1), ("after.db", 2))
    ]
    with db.open_read(made[1]) as session, beside(session, made[0]):
        match = Match("t", "t", (("k", "k"),))
        found = tally(session, match, [Both("x", "x")], ["k"], most_keys=2)
        assert (found.rows, found.columns[0][0].keys) == (1, [])
        gone = Match("t", "t", (("x", "x"),))
        assert lost_keys(session, gone, ["k"], 2) == ()
        alone = tally(session, gone, [Both("x", "x")], ["k"], most_keys=2)
        assert (alone.rows, alone.alone, alone.alone_keys) == (0, 1, ())


def test_rows_under_another_key_are_known_by_the_rest(tmp_path: Path) -> None:
    text = "CREATE TABLE t(id INTEGER PRIMARY KEY, x, y COLLATE NOCASE)"
    before = build(
        tmp_path, "before.db", text, "INSERT INTO t VALUES (1, 1, 'a'), (2, 1, 'a'), (3, 2, 'b'), (9, 9, 'z')"
    )
    after = build(
        tmp_path,
        "after.db",
        text,
        "INSERT INTO t VALUES (11, 1, 'a'), (12, 1, 'A'), (13, 2.0, 'b'), (9, 9, 'z')",
    )
    both = [Both("x", "x"), Both("y", "y")]
    with db.open_read(after) as session, beside(session, before):
        match = Match("t", "t", (("id", "id"),), by_rowid=True)
        assert paired(session, match) == 1
        assert under_another_key(session, match, both, 3, 3) == 1
        assert apart(session, "t", "t", both) == Difference(2, 0, 2)
        found = tally(session, match, both, ["id"], most_keys=2)
        assert (found.rows, found.alone, found.alone_keys) == (0, 3, ((11,), (12,)))
        assert lost_keys(session, match, ["id"], 9) == ((1,), (2,), (3,))


def test_keys_of_another_type_are_looked_up_the_other_way_round(tmp_path: Path) -> None:
    before = build(
        tmp_path,
        "before.db",
        "CREATE TABLE t(id TEXT PRIMARY KEY, x)",
        "INSERT INTO t VALUES ('7', 1), ('007', 2), ('8', 3)",
    )
    after = build(
        tmp_path,
        "after.db",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, x)",
        "INSERT INTO t VALUES (7, 1), (8, 3)",
    )
    with db.open_read(after) as session, beside(session, before):
        forwards, backwards = (Match("t", "t", (("id", "id"),), backwards=way) for way in (False, True))
        assert (looks_up(session, forwards), looks_up(session, backwards)) == (False, True)
        assert paired(session, backwards, once=True) == 2
        found = tally(session, backwards, [Both("id", "id")], ["id"], most_keys=1)
    ((became,),) = found.columns
    assert (became.before, became.after, became.rows, became.lost) == ("text", "integer", 3, 1)


@pytest.mark.parametrize("suffix", ["", " WITHOUT ROWID"])
def test_a_key_is_looked_up_whatever_the_table_is(tmp_path: Path, suffix: str) -> None:
    made = [
        build(
            tmp_path,
            name,
            f"CREATE TABLE t(a, b, x, PRIMARY KEY (a, b)){suffix}",
            f"INSERT INTO t VALUES (1, 1, {x}), (1, {x}, 1)",
        )
        for name, x in (("before.db", 2), ("after.db", 3))
    ]
    with db.open_read(made[1]) as session, beside(session, made[0]):
        match = Match("t", "t", (("a", "a"), ("b", "b")))
        assert looks_up(session, match)
        assert paired(session, match) == 1
        assert tally(session, match, [Both("x", "x")], ["a", "b"], most_keys=1).columns[0][0].keys == [(1, 1)]


WIDE = [f"c{number}" for number in range(13)]  # what differs in them takes two numbers
SIDES = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.integers(0, 12), VALUES, VALUES), min_size=1, max_size=14
)


@given(rows=SIDES, backwards=st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_sqlite_counts_itself_is_the_same(
    rows: list[tuple[bool, bool, int, SqlValue, SqlValue]],
    backwards: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("pair")
    sides: list[list[tuple[SqlValue, ...]]] = [[], []]
    for number, (in_before, in_after, column, old, new) in enumerate(rows * 3):
        for side, is_in, value in ((sides[0], in_before, old), (sides[1], in_after, new)):
            if is_in:
                side.append((number, *(value if place == column else number % 2 for place in range(13))))
    before, after = (
        a_database(folder, name)
        .with_table("t", f"id INTEGER PRIMARY KEY, {', '.join(WIDE)}", rows=side)
        .build()
        for name, side in zip(("before.db", "after.db"), sides, strict=True)
    )
    found = []
    for often in (10_000, 2):
        with (
            pytest.MonkeyPatch.context() as patch,
            db.open_read(after) as session,
            beside(session, before),
        ):
            for name, value in (("_OFTEN", often), ("_SHARE", 0.1), ("_SHARE_OF_ALL", 0.2)):
                patch.setattr(f"steward_app.db.tally.{name}", value)
            match = Match("t", "t", (("id", "id"),), by_rowid=True, backwards=backwards)
            both = [Both(name, name) for name in WIDE]
            found.append(tally(session, match, both, ["id"], most_keys=2))
    assert found[0] == found[1]


def test_rows_that_differ_in_the_same_are_not_given_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steward_app.db.tally._OFTEN", 10)
    old: list[SqlValue] = list(range(1_000))
    new: list[SqlValue] = [None if number % 100 == 99 else str(number) for number in range(1_000)]
    before, after = pair(tmp_path, "id INTEGER PRIMARY KEY, x", old, new)
    given = Counter[int]()
    adding = _Counting.add

    def add(self: _Counting, row: Row, numbers: int) -> int:
        given[int(row[0] or 0)] += 1
        return adding(self, row, numbers)

    monkeypatch.setattr(_Counting, "add", add)
    found = of_one_column(before, after)
    assert sorted(given.values()) == [10, 10]
    assert [(each.after, each.rows, each.lost, each.keys) for each in found.columns[0]] == [
        ("null", 10, 10, [(100,), (200,)]),
        ("text", 990, 0, [(1,), (2,)]),
    ]


def test_a_key_that_is_not_valid_text_is_not_told_of_a_rare_kind_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steward_app.db.tally._OFTEN", 3)
    made = [
        build(
            tmp_path,
            name,
            "CREATE TABLE t(k PRIMARY KEY, x)",
            f"INSERT INTO t VALUES (1, {x}), (2, {x}), (3, {x}), (4, {x}), (CAST(x'ff' AS TEXT), {y})",
        )
        for name, x, y in (("before.db", 1, 1), ("after.db", 2, "'1'"))
    ]
    with db.open_read(made[1]) as session, beside(session, made[0]):
        found = tally(session, Match("t", "t", (("k", "k"),)), [Both("x", "x")], ["k"], most_keys=2)
    assert [(each.after, each.rows, each.keys) for each in found.columns[0]] == [
        ("integer", 4, []),
        ("text", 1, []),
    ]
