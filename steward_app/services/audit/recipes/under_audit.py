"""Keeps the audit of a table whole while a recipe changes the table: armed before, armed again after."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.db import ReadSession, Session, WriteSession, fold, open_read
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import arm
from steward_app.services.audit.engine.model import Shape
from steward_app.services.audit.engine.shape import hash_of, shape_of
from steward_app.services.audit.guard import versions
from steward_app.services.audit.guard.armed import Armed, State, status
from steward_app.services.audit.recipes.needs import UNCHANGED
from steward_app.services.audit.seals.reconcile import still_differing
from steward_app.services.audit.seals.seal import record_gap, seal
from steward_app.services.audit.seals.seal_tables import audited as audited_tables
from steward_app.services.audit.seals.unwind import Difference, How
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema
from steward_app.storage.secrets import Secrets


@dataclass(frozen=True, slots=True)
class _Paused:
    """A table whose audit waits: how it stood, and the rows that were not what the log said; None if none can say."""

    found: Armed
    differences: Sequence[Difference] | None


@dataclass(frozen=True, slots=True)
class Ahead:
    """What comparing tables with their log found before the file was locked.

    Attributes:
        session: that compared them, and is open still.
        data_version: of the file, as it was then.
        differences: by version of a table, the rows that were not what the log said.
    """

    session: ReadSession
    data_version: int
    differences: Mapping[int, Sequence[Difference]]

    @property
    def holds(self) -> bool:
        """Whether nobody has committed since."""
        return self.session.data_version() == self.data_version


@contextmanager
def looked_ahead(path: Path, names: Collection[str], context: Context) -> Iterator[Ahead]:
    """In the block, what comparing tables with their log finds is known, and none of them is locked yet."""
    with open_read(path, context) as session:
        with session.snapshot(), session.under(context):
            version = session.data_version()
            differences = {
                each.audited.tid: found
                for each in guarded(session, read_schema(session, context), names)
                if (found := versions.differences_of(session, each.audited, each.table, context)) is not None
            }
        yield Ahead(session, version, differences)


def guarded(session: Session, schema: Schema, names: Collection[str]) -> tuple[Armed, ...]:
    """How it stands with the tables of a recipe that are under audit."""
    wanted = {fold(name) for name in names}
    if not wanted or not audited_tables(session):
        return ()
    return tuple(each for each in status(session, schema) if fold(each.table) in wanted)


def obstacles(found: Sequence[Armed]) -> Iterator[Finding]:
    """Tables whose audit has to be armed first."""
    for each in found:
        if each.state is not State.ARMED:
            yield Finding(
                "recipe_audit_not_armed",
                Severity.ERROR,
                f"The audit of {quoted(each.table)} is not armed: {each.drifts[0].why}",
                Subject("table", each.table),
                remedies=("“steward audit rearm” arms it again, and logs what was missed.",),
                blocks=True,
            )


def consequences(before: Schema, after: Schema, found: Sequence[Armed]) -> Iterator[Finding]:
    """What the audit could no longer tell as before, once the recipe stands."""
    for each in found:
        table, then = before.table(each.table), after.table(each.table)
        if table is None or then is None:
            continue
        known = {finding.id for finding in shape_of(table, before).findings}
        for finding in shape_of(then, after).findings:
            if finding.id not in known and finding.code != "audit_trigger_swallows":
                yield replace(finding)


@contextmanager
def kept(
    session: WriteSession,
    secrets: Secrets,
    names: Collection[str],
    why: str,
    context: Context,
    ahead: Ahead | None = None,
) -> Iterator[None]:
    """In the block, tables may get and lose columns and triggers. Their audit stays whole.

    What had not been sealed is sealed first, and each table is compared with its log. After the block its triggers are
    made again as the newest; where its columns or keys are others, a new version begins. Inside the caller's
    transaction.

    Args:
        names: tables that the recipe stands on.
        why: a sentence for the log, with names and no values.
        ahead: what comparing them found before. Where somebody has committed since, they are compared anew.

    Raises `Refused` where the audit of a table is not armed, or cannot be any more.
    """
    found = guarded(session, read_schema(session, context), names)
    for finding in obstacles(found):
        raise Refused(ErrorCode.BLOCKED, f"{finding.title}.", hint=f"{UNCHANGED} {finding.remedies[0]}")
    known = ahead.differences if found and ahead is not None and ahead.holds else {}
    if found:
        seal(session, secrets, context)
    paused = [_pause(session, each, known.get(each.audited.tid), context) for each in found]
    yield
    if not paused:
        return
    schema = read_schema(session, context)
    for each in paused:
        table = schema.table(each.found.table)
        assert table is not None
        _go_on(session, secrets, each, shape_of(table, schema), why, context)
    seal(session, secrets, context)


def _pause(
    session: WriteSession, found: Armed, known: Sequence[Difference] | None, context: Context
) -> _Paused:
    version, name = found.audited, found.table
    differences: Sequence[Difference] | None
    if known is not None and all(each.how is not How.RENUMBERED for each in known):
        differences = list(still_differing(session, version, known, name=name))
    else:
        differences = versions.differences_of(session, version, name, context)
    arm.drop_triggers(session, version.tid)
    return _Paused(found, differences)


def _go_on(
    session: WriteSession, secrets: Secrets, paused: _Paused, shape: Shape, why: str, context: Context
) -> None:
    version, differences = paused.found.audited, paused.differences
    same = [column.name for column in version.columns] == [column.name for column in shape.columns]
    if same and hash_of(shape) == version.shape_hash:
        if differences:
            record_gap(session, differences, secrets, context)
        arm.renew(session, version, shape)
        return
    detail = {"was": State.STALE.value, "why": [why]}
    versions.go_on(session, version, shape, versions.modes_now(version, shape), differences, detail)
