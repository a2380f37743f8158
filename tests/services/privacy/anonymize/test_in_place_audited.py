"""Anonymizing a database under audit in its place: no log of before, the same tables armed, and nobody accused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builders import a_database
from builders.commands import steward
from builders.guarding import install, verified
from builders.guarding import remove as remove_audit
from builders.recipes import add
from builders.releases import trap, write_to
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup, restore
from steward_app.services.audit import recipes
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard.alarm import audit_alarms
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.audit.seals import proving, receipt
from steward_app.services.audit.seals.proving import verify_with_receipts
from steward_app.services.audit.seals.verdict import ProblemKind, Verdict
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.operation import Confirmation
from steward_app.services.privacy.anonymize import in_place

ORIGINALS = rb"zyx\d{5}|@orig\.example|10\.0\.0\.|winterfeld|moorbach"


@pytest.fixture
def path(tmp_path: Path, catalog: Catalog) -> Path:
    """The trap file with an encrypted store, two tables under audit, and a log that holds originals."""
    found = trap(tmp_path, customers=30)
    backup.init_store(catalog, found, str(tmp_path / "store"), Context(), new_keys=make_keys(KeyMode.KEY))
    install(catalog, found, "customers", "logins", columns={"customers.notes": Mode.FLAG})
    write_to(
        found,
        "UPDATE logins SET ip = '10.0.0.77' WHERE id = 3",
        "UPDATE customers SET email = 'zyx77777@orig.example' WHERE id = 4",
        "DELETE FROM logins WHERE id = 9",
    )
    return found


def planned(catalog: Catalog, path: Path) -> Plan:
    return in_place.plan_in_place(catalog, path, Context(), rules="trap")


def done(catalog: Catalog, path: Path) -> Receipt:
    plan = planned(catalog, path)
    return in_place.anonymize_in_place(catalog, plan, Context(), Confirmation.of(plan))


def proven(catalog: Catalog, path: Path, *files: Path) -> Verdict:
    with open_read(path) as session, session.snapshot():
        return verify_with_receipts(catalog, session, Context(), files=files, full=True)


def bytes_of(path: Path) -> bytes:
    return b"".join(
        each.read_bytes().lower() for each in path.parent.glob(f"{path.name}*") if each != policy_path(path)
    )


def kept_outside(catalog: Catalog, path: Path, file: Path) -> Path:
    """Write the receipt of the newest seal to a file."""
    with open_read(path) as session, session.snapshot():
        file.write_bytes(proving.written(catalog, proving.receipt_of_seal(catalog, session), "json"))
    return file


def test_the_same_tables_are_armed_over_a_log_that_begins_anew(catalog: Catalog, path: Path) -> None:
    assert re.search(ORIGINALS, bytes_of(path))
    before = audit_status(path)
    done_ = done(catalog, path)
    after = audit_status(path)
    assert not re.search(ORIGINALS, bytes_of(path))
    assert [(each.table, each.state, each.columns) for each in after.tables] == [
        ("customers", State.ARMED, {"notes": Mode.FLAG}),
        ("logins", State.ARMED, {}),
    ]
    assert [each.columns for each in before.tables] == [each.columns for each in after.tables]
    assert all(each.changes == 0 for each in after.tables)
    assert (after.gaps, after.unsealed, bool(after.anonymized_at)) == (0, 0, True)
    assert audit_alarms(catalog, path, done_.database_id) == ()
    with open_read(path) as session:
        first, *more = tables.events(session)
    assert (first.seq, first.kind) == (1, "anonymized")
    assert first.detail["operation"] == done_.operation_id
    assert first.detail["rows"] == {"customers": 30, "logins": 29, "audit": 0}
    assert [each.kind for each in more] == ["installed", "installed"]


def test_status_and_verify_say_that_the_log_began_anew(catalog: Catalog, path: Path) -> None:
    operation = done(catalog, path).operation_id
    assert re.search(r"began anew +.*anonymized in its place", steward("audit", "status", path).out)
    told = steward("audit", "verify", path)
    assert told.code == 0
    assert operation in " ".join(told.out.split())


def test_what_is_written_from_then_on_is_logged_and_holds(catalog: Catalog, path: Path) -> None:
    done(catalog, path)
    assert (
        run(path, "UPDATE customers SET notes = 'new' WHERE id = 1", "DELETE FROM logins WHERE id = 2") == []
    )
    told = proven(catalog, path)
    assert told.holds
    assert told.unsealed == 2
    assert verified(path).holds
    assert any("when the database was anonymized in its place" in note for note in told.notes)


def test_a_receipt_of_the_log_before_is_explained(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    earlier = kept_outside(catalog, path, tmp_path / "earlier.json")
    done(catalog, path)
    told = proven(catalog, path, earlier)
    assert told.holds
    assert any("is of the log that went" in note for note in told.notes)
    assert told.receipt is not None
    assert told.receipt.n == 1
    done(catalog, path)
    assert proven(catalog, path, earlier).holds


def test_where_the_journal_does_not_know_it_the_receipt_is_not_explained_away(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    earlier = receipt.read_file(kept_outside(catalog, path, tmp_path / "earlier.json"))
    done(catalog, path)
    from steward_app.services.audit.seals.verify import verify

    with open_read(path) as session, session.snapshot():
        (problem,) = verify(session, receipts=(earlier,)).problems
    assert problem.kind is ProblemKind.OTHER_LOG
    assert "a log that went when the database was anonymized" in problem.sentence


def test_an_event_that_no_key_signed_is_a_problem_and_explains_nothing(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    earlier = kept_outside(catalog, path, tmp_path / "earlier.json")
    operation = done(catalog, path).operation_id
    remove_audit(catalog, path, drop_log=True)
    install(catalog, path, "customers")
    log = receipt.read_file(earlier).log
    write_to(
        path,
        "UPDATE _steward_audit_clock SET seq = seq + 1",
        "INSERT INTO _steward_audit_event (seq, at_us, kind, detail) SELECT seq, 0, 'anonymized',"
        f" json_object('operation', '{operation}', 'logs', json_array('{log}')) FROM _steward_audit_clock",
    )
    kinds = {each.kind for each in proven(catalog, path, earlier).problems}
    assert {ProblemKind.OTHER_LOG, ProblemKind.INSERTED} <= kinds
    assert audit_status(path).anonymized_at == ""


def test_the_plan_says_that_the_audit_is_suspended_and_names_no_value(catalog: Catalog, path: Path) -> None:
    plan = planned(catalog, path)
    assert plan.blocking == ()
    told = " ".join(plan.sentences)
    assert "The audit is suspended: its log with 4 changes" in told
    assert "“customers”, “logins” are armed again" in told
    assert not re.search(ORIGINALS, told.lower().encode())


def test_of_a_log_without_changes_the_plan_says_so(catalog: Catalog, path: Path) -> None:
    remove_audit(catalog, path, drop_log=True)
    install(catalog, path, "customers")
    assert "The audit is suspended. Its log holds no change; its seals go" in " ".join(
        planned(catalog, path).sentences
    )


def test_a_rehearsal_arms_too_and_changes_nothing(catalog: Catalog, path: Path) -> None:
    before = path.read_bytes()
    assert in_place.rehearse_in_place(catalog, planned(catalog, path), Context()).passed
    assert (path.read_bytes(), list(catalog.scratch.glob("scratch-*"))) == (before, [])


def test_the_restore_point_brings_log_and_originals_back(catalog: Catalog, path: Path) -> None:
    point = str((done(catalog, path).result or {})["point"])
    plan = restore.plan_restore(catalog, path, point, Context())
    restore.restore(catalog, plan, Context(), Confirmation.of(plan))
    assert sum(each.changes for each in audit_status(path).tables) == 4
    assert audit_status(path).anonymized_at == ""
    assert proven(catalog, path).holds
    assert re.search(ORIGINALS, bytes_of(path))


def test_an_audit_that_is_not_armed_stands_in_the_way(catalog: Catalog, path: Path) -> None:
    run(path, "DROP TRIGGER _steward_audit_1_after_update")
    before = path.read_bytes()
    plan = planned(catalog, path)
    assert {each.code for each in plan.blocking} == {"audit_not_armed"}
    with pytest.raises(Refused):
        in_place.anonymize_in_place(catalog, plan, Context(), Confirmation.of(plan))
    assert path.read_bytes() == before


def test_a_log_without_tables_goes_and_says_so(catalog: Catalog, path: Path) -> None:
    remove_audit(catalog, path)
    done(catalog, path)
    assert not re.search(ORIGINALS, bytes_of(path))
    assert audit_status(path).tables == ()
    assert proven(catalog, path).holds


def test_recipes_are_made_again(catalog: Catalog, path: Path) -> None:
    add(catalog, path, recipes.AppendOnly("logins"))
    add(catalog, path, recipes.StatusLog("customers", "prefs"))
    policy = policy_path(path)
    policy.write_text(policy.read_text().replace("empty: [audit]", "empty: [audit, customers_prefs_log]"))
    before = [(each.id, each.what, each.table) for each in recipes.recipe_status(path)]
    plan = planned(catalog, path)
    assert "2 recipes of triggers are made again." in plan.sentences
    done(catalog, path)
    found = recipes.recipe_status(path)
    assert [(each.id, each.what, each.table) for each in found] == before
    assert {each.state for each in found} == {State.ARMED}
    assert {each.state for each in audit_status(path).tables} == {State.ARMED}
    assert run(path, "DELETE FROM logins") != []
    assert run(path, "UPDATE customers SET prefs = '{}' WHERE id = 1") == []
    assert proven(catalog, path).holds


def test_a_recipe_that_is_not_armed_stands_in_the_way(catalog: Catalog, path: Path) -> None:
    add(catalog, path, recipes.AppendOnly("logins"))
    run(path, "UPDATE _steward_recipe SET spec = 'nothing'")
    assert "recipe_not_armed" in {each.code for each in planned(catalog, path).blocking}


def test_keys_of_kept_rows_may_stand_in_the_baseline(tmp_path: Path, catalog: Catalog) -> None:
    towns = ("Winterthur", "Oldenburg", "Rotterdam", "Salamanca")
    path = (
        a_database(tmp_path, "keys.db")
        .with_table(
            "person", "id INTEGER PRIMARY KEY, town TEXT", rows=[(n, towns[n % 4]) for n in range(20)]
        )
        .with_sql("CREATE TABLE town (name TEXT PRIMARY KEY, size INTEGER) WITHOUT ROWID")
        .with_rows("town", [(town, 1) for town in towns])
        .build()
    )
    policy_path(path).write_text(
        "version: 1\nreleases:\n  trap:\n    tables:\n"
        "      person: {id: {technique: keep}, town: {technique: remove}}\n"
        "      town: {name: {technique: keep}, size: {technique: keep}}\n"
    )
    keys = make_keys(KeyMode.KEY)
    backup.init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=keys)
    install(catalog, path)
    done(catalog, path)
    assert {each.state for each in audit_status(path).tables} == {State.ARMED}
    assert proven(catalog, path).holds
