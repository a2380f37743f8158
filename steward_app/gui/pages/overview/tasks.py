"""What to do next, from what was really found; each task leads to the page where it is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QCoreApplication

from steward_app.catalog.points import PointState
from steward_app.gui.audit_findings import FORGED, changed_unseen, of_tables, where_shown
from steward_app.gui.format import full_stop, integer, plural, shown_name, when
from steward_app.gui.pages.backups.read import PointsRead
from steward_app.gui.pages.backups.words import moment
from steward_app.gui.pages.overview.read import AuditRead, FileRead
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.lists import Task
from steward_app.kernel.clock import from_text
from steward_app.kernel.finding import Finding, Severity
from steward_app.services.backup.protection import Protection, Standing
from steward_app.services.backup.status import StoreStanding
from steward_app.services.schema.check import CheckReport, ConstraintState

MOST = 9
_BROKEN_BY_NAME = 3  # broken rules that have a line of their own
_LARGE_ROWS = 1_000  # from here on a link without an index is worth a task


@dataclass(frozen=True, slots=True)
class Todo:
    """A task and the page it leads to, with what that page is told."""

    task: Task
    page: str
    arguments: dict[str, Any] = field(default_factory=dict)


def todos(
    file: FileRead,
    guard: PointsRead | None,
    report: CheckReport | None,
    audit: AuditRead | None = None,
    personal: Sequence[tuple[Task, dict[str, str]]] = (),
    migrations: Iterable[Todo] = (),
) -> tuple[Todo, ...]:
    """What to do next, most pressing first.

    Args:
        guard: None as long as the restore points were not read.
        audit: None as long as it was not looked at.
        report: the last check of the file as it is now; None when nobody checked it.
        personal: what there is to do about personal data, with what its page is told.
        migrations: what there is to do about migrations.
    """
    protection = guard.status.protection if guard else None
    found = [
        *_damage(file, protection, report),
        *(_audit_alarms(audit) if audit else ()),
        *(_drills(guard) if guard else ()),
        *(_protection(protection, guard) if guard and protection else ()),
        *(_stores(guard) if guard else ()),
        *(_unsealed(audit) if audit else ()),
        *(Todo(task, "personal", dict(told)) for task, told in personal),
        *migrations,
        *_unchecked(report),
        *(_broken(report) if report else ()),
        *_schema(file, report),
    ]
    return tuple(found)


def _damage(file: FileRead, protection: Protection | None, report: CheckReport | None) -> Iterator[Todo]:
    if not file.damaged and (report is None or report.integrity != "damaged"):
        return
    if protection is not None and protection.sound:
        point = protection.proven or protection.sound[0]
        yield Todo(
            Task(
                "restore",
                _tr("Restore a point from before the damage"),
                _tr("The newest you can count on is of {when}.").format(when=moment(point)),
                _tr("Damaged"),
                Tone.DANGER,
                "rotate-ccw",
            ),
            "restore",
            {"point": point.id},
        )
    else:
        yield Todo(
            Task(
                "save",
                _tr("Save what can still be read"),
                _tr("The file is damaged. Open its tables and export them, one by one."),
                _tr("Damaged"),
                Tone.DANGER,
                "triangle-alert",
            ),
            "data",
        )


def _audit_alarms(audit: AuditRead) -> Iterator[Todo]:
    """A log that was forged, tables that are not armed, in one line, and what else is wrong, each in its own."""
    disarmed = of_tables(audit.alarms)
    forged = [each for each in audit.alarms if each.code == FORGED]
    yield from (_audit_alarm(each, audit) for each in forged)
    if disarmed:
        of = f"“{shown_name(disarmed[0].subject.table)}”"
        if len(disarmed) > 1:
            of = plural(len(disarmed), _tr("table"), _tr("tables"))
        title = _tr("Arm the audit of {tables} again").format(tables=of)
        why = full_stop(disarmed[0].title)
        if len(disarmed) > 1:
            why = _names([each.subject.table for each in disarmed])
        unseen = changed_unseen(disarmed)
        state = _tr("Changed unseen") if len(unseen) == len(disarmed) else _tr("Not armed")
        yield Todo(
            Task("audit", title, why, state, Tone.DANGER, "shield-alert"),
            "audit",
            where_shown(disarmed[0], audit.alarms),
        )
    yield from (_audit_alarm(each, audit) for each in audit.alarms if each not in (*disarmed, *forged))


def _audit_alarm(found: Finding, audit: AuditRead) -> Todo:
    tone = Tone.DANGER if found.severity is Severity.ERROR else Tone.WARNING
    return Todo(
        Task(found.id, found.title, _first_sentence(found.detail), _tr("Audit"), tone, "shield-alert"),
        "audit",
        where_shown(found, audit.alarms),
    )


def _unsealed(audit: AuditRead) -> Iterator[Todo]:
    if audit.unsealed:
        changes = plural(audit.unsealed, _tr("logged change"), _tr("logged changes"))
        yield Todo(
            Task(
                "unsealed",
                _tr("Seal {changes}").format(changes=changes),
                _tr("Until they are sealed, nobody can tell whether somebody edited them in the log."),
                _tr("Not protected yet"),
                Tone.WARNING,
                "shield",
            ),
            "audit",
            {"view": "proof"},
        )


def _protection(found: Protection, guard: PointsRead) -> Iterator[Todo]:
    drilled = {drill.point for drill in guard.alarms}
    wrong = [point for point in found.wrong if point.id not in drilled]  # the drill has a task of its own
    for point in wrong[:1]:
        state = _tr("Missing") if point.state is PointState.MISSING else _tr("Failed")
        title = _tr("Look at the restore point of {when}").format(when=moment(point))
        why = _tr("It was damaged or is gone, and cannot be relied on.")
        if len(wrong) > 1:
            title = _tr("Look at {count} restore points").format(count=integer(len(wrong)))
            why = _tr("They were damaged or are gone, and cannot be relied on.")
        yield Todo(
            Task(
                "wrong",
                title,
                why,
                state,
                Tone.DANGER,
                "shield-alert",
            ),
            "backups",
            {"point": point.id},
        )
    none = (_tr("Make a first restore point"), _tr("There is no copy of this file that you could return to."))
    if found.wrong:
        none = (_tr("Make a new restore point"), _tr("None of the copies of this file can be relied on."))
    words = {
        Standing.NONE: (*none, _tr("Not protected")),
        Standing.UNPROVEN: (
            _tr("Prove a restore point"),
            _tr("No copy was restored and compared yet."),
            _tr("Not proven"),
        ),
        Standing.OLD: (
            _tr("Make a restore point"),
            _tr("The newest that is proven is more than a week old."),
            _tr("Old"),
        ),
    }.get(found.standing)
    if words is not None:
        yield Todo(Task("protect", *words, tone=Tone.WARNING, icon="copy-check"), "backups")


def _drills(guard: PointsRead) -> Iterator[Todo]:
    for drill in guard.alarms[:1]:
        yield Todo(
            Task(
                "drill",
                _tr("Look at the drill that failed"),
                _tr("The restore point of {when} could not be brought back as it was.").format(
                    when=when(from_text(drill.point_made_at))
                ),
                _tr("Drill failed"),
                Tone.DANGER,
                "shield-alert",
            ),
            "backups",
            {"point": drill.point},
        )


def _stores(guard: PointsRead) -> Iterator[Todo]:
    """Stores that cannot be reached, keys that lie open, and that there is no store."""
    if guard.locked:
        title = _tr("Unlock the keys of this computer")
        yield Todo(Task("locked", title, guard.locked, _tr("Locked"), Tone.WARNING, "lock"), "backups")
    for each in guard.status.stores:
        if each.standing is StoreStanding.SILENT and each.store.problem != guard.locked:
            title = _tr("See why {name} does not answer").format(name=shown_name(each.store.name))
            yield Todo(
                Task(
                    f"silent {each.id}", title, each.store.problem, _tr("No answer"), Tone.WARNING, "server"
                ),
                "backups",
            )
    if guard.keys_unprotected:
        yield Todo(
            Task(
                "keys",
                _tr("Protect the keys of the backup stores"),
                guard.secrets.sentence,
                _tr("Unprotected"),
                Tone.WARNING,
                "key-round",
            ),
            "backups",
        )
    if guard.points and not guard.stores:
        yield Todo(
            Task(
                "store",
                _tr("Keep restore points outside this computer"),
                _tr("All of them would be lost with its disk. A store is a folder, a server or a bucket."),
                _tr("No store"),
                Tone.MUTED,
                "hard-drive-download",
            ),
            "backups",
        )


def _unchecked(report: CheckReport | None) -> Iterator[Todo]:
    if report is None:
        yield Todo(
            Task(
                "check",
                _tr("Check the file"),
                _tr("Nobody looked yet whether its rules hold and its structure is whole."),
                _tr("Not checked yet"),
                icon="list-checks",
            ),
            "constraints",
        )
    elif not report.complete:
        yield Todo(
            Task(
                "check",
                _tr("Finish the check"),
                _tr("It was stopped; some rules were not looked at."),
                _tr("Stopped"),
                Tone.WARNING,
                "list-checks",
            ),
            "constraints",
        )


def _broken(report: CheckReport) -> Iterator[Todo]:
    broken = [checked for checked in report.constraints if checked.state is ConstraintState.BROKEN]
    broken.sort(key=lambda each: (each.finding.severity.rank if each.finding else 9, -each.broken_rows))
    for checked in broken[:_BROKEN_BY_NAME]:
        finding = checked.finding
        if finding is None:
            continue
        yield Todo(
            Task(
                finding.id,
                finding.title,
                _first_sentence(finding.detail),
                plural(checked.broken_rows, _tr("row"), _tr("rows")),
                Tone.DANGER,
                "circle-x",
            ),
            "constraints",
            {"finding": finding.id},
        )
    rest = broken[_BROKEN_BY_NAME:]
    if rest:
        yield Todo(
            Task(
                "broken",
                _tr("Look at {rules} that rows break").format(
                    rules=plural(len(rest), _tr("more rule"), _tr("more rules"))
                ),
                _names([checked.constraint.table for checked in rest]),
                plural(sum(checked.broken_rows for checked in rest), _tr("row"), _tr("rows")),
                Tone.DANGER,
                "list-checks",
            ),
            "constraints",
            {"state": ConstraintState.BROKEN.value},
        )


def _schema(file: FileRead, report: CheckReport | None) -> Iterator[Todo]:
    """What is wrong with the schema itself, a line for each kind."""
    findings = report.findings if report else file.structure
    kinds = (
        ("broken_view", "eye-off", Tone.DANGER, _tr("view cannot be read"), _tr("views cannot be read")),
        (
            "broken_trigger",
            "zap",
            Tone.DANGER,
            _tr("trigger stops what fires it"),
            _tr("triggers stop what fires them"),
        ),
        (
            "foreign_key_mismatch",
            "unlink",
            Tone.WARNING,
            _tr("link can never work"),
            _tr("links can never work"),
        ),
    )
    for code, icon, tone, one, many in kinds:
        of_kind = [finding for finding in findings if finding.code == code]
        if of_kind:
            yield _grouped(code, icon, tone, plural(len(of_kind), one, many), of_kind, _tr("Broken"))
    slow = [
        finding
        for finding in findings
        if finding.code == "foreign_key_without_index" and _rows_of(file, finding) >= _LARGE_ROWS
    ]
    if slow:
        title = plural(len(slow), _tr("link of a large table has no index"),
                       _tr("links of large tables have no index"))  # fmt: skip
        yield _grouped("slow", "hourglass", Tone.WARNING, title, slow, _tr("Slow"))


def _grouped(key: str, icon: str, tone: Tone, title: str, findings: list[Finding], trailing: str) -> Todo:
    names = _names([finding.subject.name if key == "broken_trigger" else finding.subject.table
                    for finding in findings])  # fmt: skip
    return Todo(Task(key, title, names, trailing, tone, icon), "constraints", {"state": "schema"})


def _rows_of(file: FileRead, finding: Finding) -> int:
    known = file.rows.get(finding.subject.table)
    return known.rows if known else 0


def _names(names: list[str]) -> str:
    """The first few names, harmless to read, and how many more there are."""
    different = list(dict.fromkeys(names))
    shown = ", ".join(shown_name(name) for name in different[:4])
    more = len(different) - 4
    return _tr("{names} and {count} more").format(names=shown, count=integer(more)) if more > 0 else shown


def _first_sentence(text: str) -> str:
    return text.split(". ")[0].rstrip(".") + "." if text else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("overview", text)
