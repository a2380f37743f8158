"""Migrations applied through the pipeline: in order, one transaction each, written into the history."""

from __future__ import annotations

import pytest

from builders.migrating import Migrating
from steward_app.catalog.policy import policy_path
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.model import Origin, State
from steward_app.services.migrate.run import service
from steward_app.services.operation import Confirmation


def test_the_plan_names_each_file_once_above_its_statements(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x); INSERT INTO a VALUES (1); INSERT INTO a VALUES (2);")
    clinic.write("V0002__b.sql", "CREATE TABLE b (x);")
    assert clinic.plan().sql == (
        "-- V0001__a.sql\nCREATE TABLE a (x);",
        "INSERT INTO a VALUES (1);",
        "INSERT INTO a VALUES (2);",
        "-- V0002__b.sql\nCREATE TABLE b (x);",
    )


def test_what_waits_runs_in_order_and_stands_in_the_history(clinic: Migrating) -> None:
    clinic.write(
        "V0002__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY, visit_id REFERENCES visit (id));"
    )
    clinic.write(
        "V0001__mail.sql", "ALTER TABLE patient ADD COLUMN mail TEXT; UPDATE patient SET mail = name;"
    )
    clinic.write("R__busy.sql", "DROP VIEW IF EXISTS busy; CREATE VIEW busy AS SELECT id FROM visit;")

    receipt = clinic.apply()

    assert receipt.result == {"files": ["V0001__mail.sql", "V0002__rooms.sql", "R__busy.sql"]}
    assert {"room", "busy"} < clinic.objects()
    assert clinic.all("SELECT mail FROM patient ORDER BY id") == [("Ada",), ("Bo",)]
    rows = clinic.history()
    assert [row.file for row in rows] == receipt.result["files"]
    assert all(
        row.complete and row.origin is Origin.RUN and row.operation_id == receipt.operation_id for row in rows
    )
    assert all(row.restore_point == receipt.restore_point != "" for row in rows)
    assert [row.schema_after for row in rows[:-1]] == [row.schema_before for row in rows[1:]]
    assert set(clinic.states().values()) == {State.APPLIED}


def test_applying_again_changes_nothing(clinic: Migrating) -> None:
    clinic.write("V0001__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY);")
    clinic.apply()
    before = clinic.history()

    with pytest.raises(Refused, match="No migration waits"):
        clinic.plan()

    assert clinic.history() == before


def test_one_that_fails_leaves_those_before_it_and_says_so(clinic: Migrating) -> None:
    for version in range(1, 10):
        clinic.write(f"V{version:04}__t.sql", f"CREATE TABLE t{version} (x);")
    clinic.write("V0010__bad.sql", "CREATE TABLE t10 (x);\nINSERT INTO patient VALUES (1, 'Cy', NULL);")

    with pytest.raises(Failure, match=r"“V0010__bad\.sql”, line 2, column 1: A rule of") as failed:
        clinic.apply()

    assert "“V0009__t.sql” were applied and stay" in failed.value.hint
    assert {f"t{version}" for version in range(1, 10)} < clinic.objects()
    assert "t10" not in clinic.objects()
    assert len(clinic.history()) == 9
    assert clinic.states()["V0010__bad.sql"] is State.PENDING
    (clinic.folder / "V0010__bad.sql").write_text("CREATE TABLE t10 (x);")
    assert clinic.apply().result == {"files": ["V0010__bad.sql"]}


def test_rows_that_would_point_to_nothing_stop_it(clinic: Migrating) -> None:
    clinic.write("V0001__away.sql", "DELETE FROM patient WHERE id = 1;")

    with pytest.raises(Failure, match="2 more rows of “visit” point to nothing"):
        clinic.apply()

    assert clinic.all("SELECT count(*) FROM patient") == [(2,)]
    assert clinic.history() == ()


def test_orphans_that_were_there_before_are_no_reason_even_when_the_table_is_renamed(
    clinic: Migrating,
) -> None:
    clinic.sql("INSERT INTO visit VALUES (9, 99, 'orphan')")
    clinic.write("V0001__call.sql", "ALTER TABLE visit RENAME TO encounter;")

    clinic.apply()

    assert "encounter" in clinic.objects()


def test_children_of_a_table_that_is_written_anew_are_kept(clinic: Migrating) -> None:
    clinic.write(
        "V0001__strict.sql",
        "CREATE TABLE patient_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT) STRICT;\n"
        "INSERT INTO patient_new SELECT * FROM patient;\n"
        "DROP VIEW names; DROP TABLE patient;\n"
        "ALTER TABLE patient_new RENAME TO patient;\n"
        "CREATE VIEW names AS SELECT id, name FROM patient;",
    )

    clinic.apply()

    assert clinic.all("SELECT count(*) FROM visit") == [(3,)]


