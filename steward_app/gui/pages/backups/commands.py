"""What can be done on the backups page, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices

from steward_app.catalog.points import Point, PointState
from steward_app.gui.actions import Action
from steward_app.gui.context import Message
from steward_app.gui.format import shown_name
from steward_app.gui.pages.backups import outcomes
from steward_app.gui.pages.backups.connect import UnlockDialog
from steward_app.gui.pages.backups.holding import HoldDialog
from steward_app.gui.pages.backups.telling import tell_drilled, tell_verified
from steward_app.gui.pages.backups.words import moment
from steward_app.gui.widgets.confirm import ask
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import restore
from steward_app.services.backup.hold import release
from steward_app.services.backup.model import Verification
from steward_app.services.backup.rounds import Visit
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.verify import verify_all
from steward_app.services.restore import Drilled

if TYPE_CHECKING:
    from steward_app.gui.pages.backups.page import BackupsPage

_UNUSABLE = (PointState.FAILED, PointState.MISSING)


class Commands:
    """The actions of the page and what they do."""

    def __init__(self, page: BackupsPage) -> None:
        self._page = page
        group = page.spec.title
        self.create = Action(
            "backups.create", _tr("Back up now"), self.back_up, group, "copy-check", "Ctrl+B", self._why_not,
            "restore point copy make",
        )  # fmt: skip
        self.drill = Action(
            "backups.drill", _tr("Drill now"), self.drill_now, group, "shield", "", self._why_not_drill,
            "prove restore to scratch evidence",
        )  # fmt: skip
        self.drill_others = Action(
            "backups.drill_others", _tr("Drill other stores"), self.drill_other_stores, group, "shield", "",
            self._why_not_drill_others, "prove",
        )  # fmt: skip
        self.verify_all = Action(
            "backups.verify_all", _tr("Verify all"), lambda: self.verify(all_points=True), group,
            "list-checks", "", self._why_not_verify_all, "check read restore points hash",
        )  # fmt: skip
        self.verify_one = Action(
            "backups.verify", _tr("Verify"), self.verify, group, "list-checks", "", self._why_not_one,
            "check read the chosen restore point again",
        )  # fmt: skip
        self.prove = Action(
            "backups.prove", _tr("Prove"), lambda: self.verify(prove=True), group, "shield-check", "",
            self._why_not_one, "restore to scratch and compare drill",
        )  # fmt: skip
        self.hold = Action(
            "backups.hold", _tr("Put on legal hold"), self.hold_point, group, "lock", "", self._why_not_hold,
            "keep legal hold",
        )  # fmt: skip
        self.let_go = Action(
            "backups.release", _tr("Let go of the legal hold"), self.release_point, group, "lock-open", "",
            self._why_not_release, "release legal hold",
        )  # fmt: skip
        self.folder = Action(
            "backups.folder", _tr("Show in folder"), self.show_folder, group, "folder-open", "",
            self._why_not_folder,
        )  # fmt: skip
        self.compare = Action(
            "backups.compare", _tr("Compare with now"), self.compare_with_now, group, "git-compare", "",
            self._why_not_restore, "difference changed rows",
        )  # fmt: skip
        self.restore = Action(
            "backups.restore", _tr("Restore from here"), self.restore_from_here, group, "rotate-ccw", "",
            self._why_not_restore, "bring back return to",
        )  # fmt: skip

    @property
    def every(self) -> tuple[Action, ...]:
        """All of them, for menus, keys and the palette."""
        return (
            self.create, self.drill, self.drill_others, self.verify_all, self.verify_one, self.prove, self.compare,
            self.restore, self.hold, self.let_go, self.folder,
        )  # fmt: skip

    def of_point(self) -> tuple[Action | None, ...]:
        """The menu of the chosen point."""
        point = self._page.chosen
        held = point is not None and point.held
        return (self.verify_one, self.prove, None, self.let_go if held else self.hold, None, self.folder)

    # Why not

    def _why_not(self) -> str:
        return self._page.doing.reason

    def _why_not_verify_all(self) -> str:
        if self._page.read is None or not self._page.read.points:
            return _tr("There is no restore point yet.")
        return self._page.doing.reason

    def _why_not_one(self) -> str:
        point = self._page.chosen
        if point is not None and point.state is PointState.MISSING:
            return _tr("The copy is no longer where it was put.")
        return self._why_not_verify_all()

    def _why_not_drill(self) -> str:
        points = self._page.read.points if self._page.read else ()
        if points and all(point.state is PointState.MISSING for point in points):
            return _tr("No restore point is where it was put. Make a new one.")
        return self._why_not_verify_all()

    def _why_not_drill_others(self) -> str:
        if not self._others():
            return _tr("There is no other store.")
        return self._why_not_drill()

    def _why_not_restore(self) -> str:
        point = self._page.chosen
        if point is None:
            return _tr("Choose a restore point first.")
        return _tr("This copy cannot be relied on. Choose another.") if point.state in _UNUSABLE else ""

    def _why_not_hold(self) -> str:
        point = self._page.chosen
        if point is None:
            return _tr("Choose a restore point first.")
        return _tr("It is on legal hold already.") if point.held else ""

    def _why_not_release(self) -> str:
        point = self._page.chosen
        return "" if point is not None and point.held else _tr("It is not on legal hold.")

    def _why_not_folder(self) -> str:
        point = self._page.chosen
        if point is None:
            return _tr("Choose a restore point first.")
        return _tr("It lies in a store, in many pieces.") if point.store_id else ""

    # Points

    def back_up(self) -> None:
        """Bring every store up to date; where there is none, make, check and prove a whole-file point."""
        page = self._page
        self._page.doing.make_point(self._made, to_stores=bool(page.read and page.read.stores))

    def _made(self, made: Receipt | tuple[Visit, ...]) -> None:
        page = self._page
        if isinstance(made, Receipt):
            page.wanted = str((made.result or {}).get("point", ""))
            page.say(Message(made.sentence, shown_name(page.context.file.path.name)))
            return
        page.wanted = next((visit.point for visit in made if visit.point), "")
        page.say(outcomes.of_round(made, page.clear_banners))

    def verify(self, *, prove: bool = False, all_points: bool = False) -> None:
        """Read the chosen point again, or all of them; bring it back to scratch too when it shall be proven."""
        page, point = self._page, self._page.chosen
        if point is None:
            return
        file, catalog = page.context.file, page.context.catalog
        name = "" if all_points else point.id

        def work(context: Context, given: Unlocking | None) -> Verification:
            return verify_all(catalog, file.path, context, point=name, prove=prove, given=given)

        title = _tr("Verifying all restore points")
        if not all_points:
            words = _tr("Proving the point of {when}") if prove else _tr("Verifying the point of {when}")
            title = words.format(when=moment(point))
        page.doing.run_with_key(title, "list-checks", work, self._verified, tell=tell_verified)

    def _verified(self, found: Verification) -> None:
        page = self._page
        page.verdicts |= {verdict.id: verdict for verdict in found.items}
        again = page.store_acts.copy_again
        page.say(outcomes.of_verifying(found, page.clear_banners, page.choose, again))

    def drill_now(self) -> None:
        """Bring the newest point and an older one of each store back to scratch, and look into them."""
        self._drill(())

    def drill_other_stores(self) -> None:
        """The same for the stores whose last drill did not fail."""
        self._drill(self._others())

    def _others(self) -> tuple[str, ...]:
        read = self._page.read
        failed = {drill.store_id for drill in read.alarms} if read else set()
        return tuple(name for store, name in self._page.store_names.items() if store not in failed)

    def _drill(self, only: Sequence[str], given: Unlocking | None = None) -> None:
        file, catalog = self._page.context.file, self._page.context.catalog

        def work(context: Context, given: Unlocking | None) -> Drilled:
            return restore.drill_stores(catalog, file.path, context, only=only, given=given)

        title = _tr("Drilling {name}").format(name=shown_name(self._page.context.file.path.name))
        self._page.doing.run_with_key(title, "shield", work, self._drilled, given, tell=tell_drilled)

    def _drilled(self, done: Drilled) -> None:
        page = self._page
        missed = [each for each in done.stores if each.failed]
        if not missed:
            page.say(outcomes.of_drills(done.items, page.read))
            return
        locked = [each for each in missed if each.locked]

        def unlock() -> None:
            names = [each.store for each in locked]
            UnlockDialog(page, locked[0].message, lambda key: self._drill(names, key)).open()

        page.say(outcomes.of_not_drilled(missed, page.clear_banners, unlock if locked else None))

    def hold_point(self) -> None:
        """Ask why, and keep the point whatever the rules say."""
        if (point := self._page.chosen) is not None:
            HoldDialog(self._page, point, self._held).open()

    def _held(self, point: Point) -> None:
        self._page.say(Message(_tr("It stays until you let go of it"), moment(point)))

    def release_point(self) -> None:
        """Ask once, and leave the point to the rules."""
        page, point = self._page, self._page.chosen
        if point is None:
            return
        file, catalog, name = page.context.file, page.context.catalog, point.id

        def go() -> None:
            page.doing.run(
                _tr("Letting go of the legal hold"),
                "lock-open",
                lambda context: release(catalog, file.path, name, context),
                lambda _: page.say(Message(_tr("The rules say how long it stays"), moment(point))),
            )

        words = _tr("The restore point of {when} is held: {why}. From then on the rules may remove it.")
        sentence = words.format(when=moment(point), why=point.held.rstrip("."))
        ask(page.window(), _tr("Let go of the legal hold?"), sentence, _tr("Let go of it"), go)

    def show_folder(self) -> None:
        """Open the folder of the chosen point in the file manager."""
        point = self._page.chosen
        if point is not None and not point.store_id:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(point.path.parent)))

    def compare_with_now(self) -> None:
        """Go to the restore page, to what differs between the chosen point and now."""
        if (point := self._page.chosen) is not None:
            self._page.context.navigate("restore", point=point.id, what="rows")

    def restore_from_here(self) -> None:
        """Go to the restore page with the chosen point."""
        if (point := self._page.chosen) is not None:
            self._page.context.navigate("restore", point=point.id)


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
