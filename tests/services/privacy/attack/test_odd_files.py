"""Files that are hard to attack and to measure, and what holds for all of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.made_by_hand import a_clinic, patients
from steward_app.db import open_read
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context
from steward_app.services.privacy.attack import AttackKind, Knowledge, run
from steward_app.services.privacy.columns import NULL, Form, code_of, codes_of, read_columns
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.utility import measure
from steward_app.services.schema import read_schema

HOSTILE = 'na"me\n<img onerror=x>'


def test_tables_of_every_shape_are_attacked_and_measured(tmp_path: Path) -> None:
    wide = ", ".join(f"c{n} INTEGER" for n in range(1_100))
    build = (
        a_database(tmp_path / "a.db")
        .with_table(
            "by key", "a TEXT, b INTEGER, v TEXT, PRIMARY KEY (b, a)", rows=[("x", 1, "p"), ("y", 1, "q")]
        )
        .with_sql(
            "CREATE TABLE keyed (k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID",
            "INSERT INTO keyed VALUES ('b', 'one'), ('a', 'two')",
            f"CREATE TABLE wide ({wide})",
            "INSERT INTO wide (c0) VALUES (1), (2)",
            "CREATE TABLE made (id INTEGER PRIMARY KEY, v TEXT, u AS (upper(v)))",
            "INSERT INTO made (v) VALUES ('a'), ('b')",
            "CREATE TABLE mixed (id INTEGER PRIMARY KEY, v)",
            "INSERT INTO mixed (v) VALUES (1), ('1'), (x'01'), (NULL), (1.5), (CAST(x'ff' AS TEXT)), (-1), (-2)",
            "CREATE VIEW seen AS SELECT * FROM made",
            "CREATE VIRTUAL TABLE words USING fts5(t)",
            "CREATE TABLE rowid_taken (rowid TEXT, _rowid_ TEXT, oid TEXT)",
            "INSERT INTO rowid_taken VALUES ('a', 'b', 'c')",
        )
        .with_table(
            HOSTILE,
            f'id INTEGER PRIMARY KEY, "{HOSTILE.replace(chr(34), chr(34) * 2)}" TEXT',
            rows=[(1, "x")],
        )
    )
    source = build.build()
    report = run(source, source, None, Context(), seconds=0.1)
    tables = {each.table for each in report.truth}
    assert tables == {"by key", "keyed", "wide", "made", "mixed", "rowid_taken", HOSTILE}
    assert all(each.reidentified <= each.claimed <= each.tried for each in report.attacks)
    utility = measure(source, source, Context())
    assert utility.kept == pytest.approx(1.0)
    assert any("600 columns" in line for line in utility.not_compared)


def test_stopping_stops(tmp_path: Path) -> None:
    source = a_clinic(tmp_path / "a.db", patients(2_000))
    context = Context(lambda progress: context.cancel())
    with pytest.raises(Cancelled):
        run(source, source, None, context, seconds=1)
    again = Context(lambda progress: again.cancel())
    with pytest.raises(Cancelled):
        measure(source, source, again)


def test_values_that_are_not_equal_have_codes_of_their_own() -> None:
    values = [None, -1, -2, 0, 1, 1.5, "1", "", "a", "A", b"\xff", "\udcff"]
    codes = codes_of(values).tolist()
    assert len(set(codes)) == len(values)
    assert codes == [code_of(value) for value in values]
    assert codes[0] == NULL
    assert code_of(1) == code_of(1.0)


def test_long_values_are_read_in_part_and_odd_bytes_whole(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v)",
            "INSERT INTO t (v) VALUES (zeroblob(9000)), (CAST(x'41ff42' AS TEXT)), ('2020-01-02'), (7)",
        )
        .build()
    )
    with open_read(path) as session:
        table = read_schema(session).table("t")
        assert table is not None
        found = read_columns(session, table, ["v"], Context())
        few = read_columns(session, table, ["v"], Context(), most=2)
    assert (found.read, few.read, few.rows) == (4, 2, 4)
    assert found.codes["v"].tolist()[1] == code_of("A\udcffB")
    assert found.codes["v"].tolist()[0] == code_of(bytes(4096))
    assert found.forms["v"] is not Form.EMPTY


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from("abc"), st.integers(0, 3)), min_size=1, max_size=40
    ),
    part=st.integers(1, 3),
)
def test_linkage_counts_what_plain_counting_does(
    tmp_path: Path, rows: list[tuple[int, str, int]], part: int
) -> None:
    """Kept and coarser columns: everybody alone in a group is named, and a group of n gives one of n."""
    for path in (tmp_path / "a.db", tmp_path / "b.db"):
        path.unlink(missing_ok=True)
    columns = "id INTEGER PRIMARY KEY, age INTEGER, sex TEXT, town INTEGER"
    made = [(age // 2, sex, town) for age, sex, town in rows]
    source = (
        a_database(tmp_path / "a.db")
        .with_table("t", columns, rows=[(n, *r) for n, r in enumerate(rows)])
        .build()
    )
    shown = [(n, *row) for n, row in enumerate(made) if n % part == 0 or n == 0]
    copy = a_database(tmp_path / "b.db").with_table("t", columns, rows=shown).build()
    rules = ReleaseRules("r", (Rule(Place("t", "age"), Technique.GENERALIZE),))
    report = run(source, copy, rules, Context(), [Knowledge("t", ("age", "sex", "town"))])
    link = next((each for each in report.attacks if each.kind is AttackKind.LINKAGE), None)
    assert link is not None
    groups = Counter(row[1:] for row in shown)
    assert link.reidentified == sum(size == 1 for size in groups.values())
    assert link.likely == pytest.approx(len(groups))
    assert link.persons == len(rows)
