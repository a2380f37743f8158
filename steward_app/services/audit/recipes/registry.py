"""The list of recipes in the user's file, and the making of what they are made of. Inside the caller's transaction."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from steward_app.db import Session, WriteSession, qualified, quote
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import tables as audit_tables
from steward_app.services.audit.engine.names import RECIPE
from steward_app.services.audit.recipes import entries, kinds, names
from steward_app.services.audit.recipes.model import NewColumn, Recipe, Unreadable
from steward_app.services.audit.recipes.needs import UNCHANGED, add_column_sql
from steward_app.services.audit.recipes.parts import Parts
from steward_app.services.schema.introspect import read_schema

CREATE = (
    f"CREATE TABLE {names.REGISTRY} (id INTEGER PRIMARY KEY, what TEXT NOT NULL, spec TEXT NOT NULL,"
    " objects TEXT NOT NULL, made_us INTEGER NOT NULL, purging INTEGER)"
)
_THE_LIST = 0


def hash_of(sql: str) -> str:
    """Names the text of a trigger."""
    return hashlib.blake2b(sql.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def every(session: Session) -> tuple[Recipe, ...]:
    """The recipes of a file that can be read, the oldest first; `entries.entries` tells of the others, too."""
    return tuple(each for each in entries.entries(session) if isinstance(each, Recipe))


def next_number(session: Session) -> int:
    """The number that the next recipe gets."""
    number = 1
    if entries.is_there(session) and not entries.flaw(session):
        number = session.count(
            f"SELECT coalesce(max(id), 0) + 1 FROM main.{names.REGISTRY} WHERE id BETWEEN 1 AND {entries.HIGHEST - 1}"
        )
    while objects(session, number):
        number += 1
    return number


def add_columns(session: WriteSession, columns: Sequence[NewColumn]) -> tuple[str, ...]:
    """Add the columns that a recipe needs; the statements that did it."""
    made = tuple(add_column_sql(each) for each in columns)
    for statement in made:
        session.run(statement)
    return made


def make(session: WriteSession, recipe: Recipe) -> tuple[Recipe, tuple[str, ...]]:
    """Make helper tables and triggers of a recipe, and write it down; with the statements that did it.

    Raises:
        MissingError: a table or column it stands on is gone.
        Refused: SQLite cannot compile a trigger.
    """
    schema = read_schema(session)
    parts = kinds.parts_of(schema, recipe.spec, recipe.id)
    new_log = parts.log if parts.log and schema.table(parts.log) is None else ""
    made = [] if entries.is_there(session) else [CREATE]
    made += [parts.helper_sql] if parts.helper and schema.table(parts.helper) is None else []
    made += [parts.log_sql] if new_log else []
    made += [each.sql for each in parts.triggers]
    for statement in made:
        session.run(statement)
    written = replace(
        recipe,
        tables=parts.tables,
        log=recipe.log or new_log,
        hashes={each.name: hash_of(each.sql) for each in parts.triggers},
        places={each.name: each.table for each in parts.triggers},
        made_us=recipe.made_us or audit_tables.microseconds(),
    )
    _require_compiles(session, parts)
    _write(session, written)
    return written, tuple(made)


def drop(session: WriteSession, recipe: Recipe | Unreadable, *, renew: bool = False) -> None:
    """Remove triggers and helper tables of a recipe, and what is written of it.

    Args:
        renew: it is made again at once: its tables stay.
    """
    for name, kind in objects(session, recipe.id):
        if kind == "trigger" or not renew:
            session.run(f"DROP {kind.upper()} {qualified(name)}")
    if renew or not entries.is_there(session):
        return
    if recipe.id != _THE_LIST:
        session.run(f"DELETE FROM main.{names.REGISTRY} WHERE id = ?", (recipe.id,))
    if recipe.id == _THE_LIST or not session.count(f"SELECT count(*) FROM main.{names.REGISTRY}"):
        session.run(f"DROP TABLE main.{quote(names.REGISTRY)}")


def objects(session: Session, number: int) -> tuple[tuple[str, str], ...]:
    """What a recipe has made in the file under names of ours: name and kind, triggers first.

    Args:
        number: 0 for those of all recipes.
    """
    own = re.compile(re.escape(names.trigger(number, "")) if number else rf"{RECIPE}\d+_")
    rows = session.execute(
        "SELECT name, type FROM main.sqlite_schema WHERE type IN ('table', 'trigger') AND substr(name, 1, ?) = ?"
        " ORDER BY type DESC, rowid",
        (len(RECIPE), RECIPE),
    )
    return tuple(
        (str(name), str(kind))
        for name, kind in rows
        if (found := own.match(str(name)))
        and (kind == "trigger" or str(name)[found.end() :] in ("pen", "probe"))
    )


def _require_compiles(session: WriteSession, parts: Parts) -> None:
    ours = {each.name for each in parts.triggers}
    for table in read_schema(session).tables:
        for each in table.triggers:
            if each.name in ours and each.problem:
                raise Refused(
                    ErrorCode.BLOCKED,
                    f"SQLite cannot use the trigger {quoted(each.name)} on {quoted(table.name)}: {each.problem}.",
                    hint=UNCHANGED,
                )


def _write(session: WriteSession, recipe: Recipe) -> None:
    told = {
        "tables": recipe.tables,
        "columns": recipe.columns,
        "log": recipe.log,
        "hashes": recipe.hashes,
        "places": recipe.places,
    }
    session.run(
        f"INSERT OR REPLACE INTO main.{names.REGISTRY} (id, what, spec, objects, made_us) VALUES (?, ?, ?, ?, ?)",
        (
            recipe.id,
            recipe.spec.what.value,
            json.dumps(kinds.to_json(recipe.spec)),
            json.dumps(told),
            recipe.made_us,
        ),
    )
