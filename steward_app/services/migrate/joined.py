"""What views and triggers join tables by without naming both: the same text joins otherwise when the tables change.

NATURAL JOIN takes every name that both sides have, USING the first table before it that has the name. SQLite tells
neither. https://www.sqlite.org/lang_select.html#the_from_clause
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from steward_app.db.names import fold
from steward_app.db.tokens import significant, significant_columns, tokenize
from steward_app.kernel.text import quoted
from steward_app.services.migrate.query_tree import parsed
from steward_app.services.schema.ddl import read_trigger, read_view
from steward_app.services.schema.model import Schema, Table, Trigger

if TYPE_CHECKING:
    from sqlglot import exp

Called: TypeAlias = Callable[[str, str], tuple[str, str]]
Joints: TypeAlias = Mapping[tuple[str, ...], str]
"""How columns are called that must be alike, by the tables and columns before and behind a JOIN, folded."""

_BEGIN: Final = frozenset({"SELECT", "WITH", "FROM"})


def joints(
    made: Table | Trigger, schema: Schema, called: Called = lambda table, column: (table, column)
) -> Joints:
    """The columns by which a view or trigger joins what the schema has, where its text does not name both.

    Args:
        called: what a table and a column of it are called where this is compared.
    """
    if not {"NATURAL", "USING"} & set(significant_columns(made.sql).words):
        return {}
    trees = map(parsed, _queries(made))
    return {key: name for tree in trees if tree is not None for key, name in _joints(tree, schema, called)}


def joined_otherwise(was: Joints, now: Joints) -> str:
    """What a view or trigger with the same text joins by otherwise, behind its name, or ""."""
    come = {now[each] for each in now.keys() - was.keys()}
    gone = {was[each] for each in was.keys() - now.keys()}
    said = (
        ("joins by", come - gone, ""),
        ("does not join by", gone - come, " any more"),
        ("joins another table by", come & gone, ""),
    )
    return " and ".join(
        f"{what} {', '.join(map(quoted, sorted(names)))}{more}" for what, names, more in said if names
    )


def _queries(made: Table | Trigger) -> Iterator[str]:
    """What a view or trigger asks, query by query, each with those inside it."""
    if isinstance(made, Table):
        view = read_view(made.sql)
        return iter([view.select] if view else [])
    trigger = read_trigger(made.sql)
    return _in_statements(f"{trigger.when};{trigger.body};") if trigger else iter(())


def _in_statements(text: str) -> Iterator[str]:
    """The queries in statements: of one that writes, sqlglot does not read all.

    What an UPDATE or DELETE takes its rows from becomes a query, too.
    """
    depth, outside = 0, 0
    query: list[str] = []
    tokens = significant(tokenize(text))
    for before, token, after in zip((None, *tokens), tokens, (*tokens[1:], None), strict=False):
        deeper = {"(": 1, ")": -1}.get(token.text, 0)
        upsert = (token.word, after.word if after else "") == ("ON", "CONFLICT") and depth == outside
        if query and (token.text == ";" or depth + deeper < outside or upsert):
            yield " ".join(query)
            query = []
        elif query:
            query.append(token.text)
        elif token.word in _BEGIN and not (before and before.word == "DISTINCT"):  # that compares
            outside, query = depth, ["SELECT * FROM"] if token.word == "FROM" else [token.text]
        depth += deeper


def _joints(tree: exp.Expression, schema: Schema, called: Called) -> Iterator[tuple[tuple[str, ...], str]]:
    from sqlglot import exp

    made = {fold(each.alias) for each in tree.find_all(exp.CTE)}
    for select in tree.find_all(exp.Select):
        sources: list[Any] = [select.args.get("from_"), *(select.args.get("joins") or [])]
        before: dict[str, tuple[str, str]] = {}  # a column is that of the first table that has it
        for source in filter(None, sources):
            named = source.this if isinstance(source.this, exp.Table) else None
            table = schema.table(named.name) if named is not None and fold(named.name) not in made else None
            names = {fold(each.name) for each in source.args.get("using") or []}
            there = [each for each in table.columns if not each.hidden] if table else []
            pairs = {fold(each.name): called(table.name, each.name) for each in there if table}
            for name in pairs.keys() & before.keys():
                if name in names or source.args.get("method") == "NATURAL":
                    yield tuple(map(fold, (*before[name], *pairs[name]))), pairs[name][1]
            before = pairs | before
