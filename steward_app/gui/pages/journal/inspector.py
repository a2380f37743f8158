"""What one event holds, in full: who, when, with what, what came of it, and its place in the chain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale

from steward_app.catalog.journal import Event
from steward_app.gui.actions import Action
from steward_app.gui.format import day, integer, plural, seconds, shown_name, to_qt
from steward_app.gui.layout import Item, hbox
from steward_app.gui.pages.journal.words import details, operation_word, result, told
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.plan_view import check_line
from steward_app.gui.widgets.states import Pill, StateLabel
from steward_app.gui.widgets.surfaces import Inspector, KeyValueList, Value
from steward_app.gui.widgets.text import Label, Span
from steward_app.kernel import clock
from steward_app.kernel.plan import Check, Json
from steward_app.services.undo import Offer

_MOST_CHANGES = 12


class EventInspector(Inspector):
    """Details of one event."""

    def __init__(
        self, show_point: Callable[[str], None], copy: Callable[[Event], None], undo: Action
    ) -> None:
        super().__init__(_tr("Details of the chosen event"), width=400)
        self._show_point, self._copy, self._undo = show_point, copy, undo
        self.show_nothing()

    def show_nothing(self) -> None:
        """Nothing is chosen."""
        words = _tr("Choose an event to see who did what, with which result, and its place in the chain.")
        self.show_content(Label(words, tone=Tone.MUTED, wrap=True), None)
        self.show_actions()

    def show_event(self, event: Event, file: Path | None, offer: Offer | None) -> None:
        """Everything about one event; `offer` where it is the end of what can be undone, or was."""
        word, tone, icon = result(event)
        data = details(event)
        items: list[Item] = [
            hbox(StateLabel(word, tone, icon), None, Pill(operation_word(event.operation))),
            Label(
                shown_name(told(event)) or operation_word(event.operation),
                role="heading", wrap=True, selectable=True,
            ),
            KeyValueList(_facts(event, data, file, offer.undone_by if offer else ""), key_width=104),
        ]  # fmt: skip
        items += _checks(data)
        items += _problems(data)
        items += _changes(data)
        items += [
            Label(_tr("Its place in the chain"), role="strong"),
            KeyValueList(
                [(_tr("Hash"), _hash(event.hash)), (_tr("Before it"), _hash(event.prev_hash))], key_width=104
            ),
        ]
        self.show_content(*items, None)
        self.show_actions(*self._buttons(event, data, offer))

    def _buttons(self, event: Event, data: dict[str, Json], offer: Offer | None) -> list[Button]:
        buttons = []
        if offer is not None:
            buttons.append(Button(action=self._undo))
        point = _point(data)
        if point:
            buttons.append(
                Button(_tr("Show the restore point"), lambda: self._show_point(point), icon="copy-check")
            )
        kind = Kind.ICON if len(buttons) > 1 else Kind.SECOND  # three with words have no room
        buttons.append(Button(_tr("Copy"), lambda: self._copy(event), icon="copy", kind=kind))
        return buttons


def _facts(event: Event, data: dict[str, Json], file: Path | None, undone_by: str) -> list[tuple[str, Value]]:
    facts: list[tuple[str, Value]] = [
        (_tr("Event"), integer(event.seq)),
        (_tr("When"), _exactly(clock.from_text(event.at))),
        (_tr("By"), shown_name(event.actor)),
        (_tr("With"), shown_name(event.application)),
        (_tr("Operation"), _code(event.operation)),
    ]
    if file is not None:
        facts.append((_tr("File"), shown_name(str(file))))
    took = data.get("seconds")
    if isinstance(took, int | float):
        facts.append((_tr("Took"), seconds(float(took))))
    for key, words in (("restore_point", _tr("Point before")), ("undoes", _tr("Undoes"))):
        found = data.get(key)
        if isinstance(found, str) and found:
            facts.append((words, _code(found)))
    if undone_by:
        facts.append((_tr("Undone by"), _code(undone_by)))
    made = data.get("result")
    if isinstance(made, dict) and isinstance(made.get("file"), str):
        facts.append((_tr("New file"), shown_name(str(made["file"]))))
    if event.operation_id:
        facts.append((_tr("Id"), _code(event.operation_id)))
    return facts


def _checks(data: dict[str, Json]) -> list[Item]:
    found = data.get("checks")
    items: list[Item] = []
    for check in found if isinstance(found, list) else ():
        match check:
            case {"title": str(title), "passed": bool(passed), **more}:
                items.append(check_line(Check(title, passed, str(more.get("detail", "")))))
    return [Label(_tr("What was verified"), role="strong"), *items] if items else []


def _problems(data: dict[str, Json]) -> list[Item]:
    found = data.get("problems")
    return [
        check_line(Check(str(problem), passed=False))
        for problem in (found if isinstance(found, list) else ())
    ]


def _changes(data: dict[str, Json]) -> list[Item]:
    found = data.get("changes")
    rows: list[tuple[str, Value]] = []
    for change in found if isinstance(found, list) else ():
        match change:
            case {"table": str(table), "rows_before": int(before), "rows_after": int(after)}:
                now = _tr("{before}, then {after}").format(before=integer(before), after=integer(after))
                rows.append((shown_name(table), now if before != after else integer(after)))
    if not rows:
        return []
    items: list[Item] = [
        Label(_tr("Rows, by table"), role="strong"), KeyValueList(rows[:_MOST_CHANGES])
    ]  # fmt: skip
    if len(rows) > _MOST_CHANGES:
        more = plural(len(rows) - _MOST_CHANGES, _tr("more table"), _tr("more tables"))
        items.append(Label(_tr("and {tables}").format(tables=more), tone=Tone.MUTED))
    return items


def _point(data: dict[str, Json]) -> str:
    made = data.get("result")
    for found in (
        data.get("restore_point"),
        made.get("point") if isinstance(made, dict) else None,
        data.get("point"),
    ):
        if isinstance(found, str) and found:
            return found
    return ""


def _code(text: str) -> tuple[Span]:
    return (Span(shown_name(text), mono=True),)


def _hash(text: str) -> tuple[Span]:
    """In two lines: 64 letters fit no inspector."""
    shown = shown_name(text)
    return (Span(f"{shown[:32]}\n{shown[32:]}", mono=True),)


def _exactly(moment: datetime) -> str:
    return f"{day(moment)}, {QLocale().toString(to_qt(moment).time(), 'HH:mm:ss')}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("journal", text)
