"""While a file is open its audit log seals itself, and what is wrong with its audit is known."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import apsw
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.guarding import install, rearm, verified
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from steward_app.app import PAGES
from steward_app.catalog import Catalog, journal
from steward_app.catalog.journal import Phase
from steward_app.db import open_read
from steward_app.gui.shell.window import Window
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.audit.guard import going_on
from steward_app.services.audit.guard.own_seals import OwnSeal, _OwnSealing
from steward_app.services.audit.seals import chain
from steward_app.services.audit.seals.lookahead import look_ahead
from steward_app.services.audit.undo import Selection, UndoRequest, plan_undo, undo_changes
from steward_app.services.audit.undo.operation import UndoChanges
from steward_app.services.operation import Confirmation

Open = Callable[..., Window]
_ALONE = _OwnSealing._alone


@pytest.fixture(params=[False, True], ids=["rollback", "WAL"])
def path(request: pytest.FixtureRequest, tmp_path: Path, catalog: Catalog) -> Path:
    """Under audit, with three changes that are not sealed."""
    builder = a_database(tmp_path / "clinic.db").with_table(
        "visit", "id INTEGER PRIMARY KEY, note", rows=[(n, "x") for n in range(1, 11)]
    )
    made = (builder.in_wal_mode() if request.param else builder).build()
    install(catalog, made)
    change(made)
    return made


def change(path: Path) -> None:
    run(path, "UPDATE visit SET note = note || 'y' WHERE id < 4")


def unsealed(path: Path) -> int:
    with open_read(path) as session:
        return chain.unsealed(session)


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()


def codes(window: Window) -> list[str]:
    return [found.code for found in window.own_seals.findings]


def test_it_is_sealed_when_it_is_opened_though_it_is_read_only(
    open_window: Open, path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    assert window.file is not None and window.file.read_only
    assert unsealed(path) == 0
    assert verified(path).holds
    assert codes(window) == []


def test_the_clock_seals_what_is_new_and_nothing_else(
    open_window: Open, path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    sealed: list[OwnSeal] = []
    window.own_seals.sealed.connect(sealed.append)
    assert window.own_seals._clock.isActive() and window.own_seals._clock.interval() == 15 * 60_000
    for _ in range(3):
        window.own_seals._clock.timeout.emit()
        at_rest(window, qtbot)
    assert sealed == []
    change(path)
    window.own_seals._clock.timeout.emit()
    at_rest(window, qtbot)
    assert sealed == [OwnSeal(3, 1)]
    database_id = known(catalog, path).id
    with catalog.reading() as session:
        notes = journal.events(session, database_id=database_id, operation="audit.seal", phases=(Phase.NOTE,))
    assert len(notes) == 2


def test_what_is_shown_stays_and_nobody_is_told_of_a_change(
    open_window: Open, path: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    file = window.file
    assert file is not None
    file.cached("probe", lambda session: object(), rows_of=("visit",))
    change(path)
    window.opening.look_outside()
    at_rest(window, qtbot)
    kept = file.cached("probe", lambda session: object(), rows_of=("visit",))
    told: list[object] = []
    window.opening.changed_outside.connect(told.append)
    window.own_seals.seal()
    at_rest(window, qtbot)
    window.opening.look_outside()
    at_rest(window, qtbot)
    assert unsealed(path) == 0
    assert told == []
    assert file.cached("probe", lambda session: object(), rows_of=("visit",)) is kept


def test_closing_the_file_seals_what_is_left(open_window: Open, path: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    change(path)
    window.close_file()
    at_rest(window, qtbot)
    assert unsealed(path) == 0
    assert verified(path).holds


def test_closing_the_window_seals_what_is_left(open_window: Open, path: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    change(path)
    window.close()
    assert unsealed(path) == 0
    assert verified(path).holds


def test_a_window_closes_though_another_program_holds_the_file(
    open_window: Open, path: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    change(path)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    window.close()
    other.execute("ROLLBACK")
    other.close()
    assert unsealed(path) == 3
    again = open_window(PAGES, path)
    at_rest(again, qtbot)
    assert unsealed(path) == 0


def once_the_undo_began(sealing: _OwnSealing, known: int) -> AbstractContextManager[None]:
    """Of a seal in stretches, the second begins only when the operation between them has."""

    def began() -> bool:
        with sealing._catalog.reading() as session:
            return bool(journal.events(session, operation=UndoChanges.name, phases=(Phase.STARTED,), limit=1))

    while sealing._made and not began():
        sealing._context.wait(0.01)
    return _ALONE(sealing, known)


def test_an_operation_does_not_wait_for_the_end_of_a_long_seal(
    open_window: Open, path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    monkeypatch.setattr(look_ahead, "__kwdefaults__", {"size": 2})
    monkeypatch.setattr(_OwnSealing, "_alone", once_the_undo_began)
    for _ in range(5):
        change(path)
    opened = window.opening.current
    assert opened is not None
    sealing: list[OwnSeal] = []
    window.own_seals.sealed.connect(sealing.append)
    window.own_seals.seal()
    qtbot.waitUntil(lambda: unsealed(path) < 15)
    catalog, done = window.desk.catalog, []

    def undo(context: Context) -> Receipt:
        request = UndoRequest(path, opened.database_id, Selection(everything=True))
        plan = plan_undo(catalog, request, context)
        return undo_changes(catalog, plan, context, Confirmation.of(plan))

    window.jobs.run(window, "Undo", undo, done.append, file=opened.document.id, writes=True)
    at_rest(window, qtbot)
    assert len(done) == 1 and done[0].findings == ()
    assert sealing and sealing[0].left > 0 and sealing[0].findings == ()
    assert unsealed(path) == 0
    assert verified(path).holds


def test_turned_off_nothing_is_sealed(open_window: Open, path: Path, catalog: Catalog, qtbot: QtBot) -> None:
    going_on.choose(catalog, known(catalog, path).id, on=False)
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    window.close_file()
    at_rest(window, qtbot)
    assert unsealed(path) == 3


def test_a_schema_change_raises_the_alarm_and_arming_it_again_ends_it(
    open_window: Open, path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    told: list[tuple[object, ...]] = []
    window.own_seals.alarmed.connect(told.append)
    run(path, "DROP TRIGGER _steward_audit_1_after_update")
    window.opening.look_outside()
    at_rest(window, qtbot)
    assert codes(window) == ["audit_disarmed"]
    assert told == [window.own_seals.findings]
    assert window.own_seals.alarms == window.own_seals.findings
    rearm(catalog, path)
    window.own_seals.check()
    at_rest(window, qtbot)
    assert codes(window) == []
    assert told[-1] == ()


def test_rows_changed_behind_the_log_are_told_when_they_are_found(
    open_window: Open, path: Path, qtbot: QtBot
) -> None:
    by_hand(path, "UPDATE visit SET note = 'hidden' WHERE id = 2")
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    assert codes(window) == ["audit_gap"]
    window.close_file()
    assert window.own_seals.findings == ()


def test_an_audit_that_cannot_be_read_is_an_alarm(open_window: Open, path: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    by_hand(path, "UPDATE _steward_audit_table SET columns = 'nonsense'")
    window.own_seals.check()
    at_rest(window, qtbot)
    assert codes(window) == ["audit_not_looked_at"]


def test_a_file_without_an_audit_costs_nothing(
    open_window: Open, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = a_database(tmp_path / "plain.db").with_table("t", "a", rows=[(1,)]).build()
    before = plain.read_bytes()
    window = open_window(PAGES, plain)
    at_rest(window, qtbot)
    window.own_seals.look()
    at_rest(window, qtbot)
    window.close_file()
    at_rest(window, qtbot)
    assert plain.read_bytes() == before
