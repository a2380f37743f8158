"""What the text of now of a file makes that was edited after it had been applied: compared with what the file has."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.catalog import Catalog
from steward_app.db import Session
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.model import Entry, Status
from steward_app.services.migrate.run.begins import differing, held_against
from steward_app.services.migrate.run.proposed import schema_since

_REMEDIES = ("Put its text back, and write the change as a new file.",)
_ROWS = "What it does to rows was not looked at."


def edited_looked_at(
    session: Session, status: Status, edited: Sequence[Entry], catalog: Catalog | None, context: Context
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Whether the file has the schema that edited migrations make now: sentences, and what differs.

    The first of them runs on an empty copy of the schema before it, and then all that was applied after it, the others
    among it.
    """
    if not edited:
        return (), ()
    first = min(edited, key=lambda each: each.applied.rank if each.applied else 0)
    file = quoted(first.file)
    against = held_against(session, lambda: schema_since(session, status, first, context, catalog))
    if isinstance(against, str):
        finding = Finding(
            "edited_not_compared",
            Severity.WARNING,
            f"Whether the file has the schema that {file} makes now was not looked at: {against}",
            Subject("migration", name=first.file),
        )
        return (), (finding,)
    found, count = against
    run = f"{file} as it is now, with what was applied after it,"
    if found:
        said = f"{run} does not make the schema that this file has. {_ROWS}"
        return (said,), differing(found, "edited_differs", _REMEDIES)
    compared = plural(count, "object")
    return (f"{run} makes the schema that this file has: {compared} compared. {_ROWS}",), ()
