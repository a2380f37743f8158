"""Reading restore points again: every byte, every row, and whether the manifest is the one that was written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from steward_app.catalog import Catalog, journal, points, stores
from steward_app.catalog.journal import ENDS
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Store
from steward_app.kernel.errors import Failure, Refused
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.backup import manifest as manifests
from steward_app.services.backup.connect import find_store, stores_of
from steward_app.services.backup.examine import compare, examine
from steward_app.services.backup.files import Files
from steward_app.services.backup.list import find_point, list_points
from steward_app.services.backup.model import Manifest, StoreReading, Verdict, Verification
from steward_app.services.backup.prove import prove as prove_point
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.verify_store import note, verify_store


def verify(
    catalog: Catalog, path: Path, context: Context, *, point: str = "", prove: bool = False
) -> tuple[Verdict, ...]:
    """Read the points of a database again and say of each whether it is as it was made; newest first.

    As `verify_all`, which also tells of the stores themselves.
    """
    return verify_all(catalog, path, context, point=point, prove=prove).items


def verify_all(
    catalog: Catalog,
    path: Path,
    context: Context,
    *,
    point: str = "",
    store: str = "",
    part: int = 1,
    prove: bool = False,
    given: Unlocking | None = None,
) -> Verification:
    """Read the points of a database again, those on this computer and those in stores.

    Args:
        point: one point only, by its id.
        store: one store only, by name, address or id; nothing on this computer then.
        part: of stores, one in so many objects, another share each time.
        prove: restore each to scratch as well.
        given: what a person gave to open stores; without it, what this machine keeps.

    A store that does not answer says so in its reading; where one store or point was asked for, it is a `Failure`.
    """
    chosen = find_point(catalog, path, point, context) if point else None
    if chosen and chosen.store_id:
        with catalog.reading() as session:
            known = stores.get(session, chosen.store_id)
        one = verify_store(catalog, known, context, only=(chosen.id,), prove=prove, given=given)
        return Verification(*_together([one]))
    if store:
        known = find_store(catalog, path, store, context)
        return Verification(
            *_together([verify_store(catalog, known, context, part=part, prove=prove, given=given)])
        )
    here = [chosen] if chosen else [each for each in list_points(catalog, path, context) if not each.store_id]
    verdicts = _verify_here(catalog, here, context, prove)
    if chosen:
        return Verification(verdicts)
    read = []
    for each in stores_of(catalog, path, context):
        with context.step() as step:
            read.append(_verify_store(catalog, each, step, part, prove, given))
    in_stores, readings = _together(read)
    return Verification(tuple(sorted((*verdicts, *in_stores), key=_newest_first, reverse=True)), readings)


def _verify_store(
    catalog: Catalog, store: Store, context: Context, part: int, prove: bool, given: Unlocking | None
) -> tuple[tuple[Verdict, ...], StoreReading]:
    """A store among others: one that does not answer keeps no other from being read."""
    try:
        return verify_store(catalog, store, context, part=part, prove=prove, given=given)
    except (Failure, Refused) as error:
        told = f"{quoted(store.name)}: not verified"
        return (), StoreReading(store.id, store.name, told, problems=(error.message,), hint=error.hint)


def _together(
    read: Sequence[tuple[tuple[Verdict, ...], StoreReading]],
) -> tuple[tuple[Verdict, ...], tuple[StoreReading, ...]]:
    return tuple(verdict for verdicts, _ in read for verdict in verdicts), tuple(told for _, told in read)


def _newest_first(verdict: Verdict) -> tuple[str, str]:
    return verdict.made_at, verdict.id


def _verify_here(
    catalog: Catalog, chosen: Sequence[Point], context: Context, prove: bool
) -> tuple[Verdict, ...]:
    """Points that are whole files on this computer."""
    verdicts = []
    for number, each in enumerate(chosen):
        context.report(number, len(chosen), unit="restore points", note=each.id)
        verdict = _verify(catalog, each, context, prove)
        with catalog.unit() as unit:
            points.update(unit, each.id, verdict.state)
            note(unit, each.database_id, verdict)
            unit.commit()
        verdicts.append(verdict)
    return tuple(verdicts)


def _verify(catalog: Catalog, point: Point, context: Context, prove: bool) -> Verdict:
    files = Files(point.path)
    if not files.copy.exists():
        return Verdict(point.id, point.made_at, PointState.MISSING, (f"The copy is not there: {files.copy}",))
    try:
        made, digest = manifests.read(files.manifest)
        checks = _checks(catalog, point, made, digest, context)
        if prove and made.found is not None and all(check.passed for check in checks):
            checks = (*checks, prove_point(files, made.found, catalog, context))
    except Failure as error:
        return Verdict(point.id, point.made_at, PointState.FAILED, (error.message,))
    problems = tuple(_problem(check) for check in checks if not check.passed)
    state = _state(made, point, bool(problems), prove)
    return Verdict(point.id, made.made_at, state, problems, checks, compared=made.found is not None)


def _checks(
    catalog: Catalog, point: Point, made: Manifest, digest: str, context: Context
) -> tuple[Check, ...]:
    written = _digest_in_journal(catalog, made)
    whole = Check("The manifest is the one that was written", made.id == point.id and written in ("", digest))
    if made.found is None:
        size = Files(point.path).copy.stat().st_size
        return (
            whole,
            Check("The copy has its size; nobody looked into it when it was made", size == made.size_bytes),
        )
    return (whole, *compare(made.found, examine(point.path, context)))


def _digest_in_journal(catalog: Catalog, made: Manifest) -> str:
    """The digest of the manifest as the journal keeps it; "" when this catalog does not know the operation."""
    with catalog.reading() as session:
        record = journal.record(session, made.operation_id)
    result = (
        record.ended.data.get("result") if record and record.ended and record.ended.phase in ENDS else None
    )
    digest = result.get("manifest") if isinstance(result, dict) else None
    return digest if isinstance(digest, str) else ""


def _state(made: Manifest, point: Point, wrong: bool, prove: bool) -> PointState:
    if wrong:
        return PointState.FAILED
    if made.found is None or made.found.integrity:
        return PointState.TAKEN
    proven = prove or PointState.PROVEN in (made.state, point.state)
    return PointState.PROVEN if proven else PointState.CHECKED


def _problem(check: Check) -> str:
    return f"Not so: {check.title}{f' ({check.detail})' if check.detail else ''}"