def test_a_view_that_would_break_stops_it(clinic: Migrating) -> None:
    clinic.write("V0001__gone.sql", "DROP TABLE patient;")

    with pytest.raises(Failure) as failed:
        clinic.apply()

    assert failed.value.code is ErrorCode.VERIFY_FAILED
    assert "“names”" in failed.value.message
    assert "patient" in clinic.objects()


def test_only_up_to_the_target_and_what_repeats_waits_for_the_rest(clinic: Migrating) -> None:
    for version in (1, 2, 3):
        clinic.write(f"V000{version}__t.sql", f"CREATE TABLE t{version} (x);")
    clinic.write("R__all.sql", "DROP VIEW IF EXISTS three; CREATE VIEW three AS SELECT x FROM t3;")

    clinic.apply(target=2)

    assert clinic.states()["V0003__t.sql"] is State.PENDING
    assert clinic.states()["R__all.sql"] is State.PENDING
    clinic.apply()
    assert "three" in clinic.objects()
    with pytest.raises(UsageError, match="has version 7"):
        clinic.plan(target=7)


def test_what_is_in_the_way_blocks_the_plan(clinic: Migrating) -> None:
    clinic.write("V0002__b.sql", "CREATE TABLE b (x);")
    clinic.apply()
    clinic.write("V0001__late.sql", "CREATE TABLE a (x);")

    assert [each.code for each in clinic.plan().blocking] == ["migration_late"]
    with pytest.raises(Refused, match="below a version"):
        clinic.apply()
    clinic.apply(late=True)
    assert {"a", "b"} < clinic.objects()


def test_a_file_that_changes_after_the_plan_makes_it_stale(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    plan = clinic.plan()
    clinic.write("V0001__a.sql", "DROP TABLE visit;")

    with pytest.raises(Refused) as refused:
        clinic.carry_out(plan)

    assert refused.value.code is ErrorCode.STALE_PLAN
    assert "visit" in clinic.objects()


def test_placeholders_become_values_and_names(clinic: Migrating) -> None:
    clinic.write(
        "V0001__set.sql",
        "-- ${ignored}\nUPDATE patient SET phone = ${phone} WHERE id = ${id!number};\n"
        "CREATE TABLE ${table!identifier} (x);",
    )

    clinic.apply(values={"phone": "it's 5", "id": "2", "table": 'odd "name"'})

    assert clinic.all("SELECT phone FROM patient WHERE id = 2") == [("it's 5",)]
    assert 'odd "name"' in clinic.objects()


def test_a_text_holds_what_would_be_a_placeholder(clinic: Migrating) -> None:
    clinic.write("V0001__x.sql", "UPDATE patient SET phone = '$${id} of ' || ${id!number};")
    clinic.apply(values={"id": "2"})
    assert clinic.all("SELECT DISTINCT phone FROM patient") == [("${id} of 2",)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT 1;\nSELECT ${nobody};", "line 2, column 8: “nobody” has no value"),
        ("SELECT '${id}';", "stands inside quotes"),
        ("SELECT '$${x}', ${nobody};", "line 1, column 17: “nobody” has no value"),
        ("SELECT ${id!number};", "is no number"),
        ("SELECT ${a b};", "is no placeholder"),
    ],
)
def test_a_placeholder_that_cannot_be_filled_is_refused_with_its_place(
    clinic: Migrating, text: str, said: str
) -> None:
    clinic.write("V0001__x.sql", text)

    with pytest.raises(UsageError, match=said):
        clinic.plan(values={"id": "x"})


def test_a_program_is_given_a_session_and_runs_in_the_transaction(clinic: Migrating) -> None:
    clinic.write(
        "V0001__upper.py",
        "def migrate(session):\n"
        "    rows = session.all('SELECT id, name FROM patient')\n"
        "    session.run_many('UPDATE patient SET name = ? WHERE id = ?', [(n.upper(), i) for i, n in rows])\n",
    )
    plan = clinic.plan()
    assert "It is a program" in " ".join(plan.sentences)

    clinic.apply(plan)

    assert clinic.all("SELECT name FROM patient ORDER BY id") == [("ADA",), ("BO",)]


