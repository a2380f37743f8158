"""The report on the backups of a database, for people who ask for proof: an HTML page or a PDF."""

from __future__ import annotations

from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.points import Point, PointState
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted, size, visible
from steward_app.services.backup.drills import Drill
from steward_app.services.backup.known import database_id
from steward_app.services.backup.schedule import told
from steward_app.services.backup.status import DRILLS_DAYS, Status, StoreStanding, StoreStatus, status
from steward_app.services.report import render, render_pdf
from steward_app.storage import write_whole

_STANDINGS = {
    StoreStanding.IN_STEP: "in step",
    StoreStanding.BEHIND: "behind",
    StoreStanding.EMPTY: "empty",
    StoreStanding.SILENT: "does not answer",
}
_MOST_POINTS = 400


def write_report(catalog: Catalog, path: Path, target: Path, context: Context) -> Status:
    """Write the report on the backups of the database at a path, as the catalog knows them; what it tells of.

    Args:
        target: ends in .html or .pdf. A file that is there is replaced.

    Raises `UsageError` for another ending, `Failure` when the file cannot be written.
    """
    now = status(catalog, database_id(catalog, path, context))
    shown = _shown(path, now)
    match target.suffix.lower():
        case ".html" | ".htm":
            data = render("backups.html", **shown).encode("utf-8", "replace")
        case ".pdf":
            data = render_pdf("backups.typ", shown)
        case _:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"A report is an HTML or a PDF file, and {quoted(target.name)} is neither by its name.",
                hint="Nothing was written. Let the name end in .html or .pdf.",
            )
    write_whole(target, data)
    return now


def _shown(path: Path, now: Status) -> dict[str, Json]:
    stores = {each.id: each.store.name for each in now.stores}
    proven = now.protection.proven
    return {
        "database": visible(path.name),
        "folder": visible(str(path.absolute().parent)),
        "database_id": now.database_id,
        "verdict": _verdict(now),
        "good": proven is not None
        and not now.protection.wrong
        and all(each.passed for each in now.drills[:1]),
        "proven": clock.shown(proven.made_at) if proven else "never",
        "schedule": told(now.schedule),
        "stores": [_store(each) for each in now.stores],
        "drills_days": DRILLS_DAYS,
        "drills_passed": sum(each.passed for each in now.drills),
        "drills": [_drill(each, stores) for each in now.drills],
        "points_count": len(now.points),
        "points": [_point(each, stores) for each in now.points[:_MOST_POINTS]],
        "points_left_out": max(0, len(now.points) - _MOST_POINTS),
    }


def _verdict(now: Status) -> str:
    """The one sentence that is read. Only what was verified counts."""
    if not now.points:
        return "There is no restore point."
    proven, wrong = now.protection.proven, now.protection.wrong
    start = f"{plural(len(now.points), 'restore point')}"
    if proven is None:
        return f"{start}; none of them was ever restored and compared."
    age = clock.now() - clock.from_text(proven.made_at)
    hours = int(age.total_seconds() // 3600)
    old = plural(hours, "hour") if hours < 48 else plural(hours // 24, "day")
    bad = f" {plural(len(wrong), 'point is', 'points are')} damaged or missing." if wrong else ""
    return f"{start}; the newest that was restored and compared is {old} old.{bad}"


def _store(each: StoreStatus) -> dict[str, Json]:
    return {
        "name": visible(each.store.name),
        "url": visible(each.store.url),
        "standing": _STANDINGS[each.standing],
        "good": each.standing is StoreStanding.IN_STEP,
        "problem": visible(each.store.problem),
        "points": each.points,
        "size": size(each.store.size_bytes),
        "newest": clock.shown(each.newest.made_at) if each.newest else "",
        "encrypted": each.store.encryption.value == "age",
        "verified": clock.shown(each.store.verified_at) if each.store.verified_at else "never",
    }


def _drill(each: Drill, stores: dict[str, str]) -> dict[str, Json]:
    return {
        "at": clock.shown(each.at),
        "passed": each.passed,
        "sentence": visible(each.sentence),
        "place": visible(stores.get(each.store_id, "this computer")),
        "rto": f"{each.rto_seconds:.1f} s",
        "rpo": f"{each.rpo_seconds / 60:.0f} min",
        "evidence": visible(Path(each.evidence).name) if each.evidence else "",
    }


def _point(each: Point, stores: dict[str, str]) -> dict[str, Json]:
    return {
        "id": each.id,
        "made_at": clock.shown(each.made_at),
        "state": each.state.value,
        "good": each.state is PointState.PROVEN,
        "bad": each.state in (PointState.FAILED, PointState.MISSING),
        "place": visible(stores.get(each.store_id, "this computer")),
        "size": size(each.size_bytes),
        "reason": visible(each.reason) + (" (on hold)" if each.held else ""),
    }
