"""Every way a constraint can be broken is found, counted and named, on real files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database, steward
from steward_app import db
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context, Progress
from steward_app.services.schema.check import (
    CheckedConstraint,
    CheckReport,
    ConstraintKind,
    ConstraintState,
    check,
    unchecked,
)
from steward_app.services.schema.introspect import read_schema


def checked(path: Path, context: Context | None = None, tables: tuple[str, ...] = ()) -> CheckReport:
    with db.open_read(path) as session:
        return check(session, read_schema(session), context or Context(), tables=tables)


def only(report: CheckReport, kind: ConstraintKind, table: str, number: int = 0) -> CheckedConstraint:
    found = [c for c in report.constraints if c.constraint.kind is kind and c.constraint.table == table]
    return found[number]


def test_orphans_are_counted_and_their_keys_named(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE visit(id INTEGER PRIMARY KEY)")
        .with_sql("CREATE TABLE diagnosis(id INTEGER PRIMARY KEY, visit_id INT REFERENCES visit)")
        .with_sql("PRAGMA foreign_keys = OFF")
        .with_rows("visit", [(1,), (2,)])
        .with_rows("diagnosis", [(10, 1), (11, 7), (12, None), (13, 8)])
        .build()
    )
    link = only(checked(path), ConstraintKind.LINK, "diagnosis")
    assert link.state is ConstraintState.BROKEN
    assert (link.broken_rows, link.rows_checked) == (2, 4)
    assert link.finding is not None
    assert link.finding.key_columns == ("id",)
    assert link.finding.sample_keys == ((11,), (13,))
    with db.open_read(path) as session:
        assert [row[0] for row in session.all(link.finding.query)] == [11, 13]


def test_a_key_that_cannot_work_hides_no_other(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("PRAGMA foreign_keys = OFF")
        .with_sql("CREATE TABLE p(id INTEGER PRIMARY KEY, k TEXT)")
        .with_sql("CREATE TABLE c(a REFERENCES p(k), b REFERENCES p(id), d REFERENCES nowhere(x))")
        .with_rows("p", [(1, "x")])
        .with_rows("c", [("x", 1, None), ("y", 9, 5)])
        .build()
    )
    report = checked(path)
    unusable, good, nowhere = (only(report, ConstraintKind.LINK, "c", n) for n in range(3))
    assert (unusable.state, unusable.broken_rows) == (ConstraintState.BROKEN, 1)
    assert "unique" in unusable.reason
    assert (good.state, good.broken_rows) == (ConstraintState.BROKEN, 1)
    assert (nowhere.state, nowhere.broken_rows) == (ConstraintState.BROKEN, 1)
    assert {f.code for f in report.findings} >= {"foreign_key_mismatch", "foreign_key_orphans"}


def test_a_key_that_cannot_work_is_not_enforced_where_rows_happen_to_fit(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE p(id INTEGER PRIMARY KEY, k TEXT)")
        .with_sql("CREATE TABLE c(a REFERENCES p(k))")
        .build()
    )
    link = only(checked(path), ConstraintKind.LINK, "c")
    assert link.state is ConstraintState.NOT_ENFORCED
    assert link.finding is not None and link.finding.code == "foreign_key_mismatch"


def test_rows_that_break_a_check_written_with_a_comment_are_found(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE v(a INT, b INT, CONSTRAINT ordered CHECK (v.b >= v.a -- both days\n))")
        .with_sql("PRAGMA ignore_check_constraints = ON")
        .with_rows("v", [(1, 2), (3, 2), (None, 1)])
        .build()
    )
    rule = only(checked(path), ConstraintKind.CHECK, "v")
    assert (rule.state, rule.broken_rows) == (ConstraintState.BROKEN, 1)
    assert rule.constraint.name == "ordered"


def test_a_check_that_cannot_be_asked_says_so_and_hides_no_other(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE v(a TEXT CHECK (json_extract(a, '$.x') > 0), b INT CHECK (b > 0))")
        .with_sql("PRAGMA ignore_check_constraints = ON")
        .with_rows("v", [("not json", -1), ('{"x": 1}', 1)])
        .build()
    )
    report = checked(path)
    by_json, by_number = (only(report, ConstraintKind.CHECK, "v", n) for n in range(2))
    assert by_json.state is ConstraintState.NOT_CHECKABLE
    assert "JSON" in by_json.reason
    assert (by_number.state, by_number.broken_rows) == (ConstraintState.BROKEN, 1)


def test_empty_values_in_a_not_null_column_are_found(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)")
        .with_rows("t", [(1, None), (2, "x")])
        .with_sql("PRAGMA writable_schema = ON")
        .with_sql("UPDATE sqlite_schema SET sql = replace(sql, 'a TEXT', 'a TEXT NOT NULL')")
        .build()
    )
    empty = only(checked(path), ConstraintKind.NOT_EMPTY, "t")
    assert (empty.state, empty.broken_rows) == (ConstraintState.BROKEN, 1)
    assert empty.finding is not None and empty.finding.sample_keys == ((1,),)


def test_a_primary_key_of_text_may_be_empty_and_is_said_so(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE good(code TEXT PRIMARY KEY)")
        .with_sql("CREATE TABLE bad(code TEXT PRIMARY KEY)")
        .with_sql("CREATE TABLE strict(code TEXT PRIMARY KEY) STRICT")
        .with_rows("good", [("a",)])
        .with_rows("bad", [("a",), (None,), (None,)])
        .build()
    )
    report = checked(path)
    assert only(report, ConstraintKind.PRIMARY_KEY, "good").state is ConstraintState.NOT_ENFORCED
    bad = only(report, ConstraintKind.PRIMARY_KEY, "bad")
    assert (bad.state, bad.broken_rows) == (ConstraintState.BROKEN, 2)
    assert bad.finding is not None and bad.finding.key_columns == ("rowid",)
    assert only(report, ConstraintKind.PRIMARY_KEY, "strict").state is ConstraintState.HOLDS


@pytest.mark.parametrize(
    ("declared", "values", "broken"),
    [
        ("INTEGER", [1, None, "n/a", 2.5, b"x"], 3),
        ("REAL", [1, 2.5, None, "n/a"], 1),
        ("DECIMAL(10,2)", [1, 2.5, "12,50", None], 1),
        ("DATE", ["2026-11-20", 20261120, "20.11.2026", None, b"x"], 2),
        ("TEXT", [1, "a", b"x", None], None),
        ("", [1, "a", b"x", None], None),
    ],
)
def test_values_that_do_not_fit_their_declared_type_are_found(
    tmp_path: Path, declared: str, values: list[object], broken: int | None
) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql(f"CREATE TABLE t(id INTEGER PRIMARY KEY, a {declared})")
        .with_rows("t", [(None, value) for value in values])
        .build()
    )
    found = [c for c in checked(path).constraints if c.constraint.kind is ConstraintKind.TYPE]
    assert [c.broken_rows for c in found] == ([] if broken is None else [broken])


def test_a_key_that_holds_another_type_than_declared_is_found_and_the_link_to_it_holds(
    tmp_path: Path,
) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE p(code INT PRIMARY KEY); CREATE TABLE c(code INT REFERENCES p)")
        .with_rows("p", [(1,), ("one",)])
        .with_rows("c", [("one",)])
        .build()
    )
    report = checked(path)
    assert only(report, ConstraintKind.TYPE, "p").broken_rows == 1
    assert only(report, ConstraintKind.LINK, "c").state is ConstraintState.HOLDS


def test_values_that_stand_twice_under_a_unique_rule_are_found(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE t(a TEXT COLLATE NOCASE)")
        .with_sql("CREATE INDEX i ON t(a)")
        .with_rows("t", [("x",), ("X",), ("y",), (None,), (None,)])
        .with_sql("PRAGMA writable_schema = ON")
        .with_sql("UPDATE sqlite_schema SET sql = 'CREATE UNIQUE INDEX i ON t(a)' WHERE name = 'i'")
        .build()
    )
    unique = only(checked(path), ConstraintKind.UNIQUE, "t")
    assert (unique.state, unique.broken_rows) == (ConstraintState.BROKEN, 1)
    assert unique.finding is not None
    with db.open_read(path) as session:
        assert [row[-1] for row in session.all(unique.finding.query)] == [2]


@pytest.mark.parametrize(
    ("index", "rule", "broken"),
    [
        ("t(a) WHERE b", "a where b", 1),
        ("t(lower(a))", "lower(a)", 2),
        ("t(lower(a), b) WHERE b -- only these\n", "lower(a), b where b", 1),
    ],
)
def test_unique_rules_over_some_rows_or_an_expression_are_checked_too(
    tmp_path: Path, index: str, rule: str, broken: int
) -> None:
    text = f"CREATE UNIQUE INDEX i ON {index}"
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE t(a, b)")
        .with_rows("t", [("x", 1), ("x", 1), ("y", 0), ("Y", 0), (None, 1), (None, 1)])
        .with_sql(text.replace("UNIQUE ", ""))
        .with_sql("PRAGMA writable_schema = ON")
        .with_sql(f"UPDATE sqlite_schema SET sql = '{text}' WHERE name = 'i'")
        .build()
    )
    unique = only(checked(path), ConstraintKind.UNIQUE, "t")
    assert (unique.constraint.rule, unique.state, unique.broken_rows) == (
        rule,
        ConstraintState.BROKEN,
        broken,
    )
    assert unique.finding is not None
    with db.open_read(path) as session:
        assert [row[-1] for row in session.all(unique.finding.query)] == [2] * broken


@pytest.mark.parametrize(
    ("declared", "says"),
    [("REAL", "Make the table STRICT"), ("DATE", "give the column the type INTEGER, REAL or TEXT")],
)
def test_strict_is_advised_with_the_types_it_knows(tmp_path: Path, declared: str, says: str) -> None:
    path = a_database(tmp_path / "a.db").with_table("t", f"a {declared}", rows=[("abc",)]).build()
    misfit = only(checked(path), ConstraintKind.TYPE, "t")
    assert misfit.finding is not None
    assert says in misfit.finding.remedies[-1]


def test_a_table_that_is_gone_is_what_is_brought_back(tmp_path: Path) -> None:
    path = a_database(tmp_path / "a.db").with_table("t", "a REFERENCES gone", rows=[(1,)]).build()
    found = {finding.code: finding for finding in checked(path).findings}
    for code in ("foreign_key_orphans", "foreign_key_mismatch"):
        assert any("Bring the table" in remedy for remedy in found[code].remedies)


def test_what_is_wrong_with_the_schema_alone_is_found(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE p(id INTEGER PRIMARY KEY)")
        .with_sql("CREATE TABLE c(a REFERENCES p, b INT)")
        .with_sql("CREATE INDEX one ON c(b)")
        .with_sql("CREATE INDEX two ON c(b)")
        .with_sql("CREATE INDEX three ON c(b, a)")
        .with_sql("CREATE VIEW broken AS SELECT absent FROM p")
        .with_sql("CREATE TRIGGER bad AFTER INSERT ON p BEGIN INSERT INTO gone VALUES (1); END")
        .build()
    )
    codes = [finding.code for finding in checked(path).findings]
    assert sorted(codes) == [
        "broken_trigger",
        "broken_view",
        "duplicate_index",
        "foreign_key_without_index",
        "not_strict",
        "prefix_index",
    ]


def test_what_triggers_refuse_is_told(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE paid(id, n)")
        .with_sql("CREATE TRIGGER a BEFORE UPDATE ON paid BEGIN SELECT RAISE(ABORT, 'it''s kept'); END")
        .with_sql("CREATE TRIGGER b BEFORE DELETE ON paid BEGIN SELECT RAISE(ABORT, 'kept'); END")
        .with_sql("CREATE TRIGGER c AFTER INSERT ON paid WHEN new.n < 0 BEGIN SELECT RAISE(FAIL, 'no'); END")
        .with_sql("CREATE TABLE free(id)")
        .with_sql("CREATE TRIGGER d BEFORE UPDATE ON free BEGIN SELECT RAISE(IGNORE); END")
        .build()
    )
    found = [finding for finding in checked(path).findings if finding.code == "refusing_triggers"]
    assert [finding.title for finding in found] == [
        "Triggers refuse every UPDATE and DELETE and some of INSERT on “paid”"
    ]


def test_keys_that_are_not_valid_utf8_are_named_by_their_bytes(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE t(code TEXT PRIMARY KEY, a INT) WITHOUT ROWID")
        .with_sql("INSERT INTO t VALUES (CAST(x'636166e9' AS TEXT), 'none'), ('tea', 'none'), ('water', 1)")
        .build()
    )
    (finding,) = [each for each in checked(path).findings if each.count == 2]
    assert sorted(key for (key,) in finding.sample_keys) == ["caf\udce9", "tea"]
    assert steward("schema", "check", path, "--json").document()["integrity"] == "ok"


def test_a_damaged_file_is_called_damaged(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)")
        .with_sql("CREATE INDEX i ON t(a)")
        .with_rows("t", [(n, f"value {n}" * 20) for n in range(400)])
        .build()
    )
    content = bytearray(path.read_bytes())
    content[4096 * 5 + 200 : 4096 * 5 + 2200] = b"\xa5" * 2000
    path.write_bytes(content)
    report = checked(path)
    assert report.integrity == "damaged"
    assert any(finding.code == "damaged" for finding in report.findings)


def test_a_stopped_check_says_what_was_not_reached(tmp_path: Path) -> None:
    builder = a_database(tmp_path / "a.db")
    for number in range(4):
        builder = builder.with_sql(f"CREATE TABLE t{number}(a INT NOT NULL)")
    path = builder.build()
    context = Context(lambda progress: stop(progress))

    def stop(progress: Progress) -> None:
        if progress.done == 2:
            context.cancel()

    report = checked(path, context)
    assert not report.complete
    states = {
        c.constraint.table: c.state
        for c in report.constraints
        if c.constraint.kind is ConstraintKind.NOT_EMPTY
    }
    assert states["t0"] is ConstraintState.HOLDS
    assert states["t3"] is ConstraintState.NOT_CHECKED
    assert report.integrity == "not checked"


def test_progress_is_told_table_by_table(tmp_path: Path) -> None:
    path = a_database(tmp_path / "a.db").with_sql("CREATE TABLE t(a INT NOT NULL)").build()
    told: list[Progress] = []
    checked(path, Context(told.append))
    assert [p.note for p in told] == ["t", "the structure of the file"]
    assert all(p.total == 2 for p in told)


def test_before_a_check_everything_is_not_checked(tmp_path: Path) -> None:
    path = a_database(tmp_path / "a.db").with_sql("CREATE TABLE t(a INT NOT NULL)").build()
    with db.open_read(path) as session:
        report = unchecked(read_schema(session))
    assert {c.state for c in report.constraints} == {ConstraintState.NOT_CHECKED}
    assert report.integrity == "not checked"


def test_only_the_tables_asked_for_are_checked(tmp_path: Path) -> None:
    path = a_database(tmp_path / "a.db").with_sql("CREATE TABLE t(a INT NOT NULL)").with_sql(
        "CREATE TABLE u(a INT NOT NULL)"
    ).build()  # fmt: skip
    report = checked(path, tables=("u",))
    assert {c.constraint.table for c in report.constraints} == {"u"}


def test_looking_leaves_no_value_in_a_finding(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE t(id INTEGER PRIMARY KEY, a INT)")
        .with_rows("t", [(1, "secret value")])
        .build()
    )
    assert "secret" not in repr(checked(path))


_STORED = st.one_of(
    st.none(),
    st.integers(-3, 3),
    st.sampled_from(["1", "01", "a", "A", "1.0", ""]),
    st.sampled_from([1.0, 0.5]),
)
_DECLARED = st.sampled_from(["", "INTEGER", "TEXT", "REAL", "NUMERIC", "BLOB", "TEXT COLLATE NOCASE"])


@settings(max_examples=60, deadline=None)
@given(_DECLARED, _DECLARED, st.lists(_STORED, max_size=6), st.lists(_STORED, max_size=6))
def test_orphans_are_those_that_sqlite_itself_counts(
    tmp_path_factory: pytest.TempPathFactory,
    parent_type: str,
    child_type: str,
    parents: list[object],
    children: list[object],
) -> None:
    path = (
        a_database(tmp_path_factory.mktemp("orphans") / "a.db")
        .with_sql("PRAGMA foreign_keys = OFF")
        .with_sql(f"CREATE TABLE p(k {parent_type} UNIQUE ON CONFLICT IGNORE)")
        .with_sql(f"CREATE TABLE c(a {child_type} REFERENCES p(k))")
        .with_rows("p", [(value,) for value in parents])
        .with_rows("c", [(value,) for value in children])
        .build()
    )
    with db.open_read(path) as session:
        counted = len(session.all("PRAGMA main.foreign_key_check('c')"))
    assert only(checked(path), ConstraintKind.LINK, "c").broken_rows == counted


def test_cancelled_is_not_swallowed_by_a_scan(tmp_path: Path) -> None:
    path = a_database(tmp_path / "a.db").with_sql("CREATE TABLE t(a INT NOT NULL)").build()
    context = Context()
    context.cancel()
    report = checked(path, context)
    assert not report.complete
    with pytest.raises(Cancelled):
        context.checkpoint()


def test_our_own_record_of_operations_is_not_the_stewards_to_mend(tmp_path: Path) -> None:
    def made(name: str, *more: str) -> CheckReport:
        built = a_database(tmp_path / name).with_sql(
            "CREATE TABLE visit(id INTEGER PRIMARY KEY, a TEXT NOT NULL)"
        )
        for sql in more:
            built.with_sql(sql)
        return checked(built.build())

    ours = "CREATE TABLE _steward_operations(seq INTEGER PRIMARY KEY, operation_id TEXT NOT NULL UNIQUE)"
    with_ours, without = made("with.db", ours), made("without.db")
    assert with_ours.constraints == without.constraints
    assert with_ours.findings == without.findings


def test_links_of_a_table_that_is_called_parent(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE family(id INTEGER PRIMARY KEY)")
        .with_sql(
            "CREATE TABLE parent(id INTEGER PRIMARY KEY, family REFERENCES family, up REFERENCES parent)"
        )
        .with_sql("PRAGMA foreign_keys = OFF")
        .with_rows("family", [(1,)])
        .with_rows("parent", [(1, 1, 2), (2, 7, None), (3, 1, 9)])
        .build()
    )
    report = checked(path)
    broken = [only(report, ConstraintKind.LINK, "parent", n).broken_rows for n in range(2)]
    assert broken == [1, 1]
