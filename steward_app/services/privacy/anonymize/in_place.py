"""Anonymizing a database in its place: nothing but what the rules leave is in the file or beside it afterwards.

    lock        nobody else writes; other programs that have the file open are a reason to refuse
    point       of what the file holds, in an encrypted store, restored to scratch and compared
    build       the new contents, in scratch, by the code that makes copies: checked, searched for originals
    replace     the live file gets them in one transaction of SQLite: the old contents or the new, whatever happens
    clean up    the write-ahead log is moved into the file and emptied; the file is compared with what was built

Since every page is written anew, no update of a row ever runs: no trigger, no foreign key acts, no UNIQUE rule is met
half way, full-text indexes and statistics are not left behind, and no free page keeps what stood there.
"""

from __future__ import annotations

from pathlib import Path

from steward_app.catalog import Catalog, stamp
from steward_app.catalog.journal import Event
from steward_app.catalog.stores import Store
from steward_app.db import WriteSession, holders, open_read, open_write
from steward_app.db.copy import drop_tail, replace_contents
from steward_app.db.image import same_image, sync_image
from steward_app.db.sidefiles import JOURNAL, WAL
from steward_app.db.sidefiles import size as side_file
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Failure, Refused, StewardError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Plan, Rehearsal, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import quoted, visible
from steward_app.services.backup import database_id
from steward_app.services.backup.ending import ENDS
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
from steward_app.services.privacy.anonymize import along, determined, entry, kept_personal, sampled
from steward_app.services.privacy.anonymize.emptied import gone_for_good
from steward_app.services.privacy.anonymize.findings import whose_rules
from steward_app.services.privacy.anonymize.keys import (
    key_bytes,
    key_sentences,
    known_key_bytes,
    passing_key,
)
from steward_app.services.privacy.anonymize.making import Made, make, refuse_damaged
from steward_app.services.privacy.anonymize.meeting import numbers_in_receipt
from steward_app.services.privacy.anonymize.model import InPlaceRequest
from steward_app.services.privacy.anonymize.planning import (
    key_name,
    last_scan,
    look,
    rules_of,
    subset_sentences,
)
from steward_app.services.privacy.anonymize.point import point_store, proven_point
from steward_app.services.privacy.anonymize.rehearsing import rehearsed
from steward_app.services.privacy.anonymize.rules_json import rules_from_json, rules_to_json
from steward_app.services.privacy.classify.originals import Coming, originals_before
from steward_app.services.privacy.classify.quasi import known_of
from steward_app.services.privacy.rules import ReleaseRules, Subset
from steward_app.storage import scratch_directory
from steward_app.storage.secrets import open_secrets

_MARGIN_BYTES = 1 << 20
_COPIES_NEEDED = 4  # the point's scan and proof, the new contents, and SQLite's journal


