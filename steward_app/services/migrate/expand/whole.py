"""What columns need that are kept alike: the table, its columns and the triggers between them, as they were made."""

from __future__ import annotations

from collections.abc import Callable

from steward_app.db.names import fold
from steward_app.kernel.errors import Refused
from steward_app.kernel.text import quoted
from steward_app.services.migrate.expand.model import PREFIX, Expansion, from_json
from steward_app.services.migrate.expand.own_triggers import require_right
from steward_app.services.schema.model import Schema


def read_definition(said: object) -> Expansion | None:
    """An expansion as its record says it; None where that says nothing of the kind."""
    try:
        return from_json(str(said))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def apart(schema: Schema, definition_of: Callable[[str], object]) -> dict[str, str]:
    """Why columns would not be kept alike any more; a sentence without a full stop, by the name of the record.

    Args:
        definition_of: what the record of this name says.
    """
    records = [each.name for each in schema.tables if fold(each.name).startswith(PREFIX)]
    read = {record: read_definition(definition_of(record)) for record in records}
    return {
        record: why for record, expansion in read.items() if expansion and (why := _apart(schema, expansion))
    }


def _apart(schema: Schema, expansion: Expansion) -> str:
    here = schema.table(expansion.table)
    if here is None:
        return _told(expansion, f"there is no table {quoted(expansion.table)} any more")
    gone = next((each for each in (expansion.old, *expansion.into) if here.column(each) is None), "")
    if gone:
        return _told(expansion, f"there is no column {quoted(gone)} any more")
    there = {fold(each.name) for each in here.triggers}
    lost = next((each for each in expansion.triggers if fold(each) not in there), "")
    if lost:
        return _told(expansion, f"the trigger {quoted(lost)}, which does that, is gone")
    try:
        require_right(here)
    except Refused as error:
        return _told(expansion, f"{error.message[:1].lower()}{error.message[1:].removesuffix('.')}")
    return ""


def _told(expansion: Expansion, why: str) -> str:
    names = " and ".join(map(quoted, (expansion.old, *expansion.into)))
    return f"{names} of {quoted(expansion.table)} are to be kept alike, and {why}"
