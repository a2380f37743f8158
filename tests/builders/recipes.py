"""Recipes installed, removed and purged through the pipeline, for tests, in few words."""

from __future__ import annotations

from pathlib import Path

import apsw

from builders.operations import known
from steward_app.catalog import Catalog
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.audit import recipes
from steward_app.services.operation import Confirmation


def planned(catalog: Catalog, path: Path, spec: recipes.Spec) -> Plan:
    request = recipes.AddRequest(path, known(catalog, path).id, spec)
    return recipes.plan_recipes(catalog, request, Context())


def done(catalog: Catalog, plan: Plan) -> Receipt:
    return recipes.carry_out(catalog, plan, Context(), confirmation=Confirmation.of(plan))


def add(catalog: Catalog, path: Path, spec: recipes.Spec) -> Receipt:
    """Plan and carry out, with every confirmation given."""
    return done(catalog, planned(catalog, path, spec))


def to_remove(catalog: Catalog, path: Path, *ids: int, drop_data: bool = False) -> Plan:
    request = recipes.RemoveRequest(path, known(catalog, path).id, ids, drop_data=drop_data)
    return recipes.plan_recipes(catalog, request, Context())


def remove(catalog: Catalog, path: Path, *ids: int, drop_data: bool = False) -> Receipt:
    return done(catalog, to_remove(catalog, path, *ids, drop_data=drop_data))


def renew(catalog: Catalog, path: Path, *ids: int) -> Receipt:
    request = recipes.RenewRequest(path, known(catalog, path).id, ids)
    return done(catalog, recipes.plan_recipes(catalog, request, Context()))


def to_purge(catalog: Catalog, path: Path, *ids: int) -> Plan:
    request = recipes.PurgeRequest(path, known(catalog, path).id, ids)
    return recipes.plan_recipes(catalog, request, Context())


def purge(catalog: Catalog, path: Path, *ids: int) -> Receipt:
    return done(catalog, to_purge(catalog, path, *ids))


def rows(path: Path, sql: str, **pragmas: int) -> list[tuple[object, ...]]:
    """What a query of another program gives."""
    connection = apsw.Connection(str(path))
    try:
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name} = {value}")
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def to_restore(catalog: Catalog, path: Path, table: str, *keys: object) -> Plan:
    named = tuple(key if isinstance(key, tuple) else (key,) for key in keys)
    request = recipes.RestoreRequest(path, known(catalog, path).id, table, named)  # type: ignore[arg-type]
    return recipes.plan_recipes(catalog, request, Context())


def restore(catalog: Catalog, path: Path, table: str, *keys: object) -> Receipt:
    return done(catalog, to_restore(catalog, path, table, *keys))
