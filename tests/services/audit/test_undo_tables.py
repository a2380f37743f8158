"""Undo on every kind of table: odd keys, modes, versions of a table, and rules that stand beside."""

from __future__ import annotations

import random
from pathlib import Path

import apsw
import pytest

from builders.audited import Statements, a_case
from builders.operations import yes
from builders.undoing import Audited, States, audited, known_to_catalog
from steward_app.db import open_read, open_write, quote
from steward_app.kernel.errors import Refused
from steward_app.kernel.plan import Reversal
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.arm import arm
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.engine.replay import equal
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.undo import ConflictKind, Selection, UndoMode, plan_undo, undo_changes
from steward_app.services.schema import read_schema

SOME, MANY = range(12), range(500)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", MANY if metafunc.config.getoption("--many-seeds") else SOME)


def kinds(file: Audited, *what: object) -> list[ConflictKind]:
    return [each.kind for each in file.outlook(*what).conflicts]


def same(one: States, other: States) -> bool:
    return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)


def armed_again(file: Audited, table: str) -> None:
    """Put a table under audit anew, as it is by now."""
    with open_write(file.path) as session, session.transaction():
        schema = read_schema(session)
        (before,) = tables.tables(session, current=True)
        found = schema.table(table)
        assert found is not None
        arm(session, shape_of(found, schema), earlier=before)


def others_write(path: Path, rnd: random.Random, statements: list[str]) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA recursive_triggers = {rnd.randrange(2)}; PRAGMA foreign_keys = ON")
    for each in statements:
        try:
            connection.execute(each).fetchall()
        except apsw.Error:
            continue
    if connection.in_transaction:
        connection.execute("COMMIT")
    connection.close()


def test_generated_tables_are_as_before_or_untouched(tmp_path: Path, seed: int) -> None:
    rnd = random.Random(seed)
    case = a_case(tmp_path / "made.db", seed)
    file, statements = known_to_catalog(case.path, arm=False), Statements(rnd, case.made)
    others_write(file.path, rnd, list(statements.some(10)))
    before, last = file.state(), file.last()
    others_write(file.path, rnd, ["BEGIN", *(statements.one() for _ in range(rnd.randint(1, 6))), "COMMIT"])
    after, triggers = file.state(), [name for name, _ in file.triggers()]
    seqs = range(last + 1, file.last() + 1)
    if not seqs:
        return
    try:
        receipt = file.undo(seqs)
    except Refused:
        assert same(file.state(), after)
        assert kinds(file, seqs, UndoMode.SKIP) or same(before, after)
        return
    assert same(file.state(), before)
    assert [name for name, _ in file.triggers()] == triggers
    if receipt.undo:
        file.redo(receipt)
        assert same(file.state(), after)


def test_a_value_that_was_not_kept_is_not_guessed(tmp_path: Path) -> None:
    ddl = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c DEFAULT 'made')"
    file = audited(tmp_path, ddl, modes={"b": Mode.FLAG, "c": Mode.NONE})
    file.write("INSERT INTO t VALUES (1, 1, 1, 1)")
    changed = file.write("UPDATE t SET a = 2, b = 2, c = 2")
    (conflict,) = file.outlook(changed).conflicts
    assert (conflict.kind, conflict.column) == (ConflictKind.NOT_KEPT, "b")
    file.undo(changed, UndoMode.SKIP)
    assert file.rows("t") == [(1, 1, 2, 2)]
    assert kinds(file, file.write("DELETE FROM t")) == [ConflictKind.NOT_KEPT] * 2


def test_a_row_that_the_log_could_not_give_back_goes_behind_a_restore_point(tmp_path: Path) -> None:
    file = audited(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)", modes={"b": Mode.FLAG})
    came = file.write("INSERT INTO t VALUES (1, 1, 'not in the log')")
    plan = plan_undo(file.catalog, file.request(came), Context())
    assert (plan.reversal, plan.needs_confirmation) == (Reversal.RESTORE_POINT, True)
    receipt = undo_changes(file.catalog, plan, Context(), yes(plan))
    assert receipt.restore_point
    assert not receipt.undo
    assert file.rows("t") == []
    both = file.write("INSERT INTO t VALUES (1, 1, 1)", "UPDATE t SET a = 2, b = 2", "UPDATE t SET b = 3")
    assert kinds(file, both) == []
    assert file.outlook(both).rows[0].seqs == tuple(both)
    assert set(kinds(file, both[1:])) == {ConflictKind.NOT_KEPT}


