"""The receipt of an operation on the audit: what was done, and what was verified."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import as_here, seconds, shown_name, when
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.plan_view import check_line
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import Card, KeyValueList, Scroll, Value
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.kernel.receipt import Receipt


class ReceiptView(QWidget):
    """What was done, where to go from here, and the way back.

    Args:
        undo: takes a receipt back.
        leave: goes on with the work.
        show_point: goes to the restore point that was made first.
        back: the words of the button that leaves.
    """

    def __init__(
        self,
        undo: Callable[[Receipt], None],
        leave: Callable[[], None],
        show_point: Callable[[str], None],
        back: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._undo, self._leave, self._show_point = undo, leave, show_point
        self._back = back
        self._column = vbox(gap=20, margins=(24, 16, 24, 24))
        self.setLayout(vbox(Scroll(boxed(self._column))))

    def show_receipt(self, receipt: Receipt, *, undone: bool = False) -> None:
        """What was done; `undone`: it took something back."""
        clear(self._column)
        facts: list[tuple[str, Value]] = [
            (_tr("File"), shown_name(receipt.path)),
            (_tr("Finished"), when(from_text(receipt.finished_at))),
            (_tr("Took"), seconds(receipt.seconds)),
            (_tr("In the journal as"), receipt.operation_id),
        ]
        if point := receipt.restore_point:
            facts.append(
                (
                    _tr("What it held before"),
                    link(_tr("Kept as a restore point"), lambda: self._show_point(point)),
                )
            )
        on = Button(self._back, self._leave, kind=Kind.PRIMARY)
        buttons = [
            on,
            *([Button(_tr("Undo"), lambda: self._undo(receipt), icon="undo-2")] if receipt.undo else []),
        ]
        left = Card(
            _tr("Receipt"),
            Label(as_here(f"{receipt.sentence}."), role="heading", wrap=True, selectable=True),
            KeyValueList(facts, key_width=136),
            hbox(*buttons, None, gap=8, margins=(0, 8, 0, 0)),
            state=StateLabel(_tr("Undone") if undone else _tr("Done"), Tone.SUCCESS),
            gap=12,
        )
        checks = Card(
            _tr("What was verified"), *map(check_line, receipt.checks), None, icon="shield-check", gap=6
        )
        self._column.addWidget(Columns(left, checks, below=900, shares=(68, 40)))
        self._column.addStretch(1)
        on.setFocus(Qt.FocusReason.OtherFocusReason)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
