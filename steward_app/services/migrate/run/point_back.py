"""A restore that takes migrations back: the policy goes back to the old names with the file, in one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

from steward_app.catalog import Catalog, points
from steward_app.catalog.journal import Event
from steward_app.kernel.plan import Check, Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.services.migrate.rehearsal.model import Renamed, renamed
from steward_app.services.migrate.run import since_told
from steward_app.services.migrate.run.carried import follow, follow_after
from steward_app.services.migrate.run.followed import Followed
from steward_app.services.migrate.run.since import digest, since
from steward_app.services.operation import Outcome, Scope, Settlement, fingerprint
from steward_app.services.restore import RestoreInPlace


class PointBack(RestoreInPlace):
    """Restores in place; what its plan says got another name is called as before in the policy, too.

    It settles any restore in place.

    Attributes:
        said: what came of that, sentences.
    """

    def __init__(self, catalog: Catalog | None = None) -> None:
        super().__init__(catalog)
        self.said: tuple[str, ...] = ()

    def rehearse(self, plan: Plan, scratch: Path, context: Context) -> Rehearsal:
        """As a restore, with every row compared, however large the file is."""
        assert self._catalog is not None, "a rehearsal needs the catalog"
        found = super().rehearse(plan, scratch, context)
        back = _renames(plan.request)
        whole = since(self._catalog, Path(plan.path), str(plan.request["point"]), back, context, whole=True)
        return replace(
            found,
            checks=(*found.checks, *since_told.compared(whole)),
            changes=since_told.changes(whole),
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        """Raises `Refused` where the tables hold something else than the plan told of."""
        held = plan.request.get("held")
        if held and scope.restore_point:
            with scope.catalog.reading() as session:
                made = points.find(session, scope.restore_point)
            if digest(made.tables) != held:
                raise fingerprint.stale(plan, "its data was changed")
        return super().apply(plan, scope, context)

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        checks = super().verify(plan, outcome, scope, context)
        if all(check.passed for check in checks):
            self.said = _called_as_before(scope, plan.request, follow)
        return checks

    def settle(self, started: Event, scope: Scope) -> Settlement:
        found = super().settle(started, scope)
        if not found.happened:
            return found
        request = cast("dict[str, Any]", started.data.get("request") or {})
        said = _called_as_before(scope, request, follow_after)
        return Settlement(True, "; ".join((found.note.rstrip("."), *said)) + ".")


def _called_as_before(
    scope: Scope, request: Mapping[str, Any], follow: Callable[..., str]
) -> tuple[str, ...]:
    steps = _renames(request)
    followed = [Followed(*each) for each in request.get("followed") or []]
    said = (
        follow(scope, str(number), step, of, steps[number + 1 :])
        for number, (step, of) in enumerate(zip_longest(steps, followed))
    )
    return tuple(filter(None, said))


def _renames(request: Mapping[str, Any]) -> list[list[Renamed]]:
    """What each migration that falls gave another name or place, turned round, the newest first."""
    return [[renamed(each) for each in step] for step in request.get("renames") or []]
