"""One list of what can be undone: everything that has an inverse, found, planned and carried out in one way."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install, planned, remove, to_remove
from builders.moments import Moments
from builders.under_audit import run
from builders.undoing import audited
from steward_app import services
from steward_app.catalog import Catalog
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.plan import Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import undo
from steward_app.services.operation import Confirmation, Operation


def every_operation() -> set[type[Operation[object]]]:
    """All that the services define."""
    for module in pkgutil.walk_packages(services.__path__, f"{services.__name__}."):
        importlib.import_module(module.name)
    found, known = [*Operation.__subclasses__()], set()
    while found:
        kind = found.pop()
        known.add(kind)
        found += kind.__subclasses__()
    return {kind for kind in known if kind.__module__.startswith("steward_app.") and hasattr(kind, "name")}


def test_every_operation_with_an_inverse_is_listed_and_no_other(catalog: Catalog) -> None:
    listed = {type(each) for each in undo.undoable(catalog)}
    assert listed == {kind for kind in every_operation() if kind.inverse is not Operation.inverse}
    assert len({each.name for each in undo.undoable(catalog)}) == len(listed)


def test_an_operation_that_promises_an_inverse_has_one() -> None:
    promising = {
        kind
        for kind in every_operation()
        if "Reversal.INVERSE" in inspect.getsource(inspect.getmodule(kind))  # type: ignore[arg-type]
    }
    assert promising
    assert {kind for kind in promising if kind.inverse is Operation.inverse} == set()


def take_back(catalog: Catalog, receipt: Receipt) -> Receipt:
    offer = undo.offers(catalog, (receipt.operation_id,))[receipt.operation_id]
    assert (offer.operation_id, offer.undone_by) == (receipt.undo, "")
    plan = undo.plan_undo(catalog, receipt.undo, Context(), path=Path(receipt.path))
    assert offer.by.name == plan.operation
    assert undo.rehearse_undo(catalog, receipt.undo, plan, Context()).passed
    done = undo.carry_out(catalog, receipt.undo, plan, Context(), Confirmation.of(plan))
    assert undo.offers(catalog, (receipt.undo,))[receipt.undo].undone_by == done.operation_id
    with pytest.raises(Refused, match="undone already"):
        undo.carry_out(catalog, receipt.undo, plan, Context(), Confirmation.of(plan))
    return done


def test_rows_that_were_brought_back(catalog: Catalog, tmp_path: Path) -> None:
    file = a_database(tmp_path).with_table("p", "id INTEGER PRIMARY KEY, name", rows=[(1, "Ada"), (2, "Ben")])
    moments = Moments.of(catalog, file).later("DELETE FROM p WHERE id = 1")
    receipt = moments.bring(moments.request("p", 1))
    undone = take_back(catalog, receipt)
    assert moments.rows("SELECT id FROM p") == [(2,)]
    take_back(catalog, undone)
    assert moments.rows("SELECT id FROM p ORDER BY id") == [(1,), (2,)]


def test_logged_changes(tmp_path: Path) -> None:
    file = audited(tmp_path, "CREATE TABLE visit (id INTEGER PRIMARY KEY, fee)")
    file.write("INSERT INTO visit VALUES (1, 10)")
    changes = file.write("UPDATE visit SET fee = 11")
    receipt = file.undo(changes)
    assert file.rows("visit") == [(1, 10)]
    take_back(file.catalog, receipt)
    assert file.rows("visit") == [(1, 11)]


def test_an_audit_that_was_installed_and_one_that_was_removed(catalog: Catalog, tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("visit", "id INTEGER PRIMARY KEY, fee").build()
    removed = take_back(catalog, install(catalog, path))
    installed = take_back(catalog, removed) if removed.undo else install(catalog, path)
    run(path, "INSERT INTO visit VALUES (1, 10)")
    assert undo.undo(catalog, installed.operation_id, Context(), Confirmation(given=True)).undo


def test_an_empty_log_that_is_dropped_offers_no_undo(catalog: Catalog, tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("visit", "id INTEGER PRIMARY KEY, fee").build()
    install(catalog, path)
    remove(catalog, path)
    request = to_remove(catalog, path, drop_log=True)
    assert planned(catalog, request).reversal is Reversal.NOT_NEEDED
    receipt = remove(catalog, path, drop_log=True)
    assert receipt.undo == ""
    assert undo.offers(catalog, (receipt.operation_id,)) == {}


def test_what_cannot_be_undone_by_itself_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("visit", "id INTEGER PRIMARY KEY, fee").build()
    other = a_database(tmp_path, "other.db").with_table("visit", "id INTEGER PRIMARY KEY").build()
    first, second = install(catalog, path), install(catalog, other)
    assert undo.offers(catalog, ("op_none",)) == {}
    with pytest.raises(UsageError, match="op_none"):
        undo.plan_undo(catalog, "op_none", Context())
    with pytest.raises(UsageError, match="another database"):
        undo.plan_undo(catalog, first.operation_id, Context(), path=other)
    plan = undo.plan_undo(catalog, first.operation_id, Context())
    with pytest.raises(UsageError, match="does not undo"):
        undo.carry_out(catalog, second.operation_id, plan, Context(), Confirmation.of(plan))
    undo.carry_out(catalog, first.operation_id, plan, Context(), Confirmation.of(plan))
