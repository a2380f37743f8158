"""What the policy says of tables and columns goes on under the names that a migration gave them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from steward_app.catalog.policy import read_policy
from steward_app.db import fold
from steward_app.kernel.errors import StewardError
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.model import Applied
from steward_app.services.migrate.rehearsal.model import Renamed


def carry_policy(database: Path, renames: Sequence[Renamed]) -> str:
    """Say under the new names what the policy of a database says under the old; what came of it, or "".

    The migration is done by then, so nothing is raised: what could not be carried along is told. Doing it again does
    nothing.
    """
    if not renames:
        return ""
    try:
        policy = read_policy(database)
        if not policy.exists:
            return ""
        before = policy.text()
        for each in sorted(
            renames, key=lambda each: not each.table
        ):  # columns are told by the table's old name
            policy.carry(each.table or each.before, each.before if each.table else "", each.after)
        if policy.text() == before:
            return ""
        policy.save()
    except StewardError as error:
        return f"the policy could not follow {plural(len(renames), 'new name')}: {error.message}"
    return f"the policy follows {plural(len(renames), 'new name')}"


def carry_policy_after(database: Path, renames: Sequence[Renamed]) -> str:
    """As `carry_policy`, where nobody knows whether it was done already; nothing where doing it twice would undo it."""
    before = {(fold(each.table), fold(each.before)) for each in renames}
    after = {(fold(each.table), fold(each.after)) for each in renames}
    return "" if before & after else carry_policy(database, renames)


def renames_of(row: Applied) -> tuple[Renamed, ...]:
    """What a migration of the history gave other names."""
    return tuple(Renamed(*each) for each in row.renames)


def turned(renames: Sequence[Renamed]) -> tuple[Renamed, ...]:
    """The renames that lead back."""
    tables = {fold(each.before): each.after for each in renames if not each.table}
    return tuple(
        Renamed(tables.get(fold(each.table), each.table), each.after, each.before) for each in renames
    )


def told(renames: Sequence[Renamed]) -> tuple[str, ...]:
    """What gets another name, a sentence each."""
    return tuple(
        f"{quoted(each.table)}.{quoted(each.before)} is called {quoted(each.after)} afterwards."
        if each.table
        else f"{quoted(each.before)} is called {quoted(each.after)} afterwards."
        for each in renames
    )
