"""The last step: what was restored, where it is, and what was verified."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import as_here, integer, seconds, shown_name, when
from steward_app.gui.layout import Item, boxed, clear, hbox, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.plan_view import check_line
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import Card, KeyValueList, Scroll, Value
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.kernel.receipt import Receipt

_MOST_CHECKS = 6


class DoneStep(QWidget):
    """The receipt, and where to go from here."""

    def __init__(
        self,
        open_file: Callable[[Path], None],
        show_point: Callable[[str], None],
        again: Callable[[], None],
        undo: Callable[[Receipt], None],
        put_back: Callable[[str], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._open_file, self._show_point, self._again = open_file, show_point, again
        self._undo, self._put_back = undo, put_back
        self._column = vbox(gap=20, margins=(24, 16, 24, 24))
        self.setLayout(vbox(Scroll(boxed(self._column))))

    def show_receipt(self, receipt: Receipt, *extra: QWidget, undone: bool = False) -> None:
        """What was done. `extra` stands below: rows by table. `undone`: it took something back."""
        clear(self._column)
        new = _new_file(receipt)
        buttons = self._buttons(receipt, new)
        facts: list[tuple[str, Value]] = [
            (_tr("File"), shown_name(str(new or receipt.path))),
            (_tr("Finished"), when(from_text(receipt.finished_at))),
            (_tr("Took"), seconds(receipt.seconds)),
        ]
        if receipt.restore_point:
            point = receipt.restore_point
            facts.append(
                (
                    _tr("What it held before"),
                    link(_tr("Kept as a restore point"), lambda: self._show_point(point)),
                )
            )
        left = Card(
            _tr("Receipt"),
            Label(as_here(f"{receipt.sentence}."), role="heading", wrap=True, selectable=True),
            KeyValueList(facts, key_width=136),
            hbox(*buttons, None, gap=8, margins=(0, 8, 0, 0)),
            state=StateLabel(_tr("Undone") if undone else _tr("Restored"), Tone.SUCCESS),
            gap=12,
        )
        right = Card(_tr("What was verified"), *_checks(receipt), None, icon="shield-check", gap=6)
        first = boxed(vbox(left, *extra, None, gap=20))
        self._column.addWidget(Columns(first, right, below=900, shares=(68, 40)))
        self._column.addStretch(1)
        buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _buttons(self, receipt: Receipt, new: Path | None) -> list[QWidget]:
        buttons: list[QWidget] = []
        if new is not None:
            buttons.append(
                Button(_tr("Open it"), lambda: self._open_file(new), kind=Kind.PRIMARY, icon="folder-open")
            )
            folder = QUrl.fromLocalFile(str(new.parent))
            buttons.append(Button(_tr("Show in folder"), lambda: _show(folder), icon="external-link"))
        if receipt.undo:
            buttons.append(Button(_tr("Undo"), lambda: self._undo(receipt), icon="undo-2"))
        elif self._put_back is not None and receipt.restore_point:
            put_back, point = self._put_back, receipt.restore_point
            words = _tr("Put back what it held before")
            buttons.append(Button(words, lambda: put_back(point), icon="undo-2"))
        buttons.append(Button(_tr("Restore again"), self._again, icon="rotate-ccw"))
        return buttons


def _checks(receipt: Receipt) -> list[Item]:
    """What was looked at; when it is much, the rest is folded away."""
    lines = [check_line(check) for check in receipt.checks]
    if len(lines) <= _MOST_CHECKS:
        return [*lines]
    rest = boxed(vbox(*lines[_MOST_CHECKS:], gap=6))
    rest.setVisible(False)
    words = _tr("Show all {n} checks").format(n=integer(len(lines)))

    def unfold() -> None:
        rest.show()
        more.hide()

    more = link(words, unfold)
    return [*lines[:_MOST_CHECKS], more, rest]


def _new_file(receipt: Receipt) -> Path | None:
    made = (receipt.result or {}).get("file")
    return Path(made) if isinstance(made, str) else None


def _show(folder: QUrl) -> None:
    QDesktopServices.openUrl(folder)


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
