"""The sheet of components, as one widget: for tests that walk over every widget, and for the eye.

python tests/builders/gallery.py DIR     saves components.png and components-dark.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from steward_app.gui.actions import Action
from steward_app.gui.context import Message
from steward_app.gui.layout import Item, boxed, fix, hbox, vbox
from steward_app.gui.palette import Entry, Palette
from steward_app.gui.shell.toast import Toast, Toasts
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.confirm import Question
from steward_app.gui.widgets.controls import (
    Choice,
    Combo,
    LabelledField,
    SearchField,
    Segments,
    Switch,
    Tabs,
    TextField,
    Tick,
)
from steward_app.gui.widgets.lists import Bar, BarList, Task, TaskList
from steward_app.gui.widgets.progress import ProgressBar
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.states import Pill, StateLabel
from steward_app.gui.widgets.steps import Steps
from steward_app.gui.widgets.surfaces import Card, EmptyState
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label, bold, muted
from steward_app.kernel.progress import Progress

_EVENTS = (
    (41_862, "10:39", "Rehearsed", "Archive 12,480 visits", "M. Holt", "Passed", "a41f"),
    (41_858, "10:24", "Drill", "Restore point of 10:20", "on its own", "Passed", "77c0"),
    (41_848, "09:40", "Export", "visit, 312,470 rows", "M. Holt", "Stopped", "e50b"),
    (41_832, "08:31", "Backup", "Off site", "on its own", "Failed", "0c6e"),
    (41_801, "06:02", "Checked", "171 constraints", "on its own", "Findings", "5e22"),
)
_RESULTS = {
    "Passed": ("circle-check", Tone.SUCCESS),
    "Stopped": ("circle", Tone.MUTED),
    "Failed": ("circle-x", Tone.DANGER),
    "Findings": ("triangle-alert", Tone.WARNING),
}
_COLUMNS = (
    Column("No.", lambda event: Cell(f"{event[0]:,}", tone=Tone.MUTED, right=True), width=76, right=True),
    Column("Time", lambda event: event[1], width=60),
    Column("What", lambda event: Cell(event[3], lead=event[2], tone=Tone.MUTED)),
    Column("By", lambda event: Cell(event[4], tone=Tone.MUTED), width=92),
    Column(
        "Result", lambda event: state_cell(event[5], _RESULTS[event[5]][1], _RESULTS[event[5]][0]), width=104
    ),
    Column("Hash", lambda event: Cell(event[6], mono=True, tone=Tone.MUTED), width=76),
)


def nothing() -> None:
    """What a button on the sheet does."""


def refused(reason: str) -> Action:
    """An action that cannot be done."""
    return Action("sheet.refused", "Back up now", nothing, enabled_when=lambda: reason)


def components_sheet() -> QWidget:
    """Every widget of the kit, in its states."""
    left = vbox(*_left(), None, gap=16)
    middle = vbox(*_middle(), None, gap=16)
    right = vbox(*_right(), None, gap=16)
    sheet = boxed(
        hbox(fix(boxed(left), width=616), boxed(middle), boxed(right), gap=20, margins=(24, 20, 24, 20))
    )
    sheet.setProperty("kind", "page")
    sheet.setObjectName("sheet")
    return sheet


def _section(title: str, words: str, *items: Item) -> QWidget:
    head = hbox(Label(title, role="strong"), Label(words, role="small", tone=Tone.MUTED), None)
    return boxed(vbox(head, *items, gap=8))


def _left() -> list[Item]:
    journal = SimpleTable[tuple[int, str, str, str, str, str, str]]("Journal", _COLUMNS, side=16)
    journal.set_rows(_EVENTS)
    journal.show_whole()
    chain = StateLabel("Chain unbroken, 41,863 events", Tone.SUCCESS, "shield-check", role="body")
    card = Card("Today", journal, beside="9 events, 128 routine backups folded", state=chain, flush=True)
    disk = Banner(
        Tone.DANGER, "The backup was not made: the disk is full.",
        "It needs 1.2 GB, 300 MB are free. Your database is unchanged. Free some space, or choose another store.",
        actions=(Button("Choose store", nothing, small=True),), copy=True,
    )  # fmt: skip
    stale = Banner(
        Tone.WARNING, "This plan is out of date.", "The file changed at 10:41. Plan again to see the new numbers.",
        actions=(Button("Plan again", nothing, small=True),),
    )  # fmt: skip
    locked = Banner(
        Tone.ACCENT, "", "This file is open ", bold("read-only"), ". Nothing can be changed by accident.",
        icon="lock", actions=(link("Allow changes", nothing),),
    )  # fmt: skip
    bar = fix(ProgressBar(), width=190)
    bar.show_progress(Progress(203_168, 534_652, "rows"))
    job = hbox(
        Label("Archiving visits", role="strong-small"), bar, Label("203,168 of 534,652 rows", role="small",
        tone=Tone.MUTED), None, Button("Cancel", nothing, small=True), gap=12,
    )  # fmt: skip
    return [
        _section("Journal", "one row an event, newest first, chained by hash", card),
        _section("Banners", "on the page, never a dialog", disk, stale, locked),
        _section("Job strip", "32 px, always there", Card("", job)),
    ]


def _middle() -> list[Item]:
    empty = EmptyState(
        "archive", "Nothing is archived yet",
        "An archive holds old rows outside this file. You can still search it, and bring rows back. "
        "12,480 visits are older than your rule allows.",
        Button("Plan an archive", nothing, kind=Kind.PRIMARY, icon="archive"), link("How archiving works", nothing),
    )  # fmt: skip
    states = Card(
        "",
        hbox(StateLabel("Holds", Tone.SUCCESS), StateLabel("Broken by 17 rows", Tone.DANGER),
             StateLabel("Not enforced", Tone.WARNING), None, gap=16),
        hbox(StateLabel("Taken"), StateLabel("Personal", Tone.PERSONAL),
             Pill("Proven", Tone.SUCCESS, "circle-check"), Pill("Failed", Tone.DANGER, "circle-x"), None, gap=16),
        hbox(Pill("Partly undone", Tone.WARNING, "undo-2"), Pill("Ready", Tone.ACCENT, "flask-conical"),
             Pill("Reference list"), None),
    )  # fmt: skip
    tasks = TaskList("What to do next")
    tasks.set_items(
        (
            Task("a", "Answer the request of 2 November", "Access and erasure, 1,197 rows in 15 tables.",
                 "12 days left", Tone.WARNING, "users"),
            Task("b", "Look at 17 diagnoses without a visit", "They point to visits that no longer exist.",
                 "17 rows", Tone.DANGER, "list-checks"),
        )
    )  # fmt: skip
    bars = BarList("Where the space is")
    bars.set_items(
        (
            Bar("o", "observation", 561, "561 MB", "10,214,380"),
            Bar("l", "lab_result", 142, "142 MB", "1,184,902"),
        )
    )
    return [
        _section(
            "Empty state", "what the place is for, one action", Card("", fix(empty, height=230), flush=True)
        ),
        _section("States", "always icon and word", states),
        _section("What to do next", "", Card("", tasks, flush=True)),
        _section("Where the space is", "", Card("", bars)),
        SqlView("SELECT id FROM visit -- the old ones\nWHERE ended_at < '2016-01-01' AND staff_id = 12"),
    ]


def _right() -> list[Item]:
    busy = Button("Back up now", nothing, kind=Kind.PRIMARY)
    busy.set_busy("Backing up")
    off = Button(action=refused("Disk not found"), kind=Kind.PRIMARY)
    on, away = Switch("Changes allowed"), Switch("Sharing")
    on.setChecked(True)
    ticked, partly, unticked = Tick("All"), Tick("Some"), Tick("None")
    ticked.setChecked(True)
    partly.setTristate(True)
    from PySide6.QtCore import Qt

    partly.setCheckState(Qt.CheckState.PartiallyChecked)
    one = Choice("This file")
    one.setChecked(True)
    wrong = LabelledField("Keep for days")
    wrong.edit.setText("0")
    wrong.set_wrong("At least 1 day")
    rows = (
        hbox(Button("Back up now", nothing, kind=Kind.PRIMARY, icon="copy-check"), busy, off,
             Label("Disk not found", role="small", tone=Tone.MUTED), None, gap=12),
        hbox(Button("Compare", nothing), Button("Erase 1,149 rows", nothing, kind=Kind.DANGER),
             link("Count exactly", nothing), Button("Zoom in", nothing, kind=Kind.ICON, icon="zoom-in"),
             Button("Close", nothing, kind=Kind.PLAIN_ICON, icon="x"), None, gap=12),
        hbox(on, away, ticked, partly, unticked, one, Choice("Another"), None, gap=12),
        hbox(TextField("Table", "Table or column"), SearchField("Search", "Find a table"), gap=12),
        hbox(Combo("Kind", ("All kinds", "Links", "Checks")),
             Segments("State", ("broken", "Broken 4", "circle-x"), ("all", "All 171")), None, gap=12),
        Tabs("Views", ("links", "Links"), ("columns", "Columns"), ("rules", "Rules")),
        wrong,
        Steps(("Choose", "Plan", "Rehearse", "Archive"), 2),
        Label(bold("10:20 today "), muted("1.2 GB, 3 stores, 2.9 MB new since 10:15."), wrap=True),
    )  # fmt: skip
    return [_section("Controls", "28 px high; a disabled one says why", Card("", *rows, gap=12))]


def question(window: QWidget) -> Question:
    """A typed confirmation."""
    return Question(
        window, "Erase patient 20,418 everywhere?",
        ("1,149 rows in 13 tables, and in 1 archive. ", bold("This cannot be undone.")),
        "Erase 1,149 rows", nothing, type_to_confirm="riverside.db",
        extra=(StateLabel("Proven backup of 10:20, kept for 30 days", Tone.SUCCESS, "shield-check", role="body"),),
        show_plan=nothing,
    )  # fmt: skip


def palette(window: QWidget) -> Palette:
    """A palette with something in it."""
    made = Palette(window)
    made.open(
        (
            Entry("Tables", "visit", nothing, "312,470 rows", "table-2"),
            Entry("Actions", "Archive old visits", nothing, "Archive", "archive"),
            Entry("Actions", "History of this visit", nothing, "Audit", "clock", "Ctrl H"),
            Entry("Actions", "Restore visits", nothing, icon="rotate-ccw",
                  reason="The file is read-only. Allow changes first."),
            Entry("Pages", "Schema map, focus on visit", nothing, "See", "workflow", "Ctrl 2"),
        )
    )  # fmt: skip
    made.field.setText("vis")
    return made


def toast(window: QWidget) -> Toast:
    """A toast with Undo."""
    return Toast(
        Message("History on for 4 tables", "Every change is kept.", undo=nothing),
        Toasts(window, QWidget(window)),
        window,
    )


def main(folder: Path) -> None:
    """Save the sheet in both palettes."""
    from steward_app.gui.focus_ring import FocusRing
    from steward_app.gui.theme import Theme

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme = Theme(app)
    FocusRing(app)
    folder.mkdir(parents=True, exist_ok=True)
    for mode in ("light", "dark"):
        theme.set_mode(mode)
        sheet = components_sheet()
        sheet.resize(1440, 900)
        sheet.show()
        app.processEvents()
        sheet.grab().save(str(folder / f"components-{mode}.png"))
        asked = question(sheet)
        asked.field.setText("riverside")
        asked.show()
        asked.activateWindow()
        asked.field.setFocus()
        app.processEvents()
        asked.grab().save(str(folder / f"question-{mode}.png"))
        asked.close()
        shown, floating = palette(sheet), toast(sheet)
        floating.show()
        floating.adjustSize()
        app.processEvents()
        shown.grab().save(str(folder / f"palette-{mode}.png"))
        floating.grab().save(str(folder / f"toast-{mode}.png"))
        sheet.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
