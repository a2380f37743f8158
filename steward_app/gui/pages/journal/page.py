"""The journal page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QStackedWidget

from steward_app.catalog.chain import Verification
from steward_app.catalog.journal import Event, Phase
from steward_app.gui.actions import Action
from steward_app.gui.context import Message, PageContext
from steward_app.gui.format import integer, plural
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.journal import read
from steward_app.gui.pages.journal.inspector import EventInspector
from steward_app.gui.pages.journal.read import OUTCOMES, Line, Wanted
from steward_app.gui.pages.journal.table import EventTable
from steward_app.gui.pages.journal.words import operation_word
from steward_app.gui.pages.undoing import plan_to_undo
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.controls import Combo, Segments
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import EmptyState, FootBar, Toolbar
from steward_app.gui.widgets.text import Label
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.services.undo import Offer

_NARROW = 900
_THIS, _EVERY = "this", "every"


class JournalPage(Page):
    """Events by day, filtered by file, operation and result; details beside; the chain verified on demand."""

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self._wanted = Wanted()
        self._events: tuple[Event, ...] = ()
        self._files: dict[str, Path] = {}
        self._offers: dict[str, Offer] = {}
        self._more = False
        self._verified: Verification | None = None
        self._verifying = False
        self._to_show: int | None = None
        self._operations = ["", "backup", "restore"]
        self._build()

    def _build(self) -> None:
        title = self.spec.title
        self.verify_action = Action(
            "journal.verify", self.tr("Verify"), self.verify, title, "shield-check", "",
            lambda: self.tr("The journal is being verified.") if self._verifying else "",
            "chain hash tampered check",
        )  # fmt: skip
        self.export_action = Action(
            "journal.export", self.tr("Export"), self.export, title, "download", "Ctrl+E",
            keywords="save jsonl json lines",
        )  # fmt: skip
        self.undo_action = Action(
            "journal.undo", self.tr("Undo…"), self.undo, title, "undo-2", "", self._why_not_undo,
            "take back operation inverse",
        )  # fmt: skip
        self.chain = StateLabel(self.tr("Not verified yet"), Tone.MUTED, "shield")
        self.head.set_actions(
            boxed(hbox(self.chain, 8)),
            Button(action=self.export_action),
            Button(action=self.verify_action, kind=Kind.PRIMARY),
        )
        self.scope = Segments(
            self.tr("Whose events"), (_THIS, self.tr("This file")), (_EVERY, self.tr("All files"))
        )
        self.operation = Combo(self.tr("Operation"), map(self._operation_words, self._operations))
        self._results: list[tuple[str, tuple[Phase, ...], bool | None]] = [
            (self.tr("All results"), OUTCOMES, None),
            (self.tr("Done"), (Phase.FINISHED,), True),
            (self.tr("Did not pass"), (Phase.FINISHED,), False),
            (self.tr("Failed"), (Phase.FAILED,), None),
            (self.tr("Stopped"), (Phase.CANCELLED,), None),
            (self.tr("Settled after a crash"), (Phase.SETTLED,), None),
            (self.tr("Notes"), (Phase.NOTE,), None),
            (self.tr("Starts too"), tuple(Phase), None),
        ]
        self.result = Combo(self.tr("Result"), [words for words, _, _ in self._results])
        self.table = EventTable()
        self.inspector = EventInspector(self._show_point, self._copy, self.undo_action)
        self._none = EmptyState("book-text", self.tr("Nothing was done yet"), "")
        self._stack = QStackedWidget()
        for widget in (self.table, self._none):
            self._stack.addWidget(widget)
        self._foot = Label(tone=Tone.MUTED, elide=True)
        self._newest = link(self.tr("Back to the newest"), self._back_to_newest)
        self._older = link(self.tr("Show older events"), self._read_older)
        for button in (self._newest, self._older):
            button.hide()
        self._foot_bar = FootBar(self._foot, self._newest, self._older)
        left = vbox(self._stack, self._foot_bar)
        left.setStretch(0, 1)
        beside = Beside(boxed(left), self.inspector, width=400, below=_NARROW, scrolls=True)
        self.content.addWidget(Toolbar(self.scope, self.operation, self.result, None))
        self.content.addWidget(beside, 1)
        self.scope.chosen.connect(lambda _: self._filter())
        self.operation.activated.connect(lambda _: self._filter())
        self.result.activated.connect(lambda _: self._filter())
        self.table.chosen.connect(self._inspect)

    # What a page may say

    def commands(self) -> Sequence[Action]:
        return (self.verify_action, self.export_action, self.undo_action)

    def show_document(self) -> None:
        self._read()

    def refresh(self, touched: tuple[str, ...]) -> None:
        self._read()

    def arrive(self, *, event: int = 0, **others: Any) -> None:
        if event:
            self.show_event(event)

    def save_state(self) -> dict[str, Json]:
        return {"scope": self.scope.value}

    def restore_state(self, state: dict[str, Json]) -> None:
        if state.get("scope") in (_THIS, _EVERY):
            self.scope.choose(str(state["scope"]))
            self._wanted = self._chosen()

    # Reading

    def _chosen(self) -> Wanted:
        _, phases, passed = self._results[max(0, self.result.currentIndex())]
        return Wanted(
            every_file=self.scope.value == _EVERY,
            operation=self._operations[max(0, self.operation.currentIndex())],
            phases=phases,
            passed=passed,
        )

    def _filter(self) -> None:
        self._wanted = self._chosen()
        self._read()

    def _read(self) -> None:
        self._ask(self._wanted, older=False)

    def _read_older(self) -> None:
        if self._events:
            self._ask(replace(self._wanted, before=self._events[-1].seq), older=True)

    def _ask(self, wanted: Wanted, *, older: bool) -> None:
        file, catalog = self.context.file, self.context.catalog

        def show(found: read.Page) -> None:
            if wanted == self._wanted or older:
                self._show(found, older=older)

        self.run(
            self.tr("Reading the journal"),
            lambda context: read.read_events(catalog, file, wanted, context),
            show,
            on_failure=lambda error: show_failure(self, error),
            quiet=True,
        )

    def _show(self, found: read.Page, *, older: bool) -> None:
        self._events = (*self._events, *found.events) if older else found.events
        self._files = dict(found.files)
        self._offers = {**(self._offers if older else {}), **found.offers}
        self._more = found.more
        self.table.show_files(self._wanted.every_file)
        self.table.show_events(self._events, self._files, more=found.more)
        self._offer_operations()
        if not self._events:
            self._say_none()
        self._stack.setCurrentIndex(0 if self._events else 1)
        self._say_foot()
        self._say_chain()
        self._choose_wanted()
        self.reconsider()

    def _choose_wanted(self) -> None:
        wanted, self._to_show = self._to_show, None
        line = next((line for line in self.table.rows if line.event and line.event.seq == wanted), None)
        if line is None and self.table.current is None:
            line = next((line for line in self.table.rows if line.event), None)
        if line is not None:
            self.table.choose(line)

    def _offer_operations(self) -> None:
        """Capabilities that were met are offered as filters."""
        for event in self._events:
            capability = event.operation.partition(".")[0]
            if capability not in self._operations:
                self._operations.append(capability)
                self.operation.addItem(self._operation_words(capability))

    def _operation_words(self, capability: str) -> str:
        return operation_word(capability) if capability else self.tr("All operations")

    def _say_none(self) -> None:
        plain = self._chosen() == Wanted(every_file=self._wanted.every_file)
        title = self.tr("Nothing was done yet") if plain else self.tr("No event fits")
        words = (
            self.tr(
                "What is done with a file stands here: by whom, when, and what came of it. Looking leaves no trace."
            )
            if plain
            else self.tr("No event has that operation and result. Choose all to see every event.")
        )
        fresh = EmptyState("book-text", title, words)
        self._none.deleteLater()  # not removed first: that would hand it back to Python, to be destroyed twice
        self._none = fresh
        self._stack.insertWidget(1, fresh)

    def _say_foot(self) -> None:
        words = plural(len(self._events), self.tr("event"), self.tr("events"))
        if self._more:
            words = self.tr("The newest {events}").format(events=words)
        if self._wanted.before is not None:
            words = self.tr("{events} up to number {n}").format(
                events=plural(len(self._events), self.tr("event"), self.tr("events")),
                n=integer(self._wanted.before - 1),
            )
        self._foot.say(words + self._gaps())
        self._foot_bar.setVisible(bool(self._events) or self._wanted.before is not None)
        self._older.setVisible(self._more)
        self._newest.setVisible(self._wanted.before is not None)

    def _gaps(self) -> str:
        """Why numbers are left out, in a list that does not show every event."""
        if not self._events or self._events[0].seq - self._events[-1].seq < len(self._events):
            return ""
        if self._wanted.every_file:
            return self.tr(". The numbers between are of events that are not listed, such as starts.")
        return self.tr(". The numbers between are of events that are not listed: starts, and other files.")

    # The chain

    def verify(self) -> None:
        """Recompute the chain of hashes from the first event to the last."""
        catalog = self.context.catalog
        self._verifying = True
        self.clear_banners()

        def ended() -> None:
            self._verifying = False
            self.reconsider()

        self.run(
            self.tr("Verifying the journal"),
            lambda context: read.verify(catalog, context),
            self._show_verified,
            on_end=ended,
        )
        self.reconsider()

    def _show_verified(self, found: Verification) -> None:
        self._verified = found
        self._say_chain()
        self._read()
        if found.holds:
            return
        bad = found.bad_seq or 0
        show = Button(
            self.tr("Show event {n}").format(n=integer(bad)), lambda: self.show_event(bad), small=True
        )
        held = (
            self.tr("The {count} before it hold.").format(count=plural(found.events, "event", "events"))
            if found.events
            else self.tr("No event before it holds.")
        )
        rest = self.tr(
            "{held} Your databases are not affected. Export the journal as it is, and compare it with an earlier "
            "export or a hash that was noted elsewhere."
        ).format(held=held)
        lead = self.tr("The journal is not as it was written: {problem}").format(problem=found.problem)
        self.show_banner(Banner(Tone.DANGER, lead, rest, actions=(show,), copy=True))

    def _say_chain(self) -> None:
        """What was verified, and no more: events written since then are not in it."""
        found = self._verified
        if found is None:
            self.chain.show_state(self.tr("Not verified yet"), Tone.MUTED, "shield")
        elif not found.holds:
            words = self.tr("Broken at event {n}").format(n=integer(found.bad_seq or 0))
            self.chain.show_state(words, Tone.DANGER, "shield-alert")
        elif self._events and self._wanted.before is None and self._events[0].seq > found.events:
            words = self.tr("Chain unbroken up to event {n}").format(n=integer(found.events))
            self.chain.show_state(words, Tone.SUCCESS, "shield-check")
        else:
            events = plural(found.events, self.tr("event"), self.tr("events"))
            words = self.tr("Chain unbroken, {events}").format(events=events)
            self.chain.show_state(words, Tone.SUCCESS, "shield-check")

    # Events

    def show_event(self, seq: int) -> None:
        """Go to one event, or to those around it where it is missing."""
        self.scope.choose(_EVERY)
        self.operation.setCurrentIndex(0)
        self.result.setCurrentIndex(len(self._results) - 1)
        self._to_show = seq
        self._wanted = replace(self._chosen(), before=seq + read.PAGE // 4)
        self._read()

    def _back_to_newest(self) -> None:
        self.result.setCurrentIndex(0)
        self._filter()

    def _inspect(self, line: Line | None) -> None:
        if line is None or line.event is None:
            self.inspector.show_nothing()
        else:
            self.inspector.show_event(
                line.event, self._files.get(line.event.database_id), self._offer(line.event)
            )
        self.reconsider()

    # Undo

    def undo(self) -> None:
        """Show the plan that undoes the chosen operation."""
        offer = self._offer(self._chosen_event())
        if offer is not None:
            plan_to_undo(self, offer.operation_id)

    def _chosen_event(self) -> Event | None:
        line = self.table.current
        return line.event if line is not None else None

    def _offer(self, event: Event | None) -> Offer | None:
        """Whether this event is the end of something that can be undone, or was."""
        ended = event is not None and event.phase is not Phase.STARTED
        return self._offers.get(event.operation_id) if event is not None and ended else None

    def _why_not_undo(self) -> str:
        event = self._chosen_event()
        offer = self._offer(event)
        if event is None:
            return self.tr("Choose an operation first.")
        if offer is None:
            return self.tr(
                "This is not undone by itself. Where a restore point was made before it, that one holds what was."
            )
        if offer.undone_by:
            return self.tr("This was undone already.")
        if self._files.get(offer.database_id) not in (
            self.context.file.path,
            self.context.file.identity.file,
        ):
            return self.tr("This was done with another file. Open that file to undo it.")
        return ""

    def _show_point(self, point: str) -> None:
        self.context.navigate("backups", point=point)

    def _copy(self, event: Event) -> None:
        QGuiApplication.clipboard().setText(json.dumps(asdict(event), indent=2))

    def export(self) -> None:
        """Write the whole journal as JSON Lines, which anybody can verify."""
        catalog = self.context.catalog
        start = str(self.context.file.path.with_name("journal.jsonl"))
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export the journal"), start, self.tr("JSON Lines (*.jsonl)")
        )
        if not chosen:
            return
        target = Path(chosen)

        def work(context: Context) -> None:
            read.export(catalog, target, context)

        saved = Message(self.tr("The journal is saved"), str(target))
        self.run(self.tr("Exporting the journal"), work, lambda _: self.context.toast(saved))
