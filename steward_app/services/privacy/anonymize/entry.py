"""The entry of a copy in the register, as the operation that makes it writes it.

It is written before the file gets its name and finished after, so that a crash between the two is told from the file
itself: the entry says which bytes it must hold.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from steward_app.catalog import releases
from steward_app.catalog.releases import ReleaseRow
from steward_app.db.image import image_hash
from steward_app.kernel import clock, ids
from steward_app.kernel.plan import Check, Plan
from steward_app.kernel.progress import Context
from steward_app.services.operation import Scope
from steward_app.services.privacy.anonymize.making import Made
from steward_app.services.privacy.anonymize.model import ReleaseState
from steward_app.services.privacy.anonymize.rules_json import hash_of, rules_hash
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.storage import is_there as stands
from steward_app.storage import process


def begin(
    scope: Scope,
    plan: Plan,
    rules: ReleaseRules,
    key: str,
    target: Path,
    made: Made,
    *,
    in_place: bool = False,
) -> str:
    """Write the entry of what is about to get its name; its id."""
    now = clock.to_text(clock.now())
    row = ReleaseRow(
        id=ids.new_id("rl"),
        database_id=scope.database_id,
        operation_id=scope.operation_id,
        path=str(target),
        in_place=int(in_place),
        file_hash=made.file_hash,
        size_bytes=made.size_bytes,
        tables=len(made.built.tables),
        rows=made.rows,
        made_at=now,
        made_by=process.user(),
        rules=rules.name,
        rules_hash=rules_hash(rules),
        plan_id=plan.id,
        plan_hash=hash_of(plan.request),
        policy_hash=str(plan.request["policy_hash"]),
        key_name=key,
        recipient=rules.recipient,
        purpose=rules.purpose,
        until=rules.until,
        state=ReleaseState.MAKING.value,
        state_at=now,
        state_by=process.user(),
        note="",
        checks=json.dumps([asdict(check) for check in made.checks], separators=(",", ":")),
        risks=json.dumps([each.as_json() for each in made.risks], separators=(",", ":")),
    )
    with scope.catalog.unit() as unit:
        releases.insert(unit, row)
        unit.commit()
    return row.id


def finish(scope: Scope) -> None:
    """The file has its name."""
    with scope.catalog.unit() as unit:
        row = releases.of_operation(unit.session, scope.operation_id)
        if row is not None and row.state == ReleaseState.MAKING:
            releases.set_state(unit, row.id, ReleaseState.MADE.value, row.state_at, row.state_by, "")
        unit.commit()


def forget(scope: Scope) -> None:
    """Nothing was made."""
    with scope.catalog.unit() as unit:
        releases.delete(unit, scope.operation_id)
        unit.commit()


def checks(scope: Scope) -> tuple[Check, ...]:
    """What was checked before the file got its name."""
    row = _row(scope)
    return tuple(Check(**check) for check in json.loads(row.checks)) if row else ()


def is_there(scope: Scope, target: Path) -> bool:
    """Whether the target is the file that this operation made, byte for byte."""
    row = _row(scope)
    return row is not None and stands(target) and image_hash(target, Context()) == row.file_hash


def _row(scope: Scope) -> ReleaseRow | None:
    with scope.catalog.reading() as session:
        return releases.of_operation(session, scope.operation_id)
