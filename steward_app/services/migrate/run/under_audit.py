"""The audit of tables while a migration runs: what it writes reaches the log, also where columns come and go.

SQLite takes no column out of a table as long as triggers name it. So the audit's are taken off right before that, and
made again for the columns there are as soon as a statement may write the table, at the latest at the end; so they are
for columns that came. How a table compares with its log is looked at before it loses or renames a column: afterwards
the two have not the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from steward_app.catalog import Catalog
from steward_app.db import WriteSession, fold, qualified, quote
from steward_app.db.migration_script import unconfined
from steward_app.db.script import Statement
from steward_app.kernel.plan import Json, Plan
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import names
from steward_app.services.audit.guard import versions
from steward_app.services.audit.guard.armed import State, status
from steward_app.services.audit.guard.rearm import Rearm
from steward_app.services.audit.seals.seal_tables import audited
from steward_app.services.audit.seals.unwind import Difference
from steward_app.services.migrate.lint.acts import (
    Act,
    AddColumn,
    DropColumn,
    RenameColumn,
    RenameTable,
    read_act,
)
from steward_app.services.migrate.run.reach import reach
from steward_app.services.migrate.without_audit import is_of_audit
from steward_app.services.schema.introspect import read_schema

_OF_AUDIT = "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE"
_WRITES = frozenset({"INSERT", "REPLACE", "UPDATE", "DELETE", "WITH"})


@dataclass
class UnderAudit:
    """Keeps the audit of a file whole through one migration, inside the caller's transaction.

    Attributes:
        logged: numbers of the versions of audited tables whose changes reach the log, those that followed them, too.
    """

    session: WriteSession
    logged: frozenset[int]
    plan: Plan
    catalog: Catalog
    context: Context
    _known: dict[int, Sequence[Difference] | None] = field(default_factory=dict)
    _lifted: set[str] = field(default_factory=set)
    _widened: set[str] = field(default_factory=set)
    _said: list[str] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        """Whether triggers are to be made again before a table is written."""
        return bool(self._lifted or self._widened)

    def ahead_of(self, statement: Statement) -> None:
        """See to it that SQLite can run a statement, and that what it writes is logged."""
        alters, writes = statement.verb == "ALTER", statement.verb in _WRITES
        if self.logged and (alters or (writes and self.waits)):
            with unconfined(self.session):
                self._arm_ahead_of(statement)
                if alters:
                    self._follow(read_act(statement))

    def _arm_ahead_of(self, statement: Statement) -> None:
        act = read_act(statement) if statement.verb == "ALTER" else None
        behind = self._lifted | self._widened
        if isinstance(act, AddColumn):  # it may bring a name back that went
            behind = self._lifted
        elif act is not None and not isinstance(act, RenameTable):
            return
        if behind and not behind.isdisjoint(reach(self.session, [statement.sql])):
            self._rearm()

    def _follow(self, act: Act | None) -> None:
        if isinstance(act, DropColumn | RenameColumn):
            self._compare(act.table)
        if isinstance(act, DropColumn):
            self._lift(act.table)
        elif isinstance(act, AddColumn) and self._triggers(act.table):
            self._widened.add(fold(act.table))

    def end(self) -> str:
        """Arm again what the migration disarmed; what was done in all, or ""."""
        if self.logged:
            self._rearm()
        return "; ".join(self._said)

    def _compare(self, table: str) -> None:
        """Find out which rows are not what the log says, as long as it can be told."""
        for version in audited(self.session):
            tid = version.tid
            if tid in self.logged and tid not in self._known and self._triggers(table, tid):
                self._known[tid] = versions.differences_of(self.session, version, table, self.context)

    def _lift(self, table: str) -> None:
        """Take the triggers off. One that does nothing stands in, so that a table is found under another name, too."""
        ours = self._triggers(table)
        for trigger in ours:
            self.session.run(f"DROP TRIGGER {qualified(trigger)}")
        for trigger in ours[:1]:
            self.session.run(
                f"CREATE TRIGGER {qualified(trigger)} AFTER INSERT ON {quote(table)} BEGIN SELECT 1; END"
            )
            self._lifted.add(fold(table))

    def _triggers(self, table: str, tid: int | None = None) -> list[str]:
        start = "" if tid is None else names.trigger(tid, "")
        found = (str(name) for (name,) in self.session.all(_OF_AUDIT, (table,)))
        return [name for name in found if is_of_audit(name) and name.startswith(start)]

    def _rearm(self) -> None:
        standing = status(self.session, read_schema(self.session, self.context))
        wanted = [
            each.audited.tid
            for each in standing
            if each.audited.tid in self.logged and each.state is not State.ARMED
        ]
        self._lifted.clear()
        self._widened.clear()
        if not wanted:
            return
        asked = replace(self.plan, request={"tids": cast("Json", wanted), "again": False})
        told = Rearm(self.catalog, self._known).apply(asked, self.session, self.context).sentence
        self._said += [told] if told not in self._said else []
        since = {each.tid for each in audited(self.session) if each.earlier in self.logged}
        self.logged |= since
