"""What the dialog of registered forms reads: every table beside its versions, and two versions beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.schema_versions import Mode, Version
from steward_app.db import fold, open_read
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.migrate import registering
from steward_app.services.migrate.between import course_between
from steward_app.services.migrate.desired.course import is_ours
from steward_app.services.migrate.desired.model import Answers, Desired
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.registry.document import is_registered
from steward_app.services.schema.registry.promises import Promises
from steward_app.services.schema.registry.register import (
    Compared,
    compare_tables,
    compare_versions,
    versions,
)


@dataclass(frozen=True, slots=True)
class Registers:
    """A table of the file, or one that is registered and gone.

    Attributes:
        versions: the oldest first; () where it is not registered.
        compared: the newest version beside the form that the table has now; None without a version.
    """

    table: str
    mode: Mode
    there: bool
    versions: tuple[Version, ...] = ()
    compared: Compared | None = None


def read_registers(catalog: Catalog, path: Path, context: Context) -> tuple[Registers, ...]:
    """Every table that can be registered, by name. Raises as `versions` does."""
    with open_read(path) as session:
        kept, schema = versions(catalog, session), read_schema(session, context)
    promises = Promises.of(path)
    beside = {fold(each.table): each for each in compare_tables(kept, schema, promises)}
    mine: dict[str, list[Version]] = {}
    for version in kept:
        mine.setdefault(fold(version.table), []).append(version)
    there = {
        fold(each.name): each.name for each in schema.tables if is_registered(each) and not is_ours(each.name)
    }
    names = {folded: each[-1].table for folded, each in mine.items()} | there
    return tuple(
        Registers(name, promises.mode(name), folded in there, tuple(mine.get(folded, ())), beside.get(folded))
        for folded, name in sorted(names.items())
    )


def register_tables(
    catalog: Catalog, path: Path, tables: tuple[str, ...], context: Context
) -> Receipt | None:
    """Keep the forms that tables have now; None where all have the form of their newest version. Raises as `run`."""
    if not registering.forms_now(catalog, path, tables, context).new:
        return None
    return registering.register(
        catalog, registering.plan_registering(catalog, path, tables, context), context
    )


def compare_two(found: Registers, older: int, newer: int) -> Compared:
    """Two versions of a table."""
    return compare_versions(found.versions, found.table, older, newer, found.mode)


def way_between(found: Registers, older: int, newer: int, answers: Answers, context: Context) -> Desired:
    """The statements that lead from one version to another. Raises as `course_between`."""
    numbered = {each.number: each for each in found.versions}
    return course_between(numbered[older], numbered[newer], answers=answers, context=context)
