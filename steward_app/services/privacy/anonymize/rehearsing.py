"""A rehearsal: the copy is made in scratch, with a key that nobody keeps, looked at, and removed with the folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from steward_app.db import WriteSession
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.plan import Check, Plan, Rehearsal, TableChange
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.keys import drawing_key, passing_key
from steward_app.services.privacy.anonymize.making import NotAsItMustBe, make, nothing_more
from steward_app.services.privacy.rules import ReleaseRules

_BUILT = Check("The copy can be built", True)


def rehearsed(
    plan: Plan,
    scratch: Path,
    rules: ReleaseRules,
    context: Context,
    *,
    at_last: Callable[[WriteSession], None] = nothing_more,
) -> Rehearsal:
    """What would come of it. What goes wrong is a check that did not pass, not an error.

    Args:
        at_last: as for `making.make`.
    """
    new, began = scratch / "copy.sqlite", time.perf_counter()
    new.touch(mode=0o600)
    checks: tuple[Check, ...]
    changes: tuple[TableChange, ...] = ()
    try:
        with context.step() as step:
            made = make(
                *(Path(plan.path), new, rules, passing_key(), step),
                plan=plan,
                draw=drawing_key(plan.database_id, rules.key),
                at_last=at_last,
            )
    except Cancelled:
        raise
    except NotAsItMustBe as error:
        checks = (_BUILT, *error.checks)
    except StewardError as error:
        checks = (replace(_BUILT, passed=False, detail=error.message),)
    else:
        checks, changes = (_BUILT, *made.checks), made.changes()
    return Rehearsal(plan.id, clock.to_text(clock.now()), time.perf_counter() - began, checks, changes)
