"""A copy for release: a new file, built from one moment of the database, with none of what the rules take away.

It is built under a temporary name in the folder of the target, checked and searched for originals, and gets its name in
the last step: an unfinished copy never has it. The database is opened for reading alone.
"""

from __future__ import annotations

from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Event
from steward_app.db import open_read
from steward_app.db.copy import refuse_target
from steward_app.kernel import clock, ids
from steward_app.kernel.plan import Check, Json, Plan, Rehearsal, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup import database_id
from steward_app.services.operation import (
    Confirmation,
    FileOperation,
    Outcome,
    Scope,
    Settlement,
    fingerprint,
    rehearse,
    run,
)
from steward_app.services.privacy.anonymize import determined, entry, kept_personal, sampled
from steward_app.services.privacy.anonymize.findings import whose_rules
from steward_app.services.privacy.anonymize.keys import (
    drawing_key,
    key_bytes,
    key_sentences,
    known_key_bytes,
    passing_key,
)
from steward_app.services.privacy.anonymize.making import Made, make, refuse_damaged
from steward_app.services.privacy.anonymize.meeting import numbers_in_receipt
from steward_app.services.privacy.anonymize.model import COPY_FOR_RELEASE, ReleaseRequest
from steward_app.services.privacy.anonymize.planning import (
    key_name,
    last_scan,
    look,
    rules_of,
    subset_sentences,
)
from steward_app.services.privacy.anonymize.rehearsing import rehearsed
from steward_app.services.privacy.anonymize.rules_json import rules_from_json, rules_to_json
from steward_app.services.privacy.classify.quasi import known_of
from steward_app.services.privacy.rules import ReleaseRules, Subset
from steward_app.storage import delete, staged, sweep

_MARGIN_BYTES = 1 << 20


class MakeRelease(FileOperation[ReleaseRequest]):
    """Makes a copy for release. Asks nothing: nothing that exists is changed."""

    name = "privacy.release"

    def __init__(self, catalog: Catalog | None = None) -> None:
        """`catalog` has the last scan and the keys, to plan."""
        self._catalog = catalog

    def plan(self, request: ReleaseRequest, context: Context) -> Plan:
        """Raises `Refused` for a damaged database, or where something is at the target."""
        assert self._catalog is not None, "a plan needs the catalog"
        target, rules = request.target.absolute(), request.rules
        refuse_target(target, request.path)
        named = key_name(rules, request.database_id)
        key = known_key_bytes(self._catalog, named) if named else passing_key()
        scan = last_scan(self._catalog, request.path)
        with open_read(request.path, context) as session, session.snapshot(), session.under(context):
            refuse_damaged(session)
            draw = drawing_key(request.database_id, rules.key)
            found = look(session, rules, scan, key, context, draw=draw)
            rests_on = fingerprint.take(session)
            waits = session.state.journal_mode != "wal"
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Make a {COPY_FOR_RELEASE} of {quoted(request.path.name)}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "target": str(target),
                "rules": rules_to_json(rules),
                "key": named,
                "analyze": request.analyze,
                "proposed": request.proposed,
                "policy_hash": request.policy_hash,
            },
            sentences=(
                f"A new file is made: {target}",
                whose_rules(rules, proposed=request.proposed),
                *found.kept.sentences,
                *key_sentences(self._catalog, named, request.database_id, is_new=key is None),
                *subset_sentences(found, rules),
                *(
                    ("Programs that want to write to the database wait until the copy is made.",)
                    if waits
                    else ()
                ),
                "It is checked and searched for original values, and gets its name when none was found.",
                "For whoever holds the original or the key it stays personal data (Art. 4(5) GDPR).",
            ),
            reversal=Reversal.NOT_NEEDED,
            reversal_text="Nothing that exists is changed.",
            fingerprint=rests_on,
            button=f"Make the copy of {plural(len(found.orders.rows), 'table')}",
            changes=found.changes(rules),
            findings=found.findings,
            disk_bytes=found.orders.file_bytes + _MARGIN_BYTES,
            disk_path=str(target.parent),
            needs_confirmation=False,
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        target, rules, named = _asked(plan)
        refuse_target(target, scope.path)
        key = key_bytes(scope.catalog, named) if named else passing_key()
        with staged(target, private=True) as new:
            analyze = bool(plan.request["analyze"])
            made = make(
                *(scope.path, new.reserve(), rules, key, context),
                plan=plan,
                draw=drawing_key(plan.database_id, rules.key),
                analyze=analyze,
                what=known_of(scope.path, scope.catalog),
            )
            release_id = entry.begin(scope, plan, rules, named, target, made)
            scope.confirm_lease()
            context.finishing()
            new.finish(overwrite=False)
        entry.finish(scope)
        return outcome(made, release_id, target, plan)

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        """Everything was checked before the file got its name; after that, nothing may fail any more."""
        return entry.checks(scope)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        self._take_back(Path(str(plan.request["target"])), scope)

    def settle(self, started: Event, scope: Scope) -> Settlement:
        request = started.data["request"]
        assert isinstance(request, dict)
        target = Path(str(request["target"]))
        if target.parent.is_dir():
            sweep(target)
        if entry.is_there(scope, target):
            entry.finish(scope)
            return Settlement(True, f"The {COPY_FOR_RELEASE} is there.")
        self._take_back(target, scope)
        return Settlement(False, "No copy was made; what there was of it was removed.")

    def rehearse(self, plan: Plan, scratch: Path, context: Context) -> Rehearsal:
        """Make the copy in scratch, with a key that nobody keeps, and remove it."""
        _, rules, _ = _asked(plan)
        return rehearsed(plan, scratch, rules, context)

    def _take_back(self, target: Path, scope: Scope) -> None:
        """What has no name yet is ours to remove, and a file that is byte for byte what was made."""
        if target.parent.is_dir():
            sweep(target)
        if entry.is_there(scope, target):
            delete(target)
        entry.forget(scope)


