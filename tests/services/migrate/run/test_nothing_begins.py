"""What stops a whole series before its first file runs: names that are ours, functions, statements that fail."""

from __future__ import annotations

import pytest

from builders.migrating import Migrating
from steward_app.kernel.errors import Failure, Refused, UsageError


@pytest.mark.parametrize(
    "text",
    [
        "CREATE VIEW _steward_migrations AS SELECT 1;",
        "CREATE VIEW _Steward_v AS SELECT 1;",
        "CREATE TEMP VIEW _steward_operations AS SELECT 1;",
        "CREATE TEMP TABLE _steward_migrations (a);",
        "CREATE VIRTUAL TABLE _steward_f USING fts5 (a);",
        "ALTER TABLE visit RENAME TO _steward_visit;",
        "ALTER TABLE main.visit RENAME TO '_steward_visit' ;",
    ],
)
def test_names_of_our_records_cannot_be_taken(clinic: Migrating, text: str) -> None:
    clinic.write("V0001__first.sql", "CREATE TABLE first (x);")
    clinic.write("V0002__ours.sql", text)

    with pytest.raises((Refused, UsageError), match="is a name of this program's own records"):
        clinic.apply()

    assert "first" not in clinic.objects()


@pytest.mark.parametrize(
    "text",
    [
        "CREATE VIEW _steward_v AS SELECT 1",
        "ALTER TABLE visit RENAME TO _steward_visit",
        "SELECT 1; CREATE VIEW _steward_v AS SELECT 1",
    ],
)
def test_nor_by_a_program(clinic: Migrating, text: str) -> None:
    clinic.write("V0001__ours.py", f"def migrate(session):\n    session.run({text!r})\n")

    with pytest.raises(Failure, match="line 2"):
        clinic.apply()

    assert {"visit"} < clinic.objects()


@pytest.mark.parametrize("name", ["_steward_migrations", "_steward_operations", "_steward_audit_clock"])
def test_a_view_of_such_a_name_that_is_there_is_told_and_stays(clinic: Migrating, name: str) -> None:
    clinic.sql(f"CREATE VIEW {name} AS SELECT 1")
    clinic.write("V0001__first.sql", "CREATE TABLE first (x);")

    if name == "_steward_audit_clock":  # which is no audit
        clinic.apply()
        return
    with pytest.raises((Failure, Refused), match=name):
        clinic.apply()
    assert "first" not in clinic.objects()


def test_a_view_with_the_columns_of_a_history_is_none(clinic: Migrating) -> None:
    clinic.write("V0001__first.sql", "CREATE TABLE first (x);")
    clinic.apply()
    clinic.sql("ALTER TABLE _steward_migrations RENAME TO real")
    clinic.sql("CREATE VIEW _steward_migrations AS SELECT * FROM real")

    with pytest.raises(Failure, match="is not a history of this program"):
        clinic.plan()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("SELECT load_extension('x');", "line 1, column 8: load_extension"),
        (
            "CREATE TABLE t (x);\nINSERT INTO t\nVALUES (1, \"Load_Extension\"('x'));",
            "line 3, column 12: Load_Ext",
        ),
        ("CREATE VIEW v AS SELECT fts3_tokenizer('x');", "line 1, column 25: fts3_tokenizer"),
        ("-- steward: no-transaction\nCREATE TABLE t (x);\nSELECT load_extension('x');", "line 3, column 8"),
    ],
)
def test_a_function_that_reaches_out_stops_all_files_before_the_first(
    clinic: Migrating, text: str, place: str
) -> None:
    clinic.write("V0001__p.py", "def migrate(session): session.run('CREATE TABLE first (x)')")
    clinic.write("V0002__out.sql", text)

    with pytest.raises(UsageError, match=rf"“V0002__out\.sql”, {place}"):
        clinic.apply()

    assert "first" not in clinic.objects()


def test_a_table_may_have_the_name_of_such_a_function(clinic: Migrating) -> None:
    clinic.write(
        "V0001__t.sql",
        "CREATE TABLE edit (x); INSERT INTO edit (x) VALUES (1); SELECT 'edit', (x) FROM edit;",
    )
    clinic.apply()
    assert clinic.all("SELECT x FROM edit") == [(1,)]


