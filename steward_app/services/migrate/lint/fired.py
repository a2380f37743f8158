"""Triggers that a statement fires: what they delete and write over is not followed, and so it is told that they do."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Final

from steward_app.db import Access, fold, quote
from steward_app.db.tokens import significant_columns, unquote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import quoted
from steward_app.services.migrate.lint.acts import Delete, Insert, Update
from steward_app.services.migrate.lint.conflicts import UPSERT, conflicts
from steward_app.services.migrate.lint.kept import comes
from steward_app.services.migrate.lint.keys import named
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Schema, Table, TableKind, Trigger

_OURS: Final = "_steward_"


def problems(step: Step, rows: Rows, begin: Schema, own: Set[str]) -> Iterator[Problem]:
    """What the triggers of a statement take from rows that are there. Called before the rows follow it.

    What a trigger writes over that was in the file before it is a note: so it is meant to be, as with the time of the
    last change.

    Args:
        begin: the schema as the file found it.
        own: tables, folded, that hold nothing but what the script wrote.
    """
    triggers = _triggers(step.before)
    fired = [each for each in step.accesses if fold(each.through) in triggers and fold(each.table) not in own]
    if not fired or _touches_nothing(step, rows):
        return
    for each in dict.fromkeys(fired):
        table, name = step.before.table(each.table), triggers[fold(each.through)]
        if table is None or table.kind is not TableKind.TABLE or not _holds(rows, each):
            continue
        if each.action == "SQLITE_DELETE":
            title = (
                f"The trigger {quoted(name)} deletes rows of {quoted(table.name)}, which could not be counted"
            )
            severity = Severity.WARNING
        elif each.action == "SQLITE_UPDATE":
            column = f"{quoted(each.column)} of {quoted(table.name)}"
            title = f"The trigger {quoted(name)} writes over values of {column}, which could not be counted"
            severity = Severity.NOTE if fold(name) in _triggers(begin) else Severity.WARNING
        elif keys := _replaced(step, each, table):
            what = f"rows of {quoted(table.name)} whose {keys} another one gets"
            title = f"The trigger {quoted(name)} deletes by REPLACE {what}, which could not be counted"
            severity = Severity.NOTE if fold(name) in _triggers(begin) else Severity.WARNING
        else:
            continue
        yield step.problem("not_looked_at", title, Subject("trigger", table.name, name), severity=severity)


def _triggers(schema: Schema) -> dict[str, str]:
    """Every trigger but our own, by its folded name: ours keep old and new columns in step."""
    names = (trigger.name for trigger in _all(schema))
    return {fold(name): name for name in names if not fold(name).startswith(_OURS)}


def _all(schema: Schema) -> Iterator[Trigger]:
    return (trigger for table in schema.tables for trigger in table.triggers)


def _replaced(step: Step, access: Access, table: Table) -> str:
    """The keys by which a row that a trigger writes deletes others; "" where none does.

    What the statement itself says (OR REPLACE) holds in the triggers that it fires, whatever they say.
    https://www.sqlite.org/lang_createtrigger.html
    """
    trigger = next(each for each in _all(step.before) if fold(each.name) == fold(access.through))
    own = _writing(trigger, table.name)
    if not own:
        return ""
    said = step.act.conflict if isinstance(step.act, Insert | Update) else ""
    if said in ("", UPSERT):
        said = "REPLACE" if "REPLACE" in own else min(own - {"INSERT"}, default="")
    keys = conflicts(table, Insert(table.name, (), said, "")).replacing
    first = sorted(keys, key=lambda key: key.origin != "primary key")
    return " or ".join(dict.fromkeys(quoted(named(key)) for key in first))


def _writing(trigger: Trigger, table: str) -> set[str]:
    """The words before INTO where a trigger writes into a table: REPLACE, INSERT, or the word behind OR."""
    found = significant_columns(trigger.sql)
    words, said = found.words, set[str]()
    for at, word in enumerate(words):
        if word == "INTO":
            name = at + (3 if words[at + 2 : at + 3] == ["."] else 1)
            said |= {words[at - 1]} if fold(unquote(found.texts[name])) == fold(table) else set()
    return said


def _touches_nothing(step: Step, rows: Rows) -> bool:
    """Whether a statement writes no row, and so fires nothing."""
    match step.act:
        case Update() | Delete():
            return rows.chosen(step, step.act) == 0
        case Insert(query_sql=query) if query:
            return comes(step, rows, step.act) == 0
    return False


def _holds(rows: Rows, access: Access) -> bool:
    """Whether there may be something to lose."""
    condition = f"{quote(access.column)} IS NOT NULL" if access.action == "SQLITE_UPDATE" else "1"
    return rows.count(access.table, condition) != 0
