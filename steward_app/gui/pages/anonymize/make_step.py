"""The fourth step: where the copy goes, for whom, which rows; then the plan, and what was done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.anonymize.read import Wish
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.controls import Combo, LabelledField, Segments, Tick
from steward_app.gui.widgets.surfaces import Card, Scroll
from steward_app.gui.widgets.text import Label
from steward_app.services.privacy.anonymize.model import KeyState, PseudonymKey
from steward_app.services.privacy.rules import ReleaseRules, Subset

ALL, SHARE, FILTER = "all", "share", "filter"


class MakeForm(QWidget):
    """What is asked before a plan.

    Signals:
        changed: something else was said.
    """

    changed = Signal()

    def __init__(self, source: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.target = LabelledField(self.tr("New file"))
        self.recipient = LabelledField(self.tr("Recipient"), self.tr("For whom the copy is"))
        self.purpose = LabelledField(self.tr("Purpose"))
        self.until = LabelledField(self.tr("To be used until"), self.tr("2027-12-31, or empty"))
        self.key = Combo(self.tr("Key of the pseudonyms"))
        self.which = Segments(
            self.tr("Which rows"),
            (ALL, self.tr("All rows")),
            (SHARE, self.tr("A share")),
            (FILTER, self.tr("A filter")),
        )
        self.table = Combo(self.tr("Table of the rows"), mono=True)
        self.part = LabelledField(self.tr("Share or filter"))
        self.keep = Tick(self.tr("Keep these rules in the policy"))
        self.name = LabelledField(self.tr("Name of the rules"))
        self.keep.setChecked(True)
        self.target.edit.setText(str(source.with_name(f"{source.stem}-release.db")))
        self._build()
        self._show_part()

    def _build(self) -> None:
        choose = Button(self.tr("Choose…"), self._choose, icon="folder-open")
        file = hbox(self.target, boxed(vbox(None, choose)), gap=8)
        file.setStretch(0, 1)
        whom = Card(self.tr("The copy"), file, self.recipient, self.purpose, self.until, gap=12)
        key = Label(self.tr("Key of the pseudonyms"))
        key.setBuddy(self.key)
        said = Label(
            self.tr(
                "The same key gives the same pseudonyms in every copy. It stays on this computer and can be destroyed."
            ),
            tone=Tone.MUTED,
            role="small",
            wrap=True,
        )
        rows = Card(self.tr("Rows"), self.which, self.table, self.part, gap=12)
        keyed = Card(self.tr("Key and rules"), vbox(key, self.key, gap=6), said, self.keep, self.name, gap=12)
        right = boxed(vbox(rows, keyed, None, gap=12))
        column = vbox(Columns(boxed(vbox(whom, None)), right, below=900), None, margins=(24, 12, 24, 12))
        self.setLayout(vbox(Scroll(boxed(column))))
        self.which.chosen.connect(lambda _: self._show_part())
        for field in (self.target, self.recipient, self.purpose, self.until, self.part, self.name):
            field.edit.textChanged.connect(lambda _: self._check())
        self.keep.toggled.connect(self._keep_turned)

    def show_rules(
        self, rules: ReleaseRules, keys: tuple[PseudonymKey, ...], tables: tuple[str, ...]
    ) -> None:
        """What the rules say already."""
        for field, text in (
            (self.recipient, rules.recipient),
            (self.purpose, rules.purpose),
            (self.until, rules.until),
        ):
            field.edit.setText(text)
        self.name.edit.setText(rules.name)
        self.key.clear()
        self.key.addItem(self.tr("That of this database"), "")
        for key in keys:
            if key.state is not KeyState.DESTROYED:
                self.key.addItem(shown_name(key.name), key.name)
        if rules.key and self.key.findData(rules.key) < 0:
            self.key.addItem(shown_name(rules.key), rules.key)
        self.key.setCurrentIndex(max(0, self.key.findData(rules.key)))
        self.table.clear()
        self.table.addItems([shown_name(table) for table in tables])
        for at, table in enumerate(tables):
            self.table.setItemData(at, table)
        subset = rules.subset
        self.which.choose(ALL if subset is None else SHARE if subset.fraction is not None else FILTER)
        if subset is not None:
            self.table.setCurrentIndex(max(0, self.table.findData(subset.table)))
            self.part.edit.setText(subset.where if subset.fraction is None else f"{100 * subset.fraction:g}")
        self._show_part()

    @property
    def reason(self) -> str:
        """Why this cannot be planned; "" when it can."""
        return next((wrong for _, wrong in self._wrong() if wrong), "")

    def wish(self, rules: ReleaseRules) -> Wish:
        """What was said."""
        return Wish(Path(self.target.edit.text().strip()), self._completed(rules), self.keep.isChecked())

    def _completed(self, rules: ReleaseRules) -> ReleaseRules:
        name = self.name.edit.text().strip() if self.keep.isChecked() else rules.name
        return replace(
            rules,
            name=name or rules.name,
            recipient=self.recipient.edit.text().strip(),
            purpose=self.purpose.edit.text().strip(),
            until=self.until.edit.text().strip(),
            key=self.key.currentData() or "",
            subset=self._subset(rules),
        )

    def _subset(self, rules: ReleaseRules) -> Subset | None:
        if self.which.value == ALL:
            return None
        relations = rules.subset.relations if rules.subset else ()
        text, table = self.part.edit.text().strip(), self.table.currentData()
        if self.which.value == SHARE:
            return Subset(table, fraction=float(text.replace(",", ".")) / 100, relations=relations)
        return Subset(table, where=text, relations=relations)

    def _wrong(self) -> list[tuple[LabelledField, str]]:
        target = self.target.edit.text().strip()
        wrong_file = "" if target and Path(target).is_absolute() else self.tr("Choose a new file.")
        if target and Path(target) == self._source:
            wrong_file = self.tr("This is the database itself.")
        until = self.until.edit.text().strip()
        named = not self.keep.isChecked() or bool(self.name.edit.text().strip())
        return [
            (self.target, wrong_file),
            (self.until, "" if not until or _is_day(until) else self.tr("Write the day as 2027-12-31.")),
            (self.part, self._wrong_part()),
            (self.name, "" if named else self.tr("Name the rules.")),
        ]

    def _wrong_part(self) -> str:
        text = self.part.edit.text().strip().replace(",", ".")
        if self.which.value == FILTER:
            return "" if text else self.tr("Write a condition over the columns of the table.")
        if self.which.value == SHARE:
            try:
                return "" if 0 < float(text) <= 100 else self.tr("Above 0 and at most 100.")
            except ValueError:
                return self.tr("A number of percent.")
        return ""

    def _check(self) -> None:
        for field, wrong in self._wrong():
            field.set_wrong(wrong if field.edit.text() else "")
        self.changed.emit()

    def _keep_turned(self, on: bool) -> None:
        self.name.setVisible(on)
        self._check()

    def _show_part(self) -> None:
        partly = self.which.value != ALL
        self.table.setVisible(partly)
        self.part.setVisible(partly)
        words = (
            self.tr("Percent of its rows")
            if self.which.value == SHARE
            else self.tr("SQL condition over its columns")
        )
        self.part.edit.setPlaceholderText(words)
        self._check()

    def _choose(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Make the copy as"),
            self.target.edit.text(),
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            self.target.edit.setText(name)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