def test_what_a_program_prints_is_no_part_of_a_document(
    clinic: Migrating, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic.write("V0001__told.py", "print('read')\ndef migrate(session):\n    print('run')\n")
    clinic.apply()
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "read\nrun\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def migrate(session)", "line 1: this is not Python"),
        ("x = 1", "has no function"),
        (
            "def migrate(session):\n    session.run('DELETE FROM visit')\n    raise ValueError('no visit')",
            r"line 3: it stopped with ValueError: no visit\.",
        ),
        (
            "def migrate(session):\n    raise ValueError(session.value('SELECT name FROM patient'))",
            r"line 2: it stopped with ValueError\.",
        ),
        (
            "def migrate(session):\n    name = session.value('SELECT name FROM patient')\n"
            "    raise ValueError(f'{name} has no visit')",
            r"line 3: it stopped with ValueError: … has no visit\.",
        ),
        (
            "def migrate(session):\n    session.run('DELETE FROM visit')\n    raise SystemExit",
            "line 3: it stopped",
        ),
        ("import sys\nsys.exit(3)", "line 2: it stopped with SystemExit"),
        ("async def migrate(session):\n    session.run('DELETE FROM visit')", "runs nothing"),
        ("def migrate(session):\n    yield session.run('DELETE FROM visit')", "runs nothing"),
        ("def migrate(session):\n    session.run('SELECT nix')", "line 2: no such column: nix"),
        ("def migrate(session):\n    session.run('COMMIT')", "line 2"),
        ("def migrate(session):\n    session.run('DROP TABLE _steward_operations')", "line 2"),
    ],
)
def test_a_program_that_fails_leaves_nothing(clinic: Migrating, text: str, said: str) -> None:
    clinic.write("V0000__first.sql", "CREATE TABLE first (x);")
    clinic.write("V0001__bad.py", text)

    with pytest.raises((Failure, UsageError), match=said) as failed:
        clinic.apply()

    assert "ada" not in (failed.value.message + failed.value.hint).lower()
    assert clinic.all("SELECT count(*) FROM visit") == [(3,)]
    assert [row.file for row in clinic.history()] == ["V0000__first.sql"]


@pytest.mark.parametrize(
    ("text", "to_do"),
    [
        ("def migrate(session)", "Mend that line."),
        ("x = 1", "Write it: what it does to the session it is given is the migration."),
        (
            "def migrate(session):\n    raise ValueError('stop')",
            "See what it says there, and mend the file or the rows.",
        ),
        ("def migrate(session):\n    session.run('COMMIT')", "Take that statement out of the file."),
        (
            "def migrate(session):\n    session.run(\"ATTACH 'x' AS x\")",
            "Take that statement out of the file.",
        ),
    ],
)
def test_a_program_that_fails_says_what_to_do_next(clinic: Migrating, text: str, to_do: str) -> None:
    clinic.write("V0001__bad.py", text)

    with pytest.raises((Failure, UsageError)) as failed:
        clinic.apply()

    assert failed.value.hint == f"Nothing was changed. {to_do}"


@pytest.mark.parametrize(
    ("sql", "to_do"),
    [
        ("SELECT json('no JSON');", "Correct the statement."),
        (
            "INSERT INTO patient VALUES (1, 'Ada', NULL);",
            "Correct the statement, or the rows in a statement before it.",
        ),
        ("SELECT length(zeroblob(2147483000));", "Write smaller values, or fewer of them in one statement."),
    ],
)
def test_a_script_that_fails_says_what_to_do_next(clinic: Migrating, sql: str, to_do: str) -> None:
    clinic.write("V0001__bad.sql", sql)

    with pytest.raises((Failure, UsageError)) as failed:
        clinic.apply()

    assert failed.value.hint == f"Nothing was changed. {to_do}"


def test_the_policy_follows_new_names(clinic: Migrating) -> None:
    policy_path(clinic.path).write_text("version: 1\ntables:\n  patient:\n    comment: who comes  # ours\n")
    clinic.write(
        "V0001__call.sql",
        "ALTER TABLE patient RENAME TO person; ALTER TABLE person RENAME COLUMN phone TO telephone;",
    )

    receipt = clinic.apply()

    assert "the policy follows 2 new names" in receipt.sentence
    text = policy_path(clinic.path).read_text()
    assert "person:" in text and "# ours" in text and "patient:" not in text


