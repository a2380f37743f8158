"""What a new column changes beside an old one although nobody changed it: views that say SELECT *, joins by what
tables have in common, logs made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from steward_app.db import ReadSession
from steward_app.db.migration_files import Migration
from steward_app.kernel.progress import Context
from steward_app.services.migrate.desired.meant import remark, told_by_lint
from steward_app.services.migrate.files import NewMigration, listed
from steward_app.services.schema.model import Schema, TableKind
from steward_app.services.schema.registry.promises import Promises

STOPPED: Final = "As long as the policy promises this, the file does not run:"
"""Ahead of the promises that are broken."""
_CODES = frozenset(
    {"view_shows_column", "trigger_passes_column", "view_joins_otherwise", "trigger_joins_otherwise"}
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What becomes other with a table, and is told where the columns are made.

    Attributes:
        sentences: of views and triggers, each without a full stop.
        blocked: promises of the policy that the columns break, so that the file will not run.
        said: what lint need not ask again, above the statement, by its number from 0.
    """

    sentences: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    said: dict[int, str] = field(default_factory=dict)

    @property
    def remarks(self) -> list[str]:
        """The same for the head of the migration."""
        found: list[str] = []
        for head, sentences in (("With the table change:", self.sentences), (STOPPED, self.blocked)):
            found += ["", head, *listed([f"{each}." for each in sentences])] if sentences else []
        return found


def seen(
    session: ReadSession, schema: Schema, new: NewMigration, waiting: Sequence[Migration], context: Context
) -> Seen:
    """What changes with the table where a migration puts columns into it.

    Args:
        session: the file; only read.
        schema: as the migration finds it.
        waiting: what runs before it.
    """
    named = any(table.kind is TableKind.VIEW or table.triggers for table in schema.tables)
    if not named and not Promises.of(session.path).any:
        return Seen()
    codes: dict[int, dict[str, str]] = {}
    sentences, blocked = [], []
    for number, problem in told_by_lint(session, new.migration, context, waiting):
        if problem.finding.code in _CODES:
            sentences.append(problem.finding.title)
            codes.setdefault(number, {})[problem.finding.code] = "it stands above"
        elif problem.finding.code == "broken_promise":
            blocked.append(problem.finding.title)
    return Seen(tuple(sentences), tuple(blocked), {number: remark(each) for number, each in codes.items()})
