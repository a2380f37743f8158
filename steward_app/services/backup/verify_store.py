"""Verifying a store: what is in it is read and compared with its names, hash by hash. Needs no private key.

Of each point it is said whether everything it needs is there, and whether what was read of it is what was written.
Results go into the store as proofs, so that every computer sees them; a point that was proven stays so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from steward_app.catalog import Catalog, Unit, journal, points, stores
from steward_app.catalog.journal import Phase
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Store
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plan import Check, Json
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup import reading, share
from steward_app.services.backup.connect import Opened, reached
from steward_app.services.backup.damage import EXPLAINED, damaged_in, is_object
from steward_app.services.backup.model import StoreReading, Verdict
from steward_app.services.backup.naming import mend_naming_key
from steward_app.services.backup.prove_stored import prove_stored
from steward_app.services.backup.reading import NOT_THERE, Read, read_objects
from steward_app.services.backup.refresh import refresh
from steward_app.services.backup.share import OPERATION, Share
from steward_app.services.backup.store import failures, layout, reader, records
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.store.model import DamagedPoint, Listing, ProofState, StoredPoint
from steward_app.services.backup.verify_beside import problems_beside
from steward_app.storage import scratch_directory
from steward_app.storage.objects import ObjectInfo

_FOLDERS = (layout.PACKS, layout.MAPS, layout.DETAILS, layout.PLAIN)
_WHAT_NEXT = (
    "Restore another point, or this one from another store. The next point does not stand on what is damaged."
)
_PROOFS = {
    PointState.CHECKED: ProofState.CHECKED,
    PointState.PROVEN: ProofState.PROVEN,
    PointState.FAILED: ProofState.FAILED,
}


@dataclass(frozen=True, slots=True)
class _Looked:
    """What lies in a store, and what came of reading it."""

    listing: Listing
    there: Mapping[str, ObjectInfo]
    read: Read
    share: Share
    known: Mapping[str, Point]


def verify_store(
    catalog: Catalog,
    store: Store,
    context: Context,
    *,
    part: int = 1,
    only: Collection[str] = (),
    prove: bool = False,
    given: Unlocking | None = None,
) -> tuple[tuple[Verdict, ...], StoreReading]:
    """Read a store again, all of it or a share, and say of each point whether it is as it was made; newest first.

    Args:
        part: read one in so many objects, another share each time; so many runs read everything.
        only: some points, by their whole ids; all they need is read.
        prove: restore each point to scratch as well, which takes a private key in an encrypted store.
        given: what a person gave to open it.

    Raises `Failure` when the store does not answer, or cannot be unlocked. What was found until then is not kept.
    """
    refresh(catalog, store, context)
    with reached(catalog, store, context, given=given, to_read=prove) as found:
        looked = _look(catalog, store, found, part, only, context)
        verdicts = [
            _verdict(catalog, found, point, looked, prove, context)
            for point in looked.listing.points
            if not only or point.manifest.id in only
        ]
        verdicts += _without_manifest(found, looked, only)
        verdicts.sort(key=lambda verdict: verdict.made_at, reverse=True)
        problems = _problems_of_the_store(found, looked, context) if not only else []
        if not only:
            problems += problems_beside(catalog, store, found, looked.share, context)
        news = [each for each in verdicts if _is_news(each, looked.known.get(each.id), part, prove)]
        written, unwritten = _keep_proofs(found, news, looked.known, context)
        problems += unwritten
    told = _reading(store, looked, verdicts, problems)
    _keep(catalog, store, told, written, looked, only)
    return tuple(verdicts), told


def _look(
    catalog: Catalog, store: Store, found: Opened, part: int, only: Collection[str], context: Context
) -> _Looked:
    with catalog.reading() as session:
        ours = [each for each in points.of_database(session, store.database_id) if each.store_id == store.id]
        turn = share.next_share(session, store, part)
    listing = reader.points(found.store, context)
    there = {
        info.name: info
        for folder in _FOLDERS
        for info in found.store.objects.list(folder, context)
        if layout.hashes_in(info.name)
    }
    named = {point.manifest.id: point.manifest.objects for point in listing.points}
    failed = (point.id for point in ours if point.state is PointState.FAILED)
    again = {name for point in failed for name in named.get(point, ())}
    if only:
        wanted = dict.fromkeys(name for point in only for name in named.get(point, ()))
        chosen = tuple(there[name] for name in wanted if name in there)
    else:
        chosen = share.choose(turn, there.values(), again)
    with scratch_directory(catalog.scratch) as scratch:
        read = read_objects(found.store, chosen, scratch, context)
    return _Looked(listing, there, read, turn, {point.id: point for point in ours})


def _verdict(
    catalog: Catalog, found: Opened, point: StoredPoint, looked: _Looked, prove: bool, context: Context
) -> Verdict:
    made = point.manifest
    wrong = {name: NOT_THERE for name in made.objects if name not in looked.there}
    wrong |= {name: looked.read.wrong[name] for name in made.objects if name in looked.read.wrong}
    checks = tuple(Check(f"T{failures.object_words(name)[1:]}", False, name) for name in wrong) or (
        Check("Everything it needs is there", True, plural(len(set(made.objects)), "object")),
    )
    problems = tuple(f"T{failures.object_words(name)[1:]}: {why}" for name, why in wrong.items())
    known = looked.known.get(made.id)
    state = known.state if known else PointState.TAKEN
    whole = _whole(point, looked)
    if problems:
        state = PointState.FAILED
    elif prove:
        return _proven(catalog, found, point, state, checks, context)
    elif state is PointState.FAILED and not _by_reading(known):
        problems = ("Something else than a reading found it wrong. Its objects are as they were written",)
    elif whole and state is not PointState.PROVEN:
        state = PointState.CHECKED
    if whole and not problems:
        checks = (
            Check("Every object is what its name says", True, plural(len(set(made.objects)), "object")),
        )
    hint = "" if not problems else _WHAT_NEXT if wrong else "Prove it: verify it with --prove."
    return Verdict(made.id, made.made_at, state, problems, checks, whole, _store_id(found), hint)


def _proven(
    catalog: Catalog,
    found: Opened,
    point: StoredPoint,
    state: PointState,
    checks: tuple[Check, ...],
    context: Context,
) -> Verdict:
    made = point.manifest
    try:
        checks = (*checks, *prove_stored(catalog, found, point, context))
    except Failure as error:
        if not failures.says_nothing_of_the_point(error):
            state = PointState.FAILED
        elif error.code not in (
            ErrorCode.DISK_FULL,
            ErrorCode.IO_ERROR,
        ):  # the store is away, for other points, too
            raise
        verdict = Verdict(made.id, made.made_at, state, (error.message,), checks)
        return replace(verdict, store_id=_store_id(found), hint=error.hint)
    problems = tuple(f"Not so: {check.title} ({check.detail})" for check in checks if not check.passed)
    state = PointState.FAILED if problems else PointState.PROVEN
    hint = "Restore another point, or this one from another store." if problems else ""
    return Verdict(made.id, made.made_at, state, problems, checks, True, _store_id(found), hint)


def _without_manifest(found: Opened, looked: _Looked, only: Collection[str]) -> Iterable[Verdict]:
    """Points whose manifest is damaged, or not there although the rules say it should be."""
    for damaged in looked.listing.damaged:
        name = None if _of_another_store(damaged) else layout.read_point(damaged.name)
        if name and (not only or name.id in only):
            known = looked.known.get(name.id)
            checks = (Check("The manifest", False, damaged.name),)
            yield Verdict(
                name.id,
                known.made_at if known else name.made_at,
                PointState.FAILED,
                (damaged.error.message,),
                checks,
                store_id=_store_id(found),
                hint=damaged.error.hint,
            )
    for known in looked.known.values():
        if known.state is PointState.MISSING and (not only or known.id in only):
            yield Verdict(
                known.id,
                known.made_at,
                PointState.MISSING,
                ("Its manifest is not in the store any more",),
                store_id=known.store_id,
                hint="Put the manifest back from another copy of the store, or restore another point.",
            )


def _whole(point: StoredPoint, looked: _Looked) -> bool:
    """Whether all of it was read: in this run, or in the runs of a cycle that this one completes."""
    if looked.read.names.issuperset(point.manifest.objects):
        return True
    return looked.share.completes and point.manifest.made_at < looked.share.cycle_began_at


def _by_reading(known: Point | None) -> bool:
    """Whether objects explain why a point was found wrong: then a reading can find it right again."""
    failed = [check for check in known.checks if not check.passed] if known else []
    named = damaged_in(failed)
    return bool(named) and all(is_object(each.detail) or each.title in EXPLAINED for each in failed)


def _store_id(found: Opened) -> str:
    """The id of a store that answers."""
    return found.store.descriptor.store_id


def _problems_of_the_store(found: Opened, looked: _Looked, context: Context) -> list[str]:
    """What is wrong beside the points."""
    named = {name for point in looked.listing.points for name in point.manifest.objects}
    problems = [
        f"T{failures.object_words(name)[1:]}, which no point needs: {why}"
        for name, why in looked.read.wrong.items()
        if name not in named
    ]
    problems += [each.error.message for each in looked.listing.damaged if _of_another_store(each)]
    try:
        problems += filter(None, [mend_naming_key(found, context)])
    except Failure as error:
        problems.append(f"Whether the store can be opened on another computer is not known: {error.message}")
    return problems


def _of_another_store(damaged: DamagedPoint) -> bool:
    """Whether a manifest names another store than the one it lies in, which says nothing of the point itself."""
    return damaged.error.code is ErrorCode.WHICH_DATABASE


def _is_news(verdict: Verdict, known: Point | None, part: int, prove: bool) -> bool:
    """Whether more is known of a point than before. That it was proven once is not overwritten by reading it."""
    if known is None or known.state is not verdict.state or verdict.problems:
        return True
    if verdict.state is PointState.PROVEN:
        return prove
    return verdict.compared and part == 1


def _keep_proofs(
    found: Opened, news: Sequence[Verdict], known: Mapping[str, Point], context: Context
) -> tuple[tuple[Verdict, ...], list[str]]:
    """Write what is known now into the store; what the catalog may take over, and what was in the way, if anything.

    That a point is right again is not taken over where the store still says that it failed: it would be believed first.
    """
    at = clock.to_text(clock.now())
    for number, verdict in enumerate(news):
        if verdict.state not in _PROOFS:
            continue
        evidence: dict[str, Json] = {
            "by": OPERATION,
            "checks": [f"{check.title}: {check.detail}" for check in verdict.checks if check.passed],
            "problems": list(verdict.problems),
        }
        try:
            records.write_proof(found.store, verdict.id, at, _PROOFS[verdict.state], evidence, context)
        except Failure as error:
            failed = {name for name, point in known.items() if point.state is PointState.FAILED}
            kept = (
                *news[:number],
                *(each for each in news[number:] if not each.sound or each.id not in failed),
            )
            return kept, [f"The results could not be written to the store: {error.message}"]
    return tuple(news), []


def _reading(store: Store, looked: _Looked, verdicts: Iterable[Verdict], problems: list[str]) -> StoreReading:
    size_bytes = sum(info.size_bytes for info in looked.there.values())
    wrong = sum(not verdict.sound for verdict in verdicts)
    found = f"{plural(wrong, 'point')} not as made" if wrong else "all as they were written"
    if problems:
        found = f"{plural(wrong, 'point')} not as made" if wrong else "every point is as it was made"
        found += f"; {plural(len(problems), 'problem')} beside the points"
    much = reading.how_much(looked.read, len(looked.there), size_bytes)
    return StoreReading(
        store.id,
        store.name,
        f"{quoted(store.name)}: read {much}; {found}",
        len(looked.there),
        size_bytes,
        len(looked.read.names),
        looked.read.read_bytes,
        tuple(problems),
    )


def _keep(
    catalog: Catalog,
    store: Store,
    told: StoreReading,
    news: Iterable[Verdict],
    looked: _Looked,
    only: Collection[str],
) -> None:
    """Write what is known now into the catalog and the journal."""
    with catalog.unit() as unit:
        for verdict in news:
            points.update(unit, verdict.id, verdict.state, checks=verdict.checks)
            note(unit, store.database_id, verdict)
        if not only:
            now = clock.to_text(clock.now())
            stores.add(unit, replace(stores.get(unit.session, store.id), verified_at=now))
            run: dict[str, Json] = {
                "sentence": told.sentence,
                "store": store.id,
                "part": looked.share.part,
                "turn": looked.share.turn,
                "cycle_began_at": looked.share.cycle_began_at,
                "read_bytes": told.read_bytes,
                "wrong": list(looked.read.wrong),
                "of_the_store": list(told.problems),
            }
            journal.append(unit, Phase.NOTE, OPERATION, database_id=store.database_id, details=run)
        unit.commit()


def note(unit: Unit, database_id: str, verdict: Verdict) -> None:
    """Journal what came of reading a point."""
    details: dict[str, Json] = {
        "sentence": _told(verdict),
        "point": verdict.id,
        "state": verdict.state.value,
        "problems": list(verdict.problems),
    }
    journal.append(unit, Phase.NOTE, OPERATION, database_id=database_id, details=details)


def _told(verdict: Verdict) -> str:
    name = f"The restore point of {clock.shown(verdict.made_at)}"
    if verdict.problems:
        return f"{name} is not as it was made: {plural(len(verdict.problems), 'problem')}"
    if verdict.compared:
        return f"{name} is as it was made: {verdict.state.value}"
    if verdict.store_id:
        return f"{name} has all it needs; a share of it was read"
    return f"{name} has its size; nobody looked into it when it was made"
