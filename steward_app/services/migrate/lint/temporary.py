"""TEMP tables of a script: tried as tables of the file that go with its end, since their rows go with the connection.

So what is copied into one and back is followed as through any other table, and what stays in it is told as a loss.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Final

from steward_app.db import WriteSession, fold, quote
from steward_app.db.migration_script import Script
from steward_app.db.script import Statement
from steward_app.db.tokens import Token, significant, tokenize, unquote
from steward_app.kernel.text import quoted
from steward_app.services.migrate.lint.acts import Create, read_act
from steward_app.services.schema.model import Schema

_WORDS: Final = frozenset({"TEMP", "TEMPORARY"})
_SAID: Final = re.compile(r"\btemp(orary)?\b", re.IGNORECASE)


def made_by(script: Script) -> dict[str, Statement]:
    """The TEMP tables that a script makes, by their folded names, each with the statement that makes it first."""
    found: dict[str, Statement] = {}
    for statement in script.statements if _SAID.search(script.text) else ():
        act = read_act(statement) if statement.verb == "CREATE" else None
        if isinstance(act, Create) and act.kind == "table" and act.temporary:
            found.setdefault(fold(act.name), statement)
    return found


def in_the_way(script: Script, names: Set[str], schema: Schema) -> set[str]:
    """Those of some names that the file has or gets, too: which of the two a statement means is not followed."""
    found = {name for name in names if schema.table(name) is not None}
    for statement in script.statements if names else ():
        act = read_act(statement) if statement.verb == "CREATE" else None
        if isinstance(act, Create) and not act.temporary and fold(act.name) in names:
            found.add(fold(act.name))
    return found


def drop_all(empty: WriteSession) -> list[str]:
    """Drop the temporary objects that a script left, as the end of its connection does; their folded names."""
    found = empty.all(
        "SELECT type, name FROM temp.sqlite_schema WHERE type <> 'index' AND name NOT LIKE 'sqlite@_%' ESCAPE '@'"
        " ORDER BY type = 'table'"
    )
    for kind, name in found:
        empty.run(
            f"DROP {str(kind).upper()} IF EXISTS temp.{quote(str(name))}"
        )  # a trigger goes with its table
    return [fold(str(name)) for _, name in found]


def not_there(why: str, went: Mapping[str, str]) -> str:
    """What to say where SQLite misses a temporary object of an earlier file, or "".

    Args:
        went: the files that made them, by their folded names.
    """
    name = why.partition("no such ")[2].partition(": ")[2].removeprefix("temp.")
    file = went.get(fold(name), "")
    return file and (
        f"There is no {quoted(name)}: it was temporary, and went when {quoted(file)} ended. Make it again in this file,"
        " or without TEMP in that one"
    )


def as_tables(script: Script, names: Set[str]) -> Script:
    """The script with some TEMP tables as tables of the file; everything stands where it stood."""
    if not names:
        return script
    return replace(script, statements=tuple(_as_table(each, names) for each in script.statements))


def _as_table(statement: Statement, names: Set[str]) -> Statement:
    tokens = significant(tokenize(statement.sql))
    blank: list[Token] = []
    act = read_act(statement) if statement.verb == "CREATE" else None
    if isinstance(act, Create) and act.kind == "table" and fold(act.name) in names:
        blank += [token for token in tokens[1:2] if token.word in _WORDS]
    for schema, point, name in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if point.text == "." and fold(unquote(schema.text)) == "temp" and fold(unquote(name.text)) in names:
            blank += [schema, point]
    sql = statement.sql
    for token in blank:
        sql = sql[: token.offset] + " " * token.length + sql[token.end :]
    return statement._replace(sql=sql)
