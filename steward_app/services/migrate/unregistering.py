"""Taking forms of tables out of the registry again, while none came after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from steward_app.catalog import Catalog, schema_versions
from steward_app.catalog.journal import Event
from steward_app.catalog.schema_versions import Version
from steward_app.db import fold
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.plan import Check, Fingerprint, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.operation import FileOperation, Outcome, Scope, Settlement, fingerprint

ONLY_READ = "The file itself is only read; the versions stand in the catalog of this program."
_UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class UnregisterRequest:
    """Take versions out again, by table, that were registered at this time."""

    path: Path
    database_id: str
    versions: Mapping[str, int]
    at: str


@dataclass(frozen=True)
class Unregister(FileOperation[UnregisterRequest]):
    """Takes out versions of tables that were registered together, while they are the newest."""

    catalog: Catalog | None = None

    name = "schema.unregister"

    def plan(self, request: UnregisterRequest, context: Context) -> Plan:
        """Raises `Refused` where one of them is not the newest of its table any more."""
        assert self.catalog is not None, "a plan needs the catalog"
        with self.catalog.reading() as session:
            kept = _newest(schema_versions.every(session, request.database_id))
        for table, number in request.versions.items():
            newest = kept.get(fold(table))
            if newest is None or (newest.number, newest.registered_at) != (number, request.at):
                later = newest is not None and newest.number > number
                why = "was followed by a later one" if later else "is not there any more"
                raise Refused(
                    ErrorCode.NOT_ALLOWED,
                    f"Version {number} of {quoted(table)} {why}.",
                    hint=f"{_UNCHANGED} Take the later one out first." if later else _UNCHANGED,
                )
        count = plural(len(request.versions), "table")
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Take the newest form of {count} of {quoted(request.path.name)} out of the registry",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={"versions": cast("Json", dict(request.versions)), "at": request.at},
            sentences=(
                *(f"{quoted(table)}: version {n} goes." for table, n in request.versions.items()),
                ONLY_READ,
            ),
            reversal=Reversal.NOT_NEEDED,
            reversal_text="Registering again keeps the form that the tables have then.",
            fingerprint=Fingerprint(schema_hash=""),
            button=f"Take {plural(len(request.versions), 'form')} out",
            needs_confirmation=False,
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        if not stand(scope, plan.request):
            raise fingerprint.stale(plan, "other forms were registered")
        context.finishing()
        take_out(scope, plan.request)
        return Outcome(
            f"Took the form of {plural(len(versions_of(plan.request)), 'table')} out of the registry"
        )

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        return (Check("The versions are gone", not stand(scope, plan.request)),)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        """Nothing: all of them go in one transaction of the catalog, or none."""

    def settle(self, started: Event, scope: Scope) -> Settlement:
        gone = not stand(scope, cast("dict[str, Json]", started.data["request"]))
        return Settlement(gone, "The versions are gone." if gone else "The versions are kept.")


def versions_of(request: Mapping[str, Json]) -> dict[str, int]:
    """The versions that a plan is about, by table."""
    return {table: int(str(n)) for table, n in cast("dict[str, int]", request["versions"]).items()}


def _newest(kept: tuple[Version, ...]) -> dict[str, Version]:
    return {fold(each.table): each for each in kept}  # the newest come last


def stand(scope: Scope, request: Mapping[str, Json]) -> bool:
    """Whether the versions are the newest of their tables, by this very plan."""
    with scope.catalog.reading() as session:
        kept = _newest(schema_versions.every(session, scope.database_id))
    return all(
        (newest := kept.get(fold(table))) is not None
        and (newest.number, newest.registered_at) == (number, str(request["at"]))
        for table, number in versions_of(request).items()
    )


def take_out(scope: Scope, request: Mapping[str, Json]) -> None:
    """Take the versions that a plan is about out of the catalog."""
    with scope.catalog.unit() as unit:
        for table, number in versions_of(request).items():
            schema_versions.remove(unit, scope.database_id, table, number)
        unit.commit()
