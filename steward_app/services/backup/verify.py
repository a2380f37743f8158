"""Reading restore points again: every byte, every row, and whether the manifest is the one that was written."""

from __future__ import annotations

from pathlib import Path

from steward_app.catalog import Catalog, journal, points
from steward_app.catalog.journal import ENDS, Phase
from steward_app.catalog.points import Point, PointState
from steward_app.kernel.errors import Failure
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural
from steward_app.services.backup import manifest as manifests
from steward_app.services.backup.examine import compare, examine
from steward_app.services.backup.files import Files
from steward_app.services.backup.list import find_point, list_points
from steward_app.services.backup.model import Manifest, Verdict
from steward_app.services.backup.prove import prove as prove_point


def verify(
    catalog: Catalog, path: Path, context: Context, *, point: str = "", prove: bool = False
) -> tuple[Verdict, ...]:
    """Read the points of a database again and say of each whether it is as it was made; newest first.

    Args:
        point: one point only, by its id.
        prove: restore each to scratch as well.
    """
    found = (find_point(catalog, path, point, context),) if point else list_points(catalog, path, context)
    chosen = [each for each in found if not each.store_id]
    verdicts = []
    for number, each in enumerate(chosen):
        context.report(number, len(chosen), unit="restore points", note=each.id)
        verdict = _verify(catalog, each, context, prove)
        with catalog.unit() as unit:
            points.update(unit, each.id, verdict.state)
            journal.append(
                unit,
                Phase.NOTE,
                "backup.verify",
                database_id=each.database_id,
                details={
                    "sentence": _sentence(verdict),
                    "point": each.id,
                    "state": verdict.state.value,
                    "problems": list(verdict.problems),
                },
            )
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


def _sentence(verdict: Verdict) -> str:
    if verdict.problems:
        return f"The restore point {verdict.id} is not as it was made: {plural(len(verdict.problems), 'problem')}"
    if not verdict.compared:
        return f"The restore point {verdict.id} has its size; nobody looked into it when it was made"
    return f"The restore point {verdict.id} is as it was made: {verdict.state.value}"


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
