"""New names of tables and columns, for the policy to go along with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NewName:
    """What a table or column is called from now on.

    Attributes:
        table: by its name before.
        column: by its name before, or "" for the table itself.
        name: the new one.
        into: of a column that moved into another table, that one, by its name afterwards.
        comes_by, goes_by: the column of `into` that points to `table`, or that of `table` which pointed to `into`.
    """

    table: str
    column: str
    name: str
    into: str = ""
    comes_by: str = ""
    goes_by: str = ""
