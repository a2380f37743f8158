"""Receipts outside the file, and the operation that makes them."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builders.operations import known
from builders.sealed import an_audited_file, by_hand, sealed, writing
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.db.attribution import attributed, this_program
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.services.audit.seals import chain, receipt
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.receipt import AuditReceipt
from steward_app.services.audit.seals.seal_log import SealRequest, newest_receipt, seal_log
from steward_app.services.audit.seals.verdict import Problem, ProblemKind, Verdict
from steward_app.services.audit.seals.verify import verify
from steward_app.storage.secrets import open_secrets


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = an_audited_file(tmp_path)
    change(path, "first")
    return path


def change(path: Path, text: str) -> None:
    with writing(path) as session, attributed(session, this_program("1", reason=text)):
        session.run("UPDATE person SET name = ?", (text,))


def of(path: Path) -> AuditReceipt:
    with open_read(path) as session:
        found = newest_receipt(session, database_id="")
    assert found is not None
    return found


def against(path: Path, *receipts: AuditReceipt) -> Verdict:
    with open_read(path) as session, session.snapshot():
        return verify(session, receipts=receipts)


def problem(path: Path, *receipts: AuditReceipt) -> Problem:
    return against(path, *receipts).problems[0]


def test_a_log_is_sealed_through_the_pipeline_and_its_receipt_kept(catalog: Catalog, path: Path) -> None:
    database_id = known(catalog, path).id
    done = seal_log(catalog, SealRequest(path, database_id), Context())
    assert done.sentence == "Sealed 5 changes of the audit log"
    assert [check.passed for check in done.checks] == [True]
    kept = receipt.kept(catalog.directory, of(path).log, known(catalog, path).id)
    assert kept is not None
    assert (kept.n, kept.last_seq, kept.database_id, kept.file) == (1, 5, database_id, "audited.db")
    again = seal_log(catalog, SealRequest(path, database_id), Context())
    assert again.result == {"seals": 0, "changes": 0}
    change(path, "second")
    seal_log(catalog, SealRequest(path, database_id), Context())
    newer = receipt.kept(catalog.directory, of(path).log, known(catalog, path).id)
    assert newer is not None
    assert newer.n > kept.n
    found = against(path, kept, newer)
    assert found.holds
    assert found.receipt is not None
    assert found.receipt.n == newer.n


def test_what_is_not_under_audit_is_not_sealed(catalog: Catalog, tmp_path: Path) -> None:
    from builders import a_database

    path = a_database(tmp_path).with_table("t", "a").build()
    with pytest.raises(Refused, match="is not under audit"):
        seal_log(catalog, SealRequest(path, known(catalog, path).id), Context())
    assert against(path) == Verdict("", 0, 0, 0, 0, (), {}, None, (), ())


def test_a_receipt_of_another_log_is_told(path: Path, tmp_path: Path) -> None:
    sealed(path)
    other = an_audited_file(tmp_path / "other")
    sealed(other)
    assert problem(path, of(other)).kind is ProblemKind.OTHER_LOG


def test_a_log_that_lost_its_end_with_all_traces_of_it_is_found_by_its_receipt(
    path: Path, tmp_path: Path
) -> None:
    sealed(path)
    shutil.copy(path, tmp_path / "before.db")
    change(path, "second")
    sealed(path)
    newest = of(path)
    shutil.copy(tmp_path / "before.db", path)
    assert against(path).holds
    found = problem(path, newest)
    assert found.kind is ProblemKind.CUT_OFF
    assert "1 seal up to change 10" in found.sentence


def test_a_receipt_that_does_not_fit_any_more_stays_as_evidence(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    request = SealRequest(path, known(catalog, path).id)
    seal_log(catalog, request, Context())
    shutil.copy(path, tmp_path / "before.db")
    change(path, "second")
    seal_log(catalog, request, Context())
    log, newest = of(path).log, of(path)
    path.write_bytes((tmp_path / "before.db").read_bytes())
    change(path, "other")
    seal_log(catalog, request, Context())
    kept = receipt.all_kept(catalog.directory, log)
    assert {each.seal for each in kept} == {newest.seal, of(path).seal}
    assert "written anew" in problem(path, *kept).sentence
    receipt.kept_at(catalog.directory, log, request.database_id).write_text("edited")
    change(path, "third")
    seal_log(catalog, request, Context())
    assert {each.seal for each in receipt.all_kept(catalog.directory, log)} == {newest.seal, of(path).seal}


def test_a_log_that_was_written_anew_and_sealed_again_is_found_by_its_receipt(
    path: Path, tmp_path: Path
) -> None:
    shutil.copy(path, tmp_path / "unsealed.db")
    with writing(path) as session:
        begun = Chain.begin(session)
    sealed(path)
    before = of(path)
    forged = tmp_path / "unsealed.db"
    by_hand(forged, "UPDATE _steward_audit_log_1 SET n1 = 'forged' WHERE seq = 1")
    with writing(forged) as session:
        Chain.begin(session)
        session.run("UPDATE _steward_audit_chain SET log = ?, base_key = ?", (begun.log, begun.base_key))
    sealed(forged)
    assert not against(forged).problems
    found = problem(forged, before)
    assert (found.kind, found.seal) == (ProblemKind.SEAL, 1)
    assert "written anew" in found.sentence


def test_a_receipt_is_read_only_as_it_was_signed(path: Path, tmp_path: Path) -> None:
    sealed(path)
    signed = receipt.signed(of(path), open_secrets())
    file = tmp_path / "receipt.json"
    file.write_bytes(signed)
    assert receipt.read_file(file) == of_signed(path, signed)
    document = json.loads(signed)
    file.write_text(json.dumps(document | {"n": 2}))
    with pytest.raises(Failure) as caught:
        receipt.read_file(file)
    assert caught.value.code is ErrorCode.VERIFY_FAILED
    from steward_app.catalog import keys

    file.write_bytes(keys.signed_json({"format": receipt.FORMAT, "n": "x"}, open_secrets()))
    with pytest.raises(Failure, match="not the receipt of an audit"):
        receipt.read_file(file)


def of_signed(path: Path, signed: bytes) -> AuditReceipt:
    from dataclasses import replace

    return replace(of(path), made_at=json.loads(signed)["made_at"])


def test_a_receipt_is_printed_as_text_and_as_a_page(path: Path) -> None:
    sealed(path)
    made = of(path)
    signed = receipt.signed(made, open_secrets())
    told = receipt.text(made, signed)
    assert made.seal in told
    assert signed.decode() in told
    assert receipt.pdf(made, signed).startswith(b"%PDF")


def test_a_clock_that_went_back_is_told_and_breaks_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed(path)
    monkeypatch.setattr(clock, "_source", lambda: datetime.now(UTC) - timedelta(days=400))
    change(path, "earlier")
    sealed(path)
    found = against(path)
    assert found.holds
    assert "went back between seal 1" in found.notes[0]


def test_a_clock_of_the_log_that_was_set_back_gives_no_number_twice(path: Path) -> None:
    sealed(path)
    by_hand(path, "UPDATE _steward_audit_clock SET seq = 2")
    sealed(path)
    change(path, "later")
    sealed(path)
    with open_read(path) as session:
        assert session.value("SELECT max(seq) FROM _steward_audit_log_1") == 11
        event = session.one("SELECT kind, detail FROM _steward_audit_event WHERE seq = 6")
        assert event == ("gap", '{"clock": {"was": 2, "log": 5}}')
    assert against(path).holds


def test_changes_that_were_gone_before_they_were_sealed_stay_gone_and_told(path: Path) -> None:
    by_hand(path, "DELETE FROM _steward_audit_log_1 WHERE seq IN (2, 3)")
    sealed(path)
    found = against(path)
    assert not found.problems
    with open_read(path) as session:
        told = session.value("SELECT detail FROM _steward_audit_event WHERE kind = 'gap'")
    assert json.loads(str(told)) == {"missing": [[2, 3]]}
    by_hand(path, "INSERT INTO _steward_audit_log_1 (seq, op) VALUES (2, 2)")
    assert problem(path).kind is ProblemKind.INSERTED


@pytest.mark.parametrize("column", ["actor", "reason", "begun_us", "host", "operation_id", "first_seq"])
def test_who_and_why_are_sealed_too(path: Path, column: str) -> None:
    sealed(path)
    change(path, "second")
    sealed(path)
    by_hand(path, f"UPDATE _steward_audit_txn SET {column} = 'forged' WHERE txn = 2")
    found = problem(path)
    assert (found.kind, found.seal) == (ProblemKind.TRANSACTION, 2)
    assert "transaction 2" in found.sentence


def test_a_transaction_that_is_gone_or_put_in_is_told(path: Path) -> None:
    change(path, "second")
    sealed(path)
    by_hand(path, "DELETE FROM _steward_audit_txn WHERE txn = 1")
    assert problem(path).kind is ProblemKind.TRANSACTION
    by_hand(path, "INSERT INTO _steward_audit_txn (txn, actor) VALUES (1, 'somebody')")
    assert problem(path).kind is ProblemKind.TRANSACTION


def test_many_changes_are_several_seals(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "MOST_CHANGES", 7)
    for text in ("a", "b", "c", "d"):
        change(path, text)
    assert [(seal.first_seq, seal.last_seq) for seal in sealed(path)] == [(1, 7), (8, 14), (15, 21), (22, 25)]
    assert against(path).holds
