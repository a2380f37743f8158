"""A trial copy: made in scratch by rules that are still being chosen, searched, attacked, measured, and removed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import scratch
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.keys import passing_key
from steward_app.services.privacy.anonymize.making import make
from steward_app.services.privacy.anonymize.model import CopyRisk, TableCount
from steward_app.services.privacy.attack import AttackReport
from steward_app.services.privacy.attack import run as attack
from steward_app.services.privacy.classify.quasi import known_of
from steward_app.services.privacy.report.known import recomputing_with
from steward_app.services.privacy.residue.model import ResidueReport
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.utility import UtilityReport
from steward_app.services.privacy.utility import measure as measure_utility

_BRUTE_SECONDS = 2.0  # a column: a trial is to answer soon


@dataclass(frozen=True, slots=True)
class Trial:
    """What a copy by these rules would be.

    Attributes:
        made_at: RFC 3339, UTC; `seconds` it took, all in all.
        tables: rows in the original and in the copy.
        residue: nothing is left; else no trial could be made.
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


def make_trial(catalog: Catalog, path: Path, rules: ReleaseRules, context: Context) -> Trial:
    """Make a copy in scratch with a key that nobody keeps, try it, and remove it.

    Raises what `making.make` raises, where no copy can be made by these rules.
    """
    began, key, what = time.monotonic(), passing_key(), known_of(path, catalog)
    with scratch.directory() as folder:
        new = folder / "trial.sqlite"
        new.touch(mode=0o600)
        with context.step() as step:
            made = make(path, new, rules, key, step, what=what)
        context.report(0, note="Attacking the trial copy")
        with recomputing_with(path, rules, key, context) as recompute:
            attacks = attack(
                path,
                new,
                rules,
                context,
                recompute=recompute,
                subjects=what.subjects,
                seconds=_BRUTE_SECONDS,
            )
        context.report(0, note="Measuring what it is good for")
        utility = measure_utility(path, new, context, rules)
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
