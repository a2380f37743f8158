"""What would be put under audit, tried on an empty copy of the schema in memory, which gives the exact SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from steward_app.db import Session, WriteSession
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.skeleton import skeleton
from steward_app.kernel.errors import StewardError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import arm, names, tables
from steward_app.services.audit.engine.model import AuditedTable, Mode, Shape
from steward_app.services.audit.seals.seal_tables import is_there

_UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Chosen:
    """A table that is to be put under audit.

    Attributes:
        modes: of the columns that are not logged in full.
    """

    shape: Shape
    modes: Mapping[str, Mode] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial.

    Attributes:
        chosen: the tables that can be put under audit.
        refused: of those that SQLite refuses, why.
        sql: what makes tables and triggers, exactly as it will be stored.
    """

    chosen: tuple[Chosen, ...]
    refused: tuple[Finding, ...]
    sql: tuple[str, ...]


def try_out(session: Session, chosen: Sequence[Chosen]) -> Tried:
    """Put tables under audit in an empty copy of the schema.

    A table that SQLite refuses is left out, and the rest is tried again. Nothing is tried where names are taken.
    """
    if names_taken(session):
        return Tried(tuple(chosen), (), ())
    refused: list[Finding] = []
    left = list(chosen)
    while True:
        with skeleton(session) as copy:
            before = _objects(copy)
            failed = next(_failures(session, copy, left), None)
            if failed is None:
                made = tuple(sql for name, sql in _objects(copy).items() if name not in before)
                return Tried(tuple(left), tuple(refused), made)
        one, why = failed
        left.remove(one)
        refused.append(_refused(one.shape.table, why))


def armed_copy(session: Session, chosen: Chosen, triggers: Collection[str] = ()) -> WriteSession:
    """An empty copy of the schema with one table under audit; the caller closes it.

    Args:
        triggers: names of the triggers of others that it has.
    """
    copy = skeleton(session, triggers=triggers)
    try:
        put_under_audit(session, copy, chosen)
    except BaseException:
        copy.close()
        raise
    return copy


def put_under_audit(session: Session, copy: WriteSession, chosen: Chosen) -> AuditedTable:
    """Put a table of an empty copy under audit, numbered as it would be in the file."""
    with copy.transaction():
        if is_there(session, names.TABLE):
            taken = session.count(f"SELECT coalesce(max(tid), 0) FROM main.{names.TABLE}")
            copy.run(f"INSERT OR IGNORE INTO main.{names.TABLE} (tid, to_seq) VALUES (?, 0)", (taken,))
        return arm.arm(copy, chosen.shape, chosen.modes)


def names_taken(session: Session) -> frozenset[str]:
    """The objects of the file whose names begin as those of the audit do, although it has none."""
    if tables.is_audited(session):
        return frozenset()
    rows = session.execute("SELECT name FROM main.sqlite_schema WHERE name IS NOT NULL")
    return frozenset(str(name) for (name,) in rows if names.is_ours(str(name)))


def _failures(session: Session, copy: WriteSession, chosen: Sequence[Chosen]) -> Iterator[tuple[Chosen, str]]:
    for each in chosen:
        try:
            with in_sqlites_words():
                put_under_audit(session, copy, each)
        except StewardError as error:
            yield each, f"{error.message} {error.hint.removeprefix(_UNCHANGED)}".strip()
        except SqliteSays as said:  # a name is taken
            yield each, f"{quoted(each.shape.table)} cannot be audited: {said}."


def _objects(session: Session) -> dict[str, str]:
    ours = "sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_'"
    rows = session.execute(f"SELECT name, sql FROM main.sqlite_schema WHERE {ours} ORDER BY rowid")
    return {str(name): str(sql) for name, sql in rows}


def _refused(table: str, why: str) -> Finding:
    return Finding(
        "audit_refused_by_sqlite",
        Severity.ERROR,
        why.rstrip("."),
        Subject("table", table),
        blocks=True,
    )
