"""The proof from the window: seals, receipts taken away, verifying, comparing, what happened, the key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.guarding import install, rearm
from builders.sealed import by_hand, sealed
from builders.under_audit import run
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.gui.pages.audit.page import AuditPage
from steward_app.gui.pages.audit.proof import read
from steward_app.gui.pages.audit.proof.keys import ExportDialog
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.audit.seals.key_recovery import signing_key

Open = Callable[..., Any]


@pytest.fixture
def shop(tmp_path: Path, catalog: Catalog) -> Path:
    """Under audit; ten changes that nothing protects yet."""
    path = (
        a_database(tmp_path / "shop.db")
        .with_sql("CREATE TABLE customer (email TEXT PRIMARY KEY, grade) WITHOUT ROWID")
        .with_rows("customer", [(f"c{n}@example.org", "gold") for n in range(1, 20)])
        .with_table("bill", "id INTEGER PRIMARY KEY, sum", rows=[(n, n) for n in range(1, 20)])
        .build()
    )  # fmt: skip
    install(catalog, path)
    run(path, *(f"UPDATE bill SET sum = sum + 1 WHERE id = {n}" for n in range(1, 11)))
    return path


@pytest.fixture
def opened(open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot) -> Any:
    return proof(open_page, shop, catalog, qtbot)


def proof(open_page: Open, path: Path, catalog: Catalog, qtbot: QtBot) -> Any:
    opened = open_page(AuditPage, path, catalog=catalog)
    opened.document.allow_writing()
    opened.page.arrive(view="proof")
    at_rest(opened, qtbot)
    opened.page.reconsider()
    opened.view = opened.page.views["proof"]
    return opened


def at_rest(opened: Any, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
        qtbot.wait(1)


def done(opened: Any, qtbot: QtBot, action: Any) -> None:
    assert action.reason == "", action.reason
    action.trigger()
    at_rest(opened, qtbot)


def words(widget: Any) -> str:
    QApplication.processEvents()  # what was put into a layout shows itself then
    shown = [label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget)]
    return " | ".join(
        shown + [button.text() for button in widget.findChildren(Button) if button.isVisibleTo(widget)]
    )


def test_the_tail_is_said_to_be_unprotected_and_is_sealed(opened: Any, shop: Path, qtbot: QtBot) -> None:
    view = opened.view
    assert view.tail.text == "10 changes are not yet protected"
    assert view.seals.table.rows[0].n == 1
    assert problems_of(opened.page) == []
    done(opened, qtbot, view.seal_action)
    assert audit_status(shop).unsealed == 0
    assert [line.changes for line in view.seals.table.rows][:1] == [10]
    assert not view.tail.isVisibleTo(view) and view.state.text.startswith("Sealed up to entry 12")
    heads = [view.seals.table.model().headerData(n, Qt.Orientation.Horizontal) for n in range(5)]
    assert heads[3] == "Entries" and "entries 1 to 2" in words(
        view.seals
    )  # of two tables that were installed
    assert view.seal_action.reason == "Everything that was logged is sealed."
    assert opened.said.toasts[-1].title == "Sealed 10 changes of the audit log"


def test_a_read_only_file_is_not_sealed(opened: Any) -> None:
    opened.document.forbid_writing()
    opened.page.reconsider()
    assert opened.view.seal_action.reason == "The file is read-only. Allow changes first."
    assert problems_of(opened.page) == []


def test_a_receipt_of_any_seal_is_copied_saved_and_mailed(
    opened: Any, shop: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = opened.view
    done(opened, qtbot, view.seal_action)
    view.seals.table.choose(view.seals.table.rows[-1])
    done(opened, qtbot, view.receipts.copy)
    assert "by seal 1" in QGuiApplication.clipboard().text()
    target = tmp_path / "kept.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    done(opened, qtbot, view.receipts.save)
    assert json.loads(target.read_bytes())["n"] == 1
    target = tmp_path / "kept.pdf"
    done(opened, qtbot, view.receipts.pdf)
    assert target.read_bytes().startswith(b"%PDF")
    urls: list[Any] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", urls.append)
    done(opened, qtbot, view.receipts.mail)
    (url,) = urls
    assert url.scheme() == "mailto" and "Receipt%20of%20the%20audit" in url.toEncoded().data().decode()
    assert "by seal 1" in url.query(url.ComponentFormattingOption.FullyDecoded)


def test_a_receipt_is_printed(
    opened: Any, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = tmp_path / "printed.pdf"

    def agree(dialog: QPrintDialog) -> None:
        dialog.printer().setOutputFileName(str(printed))
        dialog.accepted.emit(dialog.printer())

    monkeypatch.setattr(QDialog, "open", agree)
    done(opened, qtbot, opened.view.receipts.print)
    assert printed.read_bytes().startswith(b"%PDF")
    assert "signed by the key" in opened.view.receipts.printed("signed by the key").toPlainText()


def test_a_log_that_holds_is_told_with_what_was_compared(opened: Any, qtbot: QtBot) -> None:
    done(opened, qtbot, opened.view.verify_action)
    told = words(opened.view)
    assert "The log is as it was sealed. Every row is what the log says." in told
    assert "Receipt compared" in told and "the log holds" in told
    assert opened.view.tabs.value == "verdict"
    assert problems_of(opened.page) == []


def test_the_first_forged_row_is_named_and_the_trust_line_says_so(
    opened: Any, shop: Path, qtbot: QtBot
) -> None:
    done(opened, qtbot, opened.view.seal_action)
    by_hand(shop, "UPDATE _steward_audit_log_2 SET n1 = 99 WHERE seq = 5")
    done(opened, qtbot, opened.view.verify_action)
    (banner,) = opened.view.verdict.findChildren(Banner)
    assert "The log is not as it was sealed. First: Change 5 of “bill” was changed" in banner.text
    assert "Forged" in " ".join(
        str(view.model().index(0, 0).data())
        for view in opened.view.verdict.findChildren(type(opened.view.seals.table))
    )
    assert opened.page.trust.text == "The history is not as it was sealed"
    opened.page.read_status()
    at_rest(opened, qtbot)
    assert opened.page.trust.text == "The history is not as it was sealed"
    assert problems_of(opened.page) == []
    problems = opened.view.verdict.problems
    assert problems.model().index(0, 3).data() == "bill 3"
    problems.choose(problems.rows[0])
    problems.setFocus()
    QTest.keyClick(problems, Qt.Key.Key_Return)
    at_rest(opened, qtbot)
    assert opened.page.view == "row"


def test_rows_that_vacuum_renumbered_are_no_changed_rows(
    open_page: Open, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    path = a_database(tmp_path / "odd.db").with_table("visit", "n", rows=[(n,) for n in range(50)]).build()
    run(path, "DELETE FROM visit WHERE rowid = 7")
    install(catalog, path)
    run(path, "VACUUM")
    opened = proof(open_page, path, catalog, qtbot)
    for action in (opened.view.compare_action, opened.view.verify_action):
        done(opened, qtbot, action)
        told = words(opened.view)
        assert "VACUUM gave the rows of “visit” other numbers than those in the log." in told
        assert "behind the log's back" not in told
        assert problems_of(opened.page) == []


def test_keys_that_look_personal_are_hidden_until_asked_for(opened: Any, shop: Path, qtbot: QtBot) -> None:
    by_hand(shop, "UPDATE customer SET grade = 'lead' WHERE email = 'c3@example.org'")
    by_hand(shop, "DELETE FROM bill WHERE id = 15")
    done(opened, qtbot, opened.view.compare_action)
    part = opened.view.verdict
    assert {(row.table, row.how) for row in part.rows.rows} == {("customer", "changed"), ("bill", "removed")}
    shown = [part.rows.model().index(n, 1).data() for n in range(2)]
    assert "c3@example.org" not in shown and "15" in shown
    assert "2 rows were changed behind the log's back." in words(opened.view)
    assert "1 row changed" in words(opened.view) and problems_of(opened.page) == []
    assert "hidden" in shown
    opened.page.reveal_action.trigger()
    assert "c3@example.org" in [part.rows.model().index(n, 1).data() for n in range(2)]
    opened.page.hide()
    opened.page.show()
    assert "c3@example.org" not in [part.rows.model().index(n, 1).data() for n in range(2)]


def test_a_row_that_differs_opens_its_history(opened: Any, shop: Path, qtbot: QtBot) -> None:
    by_hand(shop, "UPDATE bill SET sum = 0 WHERE id = 7")
    done(opened, qtbot, opened.view.verify_action)
    rows = opened.view.verdict.rows
    rows.choose(rows.rows[0])
    rows.setFocus()
    QTest.keyClick(rows, Qt.Key.Key_Return)
    at_rest(opened, qtbot)
    assert opened.page.view == "row"


def test_receipt_files_are_checked_against(
    opened: Any, shop: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = a_database(tmp_path / "other.db").with_table("bill", "id INTEGER PRIMARY KEY").build()
    install(opened.page.context.catalog, other)
    elsewhere = proof_receipt(opened, other, tmp_path)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(elsewhere)], ""))
    (add,) = [b for b in opened.view.verdict.findChildren(Button) if b.text() == "Check against a receipt"]
    add.click()
    done(opened, qtbot, opened.view.verify_action)
    assert "is of another audit log" in words(opened.view)
    opened.view.verdict.use_receipts((tmp_path / "missing.json",))
    done(opened, qtbot, opened.view.verify_action)
    assert any("missing.json" in banner.text for banner in opened.page.findChildren(Banner))


def proof_receipt(opened: Any, path: Path, folder: Path) -> Path:
    """A receipt of another log."""
    from steward_app.kernel.progress import Context
    from steward_app.services.document import open_document

    with open_document(path) as file:
        return read.save(opened.page.context.catalog, file, 1, "json", folder / "elsewhere.json", Context())


def test_gaps_are_listed_apart(open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot) -> None:
    by_hand(shop, "UPDATE bill SET sum = 0 WHERE id = 7")
    rearm(catalog, shop, "bill")
    opened = proof(open_page, shop, catalog, qtbot)
    view = opened.view
    view.show_part("happened")
    assert problems_of(opened.page) == []
    what = [
        view.happened.table.model().index(n, 2).data() for n in range(view.happened.table.model().rowCount())
    ]
    assert "Gap" in what and "Put under audit" in what and "Armed again" in what
    view.happened.what.buttons[1].click()
    assert {event.kind for event in view.happened.table.rows} == {"gap"}
    assert "1 row changed behind the log" in view.happened.table.model().index(0, 3).data()


def test_older_seals_are_read_when_asked_for(
    open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "SOME_SEALS", 2)
    for number in range(4):
        run(shop, f"UPDATE bill SET sum = 0 WHERE id = {number + 1}")
        sealed(shop)
    opened = proof(open_page, shop, catalog, qtbot)
    seals = opened.view.seals
    assert [line.n for line in seals.shown] == [5, 4] and seals._older.isVisibleTo(opened.view)
    seals._older.click()
    at_rest(opened, qtbot)
    seals._older.click()
    at_rest(opened, qtbot)
    assert [line.n for line in seals.shown] == [5, 4, 3, 2, 1] and not seals._older.isVisibleTo(opened.view)
    assert problems_of(opened.page) == []


def test_the_recovery_of_the_key_is_written_with_a_passphrase(
    opened: Any, tmp_path: Path, catalog: Catalog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = opened.view
    view.show_part("key")
    assert "No recovery yet" in words(view.key) and problems_of(opened.page) == []
    target = tmp_path / "key.age"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    view.export_action.trigger()
    (dialog,) = [
        each for each in QApplication.topLevelWidgets() if isinstance(each, ExportDialog) and each.isVisible()
    ]
    QTest.keyClicks(dialog.phrase.edit, "short")
    dialog.verb.click()
    assert dialog.phrase.edit.accessibleDescription() == "At least 12 characters" and not target.exists()
    dialog.phrase.edit.setText("correct horse battery")
    QTest.keyClicks(dialog.again.edit, "correct horse")
    dialog.verb.click()
    assert dialog.again.edit.accessibleDescription() == "This is not the same"
    dialog.again.edit.setText("correct horse battery")
    assert problems_of(dialog) == []
    QTest.keyClick(dialog.again.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: target.exists() and opened.jobs.idle, timeout=30_000)
    at_rest(opened, qtbot)
    assert signing_key(catalog).exported_at and "Recovery written" in words(view.key)
    assert "correct horse" not in opened.said.toasts[-1].text


def test_verifying_is_stopped(opened: Any, qtbot: QtBot) -> None:
    opened.view.verify_action.trigger()
    opened.view.foot.stop()
    at_rest(opened, qtbot)
    assert opened.view.foot.words.startswith(("Stopped. Nothing was changed.", "Verified "))
    assert opened.view.verify_action.reason == ""
