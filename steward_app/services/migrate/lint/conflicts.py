"""What REPLACE and IGNORE make of rows that others stand in the way of: said by a statement, or by the table.

https://www.sqlite.org/lang_conflict.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from steward_app.db import quote
from steward_app.services.migrate.lint.acts import Insert, Update
from steward_app.services.migrate.lint.computed import changed_columns
from steward_app.services.migrate.lint.keys import alike, meets, rests_on, unique_keys
from steward_app.services.migrate.lint.sources import Source, both, whole
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Index, Table

REPLACE: Final = frozenset({"REPLACE"})
IGNORE: Final = frozenset({"IGNORE"})
UPSERT: Final = "UPSERT"

Asking = Callable[[str], tuple[object, ...] | None]


@dataclass(frozen=True, slots=True)
class Conflicts:
    """How a statement and its table answer to rows that are in the way.

    Attributes:
        replacing: keys by which a row that comes deletes one that is there.
        ignoring: keys by which a row that is there keeps one that comes out.
        unfit: conditions of rows that are left out, whatever is there.
    """

    replacing: tuple[Index, ...] = ()
    ignoring: tuple[Index, ...] = ()
    unfit: tuple[str, ...] = field(default=())

    @property
    def none(self) -> bool:
        """Whether every row that does not fit makes the statement fail."""
        return not (self.replacing or self.ignoring or self.unfit)


def conflicts(table: Table, act: Insert | Update) -> Conflicts:
    """How an INSERT or UPDATE of a table answers. DO NOTHING leaves out what no key allows, as IGNORE does."""
    said = "IGNORE" if act.conflict == UPSERT else act.conflict
    unfit = [
        f"{quote(column.name)} IS NULL"
        for column in table.columns
        if column.not_null and not column.rowid_alias and (said or column.not_null_conflict.upper()) in IGNORE
    ]
    if act.conflict == "IGNORE":
        unfit += [f"({check.expression}\n) IS FALSE" for check in table.checks]
    return Conflicts(
        tuple(unique_keys(table, said, REPLACE)),
        tuple(unique_keys(table, said, IGNORE)),
        () if act.conflict == UPSERT else tuple(unfit),
    )


def chosen_among(step: Step, act: Update) -> bool:
    """Whether REPLACE or IGNORE says which rows an UPDATE leaves, or changes."""
    table = step.before.table(act.table)
    found = conflicts(table, act) if table else Conflicts()
    changed = changed_columns(step, table) if table else set()
    return bool(found.unfit) or any(rests_on(key, changed) for key in (*found.replacing, *found.ignoring))


def left_out(found: Conflicts, table: Table, coming: str, held: str, ask: Asking) -> int | None:
    """How many rows that come are not there afterwards, at least; None where that cannot be told.

    Args:
        coming, held: what stands behind FROM for the rows that come, and for those that are there, or "" for none.
    """
    unfit = " OR ".join(f"({each})" for each in found.unfit)
    fit, lost = coming, 0
    if unfit:
        row = ask(f"SELECT count(*) FROM {coming} WHERE {unfit}")
        if row is None:
            return None
        lost = _number(row)
        fit = f"(SELECT * FROM {coming} WHERE ({unfit}) IS NOT TRUE) AS {quote(table.name)}"
    most = 0
    for key in (*found.ignoring, *found.replacing):
        new, kept_out = fit, 0
        if held and key in found.ignoring:
            row = ask(f"SELECT count(*) FROM {fit} WHERE {meets(key, held)}")
            if row is None:
                return None
            kept_out = _number(row)
            new = f"(SELECT * FROM {fit} WHERE {meets(key, held)} IS NOT TRUE) AS {quote(table.name)}"
        row = ask(alike(key, new))
        if row is None:
            return None
        most = max(most, kept_out + _number(row))
    return lost + most


def settled(
    found: Conflicts, table: Table, source: Source, coming: Source, held: str, ask: Asking
) -> Source | None:
    """The rows that are there when REPLACE and IGNORE have chosen among those that were and those that come.

    None where rows that come are in each other's way.

    Args:
        held: what stands behind FROM for the rows that were.
    """
    if source.more or source.lacks:
        return None
    new = f"({coming.sql}) AS {quote(table.name)}"
    comes = [f"({each}) IS NOT TRUE" for each in found.unfit]
    comes += [f"{meets(key, held)} IS NOT TRUE" for key in found.ignoring if not source.empty]
    if comes:
        new = f"(SELECT * FROM {new} WHERE {' AND '.join(comes)}) AS {quote(table.name)}"
    for key in (*found.replacing, *found.ignoring):
        row = ask(alike(key, new))
        if row is None or _number(row):
            return None
    after = replace(coming, sql=f"SELECT * FROM {new}")
    if source.empty:
        return whole(after)
    stay = " AND ".join(f"{meets(key, new)} IS NOT TRUE" for key in found.replacing)
    return both(table, replace(source, sql=f"SELECT * FROM {held}{f' WHERE {stay}' if stay else ''}"), after)


def _number(row: tuple[object, ...]) -> int:
    return row[0] if isinstance(row[0], int) else 0
