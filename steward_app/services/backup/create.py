"""Making a restore point: taken, checked, proven.

    taken      a consistent copy of the whole file, whatever other programs write meanwhile
    checked    compared with the database while the snapshot of the copy was still held, then read to the last byte
    proven     restored to scratch by the code that restores, and compared

The manifest is written last: a point is there whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from steward_app import __version__
from steward_app.catalog import Catalog, points
from steward_app.catalog.journal import Event
from steward_app.catalog.points import PointKind, PointState
from steward_app.db import OpenMode, ReadSession, open_read
from steward_app.db.copy import CopyReport, copy_snapshot
from steward_app.db.held import held
from steward_app.db.image import same_image
from steward_app.db.integrity import structure_check
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.plan import Check, Fingerprint, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted, size
from steward_app.services.backup import manifest as manifests
from steward_app.services.backup.emptied import refuse_emptied
from steward_app.services.backup.examine import (
    DAMAGE,
    examine,
    how_much,
    orphans_check,
    same_contents,
    structure_told,
)
from steward_app.services.backup.files import Files, folder, new_files, tidy
from steward_app.services.backup.known import as_point, database_id
from steward_app.services.backup.model import CreateRequest, Examination, Manifest
from steward_app.services.backup.odd import damage, warning
from steward_app.services.backup.prove import prove
from steward_app.services.operation import FileOperation, Outcome, Scope, Settlement, run
from steward_app.storage import free_bytes, is_there

_MARGIN_BYTES = 1 << 20
_UNCHANGED = "Your database is unchanged."


class CreatePoint(FileOperation[CreateRequest]):
    """Makes a restore point of a whole file. Asks nothing: nothing that exists is changed."""

    name = "backup.create"

    def plan(self, request: CreateRequest, context: Context) -> Plan:
        with open_read(request.path, context) as session:
            size_bytes = session.count("PRAGMA page_count") * session.count("PRAGMA page_size")
        prove = request.prove
        sentences = ["A copy of the whole file is made, of one moment; other programs may go on."]
        if request.check or prove:
            sentences.append("The copy is compared with the database and read to its last byte.")
        if prove:
            sentences.append("It is restored to scratch and compared again.")
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Make a restore point of {quoted(request.path.name)}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=_now(),
            request={"reason": request.reason, "check": request.check or prove, "prove": prove},
            sentences=tuple(sentences),
            reversal=Reversal.NOT_NEEDED,
            reversal_text="Nothing that exists is changed.",
            fingerprint=Fingerprint(schema_hash=""),
            button="Make a restore point",
            disk_bytes=size_bytes * (2 if prove else 1) + _MARGIN_BYTES,
            disk_path=str(request.directory),
            needs_confirmation=False,
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        files = new_files(scope.catalog.directory, scope.database_id, _point_id(scope.operation_id))
        tidy(files.copy.parent)
        with _in_a_stewards_words(plan):
            made = self._make(plan, scope, files, context)
            same_as = _unchanged_since(scope, made)
            odd = _warning(scope, made)
            context.finishing()
            digest = manifests.write(files.manifest, made)
            with scope.catalog.unit() as unit:
                points.insert(unit, replace(as_point(made, files, scope.database_id), warning=odd))
                unit.commit()
        result: dict[str, Json] = {"point": made.id, "state": made.state.value, "manifest": digest}
        return Outcome(
            _sentence(made, same_as, odd), result=result | ({"same_as": same_as} if same_as else {})
        )

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        made, digest = manifests.read(_files(scope).manifest)
        return (*made.checks, Check("The manifest can be read again", digest == outcome.result["manifest"]))

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        _forget(scope)

    def settle(self, started: Event, scope: Scope) -> Settlement:
        files = _files(scope)
        try:
            made, _ = manifests.read(files.manifest)
        except Failure as error:
            if error.code is ErrorCode.DAMAGED:
                return Settlement(
                    False, "The manifest of the restore point cannot be read; its copy was left there."
                )
            if error.code is not ErrorCode.NOT_FOUND:  # a disk that fails now says nothing of the point
                raise
            _forget(scope)
            return Settlement(False, "The restore point was not finished; what there was of it was removed.")
        with scope.catalog.unit() as unit:
            points.adopt(unit, as_point(made, files, scope.database_id))
            unit.commit()
        return Settlement(True, "The restore point is there.")

    def _make(self, plan: Plan, scope: Scope, files: Files, context: Context) -> Manifest:
        context.report(0, note="Taking a copy")
        with open_read(scope.path, context) as session, session.snapshot():
            session.count("PRAGMA main.schema_version")  # reads, and so begins the snapshot
            made_at = _now()
            copied = copy_snapshot(session, files.copy, context)
            made = Manifest(
                id=files.id,
                database_id=scope.database_id,
                made_at=made_at,
                file=files.copy.name,
                source_path=str(session.state.file),
                reason=str(plan.request["reason"]),
                operation_id=scope.operation_id,
                size_bytes=files.copy.stat().st_size,
                page_size_bytes=copied.page_size_bytes,
                journal_mode=session.state.journal_mode,
                state=PointState.TAKEN,
                state_at=made_at,
                found=None,
                checks=(),
                application=f"data-steward {__version__}",
            )
            if not plan.request["check"]:
                return made
            context.report(0, note="Taken. Comparing it with the database")
            compare = _compare(session, copied, files, context)
        made = _checked(made, files, scope.path, compare, context)
        if plan.request["prove"] and made.found is not None:
            context.report(0, note="Checked. Restoring it to scratch")
            made = _proven(made, prove(files, made.found, scope.catalog, context))
        return made


def plan_create(
    catalog: Catalog,
    path: Path,
    context: Context,
    *,
    reason: str = "By hand",
    check: bool = True,
    prove: bool = True,
) -> Plan:
    """Plan a restore point of the database at a path. See `CreateRequest` for the options.

    Raises `Failure` where another program emptied the file: a copy of nothing would be the newest point. Before an
    operation that replaces the whole file, `take_point` keeps it as it is all the same.
    """
    known_as = database_id(catalog, path, context)
    if is_there(path) and not path.stat().st_size:
        refuse_emptied(catalog, path, known_as)
    request = CreateRequest(path, known_as, catalog.directory, reason, check, prove)
    return CreatePoint().plan(request, context)


def create(catalog: Catalog, plan: Plan, context: Context) -> Receipt:
    """Make the restore point that was planned; `receipt.result["point"]` is its id. Raises as `operation.run` does."""
    return run(CreatePoint(), plan, catalog, context)


def take_point(scope: Scope, plan: Plan, context: Context) -> str:
    """Make and prove a restore point as a step of another operation, under its lease; its id.

    Of a damaged database there is a point too, for an operation that replaces the whole file; any other is refused.
    """
    request = CreateRequest(
        scope.path, scope.database_id, scope.catalog.directory, reason=f"Before: {plan.title}"
    )
    operation = CreatePoint()
    with context.step() as step:
        receipt = run(operation, operation.plan(request, step), scope.catalog, step, within=scope)
    result = receipt.result or {}
    if result["state"] != PointState.PROVEN and not scope.operation.startswith("restore."):
        raise Refused(
            ErrorCode.BLOCKED,
            f"{quoted(scope.path.name)} is damaged; nothing in it is changed until it is repaired or restored.",
            hint=f"{_UNCHANGED} It was kept as it is, as the restore point {result['point']}.",
        )
    return str(result["point"])


def _compare(
    session: ReadSession, copied: CopyReport, files: Files, context: Context
) -> Callable[[Examination], Check]:
    """Compare the copy with what the snapshot of the session sees; what comes of it, once the copy was examined.

    Outside WAL mode the file's pages are that, as long as the snapshot is held, and every byte is compared: other
    programs that want to write wait, and this is the shortest way. In WAL mode nobody waits: rows are compared, and not
    by their content hashes, which are wanted of the copy alone and take longer.
    """
    state = session.state
    cut_short = state.looked_at.stat().st_size < copied.pages * copied.page_size_bytes
    if (
        copied.journal_mode != "wal" and copied.pages and not cut_short
    ):  # of an empty file SQLite makes a page
        whole = files.copy.stat().st_size == copied.size_bytes
        same = whole and same_image(state.looked_at, files.copy, context, size_bytes=copied.size_bytes)
        return lambda found: Check("The copy is the database, byte for byte", same, how_much(found.tables))
    title = "Every table of the copy holds the rows of the database"
    if state.mode is OpenMode.SAFE:
        return lambda found: Check(title, True, "not compared: the database is damaged")
    seen = held(session, files.copy, context)
    return lambda found: same_contents(title, seen.expected(found.tables), found.tables)


def _checked(
    made: Manifest, files: Files, source: Path, compare: Callable[[Examination], Check], context: Context
) -> Manifest:
    found = examine(files.copy, context)
    compared = compare(found)
    _require(compared)
    if found.integrity:
        _require(Check("It holds together as the database does", _is_damaged(source, context)))
        detail = f"the database itself is damaged: {plural(len(found.integrity), 'problem')}"
        return replace(made, found=found, checks=(compared, Check("It holds what can be read", True, detail)))
    checks = (compared, Check("It holds together", True, structure_told(found)), orphans_check(found))
    return replace(made, found=found, state=PointState.CHECKED, state_at=_now(), checks=checks)


def _proven(made: Manifest, check: Check) -> Manifest:
    _require(check)
    made = replace(made, checks=(*made.checks, check))
    if made.state is PointState.CHECKED:
        made = replace(made, state=PointState.PROVEN, state_at=_now())
    return made


def _require(check: Check) -> None:
    if not check.passed:
        told = f" ({check.detail})" if check.detail else ""
        raise Failure(
            ErrorCode.VERIFY_FAILED,
            f"The restore point was not made. This is not so: {check.title}{told}.",
            hint=f"{_UNCHANGED} Check the disk, then try again.",
        )


def _is_damaged(path: Path, context: Context) -> bool:
    try:
        with open_read(path, context) as session:
            return session.state.mode is OpenMode.SAFE or bool(structure_check(session, context).problems)
    except Failure as error:
        if error.code in DAMAGE:
            return True
        raise


def _unchanged_since(scope: Scope, made: Manifest) -> str:
    """The id of the point before when the database holds the same as then, else ""."""
    if made.found is None:
        return ""
    with scope.catalog.reading() as session:
        every = points.of_database(session, scope.database_id)
        before = [point for point in every if point.kind is PointKind.FILE]
    for point in before[:1]:
        try:
            last, _ = manifests.read(Files(point.path).manifest)
        except Failure:  # lost or damaged, which `backup verify` tells
            return ""
        if last.found and (last.found.schema_hash, last.found.tables) == (
            made.found.schema_hash,
            made.found.tables,
        ):
            return last.id
    return ""


def _warning(scope: Scope, made: Manifest) -> str:
    found = made.found
    tables = found.tables if found else None
    return warning(scope.catalog, scope.database_id, "", tables, damage(found) if found else "")


def _sentence(made: Manifest, same_as: str, odd: str) -> str:
    steps = {
        PointState.CHECKED: "Restore point made and checked",
        PointState.PROVEN: "Restore point made, checked and proven",
    }
    sentence = steps.get(made.state, "Restore point made")
    if made.found and made.found.integrity:
        sentence += ". The database itself is damaged"
    elif odd:
        sentence += f". {odd}"
    return sentence + (f". Nothing has changed since {same_as}" if same_as else "")


@contextmanager
def _in_a_stewards_words(plan: Plan) -> Iterator[None]:
    try:
        yield
    except Failure as error:
        if error.code is not ErrorCode.DISK_FULL:
            raise
        free = free_bytes(Path(plan.disk_path))
        raise Failure(
            ErrorCode.DISK_FULL,
            f"The restore point was not made: the disk is full (needs {size(plan.disk_bytes)}, {size(free)} free).",
            hint=f"{_UNCHANGED} Free some space, or set STEWARD_HOME to a folder on a larger disk.",
        ) from error


def _forget(scope: Scope) -> None:
    _files(scope).remove()
    with scope.catalog.unit() as unit:
        points.delete(unit, _files(scope).id)
        unit.commit()


def _files(scope: Scope) -> Files:
    point_id = _point_id(scope.operation_id)
    return Files(folder(scope.catalog.directory, scope.database_id) / f"{point_id}.sqlite")


def _point_id(operation_id: str) -> str:
    """One operation makes one point: what a crash left is found by its name."""
    return f"pt_{operation_id.removeprefix('op_')}"


def _now() -> str:
    return clock.to_text(clock.now())
