"""Django: `django_migrations (id, app, name, applied)`; files APP/migrations/0001_name.py.

The files are programs: what each rests on is read from their text, and nothing of them runs. Apps that are
installed and not part of the folder are known from the table alone.
https://github.com/django/django (db/migrations/recorder.py)
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from steward_app.db import Session
from steward_app.services.migrate.adopt.model import Ran, Reader, Record, Theirs, Tool, moment
from steward_app.services.migrate.adopt.reading import assigned, files, in_order, parsed, rows, text_of


def read_files(folder: Path) -> tuple[Theirs, ...]:
    """Every migration of every app below the folder, after those it rests on."""
    found = []
    for file in files(folder, ".py"):
        places = file.path.absolute().parts
        if places[-2] != "migrations" or file.path.name == "__init__.py":
            continue
        migration = next(
            (
                node
                for node in parsed(file).body
                if isinstance(node, ast.ClassDef) and node.name == "Migration"
            ),
            None,
        )
        if migration is not None:
            needs = _pairs(assigned(migration).get("dependencies"))
            key = f"{places[-3]}.{file.path.stem}"
            found.append(Theirs(key, key.replace(".", "_"), file.shown, needs=needs))
    return in_order(found)


def read_table(session: Session, table: str, theirs: Sequence[Theirs]) -> Record:
    """In the order in which they were applied."""
    found = rows(session, table, ("app", "name", "applied"), "id")
    return Record(tuple(Ran(f"{app!s}.{name!s}", f"{app!s}_{name!s}", moment(at)) for app, name, at in found))


def _pairs(node: ast.expr | None) -> tuple[str, ...]:
    """The pairs of app and migration that stand in a list; `swappable_dependency(...)` and the like are passed over."""
    pairs = [each.elts for each in getattr(node, "elts", ()) if isinstance(each, ast.Tuple | ast.List)]
    return tuple(f"{text_of(pair[0])}.{text_of(pair[1])}" for pair in pairs if len(pair) == 2)


READER = Reader(
    Tool.DJANGO,
    "django_migrations",
    frozenset({"id", "app", "name", "applied"}),
    read_files,
    read_table,
    anew="Have “manage.py migrate” make a new, empty database, and name that",
)
