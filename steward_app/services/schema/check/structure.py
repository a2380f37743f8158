"""What is wrong or wasteful in the schema itself, without looking at a row."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.schema.check.findings import mismatch
from steward_app.services.schema.model import Index, Mismatch, Schema, Table, TableKind

_REFUSES = re.compile(r"\bRAISE\s*\(\s*(?:ABORT|FAIL|ROLLBACK)\s*,", re.IGNORECASE)
_ALWAYS = re.compile(
    r"\bBEGIN\s+SELECT\s+RAISE\s*\(\s*\w+\s*,\s*(?:'(?:[^']|'')*'|\"[^\"]*\")\s*\)\s*;\s*END\s*;?\s*$",
    re.IGNORECASE,
)


def structure_findings(schema: Schema) -> tuple[Finding, ...]:
    """What is broken, slow or idle in the schema, what misleads, and what triggers refuse."""
    found: list[Finding] = list(schema.problems)
    refused = {
        problem.subject.name for problem in schema.problems if problem.subject.kind in ("table", "view")
    }
    for table in schema.tables:
        if table.kind in (TableKind.SHADOW, TableKind.SYSTEM) or table.ours:
            continue
        if table.name not in refused:  # which has been said
            found += _unusable(table)
        found += [mismatch(table, key) for key in table.foreign_keys if key.mismatch]
        found += _without_index(table)
        found += _idle_indexes(table)
        found += _odd_name(table)
        found += _refusing(table)
    loose = [t.name for t in schema.tables if t.kind is TableKind.TABLE and not (t.strict or t.ours)]
    if loose:
        found.append(
            Finding(
                code="not_strict",
                severity=Severity.NOTE,
                title=f"{plural(len(loose), 'table')} will take values that do not fit the types of their columns",
                detail="SQLite holds to declared types only in tables made STRICT: "
                + ", ".join(visible(name, 40) for name in loose[:12])
                + (f" and {len(loose) - 12} more." if len(loose) > 12 else "."),
                subject=Subject("database"),
                remedies=(
                    "Make tables STRICT once their values fit, in a schema change. Their types must be INTEGER, REAL, "
                    "TEXT, BLOB or ANY then.",
                ),
            )
        )
    return tuple(found)


def _unusable(table: Table) -> Iterator[Finding]:
    if table.problem:
        kind = "view" if table.kind is TableKind.VIEW else "table"
        yield Finding(
            code=f"broken_{kind}",
            severity=Severity.ERROR if kind == "view" else Severity.WARNING,
            title=f"The {kind} {quoted(table.name)} cannot be read: {visible(table.problem)}",
            detail="What it needs was renamed or removed, or belongs to a program that adds functions of its own. "
            "SQLite also refuses to rename tables and columns while a view is broken.",
            subject=Subject(kind, table.name),
            remedies=(
                "If a program of your own uses it, ask its maker before you change anything.",
                "Correct or drop it in a schema change.",
            ),
        )
    for trigger in table.triggers:
        if trigger.problem:
            yield Finding(
                code="broken_trigger",
                severity=Severity.ERROR,
                title=f"The trigger {quoted(trigger.name)} stops every {trigger.event} on {quoted(table.name)}: "
                f"{visible(trigger.problem)}",
                detail="A trigger that does not compile makes the statement that fires it fail.",
                subject=Subject("trigger", table.name, trigger.name),
                remedies=("Correct or drop the trigger in a schema change.",),
            )


def _without_index(table: Table) -> Iterator[Finding]:
    for key in table.foreign_keys:
        if not key.index and key.mismatch is not Mismatch.NO_TABLE and table.kind is TableKind.TABLE:
            columns = ", ".join(visible(column) for column in key.columns)
            yield Finding(
                code="foreign_key_without_index",
                severity=Severity.WARNING,
                title=f"No index serves the link from {quoted(table.name)} ({columns}) to {quoted(key.parent)}",
                detail=f"To delete or change one row of {quoted(key.parent)}, SQLite reads all of "
                f"{quoted(table.name)}. With many rows that is slow.",
                subject=Subject("foreign key", table.name, key.name, key.columns),
                remedies=(f"Add an index on {columns}, in a schema change.",),
            )


def _idle_indexes(table: Table) -> Iterator[Finding]:
    for index in table.indexes:
        if index.origin != "create" or index.where:
            continue
        for other in table.indexes:
            if other.name == index.name or other.where or (index.unique and not other.unique):
                continue
            same = other.columns == index.columns
            if same and (other.origin != "create" or (other.unique, index.name) > (index.unique, other.name)):
                yield _idle(table, index, other, "duplicate_index", "is the same as")
                break
            if not same and not index.unique and other.columns[: len(index.columns)] == index.columns:
                yield _idle(table, index, other, "prefix_index", "is the beginning of")
                break


def _idle(table: Table, index: Index, other: Index, code: str, relation: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.NOTE,
        title=f"The index {quoted(index.name)} {relation} {quoted(other.name)}",
        detail="It takes space and time at every change, and SQLite can use the other one in its place.",
        subject=Subject("index", table.name, index.name, tuple(term.name for term in index.columns)),
        remedies=("Drop it in a schema change, after looking at the plans of the queries you rely on.",),
    )


def _odd_name(table: Table) -> Iterator[Finding]:
    if table.hazards:
        yield Finding(
            code="misleading_name",
            severity=Severity.WARNING,
            title=f"The name {quoted(table.name)} misleads the eye: {', '.join(table.hazards)}",
            detail="It may look like another table's name, or hide part of itself.",
            subject=Subject(table.kind.value, table.name),
            remedies=("Find out who made it before you trust what it holds.",),
        )


def _refusing(table: Table) -> Iterator[Finding]:
    """What triggers refuse is a rule of the table, too: rows that are only added, columns that never change."""
    found = [each for each in table.triggers if _REFUSES.search(each.sql) and not each.problem]
    if not found:
        return
    always = {each.event for each in found if not each.when and _ALWAYS.search(each.sql)}
    sometimes = {each.event for each in found} - always
    parts = [f"every {_listed(always)}"] * bool(always) + [f"some of {_listed(sometimes)}"] * bool(sometimes)
    yield Finding(
        code="refusing_triggers",
        severity=Severity.NOTE,
        title=f"Triggers refuse {' and '.join(parts)} on {quoted(table.name)}",
        detail="A rule that no constraint tells of: a statement that breaks it fails. "
        + ", ".join(visible(each.name, 60) for each in found[:12])
        + (f" and {len(found) - 12} more." if len(found) > 12 else "."),
        subject=Subject("table", table.name),
    )


def _listed(events: set[str]) -> str:
    order = ("INSERT", "UPDATE", "DELETE")
    return " and ".join(each for each in order if each in events)
