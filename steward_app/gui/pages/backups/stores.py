"""The stores of the open file: where they are, what lies in them, how they stand; and what is kept how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from steward_app.catalog.points import PointState
from steward_app.catalog.stores import Encryption, Store
from steward_app.gui.actions import Action
from steward_app.gui.flow import Flow
from steward_app.gui.format import integer, plural, shown_name, size, time, when
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.pages.backups.damage import damaged_words
from steward_app.gui.pages.backups.login import again_words
from steward_app.gui.pages.backups.read import PointsRead
from steward_app.gui.pages.backups.words import keep_words, until_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import Card, EmptyState, KeyValueList, Value, Views, frame
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label, bold
from steward_app.kernel.clock import from_text
from steward_app.services.backup import StoreStatus
from steward_app.services.backup.status import Status, StoreStanding
from steward_app.storage.objects import FolderPlace, SftpPlace, parse_url
from steward_app.storage.secrets import Place

_STANDINGS = {
    StoreStanding.SILENT: (Tone.DANGER, "circle-x"),
    StoreStanding.EMPTY: (Tone.MUTED, "circle"),
    StoreStanding.BEHIND: (Tone.WARNING, "triangle-alert"),
    StoreStanding.IN_STEP: (Tone.SUCCESS, "circle-check"),
}
_NEWEST, _SIZE, _NARROW = 4, 2, 520
_EVERY_MS = 20_000


class StoresCard(Card):
    """A table of stores with the facts that hold for all of them, or what a store is for when there is none.

    Args:
        schedule, add, connect: can be done always.
        others: what can be done where there are stores.
        stop: ends the asking of the stores.
        log_in: asks for what logs in to a store whose server refused it.
        unlock: asks for what opens the keys of this computer.
    """

    def __init__(
        self,
        schedule: Action,
        add: Action,
        connect: Action,
        *others: Action,
        stop: Callable[[], None],
        log_in: Callable[[Store], None],
        unlock: Callable[[], None],
    ) -> None:
        self._log_in, self._unlock = log_in, unlock
        self._read: PointsRead | None = None
        self._next = Label(tone=Tone.MUTED)
        clock = IconLabel("clock", Tone.MUTED, 14)
        self.table = StoreTable(self._wrong, self._locked)
        self._notes = vbox(gap=6, margins=(16, 8, 16, 0))
        self.facts = KeyValueList(key_width=92)
        buttons = Flow(*(Button(action=each, small=True) for each in others), gap=8, margins=(16, 8, 16, 8))
        below = vbox(boxed(self._notes), boxed(vbox(self.facts, margins=(16, 8, 16, 10))))
        full = vbox(self.table, below, None, frame("card-foot", buttons))
        self._stack = Views()
        self._stack.addWidget(boxed(full))
        self._stack.addWidget(_nothing(add, connect))
        self._stop = Button(_tr("Stop asking"), stop, kind=Kind.QUIET, small=True)
        self._stop.hide()
        head = boxed(hbox(self._stop, clock, self._next, Button(action=schedule, small=True), gap=8))
        super().__init__(_tr("Stores"), self._stack, state=head, flush=True)
        self._clock = QTimer(self)
        self._clock.setInterval(_EVERY_MS)
        self._clock.timeout.connect(self._say_next)

    def show_status(self, read: PointsRead, *, looking: bool) -> None:
        """Show what is known; `looking` says that the stores are being asked."""
        self._read = read
        stores = read.status.stores
        self.table.set_rows(stores)
        if self.table.current is None and stores:
            self.table.choose(stores[0])
        self.say_beside(_tr("asking them") if looking else "")
        self._stop.setVisible(looking)
        self._say_next()
        self._clock.start()
        self._show_notes(stores)
        self.facts.set_rows(_facts(read))
        self._stack.setCurrentIndex(0 if stores else 1)

    def _say_next(self) -> None:
        """How long until the next run, as time passes."""
        if self._read is not None:
            self._next.say(next_words(self._read.status))

    def _wrong(self, store: StoreStatus) -> str:
        """What is wrong in a store, in a few words: "3 chunks damaged"; "" where nothing is."""
        if self._read is None:
            return ""
        if chunks := self._read.damaged.get(store.id):
            return damaged_words(len(chunks))
        points = self._read.points
        failed = sum(point.store_id == store.id and point.state is PointState.FAILED for point in points)
        return plural(failed, _tr("point failed"), _tr("points failed")) if failed else ""

    def _locked(self, store: StoreStatus) -> bool:
        """Whether a store could not be asked because the keys of this computer cannot be used, and for nothing else."""
        return (
            self._read is not None and bool(store.store.problem) and store.store.problem == self._read.locked
        )

    def _show_notes(self, stores: Sequence[StoreStatus]) -> None:
        clear(self._notes)
        if locked := [shown_name(each.store.name) for each in stores if self._locked(each)]:
            self._notes.addWidget(self._locked_note(", ".join(locked)))
        for each in stores:
            if each.store.problem and not self._locked(each):
                refused = bool(each.store.login_wanted)
                words_of = _tr("{name} refused the login.") if refused else _tr("{name} does not answer.")
                lead = bold(words_of.format(name=shown_name(each.store.name)))
                rest = _tr(" {problem}. What lies there is untouched; the next run tries again.")
                problem = each.store.problem.rstrip(".")
                words = Label(lead, rest.format(problem=problem), wrap=True, selectable=True)
                mark = boxed(vbox(IconLabel("circle-x", Tone.DANGER, 14), None, margins=(0, 3, 0, 0)))
                row = hbox(mark, words, *self._way_out(each.store), gap=8)
                row.setStretch(1, 1)
                self._notes.addWidget(boxed(row))

    def _locked_note(self, names: str) -> QWidget:
        lead = bold(_tr("The keys of this computer are locked."))
        rest = _tr(" So {names} cannot be used now. What lies there is untouched.").format(names=names)
        words = Label(lead, rest, wrap=True, selectable=True)
        mark = boxed(vbox(IconLabel("lock", Tone.WARNING, 14), None, margins=(0, 3, 0, 0)))
        by_passphrase = self._read is not None and self._read.secrets.place is Place.KEY_FILE
        give = Button(_tr("Give the passphrase"), self._unlock, icon="key-round", small=True)
        row = hbox(mark, words, *((boxed(vbox(give, None)),) if by_passphrase else ()), gap=8)
        row.setStretch(1, 1)
        return boxed(row)

    def _way_out(self, store: Store) -> tuple[QWidget, ...]:
        """What can be done about a store that does not answer."""
        verb = again_words(store)
        again = Button(verb, lambda: self._log_in(store), icon="key-round", small=True)
        return (boxed(vbox(again, None)),) if verb else ()


class StoreTable(SimpleTable[StoreStatus]):
    """A line of two a store, as high as all of them."""

    def __init__(self, wrong: Callable[[StoreStatus], str], locked: Callable[[StoreStatus], bool]) -> None:
        columns: list[Column[StoreStatus]] = [
            Column(_tr("Store"), _name),
            Column(_tr("Points"), lambda each: integer(each.points), 72, right=True, order=lambda each: each.points),
            Column(_tr("Size"), _size, 84, right=True,
                   order=lambda each: each.store.size_bytes),
            Column(_tr("State"), lambda each: _state(each, wrong(each), locked=locked(each)), 168),
            Column(_tr("Newest"), _newest, 116, right=True,
                   order=lambda each: each.newest.made_at if each.newest else ""),
        ]  # fmt: skip
        super().__init__(_tr("Stores"), columns, key=lambda each: each.id, row_height=44, side=16)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.show_whole()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, size and newest are left to the details."""
        super().resizeEvent(event)
        for column in (_SIZE, _NEWEST):
            self.setColumnHidden(column, self.width() < px(_NARROW))