class AnonymizeInPlace(FileOperation[InPlaceRequest]):
    """Replaces what a database holds by what the rules leave of it. Nothing undoes it but the encrypted point."""

    name = "privacy.anonymize_in_place"
    changes_database = True
    destroys = True

    def __init__(self, catalog: Catalog | None = None) -> None:
        """`catalog` has the last scan, the keys and the stores, to plan."""
        self._catalog = catalog

    def plan(self, request: InPlaceRequest, context: Context) -> Plan:
        """Raises `Refused` for a damaged database."""
        assert self._catalog is not None, "a plan needs the catalog"
        rules, path = request.rules, request.path
        named = key_name(rules, request.database_id)
        key = known_key_bytes(self._catalog, named) if named else passing_key()
        scan = last_scan(self._catalog, request.path)
        store = point_store(self._catalog, request.database_id, request.store_id)
        with open_read(path, context) as session, session.snapshot(), session.under(context):
            refuse_damaged(session)
            found = look(session, rules, scan, key, context)
            rests_on = fingerprint.take(session)
            why_not = session.state.why_not_writable
            names = [str(name) for (name,) in session.execute("SELECT name FROM main.sqlite_schema")]
            told = tuple(along.sentences(session, found.schema))
            ours = along.obstacles(session, found.schema, path)
        findings = (
            *_obstacles(request, store, why_not, names),
            *originals_before(
                *(self._catalog, request.database_id),
                Coming(store.id if store else "", request.keep_days, request.point_ends),
            ),
            *ours,
            *gone_for_good(found.orders.chosen),
            *found.findings,
        )
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Anonymize {quoted(path.name)} in its place",
            path=str(path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "rules": rules_to_json(rules),
                "key": named,
                "store": store.id if store else "",
                "keep_days": request.keep_days,
                ENDS: request.point_ends,
                "proposed": request.proposed,
                "policy_hash": request.policy_hash,
            },
            sentences=(
                "What the file holds now is made a restore point in an encrypted store first, restored and compared."
                f" It is kept for {request.keep_days} days, "
                + (
                    "then the next clean-up of restore points destroys it, once a newer one is there."
                    if request.point_ends
                    else "then as the rules of its store say."
                ),
                whose_rules(rules, proposed=request.proposed),
                *found.kept.sentences,
                *key_sentences(self._catalog, named, request.database_id, is_new=key is None),
                *subset_sentences(found, rules),
                "The new contents are built beside the file, checked and searched for original values.",
                "Then the file gets them in one step; nothing of the old pages, indexes, statistics or journals stays.",
                *told,
                "Triggers do not run, and foreign keys lead where they led.",
                "The result is pseudonymised (Art. 4(5) GDPR) as long as the key or the point is there.",
            ),
            reversal=Reversal.NONE,
            reversal_text="Not at all, but by restoring the encrypted point as long as it is kept.",
            fingerprint=rests_on,
            button=f"Anonymize {quoted(path.name)}",
            changes=found.changes(rules),
            findings=findings,
            disk_bytes=found.orders.file_bytes * _COPIES_NEEDED + _MARGIN_BYTES,
            disk_path=str(request.directory),
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        rules, named = _asked(plan)
        _refuse_while_open(scope.path)
        key = key_bytes(scope.catalog, named) if named else passing_key()
        with scratch_directory(scope.catalog.scratch) as scratch:
            image = scratch / "image.sqlite"
            image.touch(mode=0o600)
            with open_write(scope.path) as lock, lock.transaction():  # others may read, and nobody writes
                point = proven_point(plan, scope, context)
                ours = along.read(lock)
                made = make(
                    *(scope.path, image, rules, key, context),
                    plan=plan,
                    what=known_of(scope.path, scope.catalog),
                    at_last=lambda session: _write_ours(session, ours, rules, scope, context),
                )
            release = entry.begin(scope, plan, rules, named, scope.path, made, in_place=True)
            scope.confirm_lease()
            _refuse_while_open(scope.path)
            context.report(0, note="Putting it in place")
            replace_contents(scope.path, image, context)
            left = _clean_up(scope.path, image)
        entry.finish(scope)
        return _outcome(made, release, point, left, scope.path, plan)

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        """Everything was checked before it was put in place; after that nothing may fail any more."""
        return (*entry.checks(scope), Check("The file says that it was anonymized", scope.has_happened()))

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        """Before the replacement nothing was changed; after it the old contents are in the point alone.

        Raises `Failure` then, which leaves the operation open: when the file is opened next, it is said to have
        happened.
        """
        if self._settled(scope):
            raise Failure(ErrorCode.IO_ERROR, f"{quoted(scope.path.name)} was anonymized all the same.")

    def settle(self, started: Event, scope: Scope) -> Settlement:
        if self._settled(scope):
            return Settlement(True, "The file was anonymized.")
        return Settlement(False, "The file is as it was before.")

    def rehearse(self, plan: Plan, scratch: Path, context: Context) -> Rehearsal:
        """Build the new contents in scratch, with a key that nobody keeps, and remove them."""
        assert self._catalog is not None, "a rehearsal signs the new log"
        rules, secrets = _asked(plan)[0], open_secrets(self._catalog.directory)
        with open_read(Path(plan.path), context) as session, session.snapshot():
            ours = along.read(session)

        def write_ours(session: WriteSession) -> None:
            with session.transaction():
                along.write(session, ours, rules, plan.id, secrets, context)

        return rehearsed(plan, scratch, rules, context, at_last=write_ours)

    def _settled(self, scope: Scope) -> bool:
        with open_write(scope.path) as session:  # which settles a commit that a failing disk left half done
            happened = stamp.has(session, scope.operation_id)
            if happened:
                _empty_log(session)
        with scratch_directory(scope.catalog.scratch) as scratch:  # which removes that of a killed process
            if happened:
                drop_tail(scope.path, scratch, Context())
        if happened:
            sync_image(scope.path)
            entry.finish(scope)
        else:
            entry.forget(scope)
        return happened


def plan_in_place(
    catalog: Catalog,
    path: Path,
    context: Context,
    *,
    rules: str = "",
    subset: Subset | None = None,
    key: str = "",
    keep_days: int = 30,
    point_ends: bool = True,
) -> Plan:
    """Plan to anonymize the database at a path in its place; the arguments are those of `copy.plan_copy`.

    Args:
        keep_days: for so long the encrypted point of what it holds now is kept.
        point_ends: it is destroyed then; else the rules of its store decide.
    """
    known_as = database_id(catalog, path, context)
    found, proposed, policy = rules_of(catalog, path, rules, context, subset=subset, key=key)
    request = InPlaceRequest(
        *(path, known_as, found, catalog.directory),
        keep_days=keep_days,
        point_ends=point_ends,
        proposed=proposed,
        policy_hash=policy,
    )
    return AnonymizeInPlace(catalog).plan(request, context)


