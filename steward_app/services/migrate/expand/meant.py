"""Statements of ours with the remark that lint is to read: what goes with them is kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from steward_app.services.migrate.expand.model import PREFIX

NARROWED: Final = "values_narrowed"
"""What lint calls values that go and that nothing leads back to."""
_MEANT = (("DROP TABLE", PREFIX, "table_dropped"), ("ALTER TABLE", " DROP COLUMN ", "column_dropped"))


def meant(statements: Iterable[str], *, loses: bool = False) -> Iterator[str]:
    """The statements; those that drop a column or a table of ours with a remark that says that it is meant.

    Args:
        loses: values that only the old column holds go, too; lint tells it where the table of ours goes.
    """
    for statement in statements:
        codes = (
            (verb, code) for verb, holds, code in _MEANT if statement.startswith(verb) and holds in statement
        )
        verb, code = next(codes, ("", ""))
        yield _allowing(statement, verb, f"{code}, {NARROWED}" if loses and code == "table_dropped" else code)


def keeping_links(statements: Iterable[str]) -> Iterator[str]:
    """Statements that fill new columns, with a remark that no row comes to point elsewhere.

    Lint sees that a trigger may write the old column, which links, and cannot see that filling never does.
    """
    for statement in statements:
        yield _allowing(statement, "UPDATE", "rows_point_nowhere")


def _allowing(statement: str, verb: str, code: str) -> str:
    return f"{verb} /* steward: allows {code} */{statement.removeprefix(verb)}" if code else statement
