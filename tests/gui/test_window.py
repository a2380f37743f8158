"""The window: files opened, refused, changed by others and closed; pages, keys, and what is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPointF, Qt, QUrl
from PySide6.QtGui import QCloseEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.processes import OtherProgram
from builders.walk import problems_of
from steward_app import db
from steward_app.gui.actions import Action
from steward_app.gui.context import Message, PageContext
from steward_app.gui.page import Group, Page, PageSpec
from steward_app.gui.shell.toast import Toast
from steward_app.gui.shell.window import Window
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.confirm import Question
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plan import TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt

Open = Callable[..., Window]


class Notes(Page):
    """A page that writes down what happens to it."""

    made: list[Notes] = []  # noqa: RUF012  emptied by the fixture

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self.notes: list[Any] = []
        self.state: dict[str, Any] = {}
        self.writable = Action("notes.write", "Write", lambda: self.notes.append("write"), "Notes",
                               shortcut="Ctrl+E", enabled_when=self._why_not)  # fmt: skip
        self.head_actions(primary=self.writable)
        Notes.made.append(self)

    def _why_not(self) -> str:
        return "The file is read-only." if self.context.file.read_only else ""

    def commands(self) -> tuple[Action, ...]:
        return (self.writable,)

    def show_document(self) -> None:
        self.notes.append("show")

    def refresh(self, touched: tuple[str, ...]) -> None:
        self.notes.append(("refresh", touched))

    def arrive(self, **arguments: Any) -> None:
        self.notes.append(("arrive", arguments))

    def save_state(self) -> dict[str, Any]:
        return {"kept": self.spec.id}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.state = state


@pytest.fixture(autouse=True)
def no_notes() -> None:
    Notes.made.clear()


SPECS = (
    PageSpec("overview", "Overview", "How this file is doing.", "layout-dashboard", Group.SEE, Notes),
    PageSpec("data", "Data", "Rows.", "table-2", Group.SEE, Notes),
    PageSpec("journal", "Journal", "What was done.", "book-text", Group.PROVE, Notes),
)


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note TEXT", rows=[(1, "a")])
        .with_table("staff", "id INTEGER PRIMARY KEY", rows=[(1,)])
        .build()
    )


def notices(window: Window) -> str:
    return " ".join(banner.text for banner in window.findChildren(Banner) if banner.isVisibleTo(window))


def test_a_file_opens_on_the_first_page(open_window: Open, clinic: Path) -> None:
    window = open_window(SPECS, clinic)
    assert window.windowTitle().startswith("clinic.db")
    assert [page.spec.id for page in window.pages.built] == ["overview"]
    assert Notes.made[0].notes == ["show"]
    assert window.facts is not None and window.facts.tables == ("staff", "visit")
    assert "2 tables" in window.header._size.plain
    assert problems_of(window) == []


def test_the_welcome_page_names_what_was_opened_before(open_window: Open, clinic: Path) -> None:
    window = open_window(SPECS, clinic)
    window.close_file()
    assert window.file is None
    assert [file.path.name for file in window.desk.recent()] == ["clinic.db"]
    assert problems_of(window) == []


@pytest.mark.parametrize("name", ["notes.txt", "gone.db", "."])
def test_a_file_that_does_not_open_is_said_on_the_welcome_page(
    open_window: Open, tmp_path: Path, qtbot: QtBot, name: str
) -> None:
    (tmp_path / "notes.txt").write_text("Not a database, but a long enough note to be looked at." * 20)
    window = open_window(SPECS)
    window.opening.open(tmp_path / name)
    qtbot.waitUntil(lambda: window.jobs.idle)
    assert window.file is None
    qtbot.waitUntil(lambda: (tmp_path / name).name in notices(window))
    assert not window.findChildren(Question)


def test_an_open_file_stays_open_when_another_does_not_open(
    open_window: Open, clinic: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window(SPECS, clinic)
    window.opening.open(tmp_path / "gone.db")
    qtbot.waitUntil(lambda: window.jobs.idle)
    assert window.file is not None and window.file.path == clinic
    qtbot.waitUntil(lambda: "gone.db" in notices(window))


def test_a_dropped_file_opens(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(SPECS)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(clinic))])
    drop = QDropEvent(
        QPointF(10, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(drop)
    qtbot.waitUntil(lambda: window.file is not None and window.jobs.idle)


def test_the_file_dialog_opens_what_was_chosen(
    open_window: Open, clinic: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(SPECS)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(clinic), ""))
    qtbot.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.file is not None and window.jobs.idle)


def test_pages_of_another_file_are_other_pages(
    open_window: Open, clinic: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window(SPECS, clinic)
    window.header.grab()
    other = a_database(tmp_path / "other.db").with_table("t", "id INTEGER PRIMARY KEY").build()
    window.sidebar.show_count("data", 4, Tone.DANGER)
    window.toast(Message("Done"))
    window.opening.open(other)
    qtbot.waitUntil(lambda: window.file is not None and window.file.path == other and window.jobs.idle)
    assert len(Notes.made) == 2
    assert Notes.made[1].context.file is window.file
    assert window.sidebar._items["data"].accessibleName() == "Data"
    assert not [toast for toast in window.findChildren(Toast) if toast.isVisible()]


def test_a_result_disappears_with_its_file(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(SPECS, clinic)
    page, gate, seen = Notes.made[0], threading.Event(), []

    def work(context: Context) -> int:
        assert gate.wait(20)
        return 1

    page.run("Checking", work, seen.append, on_stopped=lambda: seen.append("stopped"))
    window.close_file()
    gate.set()
    qtbot.waitUntil(lambda: window.jobs.idle)
    assert seen == []


def test_a_page_that_was_hidden_hears_later_what_was_touched(open_window: Open, clinic: Path) -> None:
    window = open_window(SPECS, clinic)
    window.navigate("data", table="visit")
    data, overview = Notes.made[1], Notes.made[0]
    assert data.notes == ["show", ("arrive", {"table": "visit"})]
    change = TableChange("visit", 1, 2, inserted=1)
    window._received(
        Receipt("op", "test", "Done", str(clinic), "x", "2026-11-20T10:00:00.000Z", 0.1, changes=(change,))
    )
    assert data.notes[-1] == ("refresh", ("visit",))
    assert overview.notes == ["show"]
    window.navigate("overview")
    assert overview.notes == ["show", ("refresh", ("visit",))]


def test_a_receipt_of_another_file_touches_nothing(open_window: Open, clinic: Path) -> None:
    window = open_window(SPECS, clinic)
    window._received(Receipt("op", "test", "Done", "/elsewhere.db", "x", "2026-11-20T10:00:00.000Z", 0.1))
    assert Notes.made[0].notes == ["show"]


def test_what_pages_keep_is_there_the_next_time(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(SPECS, clinic)
    window.close_file()
    window.opening.open(clinic)
    qtbot.waitUntil(lambda: window.file is not None and window.jobs.idle)
    assert Notes.made[-1].state == {"kept": "overview"}


def test_allowing_changes_is_one_switch_that_actions_follow(open_window: Open, clinic: Path) -> None:
    window = open_window(SPECS, clinic)
    page = Notes.made[0]
    assert page.writable.reason == "The file is read-only."
    window.header._switch.click()
    assert window.file is not None and not window.file.read_only
    assert page.writable.reason == ""
    window.header._switch.click()
    assert window.file.read_only


def test_another_program_that_writes_is_noticed(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(SPECS, clinic)
    with OtherProgram(clinic) as other:
        other.does("run(\"INSERT INTO visit (note) VALUES ('b')\")")
    window.opening.look_outside()
    qtbot.waitUntil(lambda: "was changed" in notices(window))
    next(button for button in window.findChildren(Button) if button.text() == "Refresh").click()
    assert Notes.made[0].notes[-1] == ("refresh", ())
    assert "was changed" not in notices(window)


def test_what_was_said_of_a_file_that_was_gone_goes_once_it_is_back(
    open_window: Open, clinic: Path, qtbot: QtBot
) -> None:
    window = open_window(SPECS, clinic)
    page = window.pages.page
    assert page is not None
    page.show_error(Failure(ErrorCode.NOT_FOUND, "There is no file “clinic.db”."))
    window.refresh()
    qtbot.waitUntil(lambda: not page.findChildren(Banner))


def test_a_file_that_is_replaced_can_be_opened_anew(
    open_window: Open, clinic: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    window = open_window(SPECS, clinic)
    other = a_database(tmp_path / "new.db").with_table("other", "id INTEGER PRIMARY KEY").build()
    other.replace(clinic)
    window.opening.look_outside()
    qtbot.waitUntil(lambda: "Another file has taken the name" in notices(window))


def test_keys_reach_pages_palette_and_zoom(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(SPECS, clinic)
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(window, Qt.Key.Key_2, control)
    assert window.pages.page is not None and window.pages.page.spec.id == "data"
    qtbot.keyClick(window, Qt.Key.Key_K, control)
    assert window.palette_view.isVisible()
    assert {entry.title for entry in window.entries()} >= {
        "visit",
        "staff",
        "Overview",
        "Write",
        "Open a file",
    }
    qtbot.keyClick(window.palette_view.field, Qt.Key.Key_Escape)
    qtbot.keyClick(window, Qt.Key.Key_Plus, control)
    assert window.theme.zoom == 110
    qtbot.keyClick(window, Qt.Key.Key_0, control)
    assert window.theme.zoom == 100


@pytest.mark.parametrize(("key", "kept"), [(Qt.Key.Key_E, False), (Qt.Key.Key_A, True)])
def test_a_field_keeps_no_key_that_the_page_has(
    open_window: Open, clinic: Path, qtbot: QtBot, key: Qt.Key, kept: bool
) -> None:
    window = open_window(SPECS, clinic)
    field = QLineEdit("abc", window.pages.page)
    field.show()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    pressed = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.ControlModifier)
    pressed.ignore()
    QApplication.sendEvent(field, pressed)
    assert pressed.isAccepted() is kept


def test_a_page_found_in_the_palette_is_two_actions_away(
    open_window: Open, clinic: Path, qtbot: QtBot
) -> None:
    window = open_window(SPECS, clinic)
    window.open_palette()
    qtbot.keyClicks(window.palette_view.field, "visit")
    qtbot.keyClick(window.palette_view.field, Qt.Key.Key_Return)
    assert Notes.made[-1].notes[-1] == ("arrive", {"table": "visit"})


def test_the_sidebar_is_walked_by_arrows_and_shrinks(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(SPECS, clinic)
    items = window.sidebar._items
    items["overview"].setFocus()
    qtbot.keyClick(items["overview"], Qt.Key.Key_Down)
    assert items["data"].hasFocus()
    window.navigate("overview")
    assert items["overview"].hasFocus()
    qtbot.keyClick(items["overview"], Qt.Key.Key_Down)
    qtbot.keyClick(items["data"], Qt.Key.Key_Return)
    assert window.pages.page is not None and window.pages.page.spec.id == "data"
    window.resize(1100, 800)
    assert window.sidebar.narrow
    assert "Data" in items["data"].toolTip()
    window.resize(1300, 800)
    assert not window.sidebar.narrow


def test_zoom_makes_a_window_narrow_too(open_window: Open, clinic: Path) -> None:
    window = open_window(SPECS, clinic)
    window.resize(1440, 900)
    assert not window.sidebar.narrow
    window.theme.set_zoom(200)
    assert window.sidebar.narrow
    window.theme.set_zoom(100)
    assert not window.sidebar.narrow


def test_closing_with_a_job_that_runs_asks_once(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(SPECS, clinic)
    entered, stopped = threading.Event(), threading.Event()

    def work(context: Context) -> None:
        with context.on_cancel(stopped.set):
            entered.set()
            assert stopped.wait(20)
        context.checkpoint()

    Notes.made[0].run("Checking", work)
    assert entered.wait(20)
    event = QCloseEvent()
    window.closeEvent(event)
    assert not event.isAccepted()
    question = window.findChildren(Question)[0]
    assert question.stay.isDefault() and question.stay.text() == "Keep working"
    question.verb.click()
    assert stopped.is_set()
    assert not window.isVisible()


def test_a_toast_offers_undo_and_goes(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window, undone = open_window(SPECS, clinic), []
    for number in range(5):
        window.toast(Message(f"Done {number}", undo=lambda: undone.append(1)))
    shown = [toast for toast in window.findChildren(Toast) if not toast.isHidden()]
    shown.sort(key=lambda toast: toast.y())
    assert [toast.message.title for toast in shown] == ["Done 2", "Done 3", "Done 4"]
    inside = window.rect().adjusted(-12, -12, 12, 12)
    assert all(inside.contains(toast.geometry()) for toast in shown)
    shown[-1]._undo()
    assert undone == [1]
    qtbot.waitUntil(lambda: len([t for t in window.findChildren(Toast) if not t.isHidden()]) == 2)


def test_a_toast_is_read_whole_at_every_zoom(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(SPECS, clinic)
    window.toast(
        Message("The receipt is saved", "/a/path/to/it.json. Keep it where nobody who writes the file does.")
    )
    (toast,) = window.findChildren(Toast)
    for zoom in (100, 150, 200):
        window.theme.set_zoom(zoom)
        QApplication.processEvents()
        QApplication.processEvents()
        for words in toast.findChildren(Label):
            assert words.heightForWidth(words.width()) <= words.height()
        assert window.rect().contains(toast.geometry())


def test_a_toast_with_the_focus_stays_and_a_long_one_is_read_whole(
    open_window: Open, clinic: Path, qtbot: QtBot
) -> None:
    window = open_window(SPECS, clinic)
    window.toast(Message("Restored “a file with a long name.db” to 2026-11-20 13:37 UTC, as it was then"))
    (toast,) = window.findChildren(Toast)
    (words,) = toast.findChildren(Label)
    assert words.heightForWidth(words.width()) <= words.height()
    (close,) = toast.findChildren(Button)
    close.setFocus()
    qtbot.waitUntil(close.hasFocus)
    toast._expire()
    assert not toast.isHidden()
    window.setFocus()
    toast._expire()
    assert toast.isHidden()


def test_settings_change_the_theme_in_two_actions(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(SPECS, clinic)
    window.header.settings_button.click()
    assert window.settings.isVisible()
    window.settings._mode._buttons["dark"].click()
    assert window.theme.mode == "dark"
    qtbot.keyClick(window.settings, Qt.Key.Key_Escape)
    assert not window.settings.isVisible()


def test_a_catalog_that_cannot_be_opened_is_said(
    open_window: Open, clinic: Path, qtbot: QtBot, steward_home: Path
) -> None:
    (steward_home / "catalog.sqlite").write_bytes(b"not a database at all" * 100)
    window = open_window(SPECS)
    assert window.desk.problem is not None
    window.opening.open(clinic)
    qtbot.waitUntil(lambda: "catalog" in notices(window))


def test_a_damaged_file_opens_with_a_notice_and_says_what_is_left(
    open_window: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    path = a_database(tmp_path / "broken.db").with_table("t", "id INTEGER PRIMARY KEY").build()
    with db.open_read(path) as session:
        page_size = session.count("PRAGMA page_size")
    data = bytearray(path.read_bytes())
    data[100:page_size] = bytes(page_size - 100)
    path.write_bytes(data)
    window = open_window(SPECS)
    window.opening.open(path)
    qtbot.waitUntil(lambda: "broken.db" in notices(window) or window.file is not None)


def test_an_identity_question_is_asked_above_the_page(
    open_window: Open, clinic: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window(SPECS, clinic)
    window.close_file()
    other = a_database(tmp_path / "new.db").with_table("other", "id INTEGER PRIMARY KEY").build()
    other.replace(clinic)
    window.opening.open(clinic)
    qtbot.waitUntil(lambda: window.file is not None and window.jobs.idle)
    assert window.opening.current is not None and window.opening.current.question is not None
    window.opening.answer("new")
    qtbot.waitUntil(lambda: window.opening.current is not None and window.opening.current.question is None)
    assert window.opening.current.database_id


def test_nothing_but_the_window_is_a_window(open_window: Open, clinic: Path, qapp: QApplication) -> None:
    """A widget shown before it has a parent flashes up as a window of its own and takes the focus."""

    class Watcher(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[str] = []

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                self.seen.append(type(watched).__name__)
            return False

    watcher = Watcher()
    qapp.installEventFilter(watcher)
    window = open_window(SPECS, clinic)
    for spec in SPECS:
        window.navigate(spec.id)
    window.toast(Message("Done"))
    window.open_palette()
    qapp.removeEventFilter(watcher)
    assert watcher.seen == ["Window"]
    assert window.isActiveWindow()


def test_errors_of_the_desk_reach_the_page_that_asked(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(SPECS, clinic)
    page = Notes.made[0]

    def work(context: Context) -> None:
        raise Failure(
            ErrorCode.DISK_FULL, "The report was not written: the disk is full.", hint="Free some space."
        )

    page.run("Writing the report", work)
    qtbot.waitUntil(lambda: "The report was not written" in notices(window))
    page.clear_banners()
