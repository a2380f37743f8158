"""The auditor's report as an HTML page or a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted, size, visible
from steward_app.services.audit.report.collect import report_on
from steward_app.services.audit.report.model import (
    AuditReport,
    Counted,
    Happened,
    ReportRequest,
    Signed,
    Watched,
)
from steward_app.services.report import render, render_pdf
from steward_app.storage import write_whole

_MOST = 200
"""Lines of a list. What is beyond is counted; `steward audit history` lists all."""
_MOST_DAYS = 62
_MOST_KEYS = 20
_STATES = {
    "armed": "armed",
    "order": "armed, in the wrong order",
    "stale": "of an earlier shape",
    "bypassed": "bypassed",
    "disarmed": "not logged",
}
_MODES = {"flag": "only that it changed", "none": "nothing"}


def write_audit_report(
    catalog: Catalog, path: Path, target: Path, request: ReportRequest, context: Context
) -> AuditReport:
    """Write the report on the audit of a database; what it tells of.

    Args:
        target: ends in .html or .pdf. A file that is there is replaced.

    Raises `UsageError` for another ending, `Refused` where there is no audit, `Failure` when it cannot be written.
    """
    kind = target.suffix.lower()
    if kind not in (".html", ".htm", ".pdf"):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"A report is an HTML or a PDF file, and {quoted(target.name)} is neither by its name.",
            hint="Nothing was written. Let the name end in .html or .pdf.",
        )
    made = report_on(catalog, path, request, context)
    values = shown(made)
    context.finishing()
    if kind == ".pdf":
        data = render_pdf("audit-report.typ", values)
    else:
        data = render("audit-report.html", **values).encode("utf-8", "replace")
    write_whole(target, data)
    return made


def shown(made: AuditReport) -> dict[str, Json]:
    """What the templates show: texts with hidden characters made visible, and numbers as people read them."""
    verdict = made.verdict
    problems = [visible(each.sentence, 400) for each in verdict.problems]
    return {
        "database": visible(Path(made.path).name),
        "folder": visible(str(Path(made.path).parent), 200),
        "database_id": made.database_id,
        "log": made.log,
        "size": size(made.size_bytes),
        "period": _period(made),
        "numbers": _numbers(made),
        "verdict": _verdict(made),
        "good": verdict.holds and made.armed and not made.context_left_behind,
        "lead": _lead(made),
        "facts": _facts(made),
        "problems": [*problems[:_MOST]],
        "problems_left_out": max(0, len(problems) - _MOST),
        "notes": [visible(each, 400) for each in verdict.notes],
        "tables": [_table(each, made.missing_before) for each in made.tables],
        "not_audited": [visible(name, 80) for name in made.not_audited],
        "by_table": [_counted(each, made.by_table) for each in made.by_table],
        "by_writer": [_counted(each, made.by_writer) for each in made.by_writer[:_MOST]],
        "by_day": [_counted(each, made.by_day) for each in made.by_day[-_MOST_DAYS:]],
        "days_left_out": max(0, len(made.by_day) - _MOST_DAYS),
        "gaps": [_happened(each) for each in made.gaps[-_MOST:]],
        "gaps_left_out": max(0, len(made.gaps) - _MOST),
        "behind": [_behind(*each) for each in made.behind[:_MOST]],
        "behind_left_out": max(0, len(made.behind) - _MOST),
        "erasures": [_happened(each) for each in made.erasures[-_MOST:]],
        "prunes": [_happened(each) for each in made.prunes[-_MOST:]],
        "others": [_happened(each) for each in made.others[-_MOST:]],
        "others_left_out": max(0, len(made.others) - _MOST),
        "undos": [_signed(each) for each in made.undos[:_MOST]],
        "operations": [_signed(each) for each in made.operations[:_MOST]],
        "operations_left_out": max(0, len(made.operations) - _MOST),
        "receipts": [
            {"n": f"{each.n:,}", "sealed": clock.shown(each.sealed_at), "key": each.key_id}
            for each in made.receipts
        ],
        "show_keys": made.request.show_keys,
    }


def _verdict(made: AuditReport) -> str:
    """The one sentence that is read."""
    verdict = made.verdict
    if verdict.problems:
        return f"The log is not as it was sealed: {plural(len(verdict.problems), 'problem')}."
    if made.behind:
        return (
            f"The log is as it was sealed; {plural(len(made.behind), 'row is', 'rows are')} not what it says."
        )
    if not verdict.seals:
        return "Nothing of the log is sealed yet, so nothing of it is proven."
    return "The log is as it was sealed, and every row is what it says."


def _lead(made: AuditReport) -> str:
    verdict = made.verdict
    told = f"Verified value by value on {clock.shown(made.made_at)}."
    if verdict.unsealed:
        told += f" {plural(verdict.unsealed, 'change is', 'changes are')} not sealed yet and not protected."
    if not made.receipts:
        told += " There is no receipt outside the file: whoever holds the file and the key can rewrite both."
    if not made.armed:
        told += " Not every table is logged as it should be."
    if made.context_left_behind:
        told += " A program did not clear its name: changes since then are signed with it."
    return told


def _facts(made: AuditReport) -> list[Json]:
    verdict = made.verdict
    facts = [
        ("Changes in the period", f"{made.changes:,}"),
        ("By unknown writers", f"{made.unknown:,}"),
        ("Gaps", f"{len(made.gaps):,}"),
        ("Undos", f"{len(made.undos):,}"),
        ("Erasures", f"{len(made.erasures):,}"),
        ("Seals", f"{verdict.seals:,}"),
        ("Sealed last", clock.shown(made.sealed_at) if made.sealed_at else "never"),
        ("Not sealed yet", f"{verdict.unsealed:,}"),
    ]
    return [[name, value] for name, value in facts]


def _period(made: AuditReport) -> str:
    since = (
        clock.shown(clock.to_text(made.request.since)) if made.request.since else "the beginning of the log"
    )
    until = (
        clock.shown(clock.to_text(made.request.until)) if made.request.until else clock.shown(made.made_at)
    )
    return f"From {since} to {until}"


def _numbers(made: AuditReport) -> str:
    if made.last_seq < made.first_seq:
        return "No change and no event falls into it."
    cut = f" Changes up to {made.missing_before:,} left for archives." if made.missing_before else ""
    return f"Changes and events {made.first_seq:,} to {made.last_seq:,}.{cut}"


def _table(each: Watched, missing_before: int) -> dict[str, Json]:
    state, since = each.status.state.value, each.status.since
    return {
        "name": visible(each.status.table, 80),
        "state": _STATES[state],
        "good": state == "armed",
        "since": clock.shown(since) if since else "before the archive" if missing_before else "",
        "changes": f"{each.status.changes:,}",
        "columns": f"{each.columns:,}",
        "reduced": [f"{visible(name, 60)}: {_MODES[mode]}" for name, mode in each.reduced],
        "told": [visible(why, 300) for why in (*each.status.why, *each.hazards)],
    }


def _counted(each: Counted, among: Sequence[Counted]) -> dict[str, Json]:
    most = max((other.changes for other in among), default=0) or 1
    return {
        "name": visible(each.name, 80),
        "detail": visible(each.detail, 80),
        "unknown": not each.name and not each.detail,
        "inserted": f"{each.inserted:,}",
        "updated": f"{each.updated:,}",
        "deleted": f"{each.deleted + each.replaced:,}",
        "changes": f"{each.changes:,}",
        "transactions": f"{each.transactions:,}" if each.transactions else "",
        "first": clock.shown(each.first_at) if each.first_at else "",
        "last": clock.shown(each.last_at) if each.last_at else "",
        "share": max(1, round(100 * each.changes / most)) if each.changes else 0,
    }


def _happened(each: Happened) -> dict[str, Json]:
    keys = [visible(key, 60) for key in each.keys[:_MOST_KEYS]]
    return {
        "seq": f"{each.seq:,}",
        "at": clock.shown(each.at) if each.at else "",
        "what": visible(each.what, 300),
        "detail": visible(each.detail, 300),
        "keys": [*keys],
        "keys_left_out": max(0, len(each.keys) - _MOST_KEYS),
    }


def _behind(table: str, key: str, how: str) -> dict[str, Json]:
    return {"table": visible(table, 80), "key": visible(key, 80), "how": how}


def _signed(each: Signed) -> dict[str, Json]:
    return {
        "txn": f"{each.txn:,}",
        "at": clock.shown(each.at) if each.at else "",
        "actor": visible(each.actor, 60),
        "title": visible(each.title, 160),
        "id": visible(each.operation_id, 40),
        "changes": f"{each.changes:,}",
        "undo_of": visible(each.undo_of, 60),
        "journal": each.journal or "not known here",
        "known": each.journal == "finished",
    }
