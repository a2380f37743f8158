"""Which key makes the pseudonyms: one that is there, or a new one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import Combo, LabelledField
from steward_app.gui.widgets.text import Label
from steward_app.services.privacy.anonymize.model import KeyState, PseudonymKey

_OWN, _NEW = "", None


class KeyChoice(QWidget):
    """The keys that can be used, and a field that names a new one.

    Args:
        source: the database; a new key is called after it until somebody says otherwise.

    Signals:
        changed: something else was said.
    """

    changed = Signal()

    def __init__(self, source: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._keys: dict[str, PseudonymKey] = {}
        self._gone = ""
        self.combo = Combo(self.tr("Key of the pseudonyms"))
        self.name = LabelledField(self.tr("Name of the new key"))
        self._said = Label(tone=Tone.MUTED, role="small", wrap=True)
        label = Label(self.tr("Key of the pseudonyms"))
        label.setBuddy(self.combo)
        self.setLayout(vbox(vbox(label, self.combo, gap=6), self.name, self._said, gap=12))
        self.combo.currentIndexChanged.connect(lambda _: self._show())
        self.name.edit.textChanged.connect(lambda _: self._show())
        self._show()

    def show_keys(
        self, keys: Sequence[PseudonymKey], *, own: str, named: str = "", before: Sequence[str] = ()
    ) -> None:
        """Offer other keys. Chosen is the one that is named, else that of the database, else the last one used.

        Args:
            own: name of the key of this database.
            named: the one that the rules name; "" for that of the database.
            before: those of the copies that were made, newest first.
        """
        self._keys = {key.name: key for key in keys}
        wanted = self._keys.get(named or own)
        self._gone = self._gone_words(wanted, own=own) if wanted else ""
        self.combo.blockSignals(True)
        self.combo.clear()
        if self._usable(own):
            self.combo.addItem(self.tr("That of this database"), _OWN)
        others = dict.fromkeys((*self._keys, *([named] if named else ())))
        for name in others:
            if name != own and self._usable(name):
                self.combo.addItem(self._title(name), name)
        self.combo.addItem(self.tr("A new key"), _NEW)
        usable = (name for name in (named or own, own, *before) if self._usable(name))
        chosen = next(usable, None)
        at = self.combo.findData(_OWN if chosen == own else chosen) if chosen else -1
        self.combo.setCurrentIndex(at if at >= 0 else self.combo.count() - 1)
        self.combo.blockSignals(False)
        self.name.edit.setText(self._free_name())
        self._show()

    @property
    def is_new(self) -> bool:
        """Whether a new key is to be made."""
        return self.combo.currentData() is _NEW

    @property
    def value(self) -> str:
        """The name of the key, as rules say it: "" for that of the database."""
        return self.name.edit.text().strip() if self.is_new else str(self.combo.currentData())

    @property
    def wrong(self) -> str:
        """What is wrong with the name of a new key; "" where nothing is."""
        if not self.is_new:
            return ""
        if not self.value:
            return self.tr("Name the new key.")
        taken = [key for key in self._keys.values() if self.value in (key.name, key.title, key.id)]
        if not taken:
            return ""
        if all(key.state is KeyState.DESTROYED for key in taken):
            return self.tr("A key of that name was destroyed. The name is not used again.")
        return self.tr("There is a key of that name already.")

    def _usable(self, name: str) -> bool:
        key = self._keys.get(name)
        return key is None or key.state not in (KeyState.DESTROYED, KeyState.MISSING)

    def _title(self, name: str) -> str:
        key = self._keys.get(name)
        if key is not None and key.database:
            return self.tr("That of {file}").format(file=shown_name(Path(key.database).name))
        return shown_name(name)

    def _free_name(self) -> str:
        stem, taken = (
            self._source.stem,
            {name for key in self._keys.values() for name in (key.name, key.title)},
        )
        return next(name for n in range(2, len(taken) + 3) if (name := f"{stem}-{n}") not in taken)

    def _gone_words(self, key: PseudonymKey, *, own: str) -> str:
        if key.state is KeyState.MISSING:
            words = (
                self.tr("The key of this database is not among the keys of this computer.")
                if key.name == own
                else self.tr("The key {name} is not among the keys of this computer.")
            )
            return words.format(name=shown_name(key.title))
        if key.state is not KeyState.DESTROYED:
            return ""
        words = (
            self.tr("The key of this database was destroyed on {day}: its pseudonyms cannot be made again.")
            if key.name == own
            else self.tr("The key {name} was destroyed on {day}: its pseudonyms cannot be made again.")
        )
        return words.format(name=shown_name(key.title), day=key.destroyed_at[:10])

    def _show(self) -> None:
        self.name.setVisible(self.is_new)
        self.name.set_wrong(self.wrong if self.name.edit.text() else "")
        said = (
            self.tr(
                "A new key gives other pseudonyms: nobody can tell by them who of this copy is who of an earlier one. "
                "It is made with the copy, stays on this computer and can be destroyed."
            )
            if self.is_new
            else self.tr(
                "The same key gives the same pseudonyms in every copy. It stays on this computer and can be destroyed."
            )
        )
        self._said.say(f"{self._gone} {said}".strip())
        self.changed.emit()
