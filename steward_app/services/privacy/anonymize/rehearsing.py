"""A rehearsal: the copy is made in scratch, with a key that nobody keeps, looked at, and removed with the folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from steward_app.db import WriteSession
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.plan import Check, Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.keys import passing_key
from steward_app.services.privacy.anonymize.making import make, nothing_more
from steward_app.services.privacy.rules import ReleaseRules


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
    try:
        with context.step() as step:
            made = make(Path(plan.path), new, rules, passing_key(), step, plan=plan, at_last=at_last)
    except Cancelled:
        raise
    except StewardError as error:
        check = Check("The copy can be made", False, error.message)
        return Rehearsal(plan.id, clock.to_text(clock.now()), time.perf_counter() - began, (check,))
    return Rehearsal(
        plan.id,
        clock.to_text(clock.now()),
        time.perf_counter() - began,
        (Check("The copy can be made", True), *made.checks),
        made.changes(),
    )
