"""What a steward is told when a series of migrations stops: what is kept, what is untouched, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Sequence

from steward_app.db.migration_script import NOTHING_APPLIED
from steward_app.kernel.errors import ErrorCode, Failure, StewardError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.going_on import says_it_goes_on
from steward_app.services.migrate.run.course import Step

_UNCHANGED = r"The file is unchanged|Nothing was (changed|written)"
_STANDS = re.compile(rf"({re.escape(NOTHING_APPLIED)}|({_UNCHANGED})\.) ?")
_HALF_WAY = (
    "“steward migrate undo” brings back the restore point made before it. Or put it right by hand, then “steward"
    " migrate repair”: with “--done FILE” it counts as done, without it runs again from its first statement."
)

_GOES_ON = "“steward migrate repair”, then “steward migrate apply” lets it go on where it was."


def why_stopped(error: StewardError, done: Sequence[str], step: Step, *, stands: bool) -> StewardError:
    """Why a step was the last one, with what is kept and what to do next."""
    half = not step.in_transaction and error.code is not ErrorCode.STALE_PLAN
    kind = Failure if done or half else type(error)  # no longer a request that is only wrong
    return kind(error.code, error.message, hint=_hint(done, step, error, stands=stands))


def _hint(done: Sequence[str], step: Step, error: StewardError, *, stands: bool) -> str:
    """What is untouched when a step failed, and what to do next."""
    to_do = f" {_STANDS.sub('', error.hint)}".rstrip()
    if stands:
        own = error.hint
    elif not step.in_transaction:
        left = error.hint.replace("The file is unchanged.", "What it had done until then stays.")
        resumes = step.script is not None and says_it_goes_on(step.script.text)
        what_next = _GOES_ON if resumes else _HALF_WAY
        own = error.hint if error.code is ErrorCode.STALE_PLAN else f"{left} {what_next}"
    elif done:
        own = f"Nothing of {quoted(step.file)} was applied.{to_do}"
    else:
        own = f"Nothing was changed.{to_do}"
    if not done:
        return own
    stay = "was applied and stays" if len(done) == 1 else "were applied and stay"
    return f"{', '.join(map(quoted, done))} {stay}. {own}"


def when_cancelled(done: Sequence[str]) -> str:
    """What is kept when the steward stops a series."""
    if not done:
        return "Stopped. Nothing was changed."
    return f"Stopped. {', '.join(map(quoted, done))} had been applied and stay; the others were not."
