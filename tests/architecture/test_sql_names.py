"""A name from a file reaches SQL through `quote` or `qualified`, and a value never does.

A modest check of the text: in every f-string that reads as SQL, a placeholder must not be a bare name (`table.name`,
`column`, `rows[0]`) unless it was made by the quoting functions in the same function.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "steward_app"
SQL = re.compile(
    r"\b(SELECT|INSERT INTO|REPLACE INTO|UPDATE|DELETE FROM|CREATE|DROP|ALTER|PRAGMA|FROM|WHERE|ORDER BY|GROUP BY"
    r"|ATTACH|DETACH|JOIN|VACUUM|REINDEX|ANALYZE|REFERENCES|COLLATE)\b"
)
BARE = {
    "name",
    "table",
    "column",
    "view",
    "index",
    "trigger",
    "collation",
    "database",
    "key",
    "child",
    "parent",
}
BARE |= {"value", "text", "path", "alias", "title", "other"}
QUOTING = {"quote", "qualified", "literal"}
SAFE = {  # what looks like a name and is none
    ("services/rows/source.py", "collation"): "one of SQLite's own three",
    ("services/rows/statistics.py", "column"): "quoted where the question is made",
    ("services/schema/relations.py", "extent.name"): "rowid, _rowid_ or oid",
    ("services/schema/statistics.py", "name"): "rowid, _rowid_ or oid",
}


def bare_names(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each placeholder in SQL that is a bare name."""
    tree = ast.parse(source)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    within = {
        id(n): function for function in functions for n in ast.walk(function)
    }  # the innermost comes last
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and SQL.search(_fixed_text(node)):
            made = _made_by_quoting(within.get(id(node), tree))
            for part in node.values:
                if isinstance(part, ast.FormattedValue) and _is_bare(part.value, made):
                    yield node.lineno, ast.unparse(part.value)


def _fixed_text(node: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else " x " for part in node.values)


def _is_bare(value: ast.expr, made: set[str]) -> bool:
    match value:
        case ast.Name(id=name):
            return name in BARE and name not in made
        case ast.Attribute(attr=name):
            return name in BARE
    return isinstance(value, ast.Subscript)


def _made_by_quoting(function: ast.AST) -> set[str]:
    """Local names that hold SQL: every assignment to them quotes, or is itself put together as a text."""
    values: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for name, value in _pairs(target, node.value):
                    if isinstance(name, ast.Name):
                        values.setdefault(name.id, []).append(value)
    return {name for name, assigned in values.items() if all(map(_quotes, assigned))}


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts, strict=False))
    return [(target, value)]


def _quotes(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name in QUOTING or name == "join"
        case ast.BoolOp():
            return all(map(_quotes, value.values))
        case ast.IfExp():
            return _quotes(value.body) and _quotes(value.orelse)
    return isinstance(value, ast.JoinedStr | ast.Constant)


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE))
)
def test_no_bare_name_stands_in_sql(file: Path) -> None:
    where = file.relative_to(PACKAGE).as_posix()
    found = bare_names(file.read_text(encoding="utf-8"))
    assert [(line, text) for line, text in found if (where, text) not in SAFE] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('s.all(f"SELECT * FROM {table.name}")', ["table.name"]),
        ('s.run(f"DROP TABLE {table}")', ["table"]),
        ('s.one(f"SELECT x FROM t WHERE a = {row[0]!r}")', ["row[0]"]),
        ('def f(name):\n    w = f"WHERE {name} IS NULL"\n    return w', ["name"]),
        ('def f(t):\n    name = t.name\n    s.run(f"DROP TABLE {name}")', ["name"]),
        ('def f(t):\n    name = quote(t)\n    s.run(f"DROP TABLE {name}")', []),
        ('def f(t):\n    name, x = quote(t), 1\n    s.run(f"DROP TABLE {name}")', []),
        ('s.all(f"SELECT * FROM {qualified(table.name)} WHERE {condition_sql}")', []),
        ('raise Failure(f"There is no table {name} in the file")', []),
    ],
)
def test_the_check_sees_what_it_should(source: str, found: list[str]) -> None:
    assert [text for _, text in bare_names(source)] == found
