"""What was written to a sealed log by hand is found and named, whatever it is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.sealed import an_audited_file, by_hand, sealed, writing
from steward_app.db import open_read
from steward_app.db.content import table_content
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.seals.row_lists import make_again
from steward_app.services.audit.seals.unwind import How
from steward_app.services.audit.seals.verdict import ProblemKind, Verdict
from steward_app.services.audit.seals.verify import verify

LOG = "_steward_audit_log_1"
HARD = [
    None,
    0,
    1,
    1.0,
    -1,
    2**63 - 1,
    0.1,
    float("inf"),
    -0.0,
    0.0,
    "",
    "a",
    "A",
    "a\x00b",
    "é",
    b"",
    b"\x00\xff",
]


def verdict(path: Path, **how: object) -> Verdict:
    with open_read(path) as session, session.snapshot():
        return verify(session, **how)  # type: ignore[arg-type]


def a_sealed_file(folder: Path) -> Path:
    """Three seals: nothing yet; six changes of both tables; four more."""
    path = an_audited_file(folder)
    sealed(path)
    with writing(path) as session:
        session.run("UPDATE person SET name = 'other' WHERE id = 2")
        session.run("INSERT INTO person VALUES (99, 'new', x'00', 1.5)")
        session.run("UPDATE place SET town = 'Town' WHERE people = 2")
        session.run("DELETE FROM place WHERE people = 3")
        session.run("UPDATE person SET id = 77 WHERE id = 1")
        session.run("UPDATE person SET note = CAST(x'ff41' AS TEXT) WHERE id = 77")
    sealed(path)
    with writing(path) as session:
        session.run("UPDATE person SET name = 'later', weight = -0.0 WHERE id = 2")
        session.run("DELETE FROM person WHERE id = 99")
        session.run("INSERT INTO place VALUES ('far', 'away', NULL)")
        session.run("INSERT OR REPLACE INTO person VALUES (3, 'replaced', NULL, NULL)")
    sealed(path)
    assert verdict(path).holds
    return path


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, module_home: None) -> Path:
    return a_sealed_file(tmp_path_factory.mktemp("sealed"))


@pytest.fixture(scope="module")
def module_home(tmp_path_factory: pytest.TempPathFactory) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEWARD_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture
def path(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "copy.db"))


def first(path: Path) -> tuple[ProblemKind, int]:
    found = verdict(path).problems[0]
    return found.kind, found.seq or found.seal


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        (f"UPDATE {LOG} SET n1 = 'forged' WHERE seq = 1", (ProblemKind.CHANGED, 1)),
        (f"UPDATE {LOG} SET o1 = 'forged' WHERE seq = 1", (ProblemKind.CHANGED, 1)),
        (f"UPDATE {LOG} SET at = at + 1 WHERE seq = 2", (ProblemKind.CHANGED, 2)),
        (f"UPDATE {LOG} SET rid = 3 WHERE seq = 1", (ProblemKind.CHANGED, 1)),
        (f"UPDATE {LOG} SET rid = 'x' WHERE seq = 1", (ProblemKind.CHANGED, 1)),
        (f"UPDATE {LOG} SET n3 = 1 WHERE seq = 2", (ProblemKind.CHANGED, 2)),
        (f"UPDATE {LOG} SET n2 = x'' WHERE seq = 2", (ProblemKind.CHANGED, 2)),
        (f"UPDATE {LOG} SET m0 = 0 WHERE seq = 1", (ProblemKind.CHANGED, 1)),
        (f"UPDATE {LOG} SET op = 2 WHERE seq = 2", (ProblemKind.CHANGED, 2)),
        (f"UPDATE {LOG} SET txn = 1 WHERE seq = 2", (ProblemKind.CHANGED, 2)),
        ("UPDATE _steward_audit_log_2 SET o0 = 'forged' WHERE seq = 4", (ProblemKind.CHANGED, 4)),
        (f"DELETE FROM {LOG} WHERE seq = 5", (ProblemKind.MISSING, 5)),
        ("DELETE FROM _steward_audit_log_2 WHERE seq = 3", (ProblemKind.MISSING, 3)),
        (f"INSERT INTO {LOG} (seq, op) VALUES (3, 2)", (ProblemKind.INSERTED, 3)),
        (f"INSERT INTO {LOG} (seq, op) VALUES (0, 2)", (ProblemKind.INSERTED, 0)),
        (f"INSERT INTO {LOG} (seq, op) VALUES (-5, 2)", (ProblemKind.INSERTED, -5)),
        (f"INSERT INTO {LOG} (seq, op) VALUES (999, 2)", (ProblemKind.INSERTED, 999)),
        ("INSERT INTO _steward_audit_event (seq, kind) VALUES (2, 'gap')", (ProblemKind.INSERTED, 2)),
        ("DELETE FROM _steward_audit_key_1", (ProblemKind.CHANGED, 1)),
        ("UPDATE _steward_audit_clock SET seq = 4", (ProblemKind.CHANGED, 4)),
        ("UPDATE _steward_audit_table SET name = 'other' WHERE tid = 2", (ProblemKind.TABLE, 1)),
        ("INSERT INTO _steward_audit_txn (txn, actor) VALUES (-1, 'x')", (ProblemKind.TRANSACTION, 0)),
        ("UPDATE _steward_audit_seal SET sealed_us = 5 WHERE n = 2", (ProblemKind.SIGNATURE, 2)),
        ("UPDATE _steward_audit_seal SET root = cells WHERE n = 3", (ProblemKind.SIGNATURE, 3)),
        ("UPDATE _steward_audit_seal SET key_id = 'x' WHERE n = 3", (ProblemKind.SIGNATURE, 3)),
        ("UPDATE _steward_audit_seal SET signature = NULL WHERE n = 1", (ProblemKind.SIGNATURE, 1)),
        ("UPDATE _steward_audit_seal SET marks = x'00000000' WHERE n = 3", (ProblemKind.SEAL, 3)),
        ("DELETE FROM _steward_audit_seal WHERE n = 1", (ProblemKind.SEAL, 1)),
        ("DELETE FROM _steward_audit_seal WHERE n = 2", (ProblemKind.SEAL, 2)),
        ("UPDATE _steward_audit_seal SET n = 8 WHERE n = 3", (ProblemKind.SEAL, 3)),
        ("INSERT INTO _steward_audit_seal (n) VALUES (4)", (ProblemKind.SEAL, 4)),
        ("INSERT INTO _steward_audit_seal (n) VALUES (0)", (ProblemKind.SEAL, 1)),
        ("UPDATE _steward_audit_seal SET last_seq = 1 << 60 WHERE n = 3", (ProblemKind.SEAL, 3)),
        ("UPDATE _steward_audit_seal SET first_seq = -1, last_seq = 1 << 62 WHERE n = 2", (ProblemKind.SEAL, 2)),
        ("UPDATE _steward_audit_chain SET log = x'00'", (ProblemKind.SIGNATURE, 1)),
        ("UPDATE _steward_audit_chain SET base = zeroblob(2048)", (ProblemKind.BASELINE, 3)),
        ("DELETE FROM _steward_audit_base_1", (ProblemKind.BASELINE, 3)),
        ("UPDATE _steward_audit_base_1 SET data = data || x'00'", (ProblemKind.BASELINE, 3)),
        ("UPDATE _steward_audit_table SET columns = '{' WHERE tid = 2", (ProblemKind.TABLE, 1)),
        ("UPDATE _steward_audit_table SET row_key = 5 WHERE tid = 1", (ProblemKind.TABLE, 1)),
        ("DELETE FROM _steward_audit_table WHERE tid = 2", (ProblemKind.TABLE, 1)),
        ("DROP TABLE _steward_audit_log_2", (ProblemKind.MISSING, 3)),
        ("DROP TABLE _steward_audit_base_2", (ProblemKind.BASELINE, 3)),
    ],
)  # fmt: skip
def test_the_first_thing_that_was_forged_is_named(
    path: Path, sql: str, named: tuple[ProblemKind, int]
) -> None:
    by_hand(path, sql)
    found = verdict(path)
    assert not found.holds
    assert (found.problems[0].kind, found.problems[0].seq or found.problems[0].seal) == named


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM _steward_audit_rows_1 WHERE seq = 5",
        "UPDATE _steward_audit_rows_2 SET key = x'00' WHERE seq = 4",
        "INSERT INTO _steward_audit_rows_1 VALUES (2, 999)",
        "INSERT INTO _steward_audit_rows_1 VALUES (77, 1)",
    ],
)
def test_a_list_that_hides_a_change_is_told_and_made_again(path: Path, sql: str) -> None:
    by_hand(path, sql)
    assert [each.kind for each in verdict(path).problems] == [ProblemKind.LIST] * sql.startswith("DELETE")
    assert [each.kind for each in verdict(path, full=True).problems] == [ProblemKind.LIST]
    with writing(path) as session:
        for table in tables.tables(session):
            make_again(session, table, [(1, 11)])
    assert verdict(path, full=True).holds


def test_records_that_have_changed_places_are_told_as_that(path: Path) -> None:
    for sql in ("SET seq = -7 WHERE seq = 2", "SET seq = 2 WHERE seq = 5", "SET seq = 5 WHERE seq = -7"):
        by_hand(path, f"UPDATE {LOG} {sql}")
    found = verdict(path).problems
    assert [(each.kind, each.seq) for each in found] == [(ProblemKind.MOVED, 2), (ProblemKind.MOVED, 5)]
    assert "Change 5 of “person” stands at number 2" in found[0].sentence


def test_a_tail_that_was_cut_off_leaves_a_baseline_that_does_not_fit(path: Path) -> None:
    by_hand(path, "DELETE FROM _steward_audit_seal WHERE n = 3")
    by_hand(path, "DELETE FROM _steward_audit_log_1 WHERE seq > 6")
    by_hand(path, "DELETE FROM _steward_audit_log_2 WHERE seq > 6")
    by_hand(path, "UPDATE _steward_audit_clock SET seq = 6")
    assert first(path) == (ProblemKind.BASELINE, 2)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE _steward_audit_clock SET seq = 1 << 61",
        f"INSERT INTO {LOG} (seq, op, rid) VALUES (1 << 61, 2, 5)",
        "INSERT INTO _steward_audit_event (seq, kind) VALUES (1 << 61, 'x')",
    ],
)
def test_a_number_from_far_away_keeps_nobody_busy(path: Path, sql: str) -> None:
    by_hand(path, sql)
    verdict(path, full=True)
    with writing(path) as session:
        session.run("UPDATE person SET name = 'much later' WHERE id = 2")
    assert len(sealed(path)) == 1
    assert [each.kind for each in verdict(path, full=True).problems] in ([], [ProblemKind.INSERTED])


def test_nothing_can_be_put_into_a_hole_that_a_clock_left(path: Path) -> None:
    by_hand(path, "UPDATE _steward_audit_clock SET seq = 1 << 40")
    with writing(path) as session:
        session.run("UPDATE person SET name = 'much later' WHERE id = 2")
    assert [seal.first_seq for seal in sealed(path)] == [(1 << 40) + 1]
    assert verdict(path, full=True).holds
    by_hand(path, f"INSERT INTO {LOG} (seq, op, rid) VALUES (5000000, 2, 5)")
    assert first(path) == (ProblemKind.INSERTED, 5_000_000)


def test_what_is_not_sealed_is_told(path: Path) -> None:
    with writing(path) as session:
        session.run("UPDATE person SET name = 'unsealed'")
    found = verdict(path)
    assert found.holds
    assert (found.seals, found.sealed, found.unsealed) == (3, 11, 5)


@pytest.mark.parametrize(
    ("sql", "table", "key", "how"),
    [
        ("UPDATE person SET note = 'x' WHERE id = 4", "person", (4,), How.CHANGED),
        ("UPDATE person SET weight = 2 WHERE id = 77", "person", (77,), How.CHANGED),
        ("INSERT INTO person VALUES (500, 'x', NULL, NULL)", "person", (500,), How.ADDED),
        ("INSERT INTO person VALUES (-500, 'x', NULL, NULL)", "person", (-500,), How.ADDED),
        ("DELETE FROM person WHERE id = 4", "person", (4,), How.REMOVED),
        ("UPDATE place SET people = 9 WHERE town = 'Town'", "place", ("Town", "main street"), How.CHANGED),
        ("INSERT INTO place VALUES ('x', 'y', 1)", "place", ("x", "y"), How.ADDED),
        ("DELETE FROM place WHERE town = 'Town'", "place", ("Town", "main street"), How.REMOVED),
    ],
)  # fmt: skip
@pytest.mark.parametrize("touched", [False, True])
def test_a_row_that_was_changed_behind_the_log_is_named(
    path: Path, sql: str, table: str, key: tuple[object, ...], how: How, touched: bool
) -> None:
    """Whether or not changes that are not sealed concern other rows."""
    by_hand(path, sql)
    if touched:
        with writing(path) as session:
            session.run("UPDATE person SET name = 'unsealed' WHERE id = 2")
            session.run("UPDATE place SET people = 77 WHERE town = 'far'")
    found = verdict(path)
    assert not found.problems
    assert [(each.table, each.key, each.how) for each in found.differences or ()] == [(table, key, how)]


CHANGES: list[Callable[[st.DataObject], tuple[str, tuple[object, ...]]]] = [
    lambda data: (
        "INSERT OR REPLACE INTO person VALUES (?, ?, ?, ?)",
        (data.draw(ids), *data.draw(three)),
    ),
    lambda data: ("UPDATE person SET name = ?, note = ? WHERE id = ?", (*data.draw(two), data.draw(ids))),
    lambda data: ("UPDATE OR REPLACE person SET id = ? WHERE id = ?", (data.draw(ids), data.draw(ids))),
    lambda data: ("DELETE FROM person WHERE id = ?", (data.draw(ids),)),
    lambda data: ("INSERT OR REPLACE INTO place VALUES (?, ?, ?)", (*data.draw(towns), data.draw(hard))),
    lambda data: ("UPDATE OR REPLACE place SET street = ?, people = ?", (data.draw(ids), data.draw(hard))),
    lambda data: ("DELETE FROM place WHERE town = ?", (data.draw(towns)[0],)),
]
ids = st.integers(1, 6)
hard = st.sampled_from(HARD)
two, three = st.tuples(hard, hard), st.tuples(hard, hard, hard)
towns = st.tuples(st.sampled_from(["a", "A", "b"]), st.sampled_from(["x", 1]))
TAMPER = [
    "UPDATE {log} SET {column} = {column} || 'x' WHERE seq = {seq} AND {column} IS NOT NULL",
    "UPDATE {log} SET {column} = 7777 WHERE seq = {seq} AND {column} IS NULL",
    "DELETE FROM {log} WHERE seq = {seq}",
    "UPDATE {log} SET seq = seq + 100000 WHERE seq = {seq}",
]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_log_holds_until_somebody_touches_it(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = an_audited_file(tmp_path_factory.mktemp("any"))
    for _ in range(data.draw(st.integers(1, 3))):
        with writing(path) as session:
            for _ in range(data.draw(st.integers(1, 6))):
                sql, bindings = data.draw(st.sampled_from(CHANGES))(data)
                session.run(sql, bindings)  # type: ignore[arg-type]
        sealed(path)
    found = verdict(path, full=True)
    assert found.holds, (found.problems, found.differences)
    with open_read(path) as session:
        logged = session.all(f"SELECT seq, 1 FROM {LOG} UNION SELECT seq, 2 FROM _steward_audit_log_2")
    if not logged:
        return
    seq, tid = data.draw(st.sampled_from(logged))
    column = data.draw(st.sampled_from(["at", "op", "txn", "rid", "nrid", "m0", "o1", "n1", "o2", "n2"]))
    sql = data.draw(st.sampled_from(TAMPER)).format(log=f"_steward_audit_log_{tid}", column=column, seq=seq)
    if by_hand(path, sql):
        found = verdict(path)
        assert found.problems[0].seq == seq


NOT_SEALED = {"_steward_audit_never", "_steward_audit_clock"}
FREE = {  # what no seal holds, since it may change later and the log says the same
    ("_steward_audit_txn", "last_seq"),
    ("_steward_audit_table", "to_seq"),
    ("_steward_audit_table", "ddl"),
    ("_steward_audit_table", "shape_hash"),
}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_cell_and_no_row_of_what_is_sealed_can_be_touched(
    tmp_path_factory: pytest.TempPathFactory, original: Path, data: st.DataObject
) -> None:
    """Any cell edited, any row deleted or put in twice, in any table of the audit."""
    path = Path(shutil.copy(original, tmp_path_factory.mktemp("any") / "copy.db"))
    with open_read(path) as session:
        rows = session.all(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '_steward_audit_*'"
            " AND name NOT GLOB '*_pen_*' ORDER BY name"
        )
        names = [str(name) for (name,) in rows if name not in NOT_SEALED]
        table = data.draw(
            st.sampled_from([each for each in names if session.count(f"SELECT count(*) FROM {each}")])
        )
        info = session.all("SELECT name, pk FROM pragma_table_info(?)", (table,))
        key = [str(name) for name, pk in info if pk]
        keys = session.all(f"SELECT {', '.join(key)} FROM {table} ORDER BY 1")
    columns = [str(name) for name, _ in info if (table, name) not in FREE]
    column, bindings = data.draw(st.sampled_from(columns)), data.draw(st.sampled_from(keys))
    where = " AND ".join(f"{name} IS ?" for name in key)
    longer = f"CASE typeof({column}) WHEN 'integer' THEN {column} + 1000 ELSE ifnull({column}, '') || 'x' END"
    other = data.draw(st.sampled_from([longer, f"CAST(ifnull({column}, '') AS BLOB) || x'00'"]))
    edits = [f"UPDATE OR REPLACE {table} SET {column} = {other}", f"DELETE FROM {table}"]
    longer_secret = (
        table.startswith("_steward_audit_key_") and column == "data"
    )  # its first bytes are the secret still
    forged = f"{edits[1] if longer_secret else data.draw(st.sampled_from(edits))} WHERE {where}"
    with open_read(path) as session:
        before = table_content(session, table, Context())
    by_hand(path, forged, *bindings)
    with open_read(path) as session:
        if table_content(session, table, Context()) == before:
            return
    found = verdict(path, full=True)
    assert not found.holds, forged