def test_names_and_keys_may_be_anything(tmp_path: Path) -> None:
    name = 'o"dd\n name'
    file = audited(
        tmp_path,
        f'CREATE TABLE {quote(name)} ("a b", "rowid" TEXT, v, PRIMARY KEY ("a b", "rowid")) WITHOUT ROWID',
        "CREATE TABLE h (rowid, v)",
        "CREATE TABLE g (id INTEGER PRIMARY KEY, a, b AS (a || 'g') STORED UNIQUE)",
    )
    file.write(
        f"INSERT INTO {quote(name)} VALUES (x'00ff', CAST(x'61ff' AS TEXT), 9e999), (1, 'B', 2)",
        "INSERT INTO h VALUES ('x', CAST(x'ff00fe' AS TEXT)), ('x', 1)",
        "INSERT INTO g (id, a) VALUES (1, 'p'), (2, 'q')",
    )
    before = file.state()
    seqs = file.write(
        f"UPDATE {quote(name)} SET \"rowid\" = 'moved', v = -v",
        f'DELETE FROM {quote(name)} WHERE "a b" = 1',
        "UPDATE h SET rowid = rowid || 'y', v = CAST(x'fefe' AS TEXT)",
        "DELETE FROM h WHERE _rowid_ = 1",
        "UPDATE g SET a = a || '!'",
        "DELETE FROM g WHERE id = 1",
    )
    after = file.state()
    receipt = file.undo(seqs)
    assert file.state() == before
    file.redo(receipt)
    assert file.state() == after


def test_a_row_is_found_by_what_people_type_for_its_key(tmp_path: Path) -> None:
    file = audited(
        tmp_path,
        "CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID",
        "CREATE TABLE r (k TEXT PRIMARY KEY, v)",
    )
    for table in ("w", "r"):
        file.write(f"INSERT INTO {table} VALUES ('12', 1), ('13', 1)")
        file.write(f"UPDATE {table} SET v = 2")
        file.undo(Selection(table=table, key=(12,), column="v"))
        assert file.rows(table) == [("12", 1), ("13", 2)]


def test_columns_that_were_renamed_and_added_since(tmp_path: Path) -> None:
    file = audited(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b)")
    file.write("INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2)")
    seqs = file.write("UPDATE t SET a = 'changed' WHERE id = 1", "DELETE FROM t WHERE id = 2")
    with open_write(file.path) as session, session.transaction():
        session.run("ALTER TABLE t RENAME COLUMN a TO words")
        session.run("ALTER TABLE t ADD COLUMN more DEFAULT 'new'")
        session.run("ALTER TABLE t RENAME TO renamed")
    armed_again(file, "renamed")
    receipt = file.undo(seqs)
    assert file.rows("renamed") == [(1, "one", 1, "new"), (2, "two", 2, "new")]
    file.redo(receipt)
    assert file.rows("renamed") == [(1, "changed", 1, "new")]


def test_rows_that_may_have_other_numbers_since(tmp_path: Path) -> None:
    file = audited(tmp_path, "CREATE TABLE t (a)")
    file.write("INSERT INTO t VALUES (1), (2), (3)", "DELETE FROM t WHERE a = 1")
    seqs = file.write("UPDATE t SET a = 22 WHERE a = 2")
    with open_write(file.path) as session:
        session.run("VACUUM")
    armed_again(file, "t")
    assert kinds(file, seqs) == [ConflictKind.RENUMBERED]


