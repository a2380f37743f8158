"""Registering the forms of tables: an operation on the catalog; the file is only read.

The registry itself is `services.schema.registry`, below all operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from steward_app.catalog import Catalog, schema_versions
from steward_app.catalog.journal import Event, Record
from steward_app.db import open_read
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.plan import Check, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup import database_id
from steward_app.services.migrate.unregistering import (
    ONLY_READ,
    Unregister,
    UnregisterRequest,
    stand,
    take_out,
    versions_of,
)
from steward_app.services.operation import (
    Confirmation,
    FileOperation,
    Outcome,
    Scope,
    Settlement,
    Undo,
    fingerprint,
    run,
)
from steward_app.services.schema.registry.register import Forms, forms

_UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class RegisterRequest:
    """Keep the form that tables have now. `tables` are names; all where none is named."""

    path: Path
    database_id: str
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Register(FileOperation[RegisterRequest]):
    """Keeps the form that tables have now as their next version, where it is another one than their newest."""

    catalog: Catalog | None = None

    name = "schema.register"

    def plan(self, request: RegisterRequest, context: Context) -> Plan:
        """Raises as `forms`, and `Refused` where every table has the form of its newest version."""
        assert self.catalog is not None, "a plan needs the catalog"
        with open_read(request.path, context) as session, session.snapshot():
            found = forms(self.catalog, request.database_id, session, request.tables, context)
            rests_on = fingerprint.take(session)
        if not found.new:
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"Every table of {quoted(request.path.name)} has the form of its newest version.",
                hint=_UNCHANGED,
            )
        made_at, count = clock.to_text(clock.now()), plural(len(found.new), "table")
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Register the form of {count} of {quoted(request.path.name)}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=made_at,
            request={
                "tables": list(request.tables),
                "versions": {each.table: each.number for each in found.new},
                "at": made_at,
            },
            sentences=(*_sentences(found), ONLY_READ),
            reversal=Reversal.INVERSE,
            reversal_text="Undone by taking these versions out again, as long as they are the newest.",
            fingerprint=rests_on,
            button=f"Register {plural(len(found.new), 'form')}",
            needs_confirmation=False,
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        tables = [str(name) for name in cast("list[str]", plan.request["tables"])]
        with open_read(scope.path, context) as session:
            found = forms(scope.catalog, scope.database_id, session, tables, context)
        if {each.table: each.number for each in found.new} != plan.request["versions"]:
            raise fingerprint.stale(plan, "other forms were registered")
        context.finishing()
        with scope.catalog.unit() as unit:
            for each in found.new:
                schema_versions.add(
                    *(unit, scope.database_id, each.table, each.document, each.sql),
                    at=str(plan.request["at"]),
                )
            unit.commit()
        return Outcome(
            f"Registered the form of {plural(len(found.new), 'table')}",
            result={"versions": plan.request["versions"]},
        )

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        return (Check("The versions stand in the catalog", stand(scope, plan.request)),)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        """What was registered by this plan goes again."""
        if stand(scope, plan.request):
            take_out(scope, plan.request)

    def settle(self, started: Event, scope: Scope) -> Settlement:
        happened = stand(scope, cast("dict[str, Json]", started.data["request"]))
        return Settlement(happened, "The versions are kept." if happened else "Nothing was registered.")

    def inverse(self, done: Record) -> Undo | None:
        request = cast("dict[str, Json]", done.started.data["request"])
        back = UnregisterRequest(
            Path(str(done.started.data["path"])),
            done.started.database_id,
            versions_of(request),
            str(request["at"]),
        )
        operation = Unregister(self.catalog)
        return Undo(cast("Any", operation), lambda context: operation.plan(back, context))


def plan_registering(catalog: Catalog, path: Path, tables: tuple[str, ...], context: Context) -> Plan:
    """Plan to keep the forms that tables have now. Raises as `Register.plan`."""
    request = RegisterRequest(path, database_id(catalog, path, context), tables)
    return Register(catalog).plan(request, context)


def forms_now(catalog: Catalog, path: Path, tables: tuple[str, ...], context: Context) -> Forms:
    """Which tables have another form than their newest version. Raises as `forms`."""
    known_as = database_id(catalog, path, context)
    with open_read(path, context) as session:
        return forms(catalog, known_as, session, tables, context)


def register(catalog: Catalog, plan: Plan, context: Context) -> Receipt:
    """Carry it out. Raises as `operation.run`."""
    return run(Register(catalog), plan, catalog, context, confirmation=Confirmation.of(plan))


def settled_by() -> tuple[FileOperation[Any], ...]:
    """The operations of the registry, for whoever settles what a crash left open."""
    return (Register(), Unregister())


def _sentences(found: Forms) -> tuple[str, ...]:
    said = [f"{quoted(each.table)} gets version {each.number}." for each in found.new]
    if found.unchanged:
        what = plural(len(found.unchanged), "table has", "tables have")
        said.append(f"{what} the form of the newest version.")
    return tuple(said)
