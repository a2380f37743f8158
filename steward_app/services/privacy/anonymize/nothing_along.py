"""Tables whose rows stay out of a copy because the rules say so, and files that have nothing to copy."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import ReadSession, fold, qualified
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.anonymize.objects import Objects, change_logs
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.schema.model import Schema


def told(session: ReadSession, schema: Schema, objects: Objects, rules: ReleaseRules) -> Iterator[Finding]:
    """Which tables a copy has without their rows, and whether it has any at all."""
    empty = set(map(fold, rules.empty))
    logs = set(change_logs(schema))
    for table in objects.tables:
        if fold(table.name) in empty:
            count = session.count(f"SELECT count(*) FROM {qualified(table.name)}")
            if count:
                yield _without_rows(table.name, count, is_log=table.name in logs)
    if not any(session.value(f"SELECT 1 FROM {qualified(each.name)} LIMIT 1") for each in objects.tables):
        yield _nothing(tables=len(objects.tables))


def _without_rows(table: str, count: int, *, is_log: bool) -> Finding:
    log = "Triggers of other tables write into it what their rows held before, so it is full of originals. "
    return Finding(
        "table_without_rows",
        Severity.NOTE,
        f"The copy has {quoted(table)} without its {plural(count, 'row')}",
        Subject("table", table),
        detail=f"{log if is_log else ''}The rules name it under “empty”.",
        count=count,
        remedies=(
            "To keep its rows, write the rules into the policy (“steward privacy rules”, with --propose --write), take"
            f" {quoted(table)} out of “empty” there, and give each of its columns a rule.",
        ),
    )


def _nothing(tables: int) -> Finding:
    holds = "no row in any table" if tables else "no table"
    return Finding(
        "nothing_to_copy",
        Severity.WARNING,
        f"The database holds {holds}, so the copy will be empty, too",
        Subject("database"),
        remedies=("Check that it is the file you meant.",),
    )
