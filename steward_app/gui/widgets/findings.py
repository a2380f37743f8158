"""Findings: what was found, how many rows, what it means, the way to the rows and to the remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QWidget

from steward_app.gui.format import plural
from steward_app.gui.layout import Item, boxed, clear, hbox, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.states import SEVERITIES, IconLabel
from steward_app.gui.widgets.surfaces import hairline
from steward_app.gui.widgets.text import Label
from steward_app.kernel.finding import Finding, gathered

OpenRows = Callable[[Finding], None]
_MOST = 50


class FindingList(QWidget):
    """Findings, worst first and those alike as one; each opens to its detail, its query and what can be done.

    Args:
        most: so many are shown; the others, whose rows are made then, when somebody asks for them.

    Signals:
        rows_wanted: the `Finding` whose rows the steward wants to see.
    """

    rows_wanted = Signal(object)

    def __init__(
        self,
        findings: Sequence[Finding] = (),
        *,
        opened: bool = False,
        most: int = _MOST,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._opened, self._most = opened, most
        self._column = vbox()
        self.setLayout(self._column)
        self.set_findings(findings)

    def set_findings(self, findings: Iterable[Finding]) -> None:
        """Show these, worst first."""
        clear(self._column)
        told = gathered(findings)
        most = self._most if len(told) > self._most + 1 else len(told)  # a button takes the room of one
        self._add(told[:most])
        if rest := told[most:]:
            words = plural(len(rest), self.tr("more finding"), self.tr("more findings"))
            more = link(self.tr("Show {findings}").format(findings=words), lambda: self._add_rest(fold, rest))
            fold = boxed(hbox(more, None, margins=(24, 8, 0, 4)))
            self._column.addWidget(fold)

    def _add(self, findings: Iterable[Finding]) -> list[FindingRow]:
        rows = [FindingRow(each, self.rows_wanted.emit, opened=self._opened) for each in findings]
        for row in rows:
            if self._column.count():
                self._column.addWidget(hairline())
            self._column.addWidget(row)
        return rows

    def _add_rest(self, fold: QWidget, rest: Sequence[Finding]) -> None:
        fold.hide()
        self._add(rest)[0].setFocus()  # the button that had the focus is gone


class FindingRow(QFrame):
    """One finding. Enter, Space or a click opens and closes it."""

    def __init__(self, finding: Finding, open_rows: OpenRows | None, *, opened: bool = False) -> None:
        super().__init__()
        self._finding, self._open_rows = finding, open_rows
        icon, tone = SEVERITIES[finding.severity]
        self._toggle = Button(
            finding.title, self.toggle, kind=Kind.PLAIN_ICON, icon="chevron-down" if opened else "chevron-right",
            small=True,
        )  # fmt: skip
        self._toggle.setCheckable(True)
        self._toggle.setChecked(opened)
        self.setFocusProxy(self._toggle)
        head = boxed(
            hbox(
                boxed(vbox(IconLabel(icon, tone), None, margins=(0, 2, 0, 0))),
                Label(finding.title, role="medium", wrap=True),
                boxed(vbox(self._toggle, None)),
                gap=8,
            )
        )
        head.layout().setStretch(1, 1)  # type: ignore[union-attr]  # a box layout, made above
        self._detail: QWidget | None = None
        self._whole = vbox(head, gap=4, margins=(0, 8, 0, 8))
        self.setLayout(self._whole)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if opened:
            self._show_detail()

    @property
    def finding(self) -> Finding:
        return self._finding

    def toggle(self) -> None:
        """Open it, or close it."""
        opening = self._detail is None or self._detail.isHidden()
        if self._detail is None:
            self._show_detail()
        else:
            self._detail.setVisible(opening)
        self._toggle.setChecked(opening)
        self._toggle.show_icon_named("chevron-down" if opening else "chevron-right")

    def _show_detail(self) -> None:
        finding = self._finding
        items: list[Item] = []
        if finding.detail:
            items.append(Label(finding.detail, tone=Tone.MUTED, wrap=True))
        if finding.remedies:
            items.append(Label(self.tr("What can be done"), role="medium"))
            items += [
                Label(f"{number}. {text}", wrap=True) for number, text in enumerate(finding.remedies, 1)
            ]
        if finding.query:
            items += self._query(finding.query)
        self._detail = boxed(vbox(*items, gap=6, margins=(24, 0, 0, 4)))
        self._whole.addWidget(self._detail)

    def _query(self, query: str) -> list[Item]:
        view = SqlView(query, name=self.tr("Query that lists the rows"), most_lines=8)
        copy = Button(self.tr("Copy"), view.copy_all, kind=Kind.QUIET, icon="copy", small=True)
        row: list[Item] = [copy, None]
        if self._open_rows is not None:
            row.insert(0, link(self.tr("Open rows"), self._rows, onward=True))
        return [view, hbox(*row, gap=12)]

    def _rows(self) -> None:
        if self._open_rows is not None:
            self._open_rows(self._finding)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._toggle.click()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._toggle.click()
        else:
            super().keyPressEvent(event)
