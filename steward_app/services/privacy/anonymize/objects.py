"""What of a schema goes along into a copy, in which order, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steward_app.db import SchemaRow, Session, fold, schema_rows
from steward_app.db.tokens import significant, tokenize
from steward_app.services.privacy.anonymize.fulltext import Fill, Virtual, virtual_tables
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.schema.model import Schema, Table, TableKind, Trigger

OURS = "_steward_"
"""How the names of our own tables, indexes and triggers begin."""


@dataclass(frozen=True, slots=True)
class Objects:
    """The parts of a schema, each with its stored text, in the order in which they are made.

    Attributes:
        tables: ordinary tables, in the order of the file.
        virtual: virtual tables with how they are filled, those over others last.
        left_out: names of objects that do not go along, each with why.
    """

    tables: tuple[Table, ...]
    indexes: tuple[SchemaRow, ...]
    views: tuple[SchemaRow, ...]
    virtual: tuple[Virtual, ...]
    triggers: tuple[SchemaRow, ...]
    left_out: tuple[tuple[str, str], ...]


def objects(session: Session, schema: Schema, rules: ReleaseRules) -> Objects:
    """What goes along into a copy under these rules."""
    rows = [row for row in schema_rows(session) if row.sql]
    ruled = {rule.place.table for rule in rules.rules}
    virtual = virtual_tables(session, schema, ruled)
    gone = {fold(each.table.name) for each in virtual if each.fill is Fill.LEFT_OUT}
    gone |= {fold(row.name) for row in rows if row.type == "table" and _ours(row.name)}

    def along(kind: str) -> tuple[SchemaRow, ...]:
        return tuple(
            row
            for row in rows
            if row.type == kind and not _ours(row.name) and fold(row.table) not in gone - {fold(row.name)}
        )

    return Objects(
        tuple(t for t in schema.tables if t.kind is TableKind.TABLE and not _ours(t.name)),
        along("index"),
        along("view"),
        tuple(
            sorted(
                (each for each in virtual if each.fill is not Fill.LEFT_OUT),
                key=lambda each: each.fill is Fill.NOTHING,
            )
        ),
        along("trigger"),
        tuple(_left_out(rows, virtual)),
    )


def change_logs(schema: Schema) -> tuple[str, ...]:
    """Tables into which triggers of other tables write what rows held before: their rows are originals.

    Only tables that triggers add rows to and never change, and to which no foreign key points.
    """
    found: dict[str, bool] = {}
    for table in schema.tables:
        for trigger in table.triggers if not table.ours else ():
            keeps_old = trigger.event != "INSERT" and _words(trigger, "OLD")
            for written, column in trigger.writes:
                log = schema.table(written)
                if log is None or log.name == table.name or log.kind is not TableKind.TABLE or log.ours:
                    continue
                adds_only = not column and not _words(trigger, "DELETE", after="BEGIN")
                found[log.name] = found.get(log.name, True) and keeps_old and adds_only
    return tuple(name for name, is_log in found.items() if is_log and not schema.referring(name))


def _words(trigger: Trigger, word: str, *, after: str = "") -> bool:
    words = [token.word for token in significant(tokenize(trigger.sql))]
    return word in (words[words.index(after) :] if after in words else words)


def _left_out(rows: list[SchemaRow], virtual: tuple[Virtual, ...]) -> Iterator[tuple[str, str]]:
    for row in rows:
        if row.type == "table" and _ours(row.name):
            yield row.name, "a record of this program"
    for each in virtual:
        if each.fill is Fill.LEFT_OUT:
            yield each.table.name, f"a virtual table of the module {each.table.module}, which is not here"


def _ours(name: str) -> bool:
    return fold(name).startswith(OURS)
