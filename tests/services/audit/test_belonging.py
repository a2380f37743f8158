"""Receipts of a file and of copies that went their own way: each is compared with its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from steward_app.catalog import Catalog, identity
from steward_app.catalog.identity import IdentityQuestion
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.audit.guard import going_on
from steward_app.services.audit.guard.own_seals import seal_new
from steward_app.services.audit.report import ReportRequest
from steward_app.services.audit.report.collect import report_on
from steward_app.services.audit.seals import proving, receipt
from steward_app.services.audit.seals.seal_log import SealRequest, seal_log
from steward_app.services.audit.seals.verdict import ProblemKind, Verdict
from steward_app.services.operation import Confirmation


@pytest.fixture
def path(tmp_path: Path, catalog: Catalog) -> Path:
    rows = [(n, "x") for n in range(1, 10)]
    made = a_database(tmp_path, "f1.db").with_table("t", "id INTEGER PRIMARY KEY, a", rows=rows).build()
    install(catalog, made)
    return made


def restored(catalog: Catalog, path: Path, to: Path) -> None:
    done = backup.create(catalog, backup.plan_create(catalog, path, Context()), Context())
    plan = restore.plan_restore(catalog, path, str((done.result or {})["point"]), Context(), to=to)
    restore.restore(catalog, plan, Context(), Confirmation.of(plan))


def copied(catalog: Catalog, path: Path, to: Path) -> None:
    shutil.copy(path, to)


def answer(catalog: Catalog, path: Path) -> str:
    """Say that a file is a database of its own."""
    with open_read(path) as session:
        question = identity.recognise(catalog, path, session)
    assert isinstance(question, IdentityQuestion)
    return identity.resolve(catalog, question, "new").database.id


def change(path: Path, text: str) -> None:
    run(path, f"UPDATE t SET a = '{text}' WHERE id < 4")


def verified(catalog: Catalog, path: Path, *files: Path) -> Verdict:
    with open_read(path) as session, session.snapshot():
        return proving.verify_with_receipts(catalog, session, Context(), files=files)


def seal(catalog: Catalog, path: Path) -> None:
    seal_log(catalog, SealRequest(path, known(catalog, path).id), Context())


def branches(catalog: Catalog, path: Path, other: Path) -> None:
    """The copy goes on by one seal, the original by two."""
    for file in (other, path, path):
        change(file, f"{file.stem} {verified(catalog, file).seals}")
        seal(catalog, file)


@pytest.fixture(params=[copied, restored], ids=["copied", "restored"])
def other(request: pytest.FixtureRequest, catalog: Catalog, path: Path, tmp_path: Path) -> Path:
    make: Callable[[Catalog, Path, Path], None] = request.param
    make(catalog, path, tmp_path / "f2.db")
    return tmp_path / "f2.db"


def test_a_copy_made_known_as_new_and_the_original_both_hold(
    catalog: Catalog, path: Path, other: Path
) -> None:
    answer(catalog, other)
    branches(catalog, path, other)
    for file in (path, other):
        found = verified(catalog, file)
        assert found.holds, found.problems
        assert found.notes == ()
        assert found.receipt is not None
        assert found.receipt.n == found.seals
        report = report_on(catalog, file, ReportRequest(), Context())
        assert report.verdict.holds, report.verdict.problems
        assert max(each.n for each in report.receipts) == found.seals
    names = {each.name.split(".")[1] for each in (catalog.directory / "audit-receipts").iterdir()}
    assert names == {known(catalog, path).id, known(catalog, other).id}


def test_both_go_on_sealing_by_themselves(catalog: Catalog, path: Path, other: Path) -> None:
    answer(catalog, other)
    branches(catalog, path, other)
    for file in (other, path):
        change(file, "again")
        assert seal_new(catalog, file, known(catalog, file).id, Context()).findings == ()
        assert verified(catalog, file).holds


def test_a_copy_of_which_nobody_has_said_what_it_is_is_not_accused(
    catalog: Catalog, path: Path, other: Path
) -> None:
    change(path, "later")
    seal(catalog, path)
    found = verified(catalog, other)
    assert found.holds
    assert "carries the identity of “f1.db”" in found.notes[-1]
    assert "1 receipt of that one was not compared" in found.notes[-1]
    assert verified(catalog, path).holds


def test_the_cut_end_of_either_is_still_named(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    other = tmp_path / "f2.db"
    shutil.copy(path, other)
    answer(catalog, other)
    branches(catalog, path, other)
    for file in (path, other):
        seals = verified(catalog, file).seals
        shutil.copy(file, tmp_path / "older")
        change(file, "later")
        seal(catalog, file)
        file.write_bytes((tmp_path / "older").read_bytes())
        (problem,) = verified(catalog, file).problems
        assert (problem.kind, problem.seal) == (ProblemKind.CUT_OFF, seals + 1)


def test_a_copy_put_in_the_place_of_the_original_is_named(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    other = tmp_path / "f2.db"
    shutil.copy(path, other)
    answer(catalog, other)
    branches(catalog, path, other)
    original, known_as = path.read_bytes(), known(catalog, path).id
    path.write_bytes(other.read_bytes())
    (problem,) = verified(catalog, path).problems
    assert problem.kind is ProblemKind.CUT_OFF
    with open_read(path) as session, session.snapshot():
        hindrance = going_on.hindrance(catalog, session, known_as)
    assert hindrance is not None
    assert hindrance.code == "audit_receipt_does_not_fit"
    path.write_bytes(original)
    assert verified(catalog, path).notes == ()
    other.rename(path)  # known to be the copy, by its number and what it carries
    found = verified(catalog, path)
    assert found.holds
    assert "1 receipt of that one does not fit" in found.notes[-1]


def test_a_receipt_in_a_file_says_of_which_database_it_is(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    other = tmp_path / "f2.db"
    shutil.copy(path, other)
    name = answer(catalog, other)
    with open_read(other) as session, session.snapshot():
        mine = proving.receipt_of_seal(catalog, session)
    assert mine.database_id == name
    common = tmp_path / "common.json"
    common.write_bytes(proving.written(catalog, mine, "json"))
    branches(catalog, path, other)
    with open_read(other) as session, session.snapshot():
        given = tmp_path / "given.json"
        given.write_bytes(proving.written(catalog, proving.receipt_of_seal(catalog, session), "json"))
    assert verified(catalog, path, common).holds
    (problem,) = verified(catalog, path, given).problems
    assert problem.kind is ProblemKind.OTHER_LOG
    assert "does not fit. It is of another database" in problem.sentence


def test_a_receipt_of_a_database_nobody_knows_any_more_is_compared(catalog: Catalog, path: Path) -> None:
    with open_read(path) as session, session.snapshot():
        mine = proving.receipt_of_seal(catalog, session)
    gone = replace(mine, database_id="00000000-0000-0000-0000-000000000000", n=7)
    receipt.keep(catalog.directory, gone, proving.open_secrets(catalog.directory))
    (problem,) = verified(catalog, path).problems
    assert problem.seal in (2, 7)
    by_hand(path, "DELETE FROM _steward_audit_seal")
    assert not verified(catalog, path).holds