def test_a_statement_that_does_not_run_blocks_the_files_before_it(clinic: Migrating) -> None:
    clinic.write("V0001__first.sql", "CREATE TABLE first (x);")
    clinic.write("V0002__bad.sql", "\n  INSERT INTO nowhere VALUES (1);")

    assert [each.code for each in clinic.plan().blocking] == ["statement_fails"]
    with pytest.raises(Refused, match=r"V0002__bad\.sql:2:3: This statement does not run: no such table"):
        clinic.apply()
    assert "first" not in clinic.objects()


@pytest.mark.parametrize(
    "last",
    [
        "INSERT INTO t SELECT max(i) FROM s",
        "UPDATE t SET a = (SELECT max(i) FROM s)",
        "SELECT count(*) FROM s",
    ],
)
def test_a_query_without_end_is_not_told_and_what_follows_is(clinic: Migrating, last: str) -> None:
    clinic.write(
        "V0001__long.sql",
        "CREATE TABLE t (a NOT NULL); INSERT INTO t VALUES (1);\n"
        f"WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s) {last};\nDELETE FROM visit;",
    )

    told = [each.title for each in clinic.plan().findings]

    assert any("V0001__long.sql:3:1: DELETE without WHERE" in each for each in told)
    assert any("V0001__long.sql:2:1" in each and "may never end" in each for each in told)


def test_a_table_made_of_a_query_without_end_is_not_told(clinic: Migrating) -> None:
    clinic.write(
        "V0001__long.sql",
        "CREATE TABLE t AS WITH s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s) SELECT i FROM s;",
    )

    [found] = clinic.plan().findings

    assert found.code == "may_not_end"
    assert "takes too long to be told before it runs" in found.title


def test_explain_runs_nothing_and_is_no_migration(clinic: Migrating) -> None:
    clinic.write("V0001__told.sql", "EXPLAIN CREATE TABLE t (x);")
    with pytest.raises(UsageError, match="line 1, column 1: EXPLAIN tells how"):
        clinic.plan()


def test_rows_without_a_value_are_told_with_their_column(clinic: Migrating) -> None:
    clinic.write("V0001__set.sql", 'ALTER TABLE patient ALTER COLUMN "phone" SET NOT NULL;')
    with pytest.raises(Failure, match="line 1, column 1: There are rows without a value in “phone”"):
        clinic.apply()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            "ADD CONSTRAINT named CHECK (length(name) > 99)",
            "rows of “patient” do not meet the rule “named”: “length",
        ),
        (
            "ADD CHECK (/* a ) */ length(name)\n > 99) ON CONFLICT ABORT",
            "rows of “patient” do not meet the rule “",
        ),
        ("ADD CHECK (id <> (1))", "1 row of “patient” does not meet the rule “id <> "),
    ],
)
def test_rows_that_do_not_meet_a_new_rule_are_counted(clinic: Migrating, rule: str, said: str) -> None:
    clinic.write("V0001__rule.sql", f'ALTER TABLE main."patient" {rule};')
    with pytest.raises(Failure, match="line 1, column 1: ") as caught:
        clinic.apply()
    assert said in caught.value.message
    assert "constraint failed" not in caught.value.message


WITHOUT_PHONE = (
    "{before}CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n"
    "INSERT INTO p SELECT id, name FROM patient;\nDROP VIEW names;\nDROP TABLE patient;\n"
    "ALTER TABLE p RENAME TO patient;"
)


@pytest.mark.parametrize("before", ["", "ALTER TABLE patient RENAME COLUMN phone TO tel;\n"])
def test_values_that_a_rehearsal_shows_as_gone_stop_nothing(clinic: Migrating, before: str) -> None:
    clinic.write("V0001__less.sql", WITHOUT_PHONE.format(before=before))
    (told,) = [each for each in clinic.plan().findings if each.code == "column_not_copied"]
    assert not told.blocks
    clinic.apply()
    assert clinic.all("SELECT * FROM patient") == [(1, "Ada"), (2, "Bo")]


def test_values_that_a_waiting_file_makes_and_the_next_one_leaves_stop_the_plan(clinic: Migrating) -> None:
    clinic.write("V0001__more.sql", "ALTER TABLE patient ADD COLUMN fee; UPDATE patient SET fee = id;")
    clinic.write("V0002__less.sql", WITHOUT_PHONE.format(before="UPDATE patient SET phone = NULL;\n"))
    told = [each for each in clinic.plan().findings if each.code == "column_not_copied" and each.blocks]
    assert ["“fee”" in each.title for each in told] == [True]
