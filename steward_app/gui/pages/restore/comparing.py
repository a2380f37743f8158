"""Finding the restore point of a moment, and comparing the file with it and with the one beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.catalog.points import Point
from steward_app.gui.format import shown_name
from steward_app.gui.pages.restore.choose import What
from steward_app.gui.pages.restore.origin import Origin
from steward_app.gui.pages.restore.read import point_before
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.kernel.errors import StewardError
from steward_app.kernel.values import Key
from steward_app.services.restore import Difference, Extent

if TYPE_CHECKING:
    from steward_app.gui.pages.restore.page import RestorePage


class Comparing:
    """Of one page: brings it to the step of rows and conflicts.

    Attributes:
        table: the table somebody came for, or "".
    """

    def __init__(self, page: RestorePage) -> None:
        self._page = page
        self.table = ""

    def compare(self, point: Point | None, wanted: str = "", key: Key = ()) -> None:
        """How the file differs from a point, table by table.

        Args:
            wanted: the table to show; the one that was shown, or somebody came for, when not given.
            key: of a row of it to choose.
        """
        page = self._page
        if point is None:
            return
        rows, trouble, file = page.rows, page.trouble, page.context.file
        origin = Origin(page.context.catalog, file.path, point, trouble.given(point))
        extent = Extent.MISSING if page.choose.what is What.TABLE else Extent.ROWS
        table = self.table
        if page.comparing_rows and not wanted:
            extent, table = rows.extent_chosen, rows.table

        def show(found: Difference) -> None:
            rows.show_difference(origin, found, extent, wanted or table, key)
            page.show_rows_step()

        page.start(
            _tr("Comparing {name} with then").format(name=shown_name(file.path.name)),
            origin.compare,
            show,
            gerund=_tr("Comparing with now"),
            on_failure=lambda error: trouble.show(
                error, point, lambda: self.compare(page.choose.point, wanted, key)
            ),
        )

    def find(self, typed: str) -> None:
        """Choose the newest point that is not later than a moment."""
        page = self._page
        path, catalog, moment = page.context.file.path, page.context.catalog, page.choose.moment

        def wrong(error: StewardError) -> None:
            moment.say_wrong(f"{error.message} {error.hint}".strip())

        page.run(
            _tr("Looking for a restore point"),
            lambda context: point_before(catalog, path, typed, context),
            moment.show_found,
            on_failure=wrong,
            quiet=True,
        )

    def again(self) -> None:
        """With the same point, as the file is now."""
        self.compare(self._page.rows.point)

    def out_of_date(self) -> None:
        """The file was changed since."""
        button = Button(_tr("Compare again"), self.again, small=True)
        rest = _tr("What is shown is how it differed before.")
        self._page.show_banner(Banner(Tone.WARNING, _tr("The file was changed."), rest, actions=(button,)))

    def _beside(self, steps: int) -> Point | None:
        """The usable point that many places older than the one that is compared with."""
        here = self._page.rows.point
        usable = self._page.choose.moment.usable
        places = [number for number, each in enumerate(usable) if here and each.id == here.id]
        there = places[0] + steps if places else -1
        return usable[there] if 0 <= there < len(usable) else None

    def why_not_beside(self, steps: int) -> str:
        """Why the point beside cannot be compared with; "" when it can."""
        if not self._page.comparing_rows or self._page.busy:
            return _tr("Nothing is compared yet.")
        return "" if self._beside(steps) else _tr("There is no other in this direction.")

    def compare_beside(self, steps: int) -> None:
        """Compare with the point that many places older."""
        point = self._beside(steps)
        if point is not None:
            self._page.choose.moment.choose(point.id)
            self.compare(point)

    def no_personal(self) -> str:
        """Why there is nothing to show that is hidden until asked for; "" when there is."""
        there = self._page.comparing_rows and self._page.rows.has_personal
        return "" if there else _tr("No column here looks personal.")

    def toggle_personal(self) -> None:
        """Show what is hidden, or hide it again."""
        rows = self._page.rows
        rows.show_personal(not rows.personal)
        self._page.reconsider()


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
