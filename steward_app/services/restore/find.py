"""Find in backups: in which restore points does a row or a value exist, and when does the last of them go.

Points are looked into place by place, the oldest first, on one scratch image that goes from point to point by the pages
that changed. A point with the same pages, or with the same contents of the table asked about, is not read at all.
Nothing of what is found is kept: no value stands in the journal, the log or a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.catalog import Catalog, stores
from steward_app.catalog.points import Point, PointState
from steward_app.db import fold
from steward_app.db.content import TableContent
from steward_app.kernel.errors import ErrorCode, Failure, Refused, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.backup import list_points
from steward_app.services.backup.connect import reached
from steward_app.services.backup.expiry import last_goes
from steward_app.services.backup.files import Files
from steward_app.services.backup.ledger import take_in
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.store.rolling import RollingImage
from steward_app.services.erasure import foresee
from steward_app.services.restore.find_in_image import Look, look
from steward_app.services.restore.find_model import (
    FoundInPoints,
    NotSearched,
    RowQuestion,
    RowState,
    Seen,
    ValuePlace,
    ValueQuestion,
)
from steward_app.storage import scratch_directory

Question = RowQuestion | ValueQuestion


@dataclass(frozen=True, slots=True)
class _Looked:
    point: Point
    look: Look


@dataclass(slots=True)
class _Search:
    """What is known so far, and how far it is."""

    catalog: Catalog
    question: Question
    total: int
    context: Context
    looked: list[_Looked]
    failed: list[tuple[Point, StewardError]]

    def step(self, point: Point) -> None:
        done = len(self.looked) + len(self.failed)
        self.context.report(done, self.total, unit="restore points", note=point.id)
        self.context.checkpoint()

    def look_into(
        self, points: Sequence[Point], image_of: Callable[[Point], Path], roots: dict[str, str]
    ) -> None:
        """Look into the points of one place, oldest first.

        Args:
            roots: of each point, what its pages hash to, where that is known.
        """
        before: _Looked | None = None
        for point in points:
            self.step(point)
            try:
                if before is not None and self._same(before.point, point, roots):
                    found = before.look
                else:
                    found = look(self.catalog, image_of(point), point, self.question, self.context)
            except (Failure, Refused) as error:
                self.failed.append((point, error))
                continue
            before = _Looked(point, found)
            self.looked.append(before)

    def _same(self, before: Point, point: Point, roots: dict[str, str]) -> bool:
        """Whether nothing that was asked about differs between two points, as far as is known without reading."""
        erased = [foresee(self.catalog, each.database_id, each.made_at).tables for each in (before, point)]
        if erased[0] != erased[1]:
            return False
        if roots.get(point.id, "") and roots.get(point.id) == roots.get(before.id):
            return True
        if not self.question.table:
            return bool(point.tables) and point.tables == before.tables and not _problems(point.tables)
        contents = [_content(each.tables, self.question.table) for each in (before, point)]
        return contents[0] is not None and not contents[0].problem and contents[0] == contents[1]


def find_in_points(
    catalog: Catalog,
    path: Path,
    question: Question,
    context: Context,
    *,
    store: str = "",
    given: Unlocking | None = None,
) -> FoundInPoints:
    """Look for a row or a value in every restore point of the database at a path.

    Args:
        store: only in this store, by its name, address or id.
        given: opens encrypted stores, where this machine does not keep their keys.

    A store that does not answer or cannot be read says so in `not_searched`.

    Raises:
        UsageError: no such store.
        Failure: there are points, and not one could be looked into.
        Cancelled.
    """
    every = list_points(catalog, path, context)
    usable = [point for point in every if point.state is not PointState.MISSING]
    if store and every:
        with catalog.reading() as session:
            place = stores.find(session, every[0].database_id, store).id
        usable = [point for point in usable if point.store_id == place]
    search = _Search(catalog, question, len(usable), context, [], [])
    for place in dict.fromkeys(point.store_id for point in usable):
        there = sorted((p for p in usable if p.store_id == place), key=lambda p: (p.sequence, p.made_at))
        if not place:
            search.look_into(there, lambda point: Files(point.path).copy, {})
            continue
        try:
            _in_store(search, place, there, given)
        except (Failure, Refused) as error:
            done = {each.point.id for each in search.looked} | {point.id for point, _ in search.failed}
            search.failed += [(point, error) for point in there if point.id not in done]
    if search.failed and not search.looked:
        raise search.failed[0][1]
    return _told(search, every)


def _in_store(search: _Search, store_id: str, there: Sequence[Point], given: Unlocking | None) -> None:
    catalog, context = search.catalog, search.context
    with catalog.reading() as session:
        store = stores.get(session, store_id)
    with ExitStack() as stack:
        found = stack.enter_context(reached(catalog, store, context, given=given, to_read=True))
        take_in(catalog, found, store.database_id, context)
        manifests = {each.manifest.id: each.manifest for each in reader.points(found.store, context).points}
        rolling = RollingImage(
            found.store, found.identity, stack.enter_context(scratch_directory(catalog.scratch))
        )

        def image_of(point: Point) -> Path:
            if point.id not in manifests:
                raise Failure(ErrorCode.NOT_FOUND, f"It is not in the store {quoted(store.name)} any more.")
            return rolling.go_to(manifests[point.id], context)

        search.look_into(there, image_of, {name: each.root for name, each in manifests.items()})


def _told(search: _Search, every: Sequence[Point]) -> FoundInPoints:
    looked = sorted(search.looked, key=lambda each: (each.point.made_at, each.point.sequence))
    holding = [each for each in looked if each.look.there]
    problems = [
        NotSearched(each.point.id, each.point.made_at, why) for each in looked for why in each.look.problems
    ]
    problems += [NotSearched(point.id, point.made_at, error.message) for point, error in search.failed]
    ids = {each.point.id for each in holding}
    return FoundInPoints(
        searched=len(looked),
        holding=len(holding),
        first=_seen(holding[0]) if holding else None,
        last=_seen(holding[-1]) if holding else None,
        expiry=last_goes(search.catalog, holding[0].point.database_id, every, ids) if holding else None,
        states=_states(looked) if isinstance(search.question, RowQuestion) and holding else (),
        places=_places(holding),
        not_searched=tuple(problems),
        erased=sum(each.look.erased for each in looked),
    )


def _states(looked: Iterable[_Looked]) -> tuple[RowState, ...]:
    """How the row looked, each stretch of points in which it looked the same as one."""
    states: list[RowState] = []
    before = None
    for each in looked:
        now = _seen(each)
        if states and each.look.state == before:
            states[-1] = replace(states[-1], last=now, points=states[-1].points + 1)
        else:
            found = each.look
            states.append(RowState(now, now, 1, found.there, found.columns, found.cells))
        before = each.look.state
    return tuple(states)


def _places(holding: Iterable[_Looked]) -> tuple[ValuePlace, ...]:
    places: dict[tuple[str, str], ValuePlace] = {}
    for each in holding:
        for place, (rows, capped) in each.look.places.items():
            now = _seen(each)
            known = places.get(place) or ValuePlace(*place, now, now, 0, 0)
            most = max(known.rows, rows)
            places[place] = replace(
                known, last=now, points=known.points + 1, rows=most, capped=known.capped or capped
            )
    return tuple(places[name] for name in sorted(places))


def _seen(each: _Looked) -> Seen:
    return Seen(each.point.id, each.point.made_at)


def _content(tables: Iterable[TableContent], name: str) -> TableContent | None:
    return next((each for each in tables if fold(each.name) == fold(name)), None)


def _problems(tables: Iterable[TableContent]) -> bool:
    return any(each.problem for each in tables)
