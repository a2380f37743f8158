"""What the check says of the file itself."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.odd_files import a_file_with_rows, cut_to, needs_its_own_program, overwritten, tampered
from steward_app import db
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.schema.check import CheckReport, ConstraintKind, ConstraintState, check
from steward_app.services.schema.check.scan import sample_keys
from steward_app.services.schema.introspect import read_schema


def checked(path: Path, *, quick: bool = False) -> CheckReport:
    with db.open_read(path) as session:
        return check(session, read_schema(session), Context(), quick=quick)


def of_code(report: CheckReport, code: str) -> Finding:
    (finding,) = [each for each in report.findings if each.code == code]
    return finding


def test_a_sound_file(tmp_path: Path) -> None:
    assert checked(a_file_with_rows(tmp_path / "clinic.db")).integrity == "ok"


def test_what_a_missing_function_keeps_from_being_checked_is_said_and_all_else_is_checked(
    tmp_path: Path,
) -> None:
    report = checked(needs_its_own_program(tmp_path / "clinic.db"))

    assert report.complete
    assert report.integrity == "partly checked"
    finding = of_code(report, "structure_not_checkable")
    assert finding.count == 2
    assert "“by collation”, “by function”" in finding.detail


def test_damage_says_how_far_each_table_can_be_read(tmp_path: Path) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db", rows=200)
    overwritten(path, 10 * 4096, bytes(4096))

    report = checked(path)

    assert report.integrity == "damaged"
    finding = of_code(report, "damaged")
    assert finding.title.startswith("“clinic.db” itself is damaged")
    assert finding.detail.startswith("0 of 1 table can be read whole; of “visit”, ")
    assert "***" not in finding.detail


def test_keys_are_named_as_far_as_the_rows_can_be_read(tmp_path: Path) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db", rows=200)
    with db.open_read(path) as session:
        page = session.count("SELECT max(pageno) FROM dbstat WHERE name = 'visit' AND pagetype = 'leaf'")
    overwritten(path, (page - 1) * 4096, bytes(4096))
    with db.open_read(path) as session:
        table = read_schema(session).table("visit")
        assert table is not None
        keys = sample_keys(session, table, '"id" > 0', Context(), limit=200)
    assert 0 < len(keys) < 200
    assert [int(str(key)) for (key,) in keys] == list(range(1, len(keys) + 1))


@settings(max_examples=30, deadline=None)
@given(
    damage=st.lists(
        st.tuples(st.integers(4096, 50 * 4096), st.binary(min_size=1, max_size=40)), min_size=1, max_size=30
    )
)
def test_whatever_is_damaged_the_check_comes_to_its_end(damage: list[tuple[int, bytes]]) -> None:
    with TemporaryDirectory() as folder:
        path = a_file_with_rows(Path(folder) / "clinic.db", rows=200)
        size = path.stat().st_size
        for offset, data in damage:
            overwritten(path, min(offset, size - len(data)), data)
        before = path.read_bytes()
        report = checked(path)
        assert report.complete
        assert all(c.state is not ConstraintState.NOT_CHECKED for c in report.constraints)
        assert path.read_bytes() == before


def test_what_was_noticed_at_opening_is_part_of_the_check(tmp_path: Path) -> None:
    cut = a_file_with_rows(tmp_path / "cut.db", rows=200)
    cut_to(cut, cut.stat().st_size - 4096)
    junk = tampered(
        a_file_with_rows(tmp_path / "junk.db"),
        "UPDATE sqlite_schema SET sql = 'junk' WHERE name = 'visit_note'",
    )

    for path, code in ((cut, "truncated"), (junk, "malformed_schema")):
        report = checked(path)
        assert report.integrity == "damaged"
        assert of_code(report, code)
        assert not any(finding.code == "broken_table" for finding in report.findings)
        assert not any(c.state is ConstraintState.NOT_CHECKED for c in report.constraints)


def test_a_unique_rule_is_not_believed_to_hold_by_an_index_that_nobody_compares(tmp_path: Path) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    connection = apsw.Connection(str(path))
    (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'visit_note'").fetchone()
    connection.close()
    tampered(path, "DELETE FROM sqlite_schema WHERE name = 'visit_note'")
    connection = apsw.Connection(str(path))  # no index knows of this row
    connection.execute("INSERT INTO visit (note) SELECT note FROM visit WHERE id = 1")
    connection.close()
    index = f"'index', 'visit_note', 'visit', {root}, 'CREATE UNIQUE INDEX visit_note ON visit (note)'"
    tampered(path, f"INSERT INTO sqlite_schema VALUES ({index})")
    with db.open_read(path) as session:
        schema = read_schema(session)
        for report in (
            check(session, schema, Context(), quick=True),
            check(session, schema, Context(), tables=("visit",)),
        ):
            (unique,) = [c for c in report.constraints if c.constraint.kind is ConstraintKind.UNIQUE]
            assert unique.state is ConstraintState.BROKEN
        assert check(session, schema, Context()).integrity == "damaged"


def test_a_full_text_index_that_missed_a_change_of_its_table_is_no_damage(tmp_path: Path) -> None:
    index = 'CREATE VIRTUAL TABLE f USING fts4(a, content="t")'
    path = (
        a_database(tmp_path).with_sql("CREATE TABLE t (a)", index, "INSERT INTO t VALUES ('missed')").build()
    )

    report = checked(path)

    assert report.integrity == "ok"
    finding = of_code(report, "full_text_stale")
    assert finding.title == "The full-text index “f” does not hold the words of the table it reads"
    assert 'INSERT INTO "f" ("f") VALUES (\'rebuild\')' in finding.remedies[0]
    own = a_database(tmp_path, "own.db").with_sql(
        "CREATE VIRTUAL TABLE f USING fts4(a)", "INSERT INTO f VALUES ('x')"
    )
    with apsw.Connection(str(broken := own.build())) as connection:
        connection.execute("UPDATE f_content SET c0a = 'y'")
    connection.close()
    assert checked(broken).integrity == "damaged"
