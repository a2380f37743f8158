"""yoyo: `_yoyo_migration (migration_hash, migration_id, applied_at_utc)`; files 0001.name.sql with
0001.name.rollback.sql, or 0001.name.py with steps.

A Python file whose steps are all texts is SQL; another one is a program. Nothing of it runs here.
https://ollycope.com/software/yoyo/
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path

from steward_app.db import Session
from steward_app.db.script import ended
from steward_app.services.migrate.adopt.model import Ran, Reader, Record, Theirs, Tool, moment
from steward_app.services.migrate.adopt.reading import (
    File,
    assigned,
    called,
    columns_of,
    flat,
    in_order,
    parsed,
    rows,
    text_of,
    texts_of,
)

_SAYS = re.compile(r"^\s*--\s*(transactional|depends)\s*:\s*(.*)$", re.MULTILINE)
_ROLLBACK = ".rollback.sql"
_NUMBER = re.compile(r"\d+[._-]*")


def read_files(folder: Path) -> tuple[Theirs, ...]:
    """In order of name, after those they depend on."""
    back = {
        file.path.name.removesuffix(_ROLLBACK): file.text
        for file in flat(folder, ".sql")
        if file.path.name.endswith(_ROLLBACK)
    }
    found = []
    for file in flat(folder, ".sql", ".py"):
        stem = file.path.stem
        if file.path.name.endswith(_ROLLBACK) or stem.startswith(("post-apply", "__init__")):
            continue
        found.append(_of_python(file) if file.path.suffix == ".py" else _of_sql(file, back.get(stem)))
    return in_order(sorted(found, key=lambda each: each.key))


def read_table(session: Session, table: str, theirs: Sequence[Theirs]) -> Record:
    """In the order in which they were applied. What was marked has its moment with a space, all else with a T."""
    at = "applied_at_utc" if "applied_at_utc" in columns_of(session, table) else "ctime"
    found = rows(session, table, ("migration_id", at), "migration_id")
    found = sorted(found, key=lambda row: str(row[1]).replace(" ", "T"))
    return Record(tuple(Ran(str(key), applied_at=moment(when)) for key, when in found))


def _of_sql(file: File, down: str | None) -> Theirs:
    text = file.text
    said: dict[str, str] = {}
    for word, rest in _SAYS.findall(text):
        said[word] = f"{said.get(word, '')} {rest}".strip()
    return Theirs(
        file.path.stem,
        _name(file.path.stem),
        file.shown,
        text,
        down,
        in_transaction=said.get("transactional", "true").lower() != "false",
        needs=tuple(said.get("depends", "").split()),
    )


def _of_python(file: File) -> Theirs:
    tree = parsed(file)
    said = assigned(tree)
    steps = _steps(tree)
    down = [text_of(each.args[1]) if len(each.args) > 1 else "" for each in steps or ()]
    return Theirs(
        file.path.stem,
        _name(file.path.stem),
        file.shown,
        None if steps is None else _joined([text_of(each.args[0]) for each in steps]),
        _joined(down[::-1]) if down and all(down) else None,
        in_transaction=not (
            isinstance(switch := said.get("__transactional__"), ast.Constant) and switch.value is False
        ),
        needs=texts_of(said.get("__depends__")),
    )


def _steps(tree: ast.Module) -> list[ast.Call] | None:
    """The steps of a file that are all texts, in order; None where one of them is more than that."""
    at_top: list[ast.Call] = []
    for node in tree.body:
        if isinstance(node, ast.Expr | ast.Assign):
            value = node.value
            each = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
            at_top += [call for call in each if isinstance(call, ast.Call) and called(call) == "step"]
    every = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in ("step", "group", "transaction")
    ]
    plain = all(call.args and not call.keywords and all(map(text_of, call.args)) for call in at_top)
    return at_top if at_top and plain and len(every) == len(at_top) else None


def _joined(statements: list[str]) -> str:
    return "\n".join(ended(statement.strip()) for statement in statements)


def _name(stem: str) -> str:
    return _NUMBER.sub("", stem, count=1) or stem


READER = Reader(
    Tool.YOYO,
    "_yoyo_migration",
    frozenset({"migration_id"}),
    read_files,
    read_table,
    beside=("_yoyo_log", "_yoyo_version", "yoyo_lock"),
    anew="Have “yoyo apply” make a new, empty database, and name that",
)
