"""Anonymizing a database in its place: an encrypted point first, and then nothing of the originals anywhere."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from builders import a_database
from builders.processes import OtherProgram
from builders.releases import stored, trap, write_to
from steward_app.catalog import Catalog, points
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read, open_write
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup, restore
from steward_app.services.backup.retention import DEFAULT, Rule, decide
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.operation import Confirmation, plan_undo
from steward_app.services.privacy.anonymize import in_place, register
from steward_app.services.privacy.rules import Subset


def guarded(catalog: Catalog, path: Path, *, encrypted: bool = True) -> Path:
    """Give the database a store."""
    keys = make_keys(KeyMode.KEY) if encrypted else None
    backup.init_store(catalog, path, str(path.parent / "store"), Context(), new_keys=keys)
    return path


def planned(catalog: Catalog, path: Path) -> Plan:
    return in_place.plan_in_place(catalog, path, Context(), rules="trap")


def done(catalog: Catalog, path: Path) -> Receipt:
    plan = planned(catalog, path)
    return in_place.anonymize_in_place(catalog, plan, Context(), Confirmation.of(plan))


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_read(path) as session:
        return session.all(sql)


def bytes_of(path: Path) -> bytes:
    """The file and all that lies beside it, but for the policy."""
    return b"".join(
        each.read_bytes().lower() for each in path.parent.glob(f"{path.name}*") if each != policy_path(path)
    )


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])
def test_nothing_of_the_originals_is_left(tmp_path: Path, catalog: Catalog, wal: bool) -> None:
    path = guarded(catalog, trap(tmp_path, wal=wal))
    schema = stored(path)
    write_to(path, "DELETE FROM logins WHERE id > 190", "DELETE FROM customers WHERE id > 190")
    assert b"@orig.example" in bytes_of(path)
    receipt = done(catalog, path)
    assert not re.search(rb"zyx\d{5}|@orig\.example|10\.0\.0\.|winterfeld", bytes_of(path))
    assert [row for row in stored(path) if not str(row[1]).startswith("_steward")] == schema
    assert rows(path, "SELECT count(*) FROM customers c JOIN logins l ON l.email = c.email") == [(190,)]
    assert rows(path, "SELECT count(*) FROM audit") == [(0,)]
    assert rows(path, "PRAGMA journal_mode") == [("wal" if wal else "delete",)]
    assert (receipt.result or {})["compared"] == "the file is byte for byte what was searched"
    assert not [
        name
        for (name,) in rows(path, "SELECT name FROM sqlite_schema")
        if str(name).startswith("sqlite_stat")
    ]


def test_the_point_is_encrypted_proven_and_can_be_restored(tmp_path: Path, catalog: Catalog) -> None:
    path = guarded(catalog, trap(tmp_path))
    receipt = done(catalog, path)
    with catalog.reading() as session:
        point = points.find(session, str((receipt.result or {})["point"]))
    assert point.store_id
    assert receipt.restore_point == point.id
    with pytest.raises(Refused, match="cannot be undone by itself") as refused:
        plan_undo(catalog, receipt.operation_id, (), Context())
    assert f"steward restore file {path} --point {point.id}" in refused.value.hint
    assert clock.from_text(point.kept_until) > clock.now() + timedelta(days=29)
    assert point.id in [each.id for each in backup.status(catalog, point.database_id).points]
    newer = replace(point, id="pt_newer", kept_until="")
    for days, stays in ((20, True), (40, False)):
        decided = decide([newer, point], [Rule(1, 5)], clock.now() + timedelta(days=days))
        assert decided[1].stays is stays, "no clean-up takes the point away before its time"
    (kept,) = decide([point], DEFAULT, clock.now() + timedelta(days=40))
    assert kept.stays, "it is the newest"
    assert (
        "the next clean-up of restore points destroys it"
        in in_place.plan_in_place(catalog, path, Context()).sentences[0]
    )
    plan = restore.plan_restore(catalog, path, point.id, Context(), to=tmp_path / "back.db")
    restore.restore(catalog, plan, Context(), Confirmation.of(plan))
    assert rows(tmp_path / "back.db", "SELECT count(*) FROM customers WHERE email LIKE 'zyx%'") == [(200,)]
    held = b"".join(each.read_bytes() for each in (tmp_path / "store").rglob("*") if each.is_file())
    assert b"orig.example" not in held


def test_it_is_the_same_database_afterwards_and_stands_in_the_register(
    tmp_path: Path, catalog: Catalog
) -> None:
    path = guarded(catalog, trap(tmp_path))
    receipt = done(catalog, path)
    assert backup.database_id(catalog, path, Context()) == receipt.database_id
    (entry,) = register.list_releases(catalog, receipt.database_id)
    assert (entry.in_place, entry.path, entry.state) == (True, path, "made")
    assert entry.words == "database anonymized in its place (pseudonymised)"
    again = done(catalog, path)
    assert again.operation_id != receipt.operation_id


def test_an_encrypted_store_must_be_there(tmp_path: Path, catalog: Catalog) -> None:
    path = trap(tmp_path)
    assert "no_encrypted_store" in {each.code for each in planned(catalog, path).blocking}
    guarded(catalog, path, encrypted=False)
    before = path.read_bytes()
    with pytest.raises(Refused, match="no encrypted store"):
        done(catalog, path)
    assert path.read_bytes() == before


def test_the_name_must_be_typed(tmp_path: Path, catalog: Catalog) -> None:
    path = guarded(catalog, trap(tmp_path))
    before = path.read_bytes()
    plan = planned(catalog, path)
    for said in (Confirmation(), Confirmation(given=True), Confirmation(given=True, typed="trap")):
        with pytest.raises(Refused) as raised:
            in_place.anonymize_in_place(catalog, plan, Context(), said)
        assert raised.value.code is ErrorCode.NEEDS_CONFIRMATION
    assert path.read_bytes() == before


def test_a_file_that_others_have_open_is_left_alone(tmp_path: Path, catalog: Catalog) -> None:
    path = guarded(catalog, trap(tmp_path))
    plan, before = planned(catalog, path), path.read_bytes()
    with OtherProgram(path).does("run('SELECT 1 FROM customers')"):
        assert "in_use" in {each.code for each in planned(catalog, path).blocking}
        with pytest.raises(Refused, match="is open in other programs"):
            in_place.anonymize_in_place(catalog, plan, Context(), Confirmation.of(plan))
    assert path.read_bytes() == before


def test_what_only_looks_like_an_audit_stands_in_the_way(tmp_path: Path, catalog: Catalog) -> None:
    path = guarded(catalog, trap(tmp_path))
    write_to(path, "CREATE TABLE _steward_audit_log (old)")
    assert "audit_names_taken" in {each.code for each in planned(catalog, path).blocking}


def test_a_part_of_the_rows_goes_into_a_copy_only(tmp_path: Path, catalog: Catalog) -> None:
    path = guarded(catalog, trap(tmp_path))
    plan = in_place.plan_in_place(catalog, path, Context(), rules="trap", subset=Subset("customers", 0.5))
    assert {each.code for each in plan.blocking} == {"part_in_place"}


def test_a_rehearsal_changes_nothing(tmp_path: Path, catalog: Catalog) -> None:
    path = guarded(catalog, trap(tmp_path))
    before = path.read_bytes()
    found = in_place.rehearse_in_place(catalog, planned(catalog, path), Context())
    assert found.passed
    assert (path.read_bytes(), list(catalog.scratch.glob("scratch-*"))) == (before, [])


def test_a_cancel_leaves_it_as_it_was(tmp_path: Path, catalog: Catalog) -> None:
    path = guarded(catalog, trap(tmp_path))
    before, context = path.read_bytes(), Context()
    plan = planned(catalog, path)
    context.cancel()
    with pytest.raises(Cancelled):
        in_place.anonymize_in_place(catalog, plan, context, Confirmation.of(plan))
    assert path.read_bytes() == before
    assert register.list_releases(catalog, plan.database_id) == ()


@pytest.mark.parametrize(
    ("action", "deferred"),
    [
        ("RESTRICT", ""),
        ("CASCADE", ""),
        ("SET NULL", " DEFERRABLE INITIALLY DEFERRED"),
        ("SET DEFAULT", ""),
    ],
)
def test_no_foreign_key_acts(tmp_path: Path, catalog: Catalog, action: str, deferred: str) -> None:
    path = (
        a_database(tmp_path, "keys.db")
        .with_table("p", "email TEXT PRIMARY KEY", rows=[(f"zyx{n}@orig.example",) for n in range(20)])
        .with_table(
            "c",
            f"id INTEGER PRIMARY KEY, email TEXT DEFAULT NULL REFERENCES p (email) ON UPDATE {action}"
            f" ON DELETE {action}{deferred}",
            rows=[(n, f"zyx{n}@orig.example") for n in range(20)],
        )
        .build()
    )
    policy_path(path).write_text(
        "version: 1\nreleases:\n  trap:\n    tables:\n"
        "      p: {email: {technique: pseudonym, options: {kind: email}}}\n"
        "      c: {id: {technique: keep}, email: {technique: pseudonym, options: {kind: email}}}\n"
    )
    done(catalog, guarded(catalog, path))
    assert rows(path, "SELECT count(*) FROM c JOIN p ON p.email = c.email") == [(20,)]
    assert b"orig.example" not in bytes_of(path)


def test_another_program_cannot_write_meanwhile(tmp_path: Path, catalog: Catalog) -> None:
    path = guarded(catalog, trap(tmp_path))
    plan = planned(catalog, path)
    with open_write(path) as other, other.transaction():
        other.run("UPDATE customers SET notes = 'later' WHERE id = 1")
        with pytest.raises(Failure) as raised:
            in_place.anonymize_in_place(catalog, plan, Context(), Confirmation.of(plan))
    assert raised.value.code is ErrorCode.LOCKED
    assert rows(path, "SELECT notes FROM customers WHERE id = 1") == [("later",)]
