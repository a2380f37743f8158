"""What a steward types of an expansion, read by what the file holds: names may hold dots and equals signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.schema.model import Schema

_NOTHING = "Nothing was written."


def place_of(schema: Schema, said: str) -> tuple[str, str]:
    """A table and its column, from "table.column". Raises `UsageError` where there is none."""
    for at, character in enumerate(said):
        here = schema.table(said[:at]) if character == "." else None
        column = here.column(said[at + 1 :]) if here else None
        if here and column:
            return here.name, column.name
    raise UsageError(
        ErrorCode.UNKNOWN_OBJECT,
        f"There is no column {quoted(said)}.",
        hint=f"{_NOTHING} Write it as table.column, with names as “steward schema show” lists them.",
    )


def wanted_of(into: Sequence[str], using: Sequence[str]) -> tuple[Wanted, ...]:
    """The new columns, from "name" or "name=TYPE" each, and "name=expression" for those that are computed.

    Raises `UsageError` for an expression of no new column.
    """
    found = [_column(said) for said in into]
    for said in using:
        number = next((n for n, each in enumerate(found) if said.startswith(f"{each.name}=")), None)
        if number is None:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"--using names no new column: {quoted(said)}.",
                hint=f"{_NOTHING} Write it as name=expression, with a name of --into.",
            )
        found[number] = replace(found[number], value=said[len(found[number].name) + 1 :].strip())
    return tuple(found)


def _column(said: str) -> Wanted:
    name, sign, declared = said.rpartition("=")
    return Wanted(name, declared.strip()) if sign else Wanted(said)
