"""Repairing a store: objects that were found damaged or missing are written again from where they are good.

They are taken from another store of the same database, from what is whole in this one, and from the live database where
its pages are still the ones that were captured. What was written is read back; what cannot be repaired is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast

from steward_app.catalog import Catalog, stores
from steward_app.catalog.journal import Event
from steward_app.catalog.stores import Store
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Fingerprint, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup.connect import Opened, find_store, reached
from steward_app.services.backup.damage import failed_points
from steward_app.services.backup.model import Verdict
from steward_app.services.backup.reading import NOT_THERE, read_objects
from steward_app.services.backup.repair_model import NO_KEY, Work
from steward_app.services.backup.repair_work import Repairer
from steward_app.services.backup.store import failures, layout, reader
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.verify_store import verify_store
from steward_app.services.operation import Confirmation, FileOperation, Outcome, Scope, Settlement, run
from steward_app.storage import scratch_directory

_SHOWN = 20  # objects that a plan names one by one


@dataclass(frozen=True, slots=True)
class RepairRequest:
    """A store of the database at a path that shall be repaired."""

    path: Path
    store: Store


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair gave.

    Attributes:
        points: what reading the points it was about gave afterwards; () where the store did not answer any more.
    """

    receipt: Receipt
    points: tuple[Verdict, ...]

    @property
    def wants_key(self) -> bool:
        """Whether more could be repaired with the private key of the store."""
        return NO_KEY in self.left.values()

    @property
    def left(self) -> dict[str, str]:
        """Objects that could not be repaired, and why."""
        return cast("dict[str, str]", (self.receipt.result or {})["left"])


class RepairStore(FileOperation[RepairRequest]):
    """Writes damaged objects of a store again. Nothing that is right is changed."""

    name = "backup.repair"
    needs_database = False

    def __init__(self, catalog: Catalog | None = None, given: Unlocking | None = None) -> None:
        self._catalog, self._given = catalog, given

    def plan(self, request: RepairRequest, context: Context) -> Plan:
        """Reads what the points that failed need. Raises `UsageError` where nothing of it is damaged or missing."""
        assert self._catalog is not None, "a repair is planned from a catalog"
        store = request.store
        wrong, users = _look(self._catalog, store, self._given, context)
        if not wrong:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"No object of {quoted(store.name)} is known to be damaged or missing.",
                hint="Nothing was changed. To look for some: steward backup verify DATABASE.",
            )
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Repair {plural(len(wrong), 'object')} of {quoted(store.name)}",
            path=str(request.path.absolute()),
            database_id=store.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "store": store.id,
                "objects": cast(Json, list(wrong)),
                "points": cast(Json, list(users)),
            },
            sentences=(
                f"{plural(len(wrong), 'object')} of {quoted(store.name)} are damaged or missing; "
                f"{plural(len(users), 'point')} need them.",
                "Each is looked for in the other stores of this database, in what is whole of it here, and in the "
                "database itself. What is found is compared with what was captured, written again and read back.",
            ),
            findings=tuple(
                Finding(
                    "damaged_object",
                    Severity.NOTE,
                    f"T{failures.object_words(name)[1:]}",
                    _subject(name),
                    why,
                )
                for name, why in islice(wrong.items(), _SHOWN)
            ),
            reversal=Reversal.NOT_NEEDED,
            reversal_text="Nothing that is right is changed, and no point is removed.",
            fingerprint=Fingerprint(schema_hash=""),
            button=f"Copy {plural(len(wrong), 'object')} again",
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        with scope.catalog.reading() as session:
            store = stores.get(session, str(plan.request["store"]))
        names = cast("list[str]", plan.request["objects"])
        with (
            ExitStack() as others,
            reached(scope.catalog, store, context, given=self._given) as found,
            scratch_directory(scope.catalog.scratch) as scratch,
        ):
            scope.confirm_lease()
            repairer = Repairer(
                scope.catalog,
                scope.path,
                store,
                found,
                names,
                lambda: _others(scope.catalog, store, others, context),
                scratch,
            )
            work = repairer.run(context)
        return Outcome(
            _sentence(store, names, work),
            result={
                "store": store.id,
                "repaired": list(work.repaired),
                "left": cast(Json, work.left),
                "points": list(work.points),
                "broken": list(work.broken),
                "not_looked_into": list(work.silent),
            },
        )

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        """Each object was read back when it was written; nothing is promised of those that were not found."""
        done = len(cast("list[str]", outcome.result["repaired"]))
        if not done:
            return ()
        return (
            Check("What was written was read back and is what its name says", True, plural(done, "object")),
        )

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        """Nothing: what is right again stays so."""

    def settle(self, started: Event, scope: Scope) -> Settlement:
        return Settlement(False, "What was repaired until then stays so; the next repair goes on from there.")