def next_words(status: Status) -> str:
    """When the next point is made: "Next run 10:45, in 3 min"."""
    if not status.next_run_at:
        return _tr("Made by hand only")
    if not status.stores:
        return _tr("Waits for a store")
    due = from_text(status.next_run_at)
    return _tr("Next run {time}, {until}").format(time=time(due), until=until_words(due))


def place_icon(url: str) -> str:
    """The icon of a kind of store."""
    match parse_url(url):
        case FolderPlace():
            return "hard-drive"
        case SftpPlace():
            return "server"
    return "cloud"


def place_words(url: str) -> str:
    """Where a store is, for people: "~/Backups/riverside", "sftp, nas.example", "S3, bucket/prefix at s3.example"."""
    match parse_url(url):
        case FolderPlace(path):
            return shown_name(_at_home(path))
        case SftpPlace(host, path):
            return shown_name(_tr("sftp, {host}:{path}").format(host=host, path=path))
        case place:
            where = "/".join(filter(None, (place.bucket, place.prefix)))
            server = place.endpoint.partition("://")[2] or "AWS"
            return shown_name(_tr("S3, {where} at {server}").format(where=where, server=server))


def _name(each: StoreStatus) -> Cell:
    return Cell(
        shown_name(each.store.name),
        bold=True,
        icon=place_icon(each.store.url),
        second=place_words(each.store.url),
    )


