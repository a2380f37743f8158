"""The decision: personal, with what it is to a person, or not linked to a person, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QCompleter, QWidget

from steward_app.gui.flow import Flow
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, grid, vbox
from steward_app.gui.pages.personal.read import Line
from steward_app.gui.pages.personal.words import (
    category_words,
    identifies_words,
    kind_words,
    level_words,
    origin_words,
)
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import link
from steward_app.gui.widgets.controls import Choice, Combo, Segments, TextField
from steward_app.gui.widgets.text import Label
from steward_app.kernel.plan import Json
from steward_app.services.privacy.classify.model import Processing, Statement
from steward_app.services.privacy.discover.model import ColumnScan
from steward_app.services.privacy.kinds import Kind, kinds
from steward_app.services.privacy.model import Category, Identifies, Level, Origin, Place
from steward_app.services.schema.model import Table


@dataclass(frozen=True, slots=True)
class Given:
    """What the form starts from.

    Attributes:
        table: of the schema; None where it is gone.
        of_table: what is said of the table, and holds where nothing is said of the column.
        stated: what the policy says of the column itself, in its words.
    """

    line: Line
    table: Table | None
    of_table: Processing
    stated: Mapping[str, Json]


class DecisionForm(QWidget):
    """What the steward says of one column.

    Signals:
        changed: something was chosen or typed.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place: Place | None = None
        self._links: list[tuple[str, ...]] = []
        self.personal = Choice(_tr("Personal"))
        self.other = Choice(_tr("Not linked to a person"))
        group = QButtonGroup(self)
        for each in (self.personal, self.other):
            group.addButton(each)
        self._kinds: list[Kind] = []  # read from a file, so not before a column is shown
        self.kind = Combo(_tr("Type of personal data"))
        self.kind.setMaxVisibleItems(20)
        self.kind.setEditable(True)
        self.kind.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        completer = self.kind.completer()
        if completer is not None:
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.identifies = Segments(
            _tr("How it leads to a person"), *((each.value, identifies_words(each)) for each in Identifies)
        )
        self.category = Combo(_tr("Category"), map(category_words, Category))
        self.level = Combo(_tr("Level"), map(level_words, Level))
        self.origin = Combo(_tr("Where it comes from"), map(origin_words, Origin))
        self.belongs = Combo(_tr("Whom it belongs to"), mono=True)
        self.purpose = TextField(_tr("Purpose"))
        self.basis = TextField(_tr("Legal basis"), _tr("Art. 6(1)(b), contract"))
        self.retention = TextField(_tr("Kept until"), _tr("10 years after the last visit"))
        self.recipients = TextField(_tr("Recipients"), _tr("separated by commas"))
        self.reason = TextField(_tr("Why it is not linked to a person"), _tr("Because…"))
        self._build()
        self._connect()

    def _build(self) -> None:
        rows = (
            (_tr("Type"), self.kind),
            (_tr("Identifies"), self.identifies),
            (_tr("Category"), self.category),
            (_tr("Level"), self.level),
            (_tr("Belongs to"), self.belongs),
        )
        more = (
            (_tr("Origin"), self.origin),
            (_tr("Purpose"), self.purpose),
            (_tr("Legal basis"), self.basis),
            (_tr("Kept until"), self.retention),
            (_tr("Recipients"), self.recipients),
        )
        self._more = boxed(_rows(more))
        self._more.hide()
        self._show_more = link(_tr("Origin, purpose, basis, retention, recipients"), self._toggle_more)
        self._of_person = boxed(vbox(_rows(rows), self._show_more, self._more, gap=6, margins=(24, 0, 0, 0)))
        self._of_reason = boxed(vbox(self.reason, margins=(24, 0, 0, 0)))
        either = boxed(Flow(self.personal, self.other, gap=16))  # both in sight, whichever is chosen
        self.setLayout(vbox(either, self._of_person, self._of_reason, gap=6))

    def _connect(self) -> None:
        self.personal.toggled.connect(lambda _: self._chosen())
        self.kind.activated.connect(lambda _: self._kind_chosen())
        self.identifies.chosen.connect(lambda _: self.changed.emit())
        for combo in (self.category, self.level, self.origin, self.belongs):
            combo.activated.connect(lambda _: self.changed.emit())
        for field in (self.purpose, self.basis, self.retention, self.recipients, self.reason):
            field.textEdited.connect(lambda _: self.changed.emit())

    # What it shows

    def show_given(self, given: Given) -> None:
        """Start from what was decided, else from what the scan proposes."""
        if not self._kinds:
            self._kinds = list(kinds().values())
            self.kind.addItems([each.title for each in self._kinds])
        line = given.line
        self._place = line.place
        decision = line.decision
        self._fill_links(given)
        personal = decision.personal if decision is not None else bool(line.kind) or not _says_no(line.found)
        (self.personal if personal else self.other).setChecked(True)
        self._show_kind(line.kind or "about_person")
        if decision is not None and decision.personal:
            self.identifies.choose(decision.identifies.value)
            self.category.setCurrentIndex(list(Category).index(decision.category))
            self.level.setCurrentIndex(list(Level).index(decision.level or Level.INTERNAL))
            self.origin.setCurrentIndex(list(Origin).index(decision.origin or Origin.PROVIDED))
        self._fill_texts(given)
        self.reason.setText(decision.not_personal if decision is not None else "")
        self._chosen()

    def _fill_texts(self, given: Given) -> None:
        """What was said of the column stands in the fields; what its table says stands behind them."""
        wider, said = given.of_table, given.stated
        for field, word, of_table in (
            (self.purpose, "purpose", wider.purpose),
            (self.basis, "legal_basis", wider.legal_basis),
            (self.retention, "retention", wider.retention),
            (self.recipients, "recipients", ", ".join(wider.recipients)),
        ):
            value = said.get(word) or ""
            field.setText(", ".join(map(str, value)) if isinstance(value, list) else str(value))
            if of_table:
                field.setPlaceholderText(_tr("as the table: {said}").format(said=shown_name(of_table)))
        self._more.setVisible(
            any(field.text() for field in (self.purpose, self.basis, self.retention, self.recipients))
        )
        self._show_more.setVisible(not self._more.isVisibleTo(self))

    def _fill_links(self, given: Given) -> None:
        self.belongs.clear()
        table = given.table
        self._links = [()]
        self.belongs.addItem(_tr("the row itself"))
        for key in table.foreign_keys if table is not None else ():
            if key.columns not in self._links:
                self._links.append(key.columns)
                columns = ", ".join(map(shown_name, key.columns))
                self.belongs.addItem(f"{columns} → {shown_name(key.parent)}")
        chosen = self._chosen_link(given.line)
        if chosen not in self._links:
            self._links.append(chosen)
            self.belongs.addItem(", ".join(map(shown_name, chosen)))
        self.belongs.setCurrentIndex(self._links.index(chosen))

    @staticmethod
    def _chosen_link(line: Line) -> tuple[str, ...]:
        if line.decision is not None:
            return line.decision.belongs_to
        return (line.found.subject or ()) if line.found is not None else ()

    def _show_kind(self, name: str) -> None:
        number = next((n for n, each in enumerate(self._kinds) if each.name == name), -1)
        self.kind.setCurrentIndex(number)
        if number < 0:
            self.kind.setEditText(kind_words(name))
        else:
            self._take_over(self._kinds[number])

    def _kind_chosen(self) -> None:
        kind = self._chosen_kind
        if kind is not None:
            self._take_over(kind)
        self.personal.setChecked(True)
        self.changed.emit()

    def _take_over(self, kind: Kind) -> None:
        """What the type says of itself stands in the other fields."""
        self.identifies.choose(kind.identifies.value)
        self.category.setCurrentIndex(list(Category).index(kind.category))
        self.level.setCurrentIndex(list(Level).index(kind.level))
        self.origin.setCurrentIndex(list(Origin).index(kind.origin))

    @property
    def _chosen_kind(self) -> Kind | None:
        typed = self.kind.currentText().strip().casefold()
        return next((each for each in self._kinds if each.title.casefold() == typed), None)

    def _chosen(self) -> None:
        self._of_person.setVisible(self.personal.isChecked())
        self._of_reason.setVisible(self.other.isChecked())
        self.changed.emit()

    def _toggle_more(self) -> None:
        self._more.show()
        self._show_more.hide()
        self.origin.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_for_reason(self) -> None:
        """Choose that it is not linked to a person, and ask why."""
        self.other.setChecked(True)
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    # What it says

    @property
    def why_not(self) -> str:
        """Why this cannot be decided yet, a sentence; "" when it can."""
        if self._place is None:
            return _tr("Choose a column first.")
        if self.other.isChecked():
            return "" if self.reason.text().strip() else _tr("Say why it is not linked to a person.")
        return "" if self._chosen_kind is not None else _tr("Choose a type from the list.")

    def statement(self) -> Statement | None:
        """What is to be said of the column; None where something is missing."""
        place, kind = self._place, self._chosen_kind
        if place is None or self.why_not:
            return None
        words: dict[str, Any] = {}
        if self.other.isChecked():
            words = {"not_personal": self.reason.text().strip()}
        elif kind is not None:
            words = {
                "type": kind.name,
                "identifies": self.identifies.value,
                "category": list(Category)[self.category.currentIndex()].value,
                "level": list(Level)[self.level.currentIndex()].value,
                "origin": list(Origin)[self.origin.currentIndex()].value,
                "belongs_to": list(self._links[max(0, self.belongs.currentIndex())]),
                "purpose": self.purpose.text().strip(),
                "legal_basis": self.basis.text().strip(),
                "retention": self.retention.text().strip(),
                "recipients": [each.strip() for each in self.recipients.text().split(",") if each.strip()],
            }
        return Statement(place, {word: value for word, value in words.items() if value})


def _rows(rows: Sequence[tuple[str, QWidget]]) -> Any:
    made = grid(gap=(12, 6))
    for number, (title, widget) in enumerate(rows):
        label = Label(title, tone=Tone.MUTED)
        label.setBuddy(widget)
        made.addWidget(label, number, 0)
        side = Qt.AlignmentFlag.AlignRight if isinstance(widget, Segments) else Qt.AlignmentFlag(0)
        made.addWidget(widget, number, 1, side)
    made.setColumnStretch(1, 1)
    return made


def _says_no(found: ColumnScan | None) -> bool:
    return found is not None and found.verdict.value in ("not_personal", "empty")


def _tr(text: str) -> str:
    return QCoreApplication.translate("personal", text)
