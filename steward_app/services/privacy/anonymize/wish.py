"""A copy, or the database itself in its place, as somebody wishes it who has the rules in hand: plan, rehearse, do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.operation import Confirmation
from steward_app.services.privacy.anonymize import copy, in_place
from steward_app.services.privacy.anonymize.model import InPlaceRequest, Release, ReleaseRequest
from steward_app.services.privacy.anonymize.register import release_of
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.transform.policy import policy_hash, write_rules


@dataclass(frozen=True, slots=True)
class Wish:
    """What is made, and by which rules.

    Attributes:
        target: the new file; None for the database itself.
        keep: put the rules into the policy when it is made.
        keep_days: for so long the point of what the database holds now is kept, where it is anonymized itself.
    """

    target: Path | None
    rules: ReleaseRules
    keep: bool
    keep_days: int = 30


def plan_wish(catalog: Catalog, path: Path, database_id: str, wish: Wish, context: Context) -> Plan:
    """Plan it. Nothing is written. Raises what the operations raise."""
    proposed = not wish.keep
    if wish.target is not None:
        request = ReleaseRequest(path, database_id, wish.target, wish.rules, proposed=proposed)
        return copy.MakeRelease(catalog).plan(request, context)
    itself = InPlaceRequest(
        *(path, database_id, wish.rules, catalog.directory), keep_days=wish.keep_days, proposed=proposed
    )
    return in_place.AnonymizeInPlace(catalog).plan(itself, context)


def rehearse_wish(catalog: Catalog, wish: Wish, plan: Plan, context: Context) -> Rehearsal:
    """Make it in scratch space, and tell what came of it."""
    rehearse = copy.rehearse_copy if wish.target is not None else in_place.rehearse_in_place
    return rehearse(catalog, plan, context)


def fulfil(
    catalog: Catalog, wish: Wish, plan: Plan, context: Context, confirmation: Confirmation
) -> tuple[Receipt, Release]:
    """Carry the plan out; the receipt, and the entry in the register. The rules are put into the policy first."""
    if wish.keep:
        path = Path(plan.path)
        write_rules(path, wish.rules)
        plan = replace(plan, request={**plan.request, "policy_hash": policy_hash(path)})
    carry_out = copy.make_copy if wish.target is not None else in_place.anonymize_in_place
    receipt = carry_out(catalog, plan, context, confirmation)
    return receipt, release_of(catalog, receipt.operation_id)
