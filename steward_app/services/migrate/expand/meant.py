"""Statements of ours with the remark that lint is to read: what goes with them is kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steward_app.services.migrate.expand.model import PREFIX

_MEANT = (("DROP TABLE", PREFIX, "table_dropped"), ("ALTER TABLE", " DROP COLUMN ", "column_dropped"))


def meant(statements: Iterable[str]) -> Iterator[str]:
    """The statements; those that drop a column or a table of ours with a remark that says that it is meant."""
    for statement in statements:
        for verb, holds, code in _MEANT:
            if statement.startswith(verb) and holds in statement:
                yield f"{verb} /* steward: allows {code} */{statement.removeprefix(verb)}"
                break
        else:
            yield statement
