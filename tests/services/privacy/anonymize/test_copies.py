"""A copy for release of a database that is full of traps: nothing of the originals is left, and everything holds."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from builders import a_database
from builders.releases import CUSTOMERS, FAMILY, GIVEN, RULES, stored, trap, write_to
from builders.size_limit import no_file_above
from steward_app.catalog import Catalog, open_catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read, open_write
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy, register
from steward_app.services.privacy.anonymize.model import COPY_FOR_RELEASE
from steward_app.services.privacy.rules import Subset


def planned(catalog: Catalog, path: Path, target: Path, subset: Subset | None = None) -> Plan:
    return copy.plan_copy(catalog, path, target, Context(), rules="trap", subset=subset)


def released(path: Path, subset: Subset | None = None) -> Path:
    """Make a copy beside the database."""
    target = path.with_name("copy.db")
    with open_catalog() as catalog:
        copy.make_copy(catalog, planned(catalog, path, target, subset), Context())
    return target


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_read(path) as session:
        return session.all(sql)


@pytest.mark.parametrize("wal", [False, True])
def test_the_trap_file(tmp_path: Path, wal: bool) -> None:
    path = trap(tmp_path, wal=wal)
    before = path.read_bytes()
    target = released(path)
    assert path.read_bytes() == before
    assert stored(target) == stored(path)
    assert rows(target, "PRAGMA foreign_key_check") == []
    assert rows(target, "PRAGMA integrity_check") == [("ok",)]
    assert rows(target, "SELECT count(*) FROM customers c JOIN logins l ON l.email = c.email") == [(200,)]
    assert rows(target, "SELECT count(DISTINCT email) FROM customers") == [(200,)]
    assert rows(target, "SELECT count(*) FROM audit") == [(0,)]
    assert rows(target, "SELECT count(*) FROM found WHERE found MATCH 'zyx00007'") == [(0,)]
    assert rows(target, "SELECT json_extract(prefs, '$.theme') FROM customers LIMIT 1") == [("dark",)]
    assert rows(target, "SELECT count(*) FROM logins WHERE ip IS NOT NULL") == [(0,)]
    same = "SELECT count(*) FROM found f JOIN customers c ON c.id = f.rowid AND f.email = c.email"
    assert rows(target, same) == [(200,)]


def test_no_original_is_in_the_bytes_of_the_copy(tmp_path: Path) -> None:
    held = released(trap(tmp_path)).read_bytes().lower()
    for _, name, email, _, _ in CUSTOMERS:
        assert name.lower().encode() not in held
        assert email.encode() not in held
    assert b"10.0.0." not in held
    assert b"7946" not in held
    notes = [str(row[0]) for row in rows(tmp_path / "copy.db", "SELECT notes FROM customers")]
    assert not [note for note in notes if any(word in note for word in FAMILY)]
    assert not [note for note in notes if any(f"{word} " in note for word in GIVEN)]


def test_the_register_says_what_was_made(tmp_path: Path) -> None:
    path = trap(tmp_path)
    target = released(path)
    with open_catalog() as catalog, catalog.reading() as session:
        database = str(session.value("SELECT id FROM databases"))
    with open_catalog() as catalog:
        (entry,) = register.list_releases(catalog, database)
    assert (entry.path, entry.recipient, entry.until) == (target, "University", "2099-12-31")
    assert (entry.rules, entry.words, entry.key_name) == ("trap", COPY_FOR_RELEASE, database)
    assert entry.size_bytes == target.stat().st_size
    assert len(entry.policy_hash) == len(entry.rules_hash) == len(entry.plan_hash) == 64
    assert all(check.passed for check in entry.checks)
    assert target.stat().st_mode & 0o077 == 0 or os.name == "nt"


def test_the_same_key_gives_the_same_pseudonyms(tmp_path: Path) -> None:
    path = trap(tmp_path)
    sql = "SELECT id, full_name, email FROM customers ORDER BY id"
    first = rows(released(path), sql)
    (tmp_path / "copy.db").unlink()
    assert rows(released(path), sql) == first
    assert len(set(first)) == 200


def test_without_a_policy_what_a_scan_proposes_is_used(tmp_path: Path) -> None:
    path, target = trap(tmp_path), tmp_path / "copy.db"
    policy_path(path).write_text(
        "version: 1\nclassification: {tables: {customers: {columns: {prefs: {paths: {$.theme:"
        " {not_personal: a colour}}}}}}}\n"
    )
    with open_catalog() as catalog:
        plan = copy.plan_copy(catalog, path, target, Context())
        assert "proposed from a scan" in " ".join(plan.sentences)
        assert plan.request["proposed"] is True
        copy.make_copy(catalog, plan, Context())
    held = target.read_bytes().lower()
    assert not re.search(rb"zyx\d{5}|orig\.example|7946|winterfeld|moorbach", held)
    assert rows(target, "SELECT count(*) FROM audit") == [(0,)]
    assert rows(target, "SELECT count(*) FROM customers c JOIN logins l ON l.email = c.email") == [(200,)]


def test_a_subset_of_the_trap_file(tmp_path: Path) -> None:
    target = released(trap(tmp_path), Subset("customers", 0.1))
    assert rows(target, "SELECT count(*) FROM customers") == [(20,)]
    assert rows(target, "SELECT count(*) FROM logins") == [(20,)]
    assert rows(target, "SELECT count(*) FROM found") == [(20,)]
    assert rows(target, "PRAGMA foreign_key_check") == []


def test_a_plan_tells_everything_and_changes_nothing(tmp_path: Path) -> None:
    path = trap(tmp_path)
    before = path.read_bytes()
    with open_catalog() as catalog:
        plan = planned(catalog, path, tmp_path / "copy.db")
        assert copy.rehearse_copy(catalog, plan, Context()).passed
    assert not plan.needs_confirmation
    assert not plan.blocking
    changes = {each.table: (each.rows_before, each.rows_after, each.updated) for each in plan.changes}
    assert changes == {"customers": (200, 200, 200), "audit": (19, 0, 0), "logins": (200, 200, 200)}
    codes = {finding.code for finding in plan.findings}
    assert "full_text_rebuilt" in codes
    assert "orig.example" not in repr(plan)
    assert (path.read_bytes(), (tmp_path / "copy.db").exists()) == (before, False)


@pytest.mark.parametrize(
    ("was", "now", "code", "blocks"),
    [
        ('until: "2099-12-31"', 'until: "2020-01-01"', "release_is_over", True),
        ("empty: [audit]", "empty: [audit]\n    locale: xx_YY", "locale_unknown", False),
        ("empty: [audit]", "empty: [audit]\n    quasi_identifiers: {logins: [nix]}", "rule_of_nothing", True),
        ("empty: [audit]", "empty: [audit]\n    quasi_identifiers: {nix: [ip]}", "rule_of_nothing", True),
        ("empty: [audit]", "empty: [audit]\n    sensitive: {nix: [ip]}", "rule_of_nothing", True),
        (
            "empty: [audit]",
            "empty: [audit]\n    sensitive: {logins: [customers.nix]}",
            "rule_of_nothing",
            True,
        ),
        (
            "empty: [audit]",
            "empty: [audit]\n    limits: {k: 2, l_diversity: 2}\n    quasi_identifiers: {logins: [ip]}\n"
            "    sensitive: {logins: [nix]}",
            "rule_of_nothing",
            True,
        ),
    ],
)
def test_what_rules_say_that_cannot_be_meant(
    tmp_path: Path, was: str, now: str, code: str, blocks: bool
) -> None:
    path = trap(tmp_path, rules=RULES.replace(was, now))
    with open_catalog() as catalog:
        plan = planned(catalog, path, tmp_path / "copy.db")
    assert [each.blocks for each in plan.findings if each.code == code] == [blocks]


def test_a_rule_that_names_nothing_and_a_column_nobody_decided_about_stop_it(tmp_path: Path) -> None:
    path = trap(
        tmp_path,
        rules=RULES.replace("        ip: {technique: remove}\n", "        ipp: {technique: remove}\n"),
    )
    with open_catalog() as catalog:
        plan = planned(catalog, path, tmp_path / "copy.db")
        assert {each.code for each in plan.blocking} == {"rule_of_nothing"}
        policy_path(path).write_text(RULES.replace("        ip: {technique: remove}\n", ""), "utf-8")
        plan = planned(catalog, path, tmp_path / "copy.db")
        assert "column_not_decided" in {each.code for each in plan.blocking}
        with pytest.raises(Refused):
            copy.make_copy(catalog, plan, Context())
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW boss AS SELECT id FROM customers WHERE email = 'ZYX00001@orig.example'",
        "CREATE INDEX vip ON customers (id) WHERE email = 'zyx00002@orig.example'",
        "CREATE TABLE more (a DEFAULT 'zyx00003@orig.example', CHECK (a <> 'x'))",
        "CREATE TRIGGER t AFTER INSERT ON audit WHEN new.old = 'zyx00004@orig.example' BEGIN SELECT 1; END",
        "CREATE VIEW boss AS SELECT id FROM customers -- as asked for by ZYX00001@orig.example, once",
        "CREATE VIEW boss AS SELECT id, 'see zyx00002@orig.example' FROM customers",
    ],
)
def test_an_original_in_the_text_of_the_schema_stops_it(tmp_path: Path, statement: str) -> None:
    path = trap(tmp_path, rules=RULES + "      more: {a: {technique: keep}}\n" * ("more" in statement))
    write_to(path, statement)
    with open_catalog() as catalog:
        plan = planned(catalog, path, tmp_path / "copy.db")
    assert "original_in_schema" in {each.code for each in plan.blocking}
    assert "orig.example" not in repr(plan)


def test_a_day_in_the_text_of_the_schema_is_nobodys_and_stays(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, name TEXT, born TEXT",
            rows=[
                (n, f"{GIVEN[n % len(GIVEN)]} {FAMILY[n % len(FAMILY)]}", f"19{40 + n:d}-11-01")
                for n in range(1, 40)
            ],
        )
        .build()
    )
    write_to(path, "CREATE VIEW older AS SELECT id FROM patient WHERE born < '1955-11-01'")
    with open_catalog() as catalog:
        plan = copy.plan_copy(catalog, path, tmp_path / "copy.db", Context())
        (told,) = [each for each in plan.findings if each.code == "value_of_many_in_schema"]
        assert not told.blocks and "“older”" in told.title and "“patient.born”" in told.title
        copy.make_copy(catalog, plan, Context())


def test_a_database_in_use_is_copied_as_it_was_in_one_moment(tmp_path: Path) -> None:
    path = trap(tmp_path, wal=True)
    with open_write(path) as other, other.transaction():
        other.run("INSERT INTO customers (full_name, email) VALUES ('Late Comer', 'late@orig.example')")
        target = released(path)
    assert rows(target, "SELECT count(*) FROM customers") == [(200,)]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: os.urandom(len(data)), ErrorCode.ENCRYPTED),
        (lambda data: data[: len(data) // 2], ErrorCode.BLOCKED),
        (lambda data: b"no database at all, but some text", ErrorCode.NOT_A_DATABASE),
    ],
    ids=["encrypted", "cut short", "no database"],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, spoil: object, code: ErrorCode) -> None:
    path = trap(tmp_path)
    assert callable(spoil)
    path.write_bytes(spoil(path.read_bytes()))
    before = path.read_bytes()
    with open_catalog() as catalog, pytest.raises((Refused, Failure)) as raised:
        planned(catalog, path, tmp_path / "copy.db")
    assert raised.value.code is code
    assert path.read_bytes() == before


def test_what_stands_at_the_target_is_never_touched(tmp_path: Path) -> None:
    path, target = trap(tmp_path), tmp_path / "copy.db"
    with open_catalog() as catalog:
        plan = planned(catalog, path, target)
        target.write_text("mine")
        with pytest.raises(Refused):
            copy.make_copy(catalog, plan, Context())
        with pytest.raises(Refused):
            planned(catalog, path, target)
    assert target.read_text() == "mine"


def test_a_cancel_leaves_no_copy(tmp_path: Path) -> None:
    path = trap(tmp_path)
    before = path.read_bytes()
    context = Context()
    with open_catalog() as catalog:
        plan = planned(catalog, path, tmp_path / "copy.db")
        context.cancel()
        with pytest.raises(Cancelled):
            copy.make_copy(catalog, plan, context)
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["trap.db", policy_path(path).name]


def test_a_plan_of_another_schema_is_stale(tmp_path: Path) -> None:
    path = trap(tmp_path)
    with open_catalog() as catalog:
        plan = planned(catalog, path, tmp_path / "copy.db")
        write_to(path, "CREATE TABLE later (a)")
        with pytest.raises(Refused) as raised:
            copy.make_copy(catalog, plan, Context())
    assert raised.value.code is ErrorCode.STALE_PLAN


def test_rules_that_are_not_there(tmp_path: Path) -> None:
    path = trap(tmp_path)
    with open_catalog() as catalog, pytest.raises(UsageError, match="has no rules"):
        copy.plan_copy(catalog, path, tmp_path / "copy.db", Context(), rules="other")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of its own")
def test_a_file_that_may_not_get_so_large_is_told_as_that(tmp_path: Path, catalog: Catalog) -> None:
    path = trap(tmp_path, rules=f"{RULES}      bulk:\n        x: {{technique: keep}}\n")
    write_to(path, "CREATE TABLE bulk (x BLOB)", "INSERT INTO bulk VALUES (zeroblob(3000000))")
    before, target = path.read_bytes(), tmp_path / "copy.db"
    plan = planned(catalog, path, target)
    with no_file_above(2_000_000), pytest.raises(Failure) as raised:
        copy.make_copy(catalog, plan, Context())
    assert (
        raised.value.message == "The new file cannot become larger: no file here may have more than 2.0 MB."
    )
    assert "nothing is left of it, and “trap.db” is untouched" in raised.value.hint
    assert path.read_bytes() == before
    assert not [each for each in tmp_path.iterdir() if each.name.startswith((".steward-", "copy.db"))]
