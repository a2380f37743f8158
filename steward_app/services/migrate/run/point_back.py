"""A restore that takes migrations back: the policy goes back to the old names with the file, in one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Event
from steward_app.kernel.plan import Check, Plan
from steward_app.kernel.progress import Context
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.run.carried import carry_policy, carry_policy_after
from steward_app.services.operation import Outcome, Scope, Settlement
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

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        checks = super().verify(plan, outcome, scope, context)
        if all(check.passed for check in checks):
            self.said = _called_as_before(scope, plan.request, carry_policy)
        return checks

    def settle(self, started: Event, scope: Scope) -> Settlement:
        found = super().settle(started, scope)
        if not found.happened:
            return found
        request = cast("dict[str, Any]", started.data.get("request") or {})
        said = _called_as_before(scope, request, carry_policy_after)
        return Settlement(True, "; ".join((found.note.rstrip("."), *said)) + ".")


def _called_as_before(
    scope: Scope, request: Mapping[str, Any], carry: Callable[[Scope, str, list[Renamed]], str]
) -> tuple[str, ...]:
    steps = request.get("renames") or []
    said = (carry(scope, str(number), [Renamed(*each) for each in step]) for number, step in enumerate(steps))
    return tuple(filter(None, said))