def _state(each: StoreStatus, wrong: str, *, locked: bool) -> Cell:
    if locked:
        return state_cell(_tr("Keys locked"), Tone.WARNING, "lock")
    if wrong and each.standing is not StoreStanding.SILENT:
        return state_cell(wrong, Tone.DANGER, "circle-x")
    words = {
        StoreStanding.SILENT: _tr("Login refused") if each.store.login_wanted else _tr("Does not answer"),
        StoreStanding.EMPTY: _tr("Empty"),
        StoreStanding.BEHIND: _tr("Behind"),
        StoreStanding.IN_STEP: _tr("In step"),
    }
    return state_cell(words[each.standing], *_STANDINGS[each.standing])


def _size(each: StoreStatus) -> Cell:
    """Of everything in it; nobody knows before it was listed once."""
    if each.points and not each.store.size_bytes:
        return Cell(_tr("not known"), tone=Tone.MUTED, right=True)
    return Cell(size(each.store.size_bytes), right=True)


def _newest(each: StoreStatus) -> Cell:
    if each.newest is None:
        return Cell(_tr("none yet"), tone=Tone.MUTED, right=True)
    return Cell(_short(each.newest.made_at), tone=Tone.MUTED, right=True)


def _short(moment: str) -> str:
    words = when(from_text(moment))
    return words.removeprefix(_tr("today ")) if words.startswith(_tr("today ")) else words.partition(",")[0]


def _facts(read: PointsRead) -> list[tuple[str, Value]]:
    rows: list[tuple[str, Value]] = [(_tr("Keep"), keep_words(read.status.rules))]
    if told := [*filter(None, (_room_words(each, read.rooms.get(each.id)) for each in read.status.stores))]:
        rows.append((_tr("Room left"), ", ".join(told)))
    rows.append((_tr("Encryption"), _encryption(read)))
    if keys := key_words(read):
        rows.append((_tr("Private key"), keys))
    return rows


def _room_words(each: StoreStatus, room: int | None) -> str:
    """Room left in a store, as far as it is known: "212 GB in Clinic NAS", "no limit in Off site"."""
    name = shown_name(each.store.name)
    if room is not None:
        return _tr("{size} in {name}").format(size=size(room), name=name)
    place = parse_url(each.store.url)
    return "" if isinstance(place, FolderPlace | SftpPlace) else _tr("no limit in {name}").format(name=name)


def _encryption(read: PointsRead) -> str:
    plain = [each.store.name for each in read.status.stores if each.store.encryption is Encryption.NONE]
    if not plain:
        return _tr("On")
    if len(plain) == len(read.status.stores):
        return _tr("Off: whoever can read a store can read the data.")
    return _tr("Off in {names}, on in the others").format(names=", ".join(map(shown_name, plain)))


def key_words(read: PointsRead) -> str:
    """Where the private keys of encrypted stores are, and what that means for their points; "" where there are none."""
    encrypted = [each for each in read.status.stores if each.store.encryption is Encryption.AGE]
    if not encrypted:
        return ""
    if read.readable is None:
        return _tr("Whether it is on this computer cannot be told now. {where}").format(
            where=_kept_words(read)
        )
    here = [shown_name(each.store.name) for each in encrypted if each.id in read.readable]
    away = [shown_name(each.store.name) for each in encrypted if each.id not in read.readable]
    parts = []
    if here:
        of = _tr("Of {names} on this computer. ").format(names=", ".join(here)) if away else ""
        parts.append(of + _kept_words(read))
    if away:
        words = _tr(
            "Of {names} only elsewhere: this computer checks its points. They are called proven once a drill is given "
            "the key."
        )
        parts.append(words.format(names=", ".join(away)))
    return " ".join(parts)


def _kept_words(read: PointsRead) -> str:
    """How this computer keeps keys, shortly; what to do about it is a task of the overview."""
    if read.secrets.place is Place.KEYRING:
        return read.secrets.sentence
    if read.secrets.protected:
        return _tr("In a key file with a passphrase.")
    return _tr("In a key file without a passphrase: the overview tells how to protect it.")


def _nothing(add: Action, connect: Action) -> EmptyState:
    return EmptyState(
        "hard-drive-download",
        _tr("No store yet"),
        _tr(
            "A store is a folder, a server or a bucket. Restore points there take little room, can be made every few "
            "minutes, and outlive this computer."
        ),
        Button(action=add),
        Button(action=connect, kind=Kind.LINK),
    )


def _at_home(path: Path) -> str:
    """The path, the home folder as "~"."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
