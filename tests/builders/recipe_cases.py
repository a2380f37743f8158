"""Generated tables under audit with recipes installed on them, in either order."""

from __future__ import annotations

import random
from pathlib import Path

from builders.audited import Case, a_case
from steward_app.db import WriteSession, open_write
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import arm, tables
from steward_app.services.audit.engine.replay import live
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.recipes import (
    AppendOnly,
    Form,
    Immutable,
    OnDelete,
    SoftDelete,
    Spec,
    StatusLog,
    UpdatedAt,
    again,
    clashes,
    kinds,
    registry,
    under_audit,
)
from steward_app.services.audit.recipes.families import family_of
from steward_app.services.audit.recipes.model import Recipe
from steward_app.services.schema import read_schema
from steward_app.storage.secrets import Secrets


def with_recipes(path: Path, seed: int, secrets: Secrets) -> tuple[Case, list[Spec]]:
    """A case of `builders.audited` on which some recipes were installed, as far as they are not refused."""
    case = a_case(path, seed)
    rnd = random.Random(seed)
    installed: list[Spec] = []
    audit_comes_last = rnd.random() < 0.4
    if audit_comes_last:
        _take_out(case)
    for spec in _some(rnd, case):
        with open_write(path) as session:
            try:
                with session.transaction(), in_sqlites_words():
                    if install(session, spec, secrets):
                        installed.append(spec)
            except (
                StewardError,
                SqliteSays,
            ) as error:  # a default that the new column makes impossible, a STRICT type
                print("not installed", spec, error)
    if audit_comes_last:
        _put_in(case)
    with open_write(path) as session:
        case.audited = list(tables.tables(session, current=True))
        case.audited.sort(key=lambda each: [made.name for made in case.made].index(each.name))
        case.base = [live(session, each) for each in case.audited]
    for made, audited in zip(case.made, case.audited, strict=True):
        for column in audited.columns:
            if column.name.startswith("r_") and rnd.random() < 0.5:
                made.columns[column.name] = ["NULL", "'2001-01-01T00:00:00.000Z'", "NULL"]
    return case, installed


def _take_out(case: Case) -> None:
    with open_write(case.path) as session, session.transaction():
        for each in case.audited:
            arm.disarm(session, each, drop_log=True)


def _put_in(case: Case) -> None:
    with open_write(case.path) as session, session.transaction():
        schema = read_schema(session)
        for made in case.made:
            table = schema.table(made.name)
            assert table is not None
            shape = shape_of(table, schema)
            assert not shape.refused, shape.findings
            arm.arm(session, shape, made.modes)


def install(session: WriteSession, spec: Spec, secrets: Secrets) -> bool:
    """Install a recipe as its operation does; whether it was not refused."""
    needs = kinds.needs_of(session, read_schema(session), spec)
    found = [*needs.findings, *clashes.clashes(registry.every(session), needs)]
    if any(each.blocks for each in found):
        return False
    schema, number, spec = read_schema(session), registry.next_number(session), needs.spec
    root = schema.table(spec.table)
    assert root is not None
    family = family_of(schema, root, spec).tables if isinstance(spec, SoftDelete) else (root,)
    names = again.reached(session, schema, [each.name for each in family], [number])
    with (
        under_audit.kept(session, secrets, names, "a test", Context()),
        again.set_aside(session, names, but=[number]),
    ):
        registry.add_columns(session, needs.columns)
        registry.make(session, Recipe(number, needs.spec, ()))
    return True


def _some(rnd: random.Random, case: Case) -> list[Spec]:
    chosen: list[Spec] = []
    for _ in range(rnd.choice([1, 1, 2, 3])):
        made = rnd.choice(case.made)
        column = rnd.choice(list(made.columns))
        form = rnd.choice(list(Form))
        possible: list[Spec] = [
            UpdatedAt(made.name, "r_updated", form),
            UpdatedAt(made.name, "r_updated", form),
            SoftDelete(made.name, "r_deleted", form),
            SoftDelete(
                made.name,
                "r_deleted",
                follow=tuple(each.name for each in case.made[1:] if each.name != made.name),
                on_delete=rnd.choice(list(OnDelete)),
            ),
            Immutable(made.name, (column,), once_set=rnd.random() < 0.5),
            AppendOnly(made.name),
            StatusLog(made.name, column),
            StatusLog(made.name, column),
        ]
        chosen.append(rnd.choice(possible))
    return chosen
