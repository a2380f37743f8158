"""Drills: the proof that a restore works, made before it is needed.

The newest point and an older one, chosen by chance, are brought back to scratch and looked into as a steward would have
to on the worst day: every page against its hash, SQLite's own checks, every row of every table against what was there,
the rows that were erased since, and the chain of the journal. How long it took is the recovery time (RTO); the age of
the newest state that could be brought back is what would have been lost (RPO).

Nothing but scratch space is written, and the results: in the store beside the point, in the journal, and as a signed
document with a PDF.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from steward_app.catalog import Catalog, chain, points, schedules, stores
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Store
from steward_app.db.content import TableContent
from steward_app.db.image import open_image
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.plan import Check, Json
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services import erasure
from steward_app.services.audit.engine.tables import is_audited
from steward_app.services.audit.seals.verify import verify
from steward_app.services.backup import Examination, drills
from steward_app.services.backup.capture import find_manifest
from steward_app.services.backup.connect import Opened, reached
from steward_app.services.backup.damage import BROUGHT_BACK, object_checks
from steward_app.services.backup.drills import Drill
from steward_app.services.backup.examine import (
    DAMAGE,
    WHOLE_THEN,
    examine,
    how_much,
    orphans_check,
    same_contents,
    whole_then,
)
from steward_app.services.backup.files import Files
from steward_app.services.backup.known import database_id
from steward_app.services.backup.manifest import read as read_plain_manifest
from steward_app.services.backup.status import unset
from steward_app.services.backup.store import failures, reader, records
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.store.model import ProofState
from steward_app.services.backup.write_out import write_out
from steward_app.services.restore.drill_evidence import write_evidence
from steward_app.services.restore.newest_row import newest_row_age
from steward_app.storage import scratch_directory

SOUND = (PointState.TAKEN, PointState.CHECKED, PointState.PROVEN)
_DAMAGED = "The database was damaged when this was made"
_FORGED = "The audit log was not as it was sealed when this was made"
AUDIT_LOG = "The audit log in it is as it was sealed"
_KEYS = (ErrorCode.NEEDS_KEY, ErrorCode.WRONG_KEY)


@dataclass(frozen=True, slots=True)
class _Brought:
    """A point in scratch space. `expected` is what its tables held, None where nobody looked then."""

    image: Path
    expected: tuple[TableContent, ...] | None
    told: str


def drill(
    catalog: Catalog,
    path: Path,
    context: Context,
    *,
    store: str = "",
    point: str = "",
    given: Unlocking | None = None,
    chance: random.Random | None = None,
) -> tuple[Drill, ...]:
    """Bring points of the database at a path back to scratch and look into them.

    Args:
        store: one store only, by name; all of them by default, and whole-file points where there is none.
        point: one point only, by the start of its id.
        given: what opens encrypted stores, where this machine does not keep their keys.
        chance: chooses the older point.

    A point that cannot be brought back is a drill that failed, and is returned like the others. An older one that was
    made before the key was let into its store is left out.

    Raises:
        UsageError: there is no point to drill, or no such store or point.
        Failure: a key is needed (NEEDS_KEY, WRONG_KEY), or a store does not answer; nothing was found out then.
        Cancelled: drills that were finished before are kept.
    """
    known_as = database_id(catalog, path, context)
    chosen = _chosen(catalog, known_as, store, point, chance or random.Random())  # noqa: S311  which, not what
    if not chosen:
        raise _nothing_to_drill(catalog, path, known_as, store)
    _began(catalog, known_as)
    done: list[Drill] = []
    for number, each in enumerate(chosen):
        context.report(number, len(chosen), unit="restore points", note=each.id)
        try:
            with context.step() as step:
                done.append(_drill(catalog, path, each, given, step))
        except Failure as error:
            if error.code is not ErrorCode.WRONG_KEY or all(
                other.store_id != each.store_id for other in done
            ):
                raise  # else the key was let into the store later: it opened the newest point, and not this one
    return tuple(done)


def _nothing_to_drill(catalog: Catalog, path: Path, known_as: str, store: str) -> UsageError:
    with catalog.reading() as session:
        elsewhere = len(points.of_database(session, known_as))
    if not store:
        message = f"There is no restore point of {quoted(path.name)} to drill."
        return UsageError(
            ErrorCode.BAD_REQUEST, message, hint="Make one with: steward backup create DATABASE."
        )
    message = f"There is no restore point of {quoted(path.name)} in {quoted(store)} to drill"
    there = f"; {plural(elsewhere, 'lies', 'lie')} elsewhere" if elsewhere else ""
    hint = f"Make one with: steward backup create DATABASE --store {store}."
    return UsageError(ErrorCode.BAD_REQUEST, f"{message}{there}.", hint=hint)


def _chosen(
    catalog: Catalog, known_as: str, store: str, point: str, chance: random.Random
) -> tuple[Point, ...]:
    with catalog.reading() as session:
        if point:
            return (points.find(session, point, known_as),)
        every = points.of_database(session, known_as)
        places = [stores.find(session, known_as, store).id] if store else []
        places = places or [each.id for each in stores.of_database(session, known_as)] or [""]
    found: list[Point] = []
    for place in places:
        all_there = [each for each in every if each.store_id == place]
        there = [each for each in all_there if each.state in SOUND] or all_there[
            :1
        ]  # no sound one: that is told, too
        found += there[:1] + ([chance.choice(there[1:])] if there[1:] else [])
    return tuple(found)


def _drill(catalog: Catalog, path: Path, point: Point, given: Unlocking | None, context: Context) -> Drill:
    began = time.perf_counter()
    found, checks, rto_seconds = None, [], 0.0
    with _store(catalog, point, given, context) as opened, scratch_directory(catalog.scratch) as scratch:
        try:
            brought = _bring(point, opened, scratch / "restored.sqlite", catalog, context)
            found = examine(brought.image, context)
            checks = [Check("Every page is as it was written", True, brought.told), *_judge(found, brought)]
            rto_seconds = time.perf_counter() - began
            checks += _beyond(catalog, brought.image, point, context)
        except (Failure, Refused) as error:
            if error.code in _KEYS or failures.says_nothing_of_the_point(error):
                raise
            checks += [*_objects(catalog, opened, point, context), Check(BROUGHT_BACK, False, error.message)]
            rto_seconds = rto_seconds or time.perf_counter() - began
        passed = all(check.passed for check in checks)
        done = Drill(
            id=ids.new_id("dr"),
            at=clock.to_text(clock.now()),
            database_id=point.database_id,
            point=point.id,
            point_made_at=point.made_at,
            store_id=point.store_id,
            passed=passed,
            sentence=_sentence(point, found, checks, rto_seconds),
            checks=tuple(checks),
            rto_seconds=round(rto_seconds, 3),
            rpo_seconds=round(_rpo_seconds(catalog, point), 3),
            size_bytes=point.size_bytes,
            tables=len(found.tables) if found else 0,
            rows=found.rows if found else 0,
        )
        return _keep(catalog, path, done, point, opened, context)


def _keep(
    catalog: Catalog, path: Path, done: Drill, point: Point, opened: Opened | None, context: Context
) -> Drill:
    """Write the evidence, the proof beside the point, the journal and the catalog, in this order."""
    name = _store_name(catalog, point)
    with catalog.reading() as session:
        holds = chain.verify(session, context).holds
    restored = done.passed  # what is wrong with the journal is no fault of the point
    exact = _is_exact(done.checks)
    journal_check = Check("The journal of this computer is an unbroken chain", holds)
    done = replace(done, checks=(*done.checks, journal_check), passed=done.passed and holds)
    signed = ""
    try:
        written = write_evidence(catalog, path, done, name)
        signed = written.signed
        done = replace(done, evidence=str(written.path), evidence_hash=written.hash)
    except Failure as error:
        done = replace(done, sentence=f"{done.sentence}. The evidence could not be written: {error.message}")
    state = PointState.PROVEN if restored else PointState.FAILED
    proof = ProofState.PROVEN if restored else ProofState.FAILED
    if exact:
        state, proof = (PointState.CHECKED if opened else PointState.TAKEN), ProofState.CHECKED
    if opened is not None:
        told: dict[str, Json] = {"drill": done.id, "checks": [asdict(check) for check in done.checks]}
        with suppress(Failure):  # a store that cannot be written keeps no proof; the journal does
            records.write_proof(opened.store, point.id, done.at, proof, told, Context())
    with catalog.unit() as unit:
        drills.record(unit, done, signed)
        points.update(
            unit, point.id, state, checks=done.checks, warning=_warning(done.checks) if exact else ""
        )
        unit.commit()
    return done


@contextmanager
def _store(
    catalog: Catalog, point: Point, given: Unlocking | None, context: Context
) -> Iterator[Opened | None]:
    if not point.store_id:
        yield None
        return
    with catalog.reading() as session:
        known = stores.get(session, point.store_id)
    with reached(catalog, known, context, given=given, to_read=True) as opened:
        yield opened


def _bring(point: Point, opened: Opened | None, target: Path, catalog: Catalog, context: Context) -> _Brought:
    context.report(0, note="Bringing it back to scratch")
    if opened is None:
        files = Files(point.path)
        made = read_plain_manifest(files.manifest)[0]
        write_out(files.copy, made.found, target, context)
        return _Brought(target, made.found.tables if made.found else None, "the whole file")
    stored = find_manifest(opened, point.id, context)
    if stored is None:
        raise Failure(ErrorCode.NOT_FOUND, f"The restore point {point.id} is not in the store any more.")
    image = reader.read_point(
        opened.store, stored.manifest, opened.identity, target, context, scratch=catalog.scratch
    )
    told = reader.read_details(opened.store, stored.manifest, opened.identity, context)
    expected = told.found.tables if told.found else point.tables or None
    return _Brought(target, expected, f"{image.pages:,} of {plural(image.pages, 'page')}")


def _objects(catalog: Catalog, opened: Opened | None, point: Point, context: Context) -> tuple[Check, ...]:
    """How much of what a point needs is right, where it could not be brought back: what a repair is to write again."""
    if opened is None:
        return ()
    with suppress(Failure), scratch_directory(catalog.scratch) as scratch:
        stored = find_manifest(opened, point.id, context)
        if stored is not None:
            return object_checks(opened.store, stored.manifest, scratch, context)
    return ()


def _judge(found: Examination, brought: _Brought) -> list[Check]:
    checks = [
        whole_then(found),
        orphans_check(found),
    ]
    if brought.expected is None:
        return [*checks, Check("Every row of every table can be read", True, how_much(found.tables))]
    return [*checks, same_contents("Every table holds the rows it held", brought.expected, found.tables)]


def _beyond(catalog: Catalog, image: Path, point: Point, context: Context) -> list[Check]:
    """What SQLite knows nothing of: how fresh the rows are, and that nobody who was erased comes back."""
    age = newest_row_age(image, clock.from_text(point.made_at), context)
    checks = [] if age is None else [Check("Age of its newest dated row when it was made", True, age)]
    checks += _audit_log(image, context)  # before anything that was erased since is taken out of it
    replayed = erasure.hand_over(catalog, image, point.database_id, point.made_at, point.id, context)
    return [*checks, replayed.check]


def _audit_log(image: Path, context: Context) -> list[Check]:
    """Whether the log of changes in the file, where there is one, is as it was sealed."""
    try:
        with open_image(image) as session, session.snapshot():
            if not is_audited(session):
                return []
            verdict = verify(session, context, live=False)
    except Failure as error:
        if error.code in DAMAGE:
            return [Check(AUDIT_LOG, False, error.message)]
        raise
    if verdict.problems:
        return [Check(AUDIT_LOG, False, verdict.problems[0].sentence)]
    told = f"{plural(verdict.seals, 'seal')} over {plural(verdict.sealed, 'change')}"
    return [Check(AUDIT_LOG, True, told if verdict.seals else "nothing of it was sealed")]


def _sentence(point: Point, found: Examination | None, checks: Sequence[Check], seconds: float) -> str:
    moment = clock.shown(point.made_at)
    failed = next((check for check in checks if not check.passed), None)
    if failed is not None:
        told = f" ({failed.detail})" if failed.detail else ""
        if _is_exact(checks):
            how = (
                "its audit log was not as sealed" if failed.title == AUDIT_LOG else "the database was damaged"
            )
            return f"The point of {moment} is what it was made of, and {how} then{told}"
        return f"The point of {moment} did not pass its drill. This is not so: {failed.title}{told}"
    assert found is not None
    return f"The point of {moment} was restored and compared: {how_much(found.tables)}, in {seconds:.1f} s"


def _warning(checks: Sequence[Check]) -> str:
    return _DAMAGED if WHOLE_THEN in _wrong(checks) else _FORGED


def _is_exact(checks: Sequence[Check]) -> bool:
    """Whether nothing is wrong with a point but what it is a point of."""
    return bool(wrong := _wrong(checks)) and wrong <= {WHOLE_THEN, AUDIT_LOG}


def _wrong(checks: Sequence[Check]) -> set[str]:
    return {check.title for check in checks if not check.passed}


def _rpo_seconds(catalog: Catalog, point: Point) -> float:
    """How old the newest state is that could be brought back from where this point lies."""
    with catalog.reading() as session:
        every = points.of_database(session, point.database_id)
        newest = next(p for p in every if p.store_id == point.store_id and (p.state in SOUND or p == point))
        current_at = stores.get(session, point.store_id).current_at if point.store_id else ""
    latest = max(filter(None, (newest.made_at, current_at)))
    return max(0.0, (clock.now() - clock.from_text(latest)).total_seconds())


def _store_name(catalog: Catalog, point: Point) -> str:
    if not point.store_id:
        return "this computer"
    with catalog.reading() as session:
        known: Store = stores.get(session, point.store_id)
    return known.name


def _began(catalog: Catalog, known_as: str) -> None:
    with catalog.unit() as unit:
        schedule = schedules.get(unit.session, known_as) or unset(known_as)
        schedules.ran(unit, schedule, clock.to_text(clock.now()), drilled=True)
        unit.commit()
