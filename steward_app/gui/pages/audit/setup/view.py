"""The view in which history is set up: tables and columns, cost, plan; arming again, taking out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QCoreApplication

from steward_app.db import fold
from steward_app.gui.actions import Action
from steward_app.gui.format import plural, shown_name
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.pages.audit.setup.cost_table import cost_table
from steward_app.gui.pages.audit.setup.plan_step import PlanStep, Way
from steward_app.gui.pages.audit.setup.read import Extra, Line, measure, preview_sql, read_lines, way_to
from steward_app.gui.pages.audit.setup.recipes import RecipesSection
from steward_app.gui.pages.audit.setup.sealing import SealingSection
from steward_app.gui.pages.audit.setup.tables import TablesSection
from steward_app.gui.pages.audit.setup.words import growth_words, tables_words
from steward_app.gui.pages.audit.view import View
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.foot import JobFoot
from steward_app.gui.widgets.parts import Parts
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard.columns import ColumnsRequest
from steward_app.services.audit.guard.forecast import Forecast
from steward_app.services.audit.guard.guarding import Request
from steward_app.services.audit.guard.install import InstallRequest
from steward_app.services.audit.guard.rearm import RearmRequest
from steward_app.services.audit.guard.remove import RemoveRequest
from steward_app.services.audit.guard.status import AuditStatus

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage

T = TypeVar("T")
TABLES, RECIPES, SEALING = "tables", "recipes", "sealing"


class SetUpView(View):
    """What is logged, what it costs, and the operations that change it. Nothing is changed before a plan's button."""

    needs_log = False

    def __init__(self, page: AuditPage) -> None:
        super().__init__(page)
        self._wanted = ""
        self._behind: frozenset[str] = frozenset()
        self._has_log = False
        self.tables = TablesSection()
        self.foot = JobFoot(page.run)
        self.step = PlanStep(page, "audit.setup", _tr("Back to the tables"))
        self._own_actions()
        self._change_button = Button(action=self.columns_action)
        self.tables.inspector.add_change(self._change_button)
        self.tables.add_tools(Button(action=self.personal_action), Button(action=self.measure_action))
        self.plan_button = Button(action=self.install_action, kind=Kind.PRIMARY)
        self.foot.hold(
            Button(action=self.remove_action),
            Button(action=self.rearm_action),
            self.plan_button,
            before=(Button(action=self.drop_action),),
        )
        main = vbox(self.tables, self.foot)
        main.setStretch(0, 1)
        self.recipes = RecipesSection(page, self._begin_way, self._idle)
        self.sealing = SealingSection(page)
        self._parts = {TABLES: boxed(main), RECIPES: self.recipes, SEALING: self.sealing}
        self.sections = Segments(
            _tr("What is set up"),
            (TABLES, _tr("Tables")),
            (RECIPES, _tr("Trigger recipes")),
            (SEALING, _tr("Sealing")),
        )
        self.tools = (self.sections,)
        self._shown = Parts()
        for widget in self._parts.values():
            self._shown.addWidget(widget)
        self._stack = Parts()
        for widget in (self._shown, self.step):
            self._stack.addWidget(widget)
        self._stack.currentChanged.connect(lambda _: page.make_room())
        self.setLayout(vbox(self._stack))
        self.sections.chosen.connect(self.show_section)
        self.tables.changed.connect(self._changed)
        self.tables.sql_wanted.connect(self._read_sql)
        self.recipes.wanted.connect(lambda: self.show_section(RECIPES))
        self.step.begun.connect(self._show_step)
        self.step.left.connect(self._come_back)

    def _own_actions(self) -> None:
        group = self.page.spec.title
        self.install_action = Action(
            "audit.install", _tr("Plan the audit"), self.install, group, "shield", "",
            self._why_not_install, "set up history install triggers log",
        )  # fmt: skip
        self.measure_action = Action(
            "audit.measure", _tr("Measure the cost"), self.measure, group, "scale", "", self._why_not_measure,
            "forecast time bytes",
        )  # fmt: skip
        self.rearm_action = Action(
            "audit.rearm", _tr("Arm again"), self.rearm, group, "shield-check", "", self._why_not_rearm,
            "disarmed stale bypassed gap repair",
        )  # fmt: skip
        self.columns_action = Action(
            "audit.columns", _tr("Plan to log these columns so"), self.change_columns, group, "columns-3", "",
            self._why_not_columns, "modes values flag what is logged",
        )  # fmt: skip
        self.remove_action = Action(
            "audit.remove", _tr("Take out of the audit"), self.remove, group, "x", "", self._why_not_remove,
            "uninstall stop logging",
        )  # fmt: skip
        self.drop_action = Action(
            "audit.drop", _tr("Remove the audit"), self.drop, group, "trash-2", "", self._why_not_drop,
            "uninstall delete drop log",
        )  # fmt: skip
        self.personal_action = Action(
            "audit.personal", _tr("No personal values"), lambda: self.tables.leave_personal_out(), group,
            "id-card", "", self._why_not_personal, "flag columns leave out",
        )  # fmt: skip

    # What a view may say

    def commands(self) -> Sequence[Action]:
        if self.step.plan is not None:
            return self.step.commands()
        return (
            self.install_action, self.columns_action, self.measure_action, self.rearm_action,
            self.remove_action, self.drop_action, self.personal_action, *self.recipes.commands(),
        )  # fmt: skip

    def visit(self, status: AuditStatus) -> None:
        file = self.page.context.file
        self._has_log = status.audited
        self.page.run(
            _tr("Reading the tables"),
            lambda context: read_lines(file, status, context),
            self._show_lines,
            quiet=True,
        )
        self.recipes.read()
        self.sealing.read()

    def arrive(
        self,
        *,
        rearm: bool = False,
        show: str = "",
        section: str = "",
        tables: Sequence[str] = (),
        renew: bool = False,
        **others: Any,
    ) -> None:
        """`rearm`: plan to arm what is not as it should be. `show`="drifting": show those tables.

        `section`: which of the sections is shown. `tables`: armed ones whose rows are not what the log says.
        `renew`: plan to make recipes again that are not as they should be.
        """
        self._wanted = "rearm" if rearm else show
        self._behind = frozenset(map(fold, tables))
        if section in self._parts:
            self.show_section(section)
        elif self._wanted:
            self.show_section(TABLES)
        if renew:
            self.recipes.renew_wanted = True
            self.recipes.read()

    def show_section(self, section: str) -> None:
        """Show one of the sections; a plan that is shown is left for it, and what runs to its end is not."""
        if self.step.busy and self._stack.currentWidget() is self.step:
            section = next(key for key, part in self._parts.items() if part is self._shown.currentWidget())
        elif self._stack.currentWidget() is self.step:
            self.step.leave()
        self.sections.choose(section)
        self._shown.setCurrentWidget(self._parts[section])

    @property
    def planning(self) -> bool:
        return self._stack.currentWidget() is self.step

    def reconsider(self) -> None:
        self.step.reconsider()

    def _show_lines(self, lines: Sequence[Line]) -> None:
        self.tables.show_lines(lines)
        wanted, self._wanted = self._wanted, ""
        if not wanted or self.step.busy:
            return
        self.step.leave()
        self.tables.show_kind(drifting=True)
        wrong = self._wrong
        self.tables.tick_only(wrong)
        if wanted == "rearm" and wrong:
            self.rearm()

    @property
    def _wrong(self) -> list[Line]:
        """The tables that are not armed as they should be, and those whose rows are not what the log says."""
        audited = self.tables.audited
        return [line for line in audited if not line.is_armed or fold(line.table) in self._behind]

    def _show_step(self) -> None:
        self._stack.setCurrentWidget(self.step)

    def _come_back(self) -> None:
        self._stack.setCurrentWidget(self._shown)
        self.recipes.show_list()
        if self._shown.currentIndex() == 0:
            self.tables.table.setFocus()

    def _changed(self) -> None:
        self._change_button.setVisible(bool(self.tables.to_change))
        install, held = self.tables.to_install, self.tables.under_audit
        self.plan_button.set_words(
            _tr("Plan the audit of {tables}").format(tables=tables_words(len(install)))
            if install
            else _tr("Plan the audit")
        )
        parts = []
        if changed := self.tables.to_change:
            columns = plural(len(changed), _tr("column"), _tr("columns"))
            parts.append(_tr("{columns} to be logged otherwise").format(columns=columns))
        if install:
            parts.append(_tr("{tables} to audit").format(tables=tables_words(len(install))))
        if held:
            parts.append(_tr("{tables} under audit ticked").format(tables=tables_words(len(held))))
        costs = self.tables.costs_of(install)
        if install and self.tables.measured:
            parts.append(growth_words(costs, len(install)))
        self.foot.say(
            ", ".join(parts) if parts else _tr("Tick tables to put them under audit, or to take them out.")
        )
        self.page.reconsider()

    # What can be done now

    def _idle(self) -> str:
        return _tr("Something is running.") if self.foot.busy or self.step.busy else ""

    def _why_not_install(self) -> str:
        return self._idle() or (
            "" if self.tables.to_install else _tr("Tick tables that are not under audit.")
        )

    def _why_not_columns(self) -> str:
        if self.tables.to_change:
            return self._idle()
        return _tr("Choose first, for columns of a table under audit, what else is to be logged.")

    def _why_not_measure(self) -> str:
        return self._why_not_install()

    def _why_not_rearm(self) -> str:
        if self.tables.under_audit or self.tables.drifting:
            return self._idle()
        return (
            _tr("Every table under audit is armed.")
            if self.tables.audited
            else _tr("No table is under audit.")
        )

    def _why_not_remove(self) -> str:
        return self._idle() or ("" if self.tables.under_audit else _tr("Tick tables that are under audit."))

    def _why_not_drop(self) -> str:
        return self._idle() or ("" if self._has_log else _tr("The file has no audit."))

    def _why_not_personal(self) -> str:
        if self.tables.personal:
            return self._idle()
        return _tr("No column of the ticked tables that looks personal would be logged with its values.")

    # Planning

    def install(self) -> None:
        """Plan to put the ticked tables under audit."""
        lines, path = self.tables.to_install, self.page.context.file.path
        names, columns = tuple(line.table for line in lines), self.tables.columns_of(lines)
        costs = self.tables.costs_of(lines)
        doing = _tr("Putting {tables} under audit").format(tables=tables_words(len(lines)))
        self._begin(
            doing,
            lambda known: InstallRequest(path, known, names, columns, measured=False),
            lambda: (cost_table(names, costs),) if self.tables.measured else (),
        )

    def change_columns(self) -> None:
        """Plan to log columns of tables under audit as was chosen now."""
        path, columns = self.page.context.file.path, self.tables.to_change
        self._begin(_tr("Choosing anew what is logged"), lambda known: ColumnsRequest(path, known, columns))

    def rearm(self) -> None:
        """Plan to arm the ticked tables again, or all that are not as they should be."""
        path, ticked = self.page.context.file.path, self.tables.under_audit
        gone = [line for line in ticked if line.shape is None]
        every = gone or (self._behind and list(ticked) == self._wrong)  # then it looks itself which those are
        names = () if every else tuple(line.table for line in ticked)
        doing = _tr("Arming {tables} again").format(tables=tables_words(len(ticked or self.tables.drifting)))
        self._begin(doing, lambda known: RearmRequest(path, known, names))

    def remove(self) -> None:
        """Plan to take the ticked tables out of the audit; their log stays."""
        path, lines = self.page.context.file.path, self.tables.under_audit
        names = tuple(line.table for line in lines)
        doing = _tr("Taking {tables} out of the audit").format(tables=tables_words(len(lines)))
        self._begin(doing, lambda known: RemoveRequest(path, known, names))

    def drop(self) -> None:
        """Plan to remove the whole audit, its log too."""
        path = self.page.context.file.path
        self._begin(_tr("Removing the audit"), lambda known: RemoveRequest(path, known, drop_log=True))

    def _begin(self, doing: str, ask: Callable[[str], Request], extra: Extra = tuple) -> None:
        context = self.page.context
        self._begin_way(way_to(context.catalog, context.file, doing, ask, extra))

    def _begin_way(self, way: Way) -> None:
        self.page.show_view("setup")
        self.step.begin(way)

    # Looking closer

    def measure(self) -> None:
        """Measure what the audit of the ticked tables will cost, in a copy in memory."""
        lines, context = self.tables.to_install, self.page.context
        names, columns = tuple(line.table for line in lines), self.tables.columns_of(lines)
        self._start(
            _tr("Measuring the cost"),
            lambda job: measure(context.catalog, context.file, names, columns, job),
            self._show_costs,
        )

    def _show_costs(self, costs: tuple[Forecast, ...]) -> None:
        self.tables.show_costs(costs)

    def _read_sql(self, table: str) -> None:
        context = self.page.context
        line = self.tables.current
        columns = self.tables.columns_of((line,)) if line is not None else {}
        self._start(
            _tr("Writing the SQL of {table}").format(table=shown_name(table)),
            lambda job: preview_sql(context.catalog, context.file, table, columns, job),
            lambda statements: self.tables.inspector.show_sql(table, statements),
        )

    def _start(self, title: str, work: Callable[[Context], T], done: Callable[[T], None]) -> None:
        self.page.clear_banners()
        self.foot.start(
            title,
            work,
            done,
            on_failure=lambda error: show_failure(self.page, error),
            on_end=self._changed,
        )
        self.page.reconsider()


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