def anonymize_in_place(catalog: Catalog, plan: Plan, context: Context, confirmation: Confirmation) -> Receipt:
    """Carry the plan out. Nothing undoes it: the name of the file must have been typed."""
    return run(AnonymizeInPlace(catalog), plan, catalog, context, confirmation=confirmation)


def rehearse_in_place(catalog: Catalog, plan: Plan, context: Context) -> Rehearsal:
    """Build the new contents in scratch and remove them; what would come of it."""
    return rehearse(AnonymizeInPlace(catalog), plan, catalog, context)


def _asked(plan: Plan) -> tuple[ReleaseRules, str]:
    rules = plan.request["rules"]
    assert isinstance(rules, dict)
    return rules_from_json(rules), str(plan.request["key"])


def _obstacles(
    request: InPlaceRequest, store: Store | None, why_not: str, names: list[str]
) -> tuple[Finding, ...]:
    subject = Subject("database", name=request.path.name)

    def stops(code: str, title: str, remedy: str, detail: str = "") -> Finding:
        return Finding(code, Severity.ERROR, title, subject, detail=detail, remedies=(remedy,), blocks=True)

    found = []
    if why_not:
        found.append(
            stops("cannot_be_written", f"The file cannot be written: {why_not}", "Make a copy instead.")
        )
    if store is None:
        found.append(
            stops(
                "no_encrypted_store",
                "There is no encrypted store for the restore point that must be made first",
                "Make one: “steward backup init DATABASE --store URL”.",
                "A point that anybody could read would keep what is to go.",
            )
        )
    if request.rules.subset is not None:
        found.append(
            stops(
                "part_in_place",
                "A part of the rows can go into a copy only: in its place, the others would be gone",
                "Make a copy, or take the subset out of the rules.",
            )
        )
    others = _others(request.path)
    if others:
        found.append(
            stops("in_use", f"Other programs have the file open: {others}", "Close them, then plan again.")
        )
    if any(name.lower() == "_steward_undo" for name in names):
        found.append(
            Finding(
                "earlier_undo_ends",
                Severity.NOTE,
                "What was done to the file before can no longer be undone afterwards",
                subject,
                detail="What undoes it are values that rows held before; they go, too.",
            )
        )
    return tuple(found)


def _others(path: Path) -> str:
    return ", ".join(sorted({visible(each.name) or f"process {each.pid}" for each in holders(path)}))


def _refuse_while_open(path: Path) -> None:
    others = _others(path)
    if others:
        raise Refused(
            ErrorCode.LOCKED,
            f"{quoted(path.name)} is open in other programs: {others}.",
            hint="It is unchanged. Close them, then try again: what they hold open could keep old pages.",
        )


def _write_ours(
    session: WriteSession, ours: along.Along, rules: ReleaseRules, scope: Scope, context: Context
) -> None:
    """What goes along, and this operation last: it says who the file is."""
    secrets = open_secrets(scope.catalog.directory)
    with session.transaction():
        along.write(session, ours, rules, scope.operation_id, secrets, context)
        scope.stamp(session)


def _clean_up(path: Path, image: Path) -> str:
    """Leave nothing of the old pages in the file or beside it; what is left all the same, a sentence, or ""."""
    try:
        with open_write(path) as session:
            left = _empty_log(session)
        sync_image(path)
        beside = [suffix for suffix in (WAL, JOURNAL) if side_file(path, suffix)]
        if left or beside:
            return left or f"Old pages are left in {quoted(path.name + beside[0])}."
        if not same_image(path, image, Context(), any_journal=True):
            return "The file is not byte for byte what was built: another program has written to it since."
    except StewardError as error:
        return error.message
    return ""


def _empty_log(session: WriteSession) -> str:
    if session.value("PRAGMA main.journal_mode") != "wal":
        return ""
    row = session.one("PRAGMA main.wal_checkpoint(TRUNCATE)")
    busy = row is None or bool(row[0])
    return (
        "Another program reads from the file beside it (-wal), which keeps old pages until it is done."
        if busy
        else ""
    )


def _outcome(made: Made, release: str, point: str, left: str, path: Path, plan: Plan) -> Outcome:
    sentence = f"{quoted(path.name)} was anonymized in its place"
    return Outcome(
        f"{sentence}. {left}" if left else sentence,
        made.changes(),
        {
            "release": release,
            "point": point,
            "rows": made.rows,
            "values_searched": made.residue.values,
            "risks": [each.as_json() for each in made.risks],
            **kept_personal.in_receipt(plan),
            **determined.in_receipt(plan),
            **sampled.in_receipt(plan),
            **numbers_in_receipt(made.residue),
            **({"left": left} if left else {"compared": "the file is byte for byte what was searched"}),
        },
        restore_point=point,
    )
