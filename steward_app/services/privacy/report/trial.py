"""A trial copy: made in scratch by rules that are still being chosen, searched, attacked, measured, and removed."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import open_read, scratch
from steward_app.kernel import clock
from steward_app.kernel.errors import Failure
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.backup import database_id
from steward_app.services.privacy.anonymize.keys import drawing_key, passing_key
from steward_app.services.privacy.anonymize.making import NotAsItMustBe, make
from steward_app.services.privacy.anonymize.model import CopyRisk, TableCount
from steward_app.services.privacy.anonymize.planning import last_scan, look
from steward_app.services.privacy.attack import AttackReport
from steward_app.services.privacy.attack import run as attack
from steward_app.services.privacy.attack.brute import SECONDS
from steward_app.services.privacy.classify.quasi import known_of
from steward_app.services.privacy.report.known import carried_out, recomputing_with
from steward_app.services.privacy.residue.model import ResidueReport
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.utility import UtilityReport
from steward_app.services.privacy.utility import measure as measure_utility

_BRUTE_SECONDS = 2.0  # a column: a trial is to answer soon
_BRIEF = f"On a trial all originals of a column are tried for {_BRUTE_SECONDS:g} seconds, on the copy for {SECONDS:g}."


@dataclass(frozen=True, slots=True)
class Trial:
    """What a copy by these rules would be.

    Attributes:
        made_at: RFC 3339, UTC; `seconds` it took, all in all.
        tables: rows in the original and in the copy.
        residue: nothing is left; else no trial could be made.
        attacks: the same as on a copy by these rules, with less time for each column.
        risks: how easily somebody is found in each table about persons, in the copy.
    """

    rules: ReleaseRules
    made_at: str
    seconds: float
    size_bytes: int
    tables: tuple[TableCount, ...]
    residue: ResidueReport
    attacks: AttackReport
    utility: UtilityReport
    risks: tuple[CopyRisk, ...]

    @property
    def left_out(self) -> int:
        """Rows of the original that the copy does not have."""
        return sum(max(0, each.rows - each.copied) for each in self.tables)

    @property
    def rows(self) -> int:
        """Rows of the original."""
        return sum(each.rows for each in self.tables)


class TrialFailed(Failure):
    """The trial copy is not as it must be. `findings` are those that stop a plan by the same rules."""

    def __init__(self, error: NotAsItMustBe, findings: tuple[Finding, ...]) -> None:
        super().__init__(error.code, error.message, hint=error.hint)
        self.findings = findings


def make_trial(catalog: Catalog, path: Path, rules: ReleaseRules, context: Context) -> Trial:
    """Make a copy in scratch with a key that nobody keeps, try it, and remove it.

    Raises what `making.make` raises, where no copy can be made by these rules; `TrialFailed` where one was made and
    does not pass its checks.
    """
    began, key, what = time.monotonic(), passing_key(), known_of(path, catalog)
    draw = drawing_key(database_id(catalog, path, context), rules.key)
    with scratch.directory() as folder:
        new = folder / "trial.sqlite"
        new.touch(mode=0o600)
        with context.step() as step:
            try:
                made = make(path, new, rules, key, step, draw=draw, what=what)
            except NotAsItMustBe as error:
                raise TrialFailed(error, _stopping(catalog, path, rules, key, draw, context)) from error
        context.report(0, note="Attacking the trial copy")
        done = carried_out(path, rules, context)
        with recomputing_with(path, rules, key, context) as recompute:
            attacks = attack(
                path,
                new,
                done,
                context,
                recompute=recompute,
                subjects=what.subjects,
                seconds=_BRUTE_SECONDS,
            )
        attacks = replace(attacks, basis=(_BRIEF,))
        context.report(0, note="Measuring what it is good for")
        utility = measure_utility(path, new, context, done)
    return Trial(
        rules,
        clock.to_text(clock.now()),
        time.monotonic() - began,
        made.size_bytes,
        made.built.tables,
        made.residue,
        attacks,
        utility,
        made.risks,
    )


def _stopping(
    catalog: Catalog, path: Path, rules: ReleaseRules, key: bytes, draw: bytes, context: Context
) -> tuple[Finding, ...]:
    """What stops a plan by the same rules: it tells of columns why the checks of the copy did not pass."""
    context.report(0, note="Looking for the reason")
    with open_read(path, context) as session, session.snapshot(), session.under(context):
        found = look(session, rules, last_scan(catalog, path), key, context, draw=draw)
    return tuple(each for each in found.findings if each.blocks)
