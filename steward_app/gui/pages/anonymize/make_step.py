"""The fourth step: a copy or the file itself; where it goes, for whom, which rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from steward_app.gui.format import integer, shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.anonymize.key_choice import KeyChoice
from steward_app.gui.pages.anonymize.words import place_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.controls import Combo, LabelledField, Segments, Tick
from steward_app.gui.widgets.surfaces import Card, Scroll
from steward_app.gui.widgets.text import Label
from steward_app.services.privacy.along import in_words
from steward_app.services.privacy.anonymize.situation import Situation
from steward_app.services.privacy.anonymize.wish import Wish
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.rules import ReleaseRules, Subset

ALL, SHARE, FILTER = "all", "share", "filter"
COPY, ITSELF = "copy", "itself"
_MOST_DAYS = 36_500
_MOST_NAMED = 6


class MakeForm(QWidget):
    """What is asked before a plan.

    Args:
        source: the database.
        to_stores: goes where an encrypted store is made.

    Signals:
        changed: something else was said.
    """

    changed = Signal()

    def __init__(self, source: Path, to_stores: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.what = Segments(
            self.tr("What is made"), (COPY, self.tr("A new file")), (ITSELF, self.tr("This file itself"))
        )
        self.days = LabelledField(self.tr("Keep what it holds now for so many days"))
        self.days.edit.setText("30")
        self._point = Label(role="small", tone=Tone.MUTED, wrap=True)
        self._to_stores = Button(
            self.tr("Make an encrypted store"), to_stores, icon="shield-check", small=True
        )
        self.target = LabelledField(self.tr("New file"))
        self.recipient = LabelledField(self.tr("Recipient"), self.tr("For whom the copy is"))
        self.purpose = LabelledField(self.tr("Purpose"), self.tr("What they may use it for"))
        self.until = LabelledField(self.tr("To be used until"), self.tr("2027-12-31, or empty"))
        self.key = KeyChoice(source)
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
        self.replaces = Label(role="small", tone=Tone.WARNING, wrap=True)
        self._names: tuple[str, ...] = ()
        self._own = ""
        self._unlike: tuple[Place, ...] = ()
        self.keep.setChecked(True)
        self.target.edit.setText(str(source.with_name(f"{source.stem}-release.db")))
        self._build()
        self._show_part()

    def _build(self) -> None:
        choose = Button(self.tr("Choose…"), self._choose, icon="folder-open")
        file = hbox(self.target, boxed(vbox(None, choose)), gap=8)
        file.setStretch(0, 1)
        self._file = boxed(file)
        self._before = boxed(vbox(self._point, hbox(self._to_stores, None), self.days, gap=8))
        whom = Card(self.tr("What is made"), hbox(self.what, None), self._file, self._before, self.recipient,
                    self.purpose, self.until, gap=12)  # fmt: skip
        rows = Card(self.tr("Rows"), self.which, self.table, self.part, gap=12)
        keyed = Card(self.tr("Key and rules"), self.key, self.keep, self.name, self.replaces, gap=12)
        right = boxed(vbox(rows, keyed, None, gap=12))
        column = vbox(Columns(boxed(vbox(whom, None)), right, below=900), None, margins=(24, 12, 24, 12))
        self.setLayout(vbox(Scroll(boxed(column))))
        self.what.chosen.connect(lambda _: self._show_what())
        self.which.chosen.connect(lambda _: self._show_part())
        for field in (self.target, self.days, self.recipient, self.purpose, self.until, self.part, self.name):
            field.edit.textChanged.connect(lambda _: self._check())
        self.key.changed.connect(self._check)
        self.keep.toggled.connect(self._keep_turned)
        self.show_store("")

    @property
    def in_place(self) -> bool:
        """Whether the database itself is to be anonymized."""
        return bool(self.what.value == ITSELF)

    def show_store(self, name: str) -> None:
        """The encrypted store that would get the restore point; "" where there is none."""
        words = self.tr(
            "What the file holds now is made a restore point in “{store}” first, restored and compared. It is the only "
            "way back."
        ).format(store=shown_name(name))
        if not name:
            words = self.tr(
                "What the file holds now must be made a restore point first, in an encrypted store. There is none yet."
            )
        self._point.say(words)
        self._to_stores.setVisible(not name)
        self._show_what()

    def show_rules(self, rules: ReleaseRules, found: Situation) -> None:
        """What the rules say already, and what there is to choose from."""
        for field, text in (
            (self.recipient, rules.recipient),
            (self.purpose, rules.purpose),
            (self.until, rules.until),
        ):
            field.edit.setText(text)
        self.name.edit.setText(rules.name)
        used = tuple(each.key_name for each in found.releases if each.key_name)
        self.key.show_keys(found.keys, own=found.database_id, named=rules.key, before=used)
        self.table.clear()
        self.table.addItems([shown_name(table) for table in found.tables])
        for at, table in enumerate(found.tables):
            self.table.setItemData(at, table)
        subset = rules.subset
        self.which.choose(ALL if subset is None else SHARE if subset.fraction is not None else FILTER)
        if subset is not None:
            self.table.setCurrentIndex(max(0, self.table.findData(subset.table)))
            self.part.edit.setText(subset.where if subset.fraction is None else f"{100 * subset.fraction:g}")
        self._show_part()

    def show_kept(self, names: Sequence[str], own: str, unlike: Sequence[Place]) -> None:
        """What keeping the rules would replace.

        Args:
            names: of the rules that the policy has.
            own: the name of those from which these were made.
            unlike: the places of which those say something else.
        """
        self._names, self._own, self._unlike = tuple(names), own, tuple(unlike)
        self._show_replaced()

    def _show_replaced(self) -> None:
        name = self.name.edit.text().strip()
        there = self.keep.isChecked() and name in self._names
        words = ""
        if there and name != self._own:
            words = self.tr("Replaces the other rules “{name}” of the policy.")
        elif there and self._unlike:
            words = self.tr(
                "Replaces the rules “{name}” of the policy, which say something else of {columns}."
            )
        self.replaces.setVisible(bool(words))
        more = len(self._unlike) - _MOST_NAMED
        columns = in_words(place_words(place) for place in self._unlike[:_MOST_NAMED])
        if more > 0:
            columns = self.tr("{columns} and {count} more").format(columns=columns, count=integer(more))
        self.replaces.say(words.format(name=shown_name(name), columns=columns))

    @property
    def reason(self) -> str:
        """Why this cannot be planned; "" when it can."""
        return next((wrong for _, wrong in self._wrong() if wrong), "")

    def wish(self, rules: ReleaseRules) -> Wish:
        """What was said."""
        target = None if self.in_place else Path(self.target.edit.text().strip())
        days = int(self.days.edit.text()) if self.in_place else 0
        return Wish(target, self._completed(rules), self.keep.isChecked(), days)

    def _completed(self, rules: ReleaseRules) -> ReleaseRules:
        name = self.name.edit.text().strip() if self.keep.isChecked() else rules.name
        return replace(
            rules,
            name=name or rules.name,
            recipient=self.recipient.edit.text().strip(),
            purpose=self.purpose.edit.text().strip(),
            until=self.until.edit.text().strip(),
            key=self.key.value,
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
        days = self.days.edit.text().strip()
        counted = days.isdecimal() and 0 < int(days) <= _MOST_DAYS
        until = self.until.edit.text().strip()
        named = not self.keep.isChecked() or bool(self.name.edit.text().strip())
        return [
            (self.target, "" if self.in_place else wrong_file),
            (self.days, "" if counted or not self.in_place else self.tr("A number of days, 1 or more.")),
            (self.until, "" if not until or _is_day(until) else self.tr("Write the day as 2027-12-31.")),
            (self.part, self._wrong_part()),
            (self.key.name, self.key.wrong),
            (self.name, "" if named else self.tr("Name the rules.")),
        ]

    def _wrong_part(self) -> str:
        text = self.part.edit.text().strip().replace(",", ".")
        if self.in_place and self.which.value != ALL:
            return self.tr("In its place all rows stay: choose All rows, or a new file.")
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
        self._show_replaced()
        self.changed.emit()

    def _keep_turned(self, on: bool) -> None:
        self.name.setVisible(on)
        self._check()

    def _show_what(self) -> None:
        self._file.setVisible(not self.in_place)
        self._before.setVisible(self.in_place)
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
