"""What of our own goes along when a database is anonymized in its place, and what begins anew.

record of operations    goes along: it says which database the file is, and holds no value
recipes                 are made again for the same tables, by their own list
audit                   its log holds originals and goes; the same tables are armed again with the same modes, and a
                        new log begins with an event that says why
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.catalog import stamp
from steward_app.db import Session, WriteSession, fold, qualified, quote
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import Row
from steward_app.services.audit.engine import names, own_tables, tables
from steward_app.services.audit.engine.arm import arm, make_core
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.guard.armed import Armed, State, status
from steward_app.services.audit.guard.install import INSTALLED
from steward_app.services.audit.guard.remove import number_of_changes
from steward_app.services.audit.recipes import recipes_in, registry
from steward_app.services.audit.recipes.model import Recipe
from steward_app.services.audit.seals import anew, statement
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.seal import seal
from steward_app.services.audit.seals.seal_tables import base_table
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Permitted, Searched
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema
from steward_app.storage.secrets import Secrets


@dataclass(frozen=True, slots=True)
class Along:
    """What goes along, as a file had it.

    Attributes:
        operations_sql, operations: the record of operations; its stored text, and its rows.
        audited: tables under audit with the modes of the columns that are not logged in full; None without an audit.
        logs: names of the log that goes and of those that went before, the newest first.
    """

    operations_sql: str
    operations: tuple[Row, ...]
    recipes: tuple[Recipe, ...]
    audited: Mapping[str, Mapping[str, Mode]] | None
    logs: tuple[str, ...]


def read(session: Session) -> Along:
    """What of a file goes along. Its plan has no obstacles."""
    sql = session.value(
        "SELECT sql FROM main.sqlite_schema WHERE name = ? AND type = 'table'", (stamp.TABLE,)
    )
    kept = bool(sql) and bool(stamp.operations(session))
    operations = session.all(f"SELECT * FROM main.{quote(stamp.TABLE)} ORDER BY seq") if kept else []
    found = Chain.read(session)
    return Along(
        str(sql) if kept else "",
        tuple(operations),
        registry.every(session),
        _modes(status(session, read_schema(session))) if tables.is_audited(session) else None,
        (found.log.hex(), *anew.logs_before(session)) if found else (),
    )


def write(
    session: WriteSession,
    along: Along,
    rules: ReleaseRules,
    operation_id: str,
    secrets: Secrets,
    context: Context,
) -> None:
    """Write it into the new contents, inside a transaction, after everything else."""
    if along.operations_sql:
        session.run(along.operations_sql)
        session.run_many(f"INSERT INTO main.{quote(stamp.TABLE)} VALUES (?, ?, ?, ?, ?)", along.operations)
    if along.audited is not None:
        make_core(session)
        anew.tell(session, operation_id, _rows(session, rules), along.logs, secrets)
    for recipe in along.recipes:
        registry.make(session, recipe)
    if along.audited is not None:
        schema = read_schema(session)
        for name, modes in along.audited.items():
            table = schema.table(name)
            assert table is not None, "a table under audit goes along"
            made = arm(session, shape_of(table, schema), modes)
            told = {"table": made.name, "shape": made.shape_hash}
            tables.append_event(session, INSTALLED, made.tid, told)
        with context.step() as step:
            seal(session, secrets, step)


def with_keys(session: Session, places: Sequence[Searched]) -> tuple[Searched, ...]:
    """The same places; what may stand in a key may stand in the baseline of the new log, which is kept by that key.

    Args:
        session: on the new contents.
    """
    kept_by = {
        (fold(each.name), fold(column)): Place(base_table(each.tid), "block")
        for each in tables.tables(session, current=True)
        if not each.by_rowid
        for column in each.primary_key
    }
    return tuple(replace(each, permitted=(*each.permitted, *_in_keys(each, kept_by))) for each in places)


def _in_keys(searched: Searched, kept_by: Mapping[tuple[str, str], Place]) -> Iterator[Permitted]:
    for each in searched.permitted:
        place = kept_by.get((fold(each.place.table), fold(each.place.column)))
        if place is not None:
            yield Permitted(place, each.reason)


def sentences(session: Session, schema: Schema) -> Iterator[str]:
    """For the plan: what becomes of audit and recipes."""
    if tables.is_audited(session):
        audited = [each.table for each in status(session, schema) if each.table]
        if count := number_of_changes(session):
            yield (
                f"The audit is suspended: its log with {plural(count, 'change')} holds what rows held before, and goes"
                " with its seals. It stays in the restore point alone."
            )
        else:
            yield "The audit is suspended. Its log holds no change; its seals go, and stay in the restore point alone."
        if audited:
            yield (
                f"{', '.join(map(quoted, audited))} {'is' if len(audited) == 1 else 'are'} armed again with the same"
                " columns. A new log begins; its first event says that the database was anonymized, without values."
            )
        yield "Receipts of the log before fit the restore point from then on; verifying says so."
    recipes = registry.every(session)
    if recipes:
        yield f"{plural(len(recipes), 'recipe')} of triggers {'is' if len(recipes) == 1 else 'are'} made again."


def obstacles(session: Session, schema: Schema, path: Path) -> tuple[Finding, ...]:
    """What of it cannot be brought back as it was, and what must be known."""
    return (*_of_audit(session, schema, path), *_of_recipes(session, schema))


def _of_audit(session: Session, schema: Schema, path: Path) -> Iterator[Finding]:
    subject = Subject("database", name=path.name)
    rows = session.all("SELECT name, type FROM main.sqlite_schema WHERE name IS NOT NULL")
    ours = [(str(name), str(kind)) for name, kind in rows if names.is_ours(str(name))]
    is_audited = tables.is_audited(session)
    unknown = [name for name, kind in ours if not is_audited or not own_tables.is_known(name, kind)]
    unknown = [name for name in unknown if not name.lower().startswith("sqlite_")]
    if unknown:
        yield Finding(
            "audit_names_taken",
            Severity.ERROR,
            f"Objects with names of the audit are in the way: {', '.join(map(quoted, sorted(unknown)[:5]))}",
            subject,
            detail="They may hold what rows held before, and nobody knows how to make them again.",
            remedies=(
                "Rename what is of another program.",
                "“steward audit remove --drop-log” removes what was left over.",
            ),
            blocks=True,
        )
    if not is_audited:
        return
    if statement.cut(session).is_archive:
        yield Finding(
            "audit_archive",
            Severity.ERROR,
            "The file is an archive of an audit log: it holds originals, and no tables",
            subject,
            remedies=("Destroy the archive where the originals may not be kept.",),
            blocks=True,
        )
        return
    for each in status(session, schema):
        if each.state is not State.ARMED:
            yield Finding(
                "audit_not_armed",
                Severity.ERROR,
                f"The audit of {quoted(each.table or each.audited.name)} is not armed: {each.drifts[0].why}",
                Subject("table", each.table or each.audited.name),
                remedies=("“steward audit rearm” arms it again.", "Or take the table out of the audit."),
                blocks=True,
            )
    pruned = sum(1 for event in tables.events(session) if event.kind == statement.PRUNED)
    if pruned:
        yield Finding(
            "audit_archives_stay",
            Severity.WARNING,
            f"{plural(pruned, 'archive')} of the audit log outside the file may hold originals still",
            subject,
            count=pruned,
            remedies=(
                "Destroy them where the originals may not be kept; “steward audit history” names them.",
            ),
        )


def _of_recipes(session: Session, schema: Schema) -> Iterator[Finding]:
    for each in recipes_in(session, schema):
        if each.spec is None or each.state is not State.ARMED:
            why = each.why[0] if each.why else "it is not as it was made"
            yield Finding(
                "recipe_not_armed",
                Severity.ERROR,
                f"Recipe {each.id} cannot be made again in the new contents: {why}",
                Subject("table", each.table),
                remedies=(
                    "“steward audit recipes renew” makes its triggers again.",
                    "Or remove the recipe.",
                ),
                blocks=True,
            )


def _modes(found: tuple[Armed, ...]) -> dict[str, dict[str, Mode]]:
    return {
        each.table: {name: mode for name, mode in each.audited.modes.items() if mode is not Mode.FULL}
        for each in found
        if each.table
    }


def _rows(session: Session, rules: ReleaseRules) -> dict[str, int]:
    """How many rows of which tables the rules were about."""
    ruled = {fold(rule.place.table) for rule in rules.rules} | set(map(fold, rules.empty))
    return {
        table.name: session.count(f"SELECT count(*) FROM {qualified(table.name)}")
        for table in read_schema(session).tables
        if fold(table.name) in ruled
    }
