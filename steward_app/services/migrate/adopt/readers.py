"""Which tool kept a history in a file."""

from __future__ import annotations

from typing import Final

from steward_app.db import Session
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.adopt import (
    alembic,
    django,
    flyway,
    liquibase,
    numbered,
    sqlite_migrate,
    yoyo,
)
from steward_app.services.migrate.adopt.model import Reader, Tool
from steward_app.services.migrate.adopt.reading import columns_of

READERS: Final = (
    flyway.READER,
    liquibase.READER,
    alembic.READER,
    django.READER,
    yoyo.READER,
    numbered.DBMATE,
    sqlite_migrate.READER,
    numbered.GOOSE,
    numbered.GOLANG_MIGRATE,
)
_UNCHANGED = "Nothing was changed."
_OF_RAILS = "ar_internal_metadata"


def reader_of(session: Session, tool: Tool | None = None, table: str = "") -> tuple[Reader, str]:
    """The tool, and the table of the file that is its history.

    Args:
        tool: which it is; by default the only one whose table the file holds.
        table: where the tool was told to keep its history under another name.

    Raises `UsageError` where there is none, more than one, or the table is not as the tool makes it.
    """
    among = [reader for reader in READERS if tool in (None, reader.tool)]
    found = [
        (reader, table or reader.table) for reader in among if _fits(session, reader, table or reader.table)
    ]
    if len(found) == 1:
        return found[0]
    name = quoted(session.path.name)
    if found:
        tools = ", ".join(reader.tool.value for reader, _ in found)
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{name} holds the histories of more than one tool: {tools}.",
            hint=f"{_UNCHANGED} Say which: --from TOOL.",
        )
    what = f"a history of {tool.known_as}" if tool else "a history of a tool that can be adopted"
    where = f" in a table {quoted(table)}" if table else ""
    raise UsageError(
        ErrorCode.BAD_REQUEST,
        f"{name} holds no {what[2:]}{where}.",
        hint=f"{_UNCHANGED} Known are {', '.join(each.value for each in Tool)}. Where the tool was told to use another"
        " table, say so: --table NAME --from TOOL. Without a history: “steward migrate baseline”.",
    )


def _fits(session: Session, reader: Reader, table: str) -> bool:
    there = columns_of(session, table)
    if reader.tool is Tool.DBMATE and columns_of(session, _OF_RAILS):
        return False  # Rails keeps a table of that name and form, too
    if reader.tool is Tool.DBMATE and "dirty" in there:
        return False  # golang-migrate's
    return bool(there) and reader.columns <= there