@pytest.mark.parametrize(
    "text",
    [
        "ATTACH 'x.db' AS x;",
        "SELECT load_extension('x');",
        "PRAGMA writable_schema = ON;",
        "PRAGMA journal_mode = WAL;",
        "PRAGMA foreign_keys = OFF;",
        "CREATE TABLE a (x); COMMIT;",
        "DELETE FROM _steward_operations;",
        "ALTER TABLE _steward_operations RENAME TO mine;",
        "CREATE TRIGGER t AFTER INSERT ON _steward_operations BEGIN SELECT 1; END;",
    ],
)
def test_a_hostile_script_changes_nothing(clinic: Migrating, text: str) -> None:
    clinic.write("V0000__first.sql", "CREATE TABLE first (x);")
    clinic.apply()
    before = clinic.all("SELECT * FROM sqlite_schema"), clinic.history()
    clinic.write("V0001__hostile.sql", f"CREATE TABLE ours (x);\n{text}")

    with pytest.raises((Refused, UsageError), match=r"line 2|hostile\.sql:2:1"):
        clinic.apply()

    assert (clinic.all("SELECT * FROM sqlite_schema"), clinic.history()) == before


def test_new_columns_are_asked_for_where_the_policy_classifies_and_renamed_ones_are_not(
    clinic: Migrating,
) -> None:
    policy_path(clinic.path).write_text(
        "version: 1\nclassification:\n  tables:\n    patient:\n      columns:\n        phone:\n"
        "          not_personal: invented\n"
    )
    clinic.write(
        "V0001__call.sql",
        "ALTER TABLE patient RENAME COLUMN phone TO telephone; ALTER TABLE patient RENAME TO person;"
        " ALTER TABLE visit ADD COLUMN room TEXT;",
    )

    [asked] = [each for each in clinic.plan().findings if each.code == "new_columns_undecided"]

    assert asked.detail == "“visit”.“room”"


def test_what_lint_says_stands_in_the_plan_with_its_place(clinic: Migrating) -> None:
    clinic.write("V0001__away.sql", "\nDELETE FROM visit;")

    assert [each.title for each in clinic.plan().findings if each.code == "every_row_deleted"] == [
        "V0001__away.sql:2:1: DELETE without WHERE deletes 3 rows of “visit”"
    ]


def test_cancelled_before_it_commits_nothing_is_there(clinic: Migrating) -> None:
    clinic.sql(
        "WITH n(x) AS (SELECT 10 UNION ALL SELECT x + 1 FROM n LIMIT 500) INSERT INTO visit (id) SELECT x FROM n"
    )
    clinic.write(
        "V0001__long.sql",
        "UPDATE visit SET note = note || (SELECT count(*) FROM visit a, visit b);",
    )
    plan = clinic.plan()
    context = Context(lambda progress: context.cancel() if progress.unit == "statements" else None)

    with pytest.raises(Cancelled, match="Nothing was changed"):
        service.apply(clinic.catalog, plan, context, Confirmation.of(plan), unrehearsed="a test")

    assert clinic.all("SELECT note FROM visit WHERE id = 1") == [("a",)]
    assert clinic.history() == ()


def test_what_is_rolled_back_after_it_ran_is_told_by_its_file_and_the_reason(clinic: Migrating) -> None:
    clinic.write("V0001__bad.sql", "DELETE FROM patient;\nCREATE VIEW v AS SELECT absent FROM patient;")

    with pytest.raises(Failure) as failed:
        clinic.apply()

    assert failed.value.message == (
        "“V0001__bad.sql” was rolled back: 3 more rows of “visit” point to nothing; “v” does not work"
        " (no such column: absent)."
    )
    assert failed.value.hint == (
        "Nothing was changed. Correct the file, and rehearse it: that shows the same on a copy."
    )


def test_a_rehearsal_names_the_file_and_not_its_copy(clinic: Migrating) -> None:
    clinic.write("V0001__bad.sql", "INSERT INTO patient VALUES (1, 'Ada', NULL);")

    rehearsal = service.rehearse(clinic.catalog, clinic.plan(), Context())

    assert "A rule of “clinic.db” refused the change" in rehearsal.checks[0].detail


def test_a_file_that_was_not_filled_yet_is_told(clinic: Migrating) -> None:
    clinic.write("V0001__rooms.sql", "-- rooms\n")

    [found] = clinic.plan().findings

    assert (found.code, found.title) == (
        "migration_empty",
        "V0001__rooms.sql:1:1: “V0001__rooms.sql” holds no statement",
    )


def test_a_plan_says_which_files_run_in_no_transaction(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    assert clinic.plan().sentences[-1].startswith("Each runs in one transaction of its own")
    clinic.write("V0002__b.sql", "-- steward: no-transaction\nCREATE TABLE b (x);")
    assert (
        clinic.plan().sentences[-1].startswith("Each but “V0002__b.sql” runs in one transaction of its own")
    )