def plan_repair(
    catalog: Catalog, path: Path, context: Context, *, store: str, given: Unlocking | None = None
) -> Plan:
    """Plan the repair of a store of the database at a path: what its failed points need is read again.

    Args:
        store: its name, address or id.
        given: what opens it, where this machine does not keep its key.

    Raises `UsageError` where there is no such store, or nothing damaged is known of it; `Failure` when it does not
    answer.
    """
    known = find_store(catalog, path, store, context)
    return RepairStore(catalog, given).plan(RepairRequest(path, known), context)


def repair(
    catalog: Catalog,
    plan: Plan,
    context: Context,
    confirmation: Confirmation | None = None,
    *,
    given: Unlocking | None = None,
) -> Repaired:
    """Carry a plan of `plan_repair` out, and read the points it was about again.

    An object that could not be repaired is a result. Raises `Failure` when the store stops to answer or takes no more:
    what was repaired until then stays so.
    """
    receipt = run(RepairStore(catalog, given), plan, catalog, context, confirmation=confirmation)
    with catalog.reading() as session:
        store = stores.get(session, str(plan.request["store"]))
    only = cast("list[str]", plan.request["points"])
    try:
        verdicts, _ = verify_store(catalog, store, context, only=only, given=given)
    except Failure:  # the receipt stands; the points are as they were known
        verdicts = ()
    return Repaired(receipt, verdicts)


def _look(
    catalog: Catalog, store: Store, given: Unlocking | None, context: Context
) -> tuple[dict[str, str], tuple[str, ...]]:
    """What is wrong of what the failed points need, and why; and the points that need any of it."""
    failed = failed_points(catalog, store)
    ids_failed = {point.id for point in failed}
    with (
        reached(catalog, store, context, given=given) as found,
        scratch_directory(catalog.scratch) as scratch,
    ):
        listing = reader.points(found.store, context)
        named = {p.manifest.id: p.manifest.objects for p in listing.points}
        needed = dict.fromkeys(
            name for point, names in named.items() if point in ids_failed for name in names
        )
        infos = {name: found.store.objects.info(name, context) for name in needed}
        there = [info for info in infos.values() if info is not None]
        read = read_objects(found.store, there, scratch, context)
    wrong = {name: NOT_THERE for name, info in infos.items() if info is None} | read.wrong
    wrong |= {each.name: each.error.message for each in listing.damaged}
    users = [point for point, names in named.items() if not wrong.keys().isdisjoint(names)]
    users += [each.id for each in map(layout.read_point, wrong) if each]
    return wrong, tuple(users)


def _subject(name: str) -> Subject:
    return Subject(layout.kind_of(name), name=name)


def _others(catalog: Catalog, store: Store, stack: ExitStack, context: Context) -> Iterator[Opened | str]:
    """The other stores of the database, each open, or why it is not."""
    with catalog.reading() as session:
        known = stores.of_database(session, store.database_id)
    for each in known:
        if each.id != store.id:
            try:
                yield stack.enter_context(reached(catalog, each, context))
            except (Failure, Refused) as error:
                yield f"{quoted(each.name)} could not be looked into: {error.message}"


def _sentence(store: Store, names: list[str], work: Work) -> str:
    of = f"{len(work.repaired):,} of {plural(len(names), 'object')} of {quoted(store.name)}"
    if not work.left:
        return f"Repaired {plural(len(names), 'object')} of {quoted(store.name)}; the points that need them are whole"
    if not work.repaired:
        of = f"Nothing was repaired: none of {plural(len(names), 'object')} of {quoted(store.name)} was found whole"
        return f"{of}. {next(iter(work.left.values())).rstrip('.')}"
    kept = f"; {plural(len(work.points), 'point')} are whole again" if work.points else ""
    first = next(iter(work.left.values())).rstrip(".")
    return f"Repaired {of}{kept}. What is left: {first}"
