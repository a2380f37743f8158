"""What can be done with the stores: schedule, add, connect, disconnect, thin out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog

from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Encryption, Store
from steward_app.gui.actions import Action
from steward_app.gui.context import Message
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, hbox
from steward_app.gui.pages.backups import outcomes
from steward_app.gui.pages.backups.connect import ConnectDialog
from steward_app.gui.pages.backups.holding import PruneDialog
from steward_app.gui.pages.backups.locked import PassphraseDialog
from steward_app.gui.pages.backups.login import LoginDialog
from steward_app.gui.pages.backups.new_store import NewStoreDialog
from steward_app.gui.pages.backups.outcomes import Mended
from steward_app.gui.pages.backups.schedule import ScheduleDialog
from steward_app.gui.pages.backups.telling import tell_mended
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.confirm import Question, ask
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup.drills import Drill
from steward_app.services.backup.prune import plan_prune, prune
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.operation import Confirmation

if TYPE_CHECKING:
    from steward_app.gui.pages.backups.page import BackupsPage


class StoreCommands:
    """The actions of the stores and what they do."""

    def __init__(self, page: BackupsPage) -> None:
        self._page = page
        group = page.spec.title
        self.schedule = Action(
            "backups.schedule", _tr("Schedule"), self.set_schedule, group, "calendar", "", self._why_not_read,
            "every minutes keep retention thinning",
        )  # fmt: skip
        self.add_store = Action(
            "backups.add_store", _tr("Add a store"), self.new_store, group, "plus", "", self._why_not_read,
            "folder sftp s3 bucket encryption key recovery sheet",
        )  # fmt: skip
        self.connect = Action(
            "backups.connect", _tr("Connect a store"), self.connect_store, group, "link", "",
            self._why_not_read, "existing new computer key passphrase",
        )  # fmt: skip
        self.disconnect = Action(
            "backups.disconnect", _tr("Disconnect"), self.disconnect_store, group, "unlink", "",
            self._why_not_store, "forget store",
        )  # fmt: skip
        self.report = Action(
            "backups.report", _tr("Save a report"), self.save_report, group, "file-text", "", self._why_not_read,
            "pdf html evidence proof print",
        )  # fmt: skip
        self.thin = Action(
            "backups.prune", _tr("Thin out"), self.thin_out, group, "trash-2", "", self._why_not_thin,
            "prune remove old points free space",
        )  # fmt: skip
        self.repair = Action(
            "backups.repair", _tr("Copy damaged chunks again"), self.copy_again, group, "copy", "",
            self._why_not_repair, "repair mend store damaged missing objects",
        )  # fmt: skip

    @property
    def every(self) -> tuple[Action, ...]:
        """All of them, for menus, keys and the palette."""
        return (self.schedule, self.repair, *self.buttons)

    @property
    def buttons(self) -> tuple[Action, ...]:
        """Those below the stores."""
        return (self.add_store, self.connect, self.disconnect, self.thin, self.report)

    # Why not

    def _why_not_store(self) -> str:
        return "" if self._page.chosen_store is not None else _tr("Choose a store first.")

    def _why_not_thin(self) -> str:
        if self._page.read is None or not self._page.read.stores:
            return _tr("There is no store yet.")
        return self._page.doing.reason

    def _why_not_repair(self) -> str:
        if self._damaged_store() is None:
            return _tr("No chunk is known to be damaged. “Verify all” looks for some.")
        return self._page.doing.reason

    def _why_not_read(self) -> str:
        return "" if self._page.read is not None else _tr("The restore points are being read.")

    # What they do

    def new_store(self) -> None:
        """Ask where, and what becomes of the key."""
        page = self._page
        if page.read is not None:
            done = lambda made: page.say(outcomes.of_new_store(made, page.clear_banners))  # noqa: E731
            NewStoreDialog(page, page.read.secrets.sentence, done).open()

    def connect_store(self) -> None:
        """Ask for a store that is there already, and for what opens it."""
        page = self._page
        done = Message(_tr("The store is connected"), _tr("Its points are listed."))
        ConnectDialog(page, lambda _: page.say(done)).open()

    def set_schedule(self) -> None:
        """Ask how often, and what stays."""
        page = self._page
        if page.read is not None:
            said = Message(_tr("The schedule is set"))
            ScheduleDialog(page, page.read.status, lambda _: page.say(said)).open()

    def log_in(self, store: Store) -> None:
        """Ask for what logs in to a store whose server refused it, and look into it again."""
        page = self._page
        LoginDialog(page, store, lambda: page.read_again(ask=True)).open()

    def unlock(self) -> None:
        """Ask for the passphrase of the key file of this computer, and look into the stores again."""
        PassphraseDialog(self._page, lambda: self._page.read_again(ask=True)).open()

    def disconnect_store(self) -> None:
        """Ask, and forget the chosen store and its keys here. The only key of a store is not forgotten by the way."""
        page, chosen = self._page, self._page.chosen_store
        if chosen is None or page.read is None:
            return
        store, catalog = chosen.store, page.context.catalog
        encrypted = store.encryption is Encryption.AGE
        if not encrypted or (page.read.readable is not None and store.id not in page.read.readable):
            self._ask_to_disconnect(store, _tr("This computer forgets how to open it.") if encrypted else "")
            return

        def found(why: str) -> None:
            if why:
                self._warn_of_last_key(store, why)
            else:
                self._ask_to_disconnect(store, _tr("This computer forgets its key."))

        page.doing.run(
            _tr("Looking which keys open {name}").format(name=shown_name(store.name)),
            "key-round",
            lambda context: backup.key_at_stake(catalog, store, context),
            found,
        )

    def _ask_to_disconnect(self, store: Store, forgets: str) -> None:
        name = shown_name(store.name)
        parts = [_tr("No more points go there."), forgets, _tr("What lies in the store stays.")]
        if store.encryption is Encryption.AGE:
            parts.append(_tr("To read it, you need the recovery sheet, the key file or the passphrase."))
        sentence = " ".join(filter(None, parts))
        title, go = _tr("Disconnect {name}?").format(name=name), lambda: self._disconnect(store)
        ask(self._page.window(), title, sentence, _tr("Disconnect"), go)

    def _warn_of_last_key(self, store: Store, why: str) -> None:
        name = shown_name(store.name)
        words = _tr(
            "{why} Once it is forgotten, nobody can read the points in there, on this computer or on any other. "
            "Write the key to a file or a recovery sheet first."
        )
        write = Button(_tr("Write the key"), lambda: self._write_key(store, question), icon="key-round")
        question = Question(
            self._page.window(),
            _tr("Disconnect {name} and lose its points?").format(name=name),
            words.format(why=why),
            _tr("Forget the key"),
            lambda: self._disconnect(store, forget_key=True),
            type_to_confirm=name,
            extra=(boxed(hbox(write, None)),),
        )
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.open()

    def _write_key(self, store: Store, question: Question) -> None:
        """Ask for the file; once the key is in it, ask again whether the store shall go."""
        page, file, catalog = self._page, self._page.context.file, self._page.context.catalog
        usual = Path.home() / f"{file.path.stem}-recovery-sheet.pdf"
        kinds = _tr("Recovery sheet (*.pdf *.html);;Key file (*)")
        chosen, _ = QFileDialog.getSaveFileName(
            question, _tr("Write the key of the store"), str(usual), kinds,
            options=QFileDialog.Option.DontConfirmOverwrite,
        )  # fmt: skip
        if not chosen:
            return
        question.reject()
        done = _tr("Its key is in {file}. This computer forgets it.").format(
            file=shown_name(Path(chosen).name)
        )
        page.doing.run(
            _tr("Writing the key of {name}").format(name=shown_name(store.name)),
            "key-round",
            lambda context: backup.write_kept_key(catalog, file.path, store.id, Path(chosen), context),
            lambda _: self._ask_to_disconnect(store, done),
        )

    def _disconnect(self, store: Store, *, forget_key: bool = False) -> None:
        page, file, catalog = self._page, self._page.context.file, self._page.context.catalog
        name = shown_name(store.name)
        page.doing.run(
            _tr("Disconnecting {name}").format(name=name),
            "unlink",
            lambda context: backup.disconnect(catalog, file.path, store.id, context, forget_key=forget_key),
            lambda _: page.say(Message(_tr("{name} is no longer used").format(name=name))),
        )

    def save_report(self) -> None:
        """Ask for the file, and write how this database is guarded."""
        page = self._page
        file, catalog = page.context.file, page.context.catalog
        usual = file.path.with_name(f"{file.path.stem}-backups.pdf")
        chosen, _ = QFileDialog.getSaveFileName(
            page, _tr("Save a report on the backups"), str(usual), "PDF (*.pdf);;HTML (*.html)"
        )
        if not chosen:
            return
        target = Path(chosen)
        page.doing.run(
            _tr("Writing the report"),
            "file-text",
            lambda context: backup.write_report(catalog, file.path, target, context),
            lambda _: page.context.toast(Message(_tr("The report is written"), shown_name(target.name))),
        )

    def _damaged_store(self) -> str | None:
        """The store whose damaged chunks are to be copied: of the drill that failed, of the chosen point, or any."""
        read, point = self._page.read, self._page.chosen
        if read is None:
            return None
        wanted = [drill.store_id for drill in read.alarms] + ([point.store_id] if point else [])
        return next((store for store in (*wanted, *read.damaged) if store in read.damaged), None)

    def copy_again(self, store: str | None = None) -> None:
        """Write what is damaged again from where it is good; then drill the points anew whose drills failed.

        Args:
            store: its id; by default the one that the action is about.
        """
        page, store = self._page, store or self._damaged_store()
        if page.read is None or store not in page.read.stores:
            return
        file, catalog = page.context.file, page.context.catalog
        failed = tuple(dict.fromkeys(drill.point for drill in page.read.alarms if drill.store_id == store))
        chosen = [point.id for point in page.read.points if _failed_there(point, store)]
        name = shown_name(page.read.stores[store])

        def work(context: Context, given: Unlocking | None) -> Mended:
            try:
                with context.step() as step:
                    plan = backup.plan_repair(catalog, file.path, step, store=store, given=given)
            except UsageError:  # all of it is right again: a stick was bad, and not the store
                known = backup.find_store(catalog, file.path, store, context)
                done, verdicts = None, backup.verify_store(catalog, known, context, only=chosen)[0]
            else:
                with context.step() as step:
                    done = backup.repair(catalog, plan, step, Confirmation.of(plan), given=given)
                if done.wants_key and given is None:
                    raise Failure(
                        ErrorCode.NEEDS_KEY,
                        _tr(
                            "Some of what is damaged in {name} can be copied again with its private key only."
                        ).format(name=name),
                    )
                verdicts = done.points
            sound = {verdict.id for verdict in verdicts if verdict.sound}
            drills: list[Drill] = []
            for point in failed:
                if point in sound:
                    with context.step() as step:
                        drills += restore.drill(catalog, file.path, step, point=point, given=given)
            return Mended(done, tuple(drills), name)

        title = _tr("Copying damaged chunks of {name} again").format(name=name)
        page.doing.run_with_key(
            title,
            "copy",
            work,
            lambda mended: page.say(outcomes.of_repair(mended, page.clear_banners)),
            tell=tell_mended,
        )

    def thin_out(self) -> None:
        """Plan what the rules let go, and show it."""
        page = self._page
        file, catalog = page.context.file, page.context.catalog
        page.doing.run(
            _tr("Planning what may go"),
            "trash-2",
            lambda context: plan_prune(catalog, file.path, context),
            lambda plan: PruneDialog(page, plan, self._thin_as_planned).open(),
        )

    def _thin_as_planned(self, plan: Plan, typed: str) -> None:
        page, catalog = self._page, self._page.context.catalog
        said = Confirmation(given=True, typed=typed)
        page.doing.run(
            _tr("Removing restore points"),
            "trash-2",
            lambda context: prune(catalog, plan, context, said),
            lambda receipt: page.say(Message(receipt.sentence)),
        )


def _failed_there(point: Point, store: str) -> bool:
    return point.store_id == store and point.state is PointState.FAILED


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
