"""Damaged chunks in words: how many of a store, where the same moment is good, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from steward_app.catalog.points import PointState
from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.pages.backups.read import PointsRead
from steward_app.gui.pages.backups.words import state_word
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.surfaces import Value
from steward_app.gui.widgets.text import Label, Part, bold
from steward_app.services.backup.damage import ALONE, COMPARED, damaged_in
from steward_app.services.backup.drills import Drill
from steward_app.services.backup.elsewhere import Elsewhere

_TONES = {
    PointState.PROVEN: Tone.SUCCESS,
    PointState.CHECKED: Tone.SUCCESS,
    PointState.FAILED: Tone.DANGER,
    PointState.MISSING: Tone.WARNING,
}


def damage_of(drill: Drill) -> tuple[str, str] | None:
    """How many chunks a drill found damaged, and of how many: "3", "304"; None where none was."""
    bad = len(damaged_in(drill.checks))
    counted = next((check.detail for check in drill.checks if check.title == COMPARED), "")
    total = counted.rpartition(" ")[2].replace(",", "")
    return (integer(bad), integer(int(total))) if bad and total.isdigit() else None


def damage_words(drill: Drill, store: str) -> str:
    """How much of a store is damaged, to stand in a sentence: "3 of 304 chunks in Clinic NAS are damaged"; or ""."""
    damage = damage_of(drill)
    if damage is None:
        return ""
    words = _tr("{bad} of {all} chunks in {store} are damaged")
    if damage[0] == "1":
        words = _tr("{bad} of {all} chunks in {store} is damaged")
    return words.format(bad=damage[0], all=damage[1], store=store)


def copy_words(count: int) -> str:
    """The verb of a repair: "Copy 3 chunks again"."""
    return _tr("Copy {chunks} again").format(chunks=plural(count, _tr("chunk"), _tr("chunks")))


def damaged_words(count: int) -> str:
    """The state of a store: "3 chunks damaged"."""
    return plural(count, _tr("chunk damaged"), _tr("chunks damaged"))


def what_words(drill: Drill, store: str) -> tuple[Part, ...]:
    """What is damaged and who needs it, in sentences. `store` is a name for people."""
    damage = damage_of(drill)
    if damage is None:
        return ()
    told = _tr("{bad} of {all} chunks in ").format(bad=damage[0], all=damage[1])
    alone = next((check for check in drill.checks if check.title == ALONE), None)
    rest = (
        _tr(" are not what was written there.")
        if damage[0] != "1"
        else _tr(" is not what was written there.")
    )
    if alone is not None:
        needed = alone.detail.split(" ")[0]
        rest += (
            _tr(" No other point uses them.")
            if alone.passed
            else _tr(" Other points that use them: {n}.").format(n=needed)
        )
    return told, bold(store), rest


def same_words(found: Sequence[Elsewhere]) -> str:
    """Where the same moment is good, in a sentence; "" where it is nowhere known to be."""
    good = [each for each in found if each.good]
    if not good:
        return ""
    names = [shown_name(each.store_name) for each in good]
    places = _tr(" and ").join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    if all(each.exact for each in good):
        return _tr("The same point in {places} is good.").format(places=places)
    return _tr("The point of the same run in {places} is good.").format(places=places)


def rows_of_drill(drill: Drill, read: PointsRead) -> list[tuple[str, Value]]:
    """What a drill that met damaged chunks came to, a line each."""
    compared = next((check.detail for check in drill.checks if check.title == COMPARED), "")
    return [
        (_tr("Chunks read and compared"), Label(_numbers(compared), role="strong", tone=Tone.DANGER)),
        (_tr("Integrity check"), Label(_tr("Not reached"), tone=Tone.MUTED)),
        (_tr("Tables equal, row by row"), Label(_tr("Not reached"), tone=Tone.MUTED)),
        *same_rows(read.same.get(drill.point, ())),
    ]


def same_rows(found: Sequence[Elsewhere]) -> list[tuple[str, Value]]:
    """The same moment in other stores, a line each, with its state."""
    rows: list[tuple[str, Value]] = []
    for each in found:
        words = _tr("Same point in {name}") if each.exact else _tr("Same run in {name}")
        state = each.point.state
        tone = _TONES.get(state, Tone.MUTED)
        told = state_word(state) if state is not PointState.TAKEN else _tr("Not looked into yet")
        value = Label(told, role="strong" if each.good else "body", tone=tone)
        rows.append((words.format(name=shown_name(each.store_name)), value))
    return rows


def _numbers(compared: str) -> str:
    """ "301 of 304", as numbers are written here."""
    good, _, total = (part.replace(",", "") for part in compared.partition(" of "))
    if not (good.isdigit() and total.isdigit()):
        return compared
    return _tr("{some} of {all}").format(some=integer(int(good)), all=integer(int(total)))


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
