"""A restore that takes migrations back, settled after a crash: the policy goes back to the old names with the file."""

from __future__ import annotations

from typing import Any, cast

from steward_app.catalog.journal import Event
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.run.carried import carry_policy_after
from steward_app.services.operation import Scope, Settlement
from steward_app.services.restore import RestoreInPlace


class PointBack(RestoreInPlace):
    """Settles any restore in place; of one that takes migrations back, its plan says what got another name."""

    def settle(self, started: Event, scope: Scope) -> Settlement:
        found = super().settle(started, scope)
        request = cast("dict[str, Any]", started.data.get("request") or {})
        if not found.happened or not request.get("renames"):
            return found
        said = [
            carry_policy_after(scope.path, [Renamed(*each) for each in step]) for step in request["renames"]
        ]
        return Settlement(True, "; ".join((found.note.rstrip("."), *dict.fromkeys(filter(None, said)))) + ".")