def plan_copy(
    catalog: Catalog,
    path: Path,
    target: Path,
    context: Context,
    *,
    rules: str = "",
    subset: Subset | None = None,
    key: str = "",
    analyze: bool = False,
) -> Plan:
    """Plan a copy for release of the database at a path.

    Args:
        rules: their name in the policy; see `planning.rules_of`.
        subset: which rows, in the place of what the rules say; `key`: the name of the key, in the same way.

    Raises `UsageError`, `Refused` and `Failure` as `rules_of` and `MakeRelease.plan` do.
    """
    refuse_target(target.absolute(), path)
    known_as = database_id(catalog, path, context)
    found, proposed, policy = rules_of(catalog, path, rules, context, subset=subset, key=key)
    request = ReleaseRequest(path, known_as, target, found, analyze, proposed, policy)
    return MakeRelease(catalog).plan(request, context)


def make_copy(
    catalog: Catalog, plan: Plan, context: Context, confirmation: Confirmation | None = None
) -> Receipt:
    """Make the copy that was planned; `receipt.result["release"]` is its id in the register."""
    return run(MakeRelease(catalog), plan, catalog, context, confirmation=confirmation)


def rehearse_copy(catalog: Catalog, plan: Plan, context: Context) -> Rehearsal:
    """Make the copy in scratch and remove it; what would come of it."""
    return rehearse(MakeRelease(catalog), plan, catalog, context)


def outcome(made: Made, release_id: str, target: Path, plan: Plan) -> Outcome:
    """What is told of a copy."""
    result: dict[str, Json] = {
        "release": release_id,
        "file": str(target),
        "file_hash": made.file_hash,
        "rows": made.rows,
        "values_searched": made.residue.values,
        **kept_personal.in_receipt(plan),
        **determined.in_receipt(plan),
        **sampled.in_receipt(plan),
        **numbers_in_receipt(made.residue),
        "risks": [each.as_json() for each in made.risks],
    }
    return Outcome(f"A {COPY_FOR_RELEASE} was made: {quoted(target.name)}", made.changes(), result)


def _asked(plan: Plan) -> tuple[Path, ReleaseRules, str]:
    rules = plan.request["rules"]
    assert isinstance(rules, dict)
    return Path(str(plan.request["target"])), rules_from_json(rules), str(plan.request["key"])