@pytest.mark.parametrize(
    ("rule", "clashes"),
    [
        ("CREATE UNIQUE INDEX u ON t (a COLLATE NOCASE)", True),
        ("CREATE UNIQUE INDEX u ON t (a, b)", False),
        ("CREATE UNIQUE INDEX u ON t (a) WHERE b IS NOT 'off'", True),
        ("CREATE UNIQUE INDEX u ON t (a) WHERE b IS 'off'", False),
        ("CREATE UNIQUE INDEX u ON t (lower(a))", None),
    ],
)
def test_unique_indexes_of_every_kind(tmp_path: Path, rule: str, clashes: bool | None) -> None:
    file = audited(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b)", rule)
    file.write("INSERT INTO t VALUES (1, 'x', 1)")
    gone = file.write("DELETE FROM t")
    file.write(f"INSERT INTO t VALUES (2, '{'X' if 'NOCASE' in rule or 'lower' in rule else 'x'}', 2)")
    after = file.state()
    if clashes:
        assert kinds(file, gone) == [ConflictKind.UNIQUE_CLASH]
    elif clashes is None:  # what no plan can tell is noticed when it is written
        with pytest.raises(Refused, match="a rule of the table"):
            file.undo(gone)
        assert file.state() == after
    else:
        file.undo(gone)
        assert [row[0] for row in file.rows("t")] == [1, 2]


@pytest.mark.parametrize(
    ("where", "clashes"),
    [("code IS 1", True), ("code IS NOT 1", False), ("no IS '7'", True), ("no IS NOT '7'", False)],
)
def test_a_partial_index_compares_as_its_columns_do(tmp_path: Path, where: str, clashes: bool) -> None:
    """A column that holds text makes text of the number beside it, and one that holds numbers a number of the text."""
    ddl = "CREATE TABLE t (id INTEGER PRIMARY KEY, u, code TEXT, no INTEGER)"
    file = audited(tmp_path, ddl, f"CREATE UNIQUE INDEX u ON t (u) WHERE {where}")
    file.write("INSERT INTO t VALUES (1, 'x', '1', 7)")
    gone = file.write("DELETE FROM t")
    file.write("INSERT INTO t VALUES (2, 'x', '1', 7)")
    if clashes:
        assert kinds(file, gone) == [ConflictKind.UNIQUE_CLASH]
    else:
        file.undo(gone)
        assert [row[0] for row in file.rows("t")] == [1, 2]


def test_an_exchange_where_no_free_value_is_allowed(tmp_path: Path) -> None:
    file = audited(
        tmp_path,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER NOT NULL UNIQUE CHECK (a IN (1, 2, 3)), b REFERENCES t)",
    )
    file.write("INSERT INTO t VALUES (1, 1, 1), (2, 2, 1)")
    before, start = file.state(), file.last()
    file.write(
        "UPDATE t SET a = 3 WHERE id = 1",
        "UPDATE t SET a = 1 WHERE id = 2",
        "UPDATE t SET a = 2 WHERE id = 1",
    )
    after = file.state()
    receipt = file.undo(range(start + 1, file.last() + 1))
    assert file.state() == before
    file.redo(receipt)
    assert file.state() == after


def test_other_triggers_do_not_run_and_stand_as_before(tmp_path: Path) -> None:
    file = audited(tmp_path)
    file.write("INSERT INTO p (id, u) VALUES (1, 'a')", "INSERT INTO c VALUES (1, 1, 'x')")
    triggers = file.triggers()
    seqs = file.write("UPDATE p SET a = 5", "DELETE FROM c")
    file.undo(seqs)
    assert file.rows("p") == [(1, "a", None, None)]
    assert file.rows("g") == []
    assert file.triggers() == triggers
    with open_read(file.path) as session:
        assert [each.undo_of for each in tables.txns(session)] == [f"changes {seqs[0]}–{seqs[-1]}"]
    assert file.outlook(Selection(unknown_writer=True, newest=True), UndoMode.SKIP).conflicts


def test_tables_of_very_many_columns(tmp_path: Path) -> None:
    columns = [f"c{n}" for n in range(980)]
    file = audited(tmp_path, f"CREATE TABLE t (id INTEGER PRIMARY KEY, {', '.join(columns)})")
    file.write(
        f"INSERT INTO t VALUES (1, {', '.join(map(str, range(980)))})", "INSERT INTO t (id) VALUES (2)"
    )
    before = file.state()
    seqs = file.write("UPDATE t SET c5 = 'x', c970 = 'y'", "DELETE FROM t WHERE id = 1")
    after = file.state()
    receipt = file.undo(seqs)
    assert file.state() == before
    file.redo(receipt)
    assert file.state() == after
