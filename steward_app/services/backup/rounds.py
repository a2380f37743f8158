"""A round through the stores of a database: each is brought up to date, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from steward_app.catalog import Catalog, erasure, points, schedules, stores
from steward_app.catalog.stores import Store
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.plan import Fingerprint, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.backup import ledger
from steward_app.services.backup.capture import capture
from steward_app.services.backup.connect import reached
from steward_app.services.backup.known import database_id
from steward_app.services.backup.status import unset

_CONTENTS_EVERY = timedelta(days=1)
BY_HAND_DAYS = 30
"""A point that was made by hand stays so long, however close to others it was made."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What became of one store in a round.

    Attributes:
        id: of the store.
        point: the point there that holds the database as it is now; "" where it could not be made.
        unchanged: nothing had changed since that point.
        new_bytes: what the point added to the store.
        sentence: how it went, for people.
        problem, hint: why it did not go, and what to do; "" when it did.
        warning: what is odd about the database that the point holds; "" when nothing is.
    """

    id: str
    store: Store
    point: str
    unchanged: bool
    new_bytes: int
    sentence: str
    problem: str = ""
    hint: str = ""
    warning: str = ""


def plan_round(
    catalog: Catalog, path: Path, context: Context, *, only: Sequence[str] = (), plain: bool = False
) -> Plan:
    """What `go_round` would do, or `plain_round`, told without reading the database or reaching a store.

    Raises `UsageError` as these do.
    """
    known_as = database_id(catalog, path, context)
    chosen = _chosen(catalog, path, known_as, only)
    with catalog.reading() as session:
        found = points.of_database(session, known_as)
    newest = {point.store_id: point.made_at for point in reversed(found)}
    words = "plain copy" if plain else "restore point"
    return Plan(
        id=ids.new_id("pl"),
        operation="backup.plain" if plain else "backup.capture",
        title=f"Make a {words} of {quoted(path.name)} in {', '.join(quoted(each.name) for each in chosen)}",
        path=str(path.absolute()),
        database_id=known_as,
        made_at=clock.to_text(clock.now()),
        request={"stores": [store.id for store in chosen]},
        sentences=tuple(_goes_there(store, "" if plain else newest.get(store.id, "")) for store in chosen),
        reversal=Reversal.NOT_NEEDED,
        reversal_text="Nothing that exists is changed.",
        fingerprint=Fingerprint(schema_hash=""),
        button=f"Make a {words}",
        needs_confirmation=False,
    )


def _goes_there(store: Store, since: str) -> str:
    if since and not store.current_at:  # a key was let in, or another computer made its points
        told = f"{quoted(store.name)}: what changed since its point of {clock.shown(since)}, or the whole database "
        return f"{told}where a new point cannot stand on that one."
    if since:
        return f"{quoted(store.name)}: what changed since its point of {clock.shown(since)}, if anything did."
    return f"{quoted(store.name)}: the whole database, compressed."


def go_round(
    catalog: Catalog,
    path: Path,
    context: Context,
    *,
    only: Sequence[str] = (),
    reason: str = "By hand",
    contents: bool | None = None,
    keep_days: int = BY_HAND_DAYS,
) -> tuple[Visit, ...]:
    """Bring every store of the database at a path up to date.

    One that does not answer keeps no other from being visited; what was in its way stands in its visit.

    Args:
        only: names of stores; all by default.
        contents: as for `capture`; by default where the store has no point of the last day that has them.
        keep_days: the points stay that long whatever the rules say; 0 leaves them to the rules.

    Raises:
        UsageError: the database has no store, or none of that name.
        Failure, Refused: the database itself cannot be read. Nothing was written to any store.
        Cancelled: stores that were visited before keep their points.
    """
    known_as = database_id(catalog, path, context)
    chosen = _chosen(catalog, path, known_as, only)
    _began(catalog, known_as)
    run_id = ids.new_id("run")
    visits = []
    for number, store in enumerate(chosen):
        context.report(number, len(chosen), unit="stores", note=store.name)
        with context.step() as step:
            visits.append(_visit(catalog, path, store, step, reason, run_id, contents))
    if keep_days:
        _keep(catalog, visits, keep_days)
    return tuple(visits)


def _keep(catalog: Catalog, visits: Sequence[Visit], days: int) -> None:
    """A steward who makes a point by hand will look for it, also when a newer one stands for the same hour."""
    until = clock.to_text(clock.now() + timedelta(days=days))
    with catalog.unit() as unit:
        for visit in visits:
            if visit.point:
                points.keep_until(unit, visit.point, until)
        unit.commit()


def _chosen(catalog: Catalog, path: Path, known_as: str, only: Sequence[str]) -> tuple[Store, ...]:
    with catalog.reading() as session:
        chosen = tuple(stores.find(session, known_as, name) for name in only)
        chosen = chosen or stores.of_database(session, known_as)
    if not chosen:
        raise no_store(path)
    return chosen


def no_store(path: Path) -> UsageError:
    """The database has no store to go to."""
    return UsageError(
        ErrorCode.BAD_REQUEST,
        f"{quoted(path.name)} has no backup store yet.",
        hint="Make one with: steward backup init DATABASE --store URL.",
    )


def _visit(
    catalog: Catalog,
    path: Path,
    store: Store,
    context: Context,
    reason: str,
    run_id: str,
    contents: bool | None,
) -> Visit:
    name = quoted(store.name)
    if contents is None:
        contents = _contents_due(catalog, store)
    try:
        done = capture(catalog, path, store, context, reason=reason, run_id=run_id, contents=contents)
    except (Failure, Refused) as error:
        return Visit(store.id, store, "", False, 0, f"{name}: no point was made", error.message, error.hint)
    try:
        _ledger(catalog, store, Context())
    except (Failure, Refused) as error:
        sentence = f"{name}: {done.point} is there, and the erasure ledger beside it is not in order"
        return Visit(
            store.id, store, done.point, done.receipt is None, 0, sentence, error.message, error.hint
        )
    odd = warning_of(catalog, done.point)
    if done.receipt is None:
        told = f"{name}: nothing has changed since {done.point}"
        return Visit(store.id, store, done.point, True, 0, told, warning=odd)
    new_bytes = (done.receipt.result or {})["new_bytes"]
    assert isinstance(new_bytes, int)
    return Visit(store.id, store, done.point, False, new_bytes, done.receipt.sentence, warning=odd)


def warning_of(catalog: Catalog, point_id: str) -> str:
    """What a point that was made says of its database; "" where nothing was odd."""
    with catalog.reading() as session:
        return points.find(session, point_id).warning


def _contents_due(catalog: Catalog, store: Store) -> bool:
    """Reading every row takes longer than making a point: once a day, so that a drill has what to compare with."""
    since = clock.to_text(clock.now() - _CONTENTS_EVERY)
    with catalog.reading() as session:
        known = points.of_database(session, store.database_id)
    return not any(point.store_id == store.id and point.tables and point.made_at > since for point in known)


def _ledger(catalog: Catalog, store: Store, context: Context) -> None:
    """A copy of the erasure ledger lies in every store, so that nobody comes back on another computer either."""
    with catalog.reading() as session:
        known = erasure.state(session, store.database_id)
    if known:
        with reached(catalog, store, context) as found:
            ledger.put(catalog, found, store.database_id, context)


def _began(catalog: Catalog, known_as: str) -> None:
    with catalog.unit() as unit:
        schedule = schedules.get(unit.session, known_as) or unset(known_as)
        schedules.ran(unit, schedule, clock.to_text(clock.now()))
        unit.commit()
