"""sqlite-migrate and sqlite-utils: `_sqlite_migrations (id, migration_set, name, applied_at)`; decorated functions.

Which there are is read from the text of the files, and nothing of them runs.
https://github.com/simonw/sqlite-migrate https://sqlite-utils.datasette.io
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from steward_app.db import Session
from steward_app.services.migrate.adopt.model import Ran, Reader, Record, Theirs, Tool, moment
from steward_app.services.migrate.adopt.reading import (
    assigned,
    called,
    columns_of,
    files,
    parsed,
    rows,
    text_of,
)


def read_files(folder: Path) -> tuple[Theirs, ...]:
    """The functions of every set, in the order in which they stand."""
    found = []
    for file in files(folder, ".py"):
        if not file.mentions("Migrations"):
            continue
        tree = parsed(file)
        sets = {
            name: text_of(value.args[0])
            for name, value in assigned(tree).items()
            if isinstance(value, ast.Call) and called(value) == "Migrations" and value.args
        }
        for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            for told in function.decorator_list:
                if isinstance(told, ast.Call) and isinstance(told.func, ast.Name) and told.func.id in sets:
                    name = (
                        next((text_of(k.value) for k in told.keywords if k.arg == "name"), "")
                        or function.name
                    )
                    found.append(
                        Theirs(f"{sets[told.func.id]}.{name}", name, f"{file.shown} ({function.name})")
                    )
    return tuple(found)


def read_table(session: Session, table: str, theirs: Sequence[Theirs]) -> Record:
    """In the order in which they were applied."""
    order = "id" if "id" in columns_of(session, table) else "applied_at"
    found = rows(session, table, ("migration_set", "name", "applied_at"), order)
    return Record(tuple(Ran(f"{group!s}.{name!s}", str(name), moment(at)) for group, name, at in found))


READER = Reader(
    Tool.SQLITE_MIGRATE,
    "_sqlite_migrations",
    frozenset({"migration_set", "name", "applied_at"}),
    read_files,
    read_table,
    anew="Have “sqlite-utils migrate” make a new, empty database, and name that",
)
