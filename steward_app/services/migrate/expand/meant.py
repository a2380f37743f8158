"""Statements of ours with the remark that lint is to read: what goes with them is kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steward_app.services.migrate.expand.model import PREFIX

_MEANT = (("DROP TABLE", PREFIX, "table_dropped"), ("ALTER TABLE", " DROP COLUMN ", "column_dropped"))


def meant(statements: Iterable[str]) -> Iterator[str]:
    """The statements; those that drop a column or a table of ours with a remark that says that it is meant."""
    for statement in statements:
        codes = (
            (verb, code) for verb, holds, code in _MEANT if statement.startswith(verb) and holds in statement
        )
        yield _allowing(statement, *next(codes, ("", "")))


def keeping_links(statements: Iterable[str]) -> Iterator[str]:
    """Statements that fill new columns, with a remark that no row comes to point elsewhere.

    Lint sees that a trigger may write the old column, which links, and cannot see that filling never does.
    """
    for statement in statements:
        yield _allowing(statement, "UPDATE", "rows_point_nowhere")


def _allowing(statement: str, verb: str, code: str) -> str:
    return f"{verb} /* steward: allows {code} */{statement.removeprefix(verb)}" if code else statement
