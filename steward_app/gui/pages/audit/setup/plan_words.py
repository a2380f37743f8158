"""A plan as the window shows it: without what is said to those who type commands, and not longer than can be read."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import as_here, integer
from steward_app.gui.layout import fix
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Plan

MOST_FINDINGS = 20
MOST_SENTENCES = 30
_ROW, _MOST_ROWS = 28, 12


def for_window(plan: Plan) -> Plan:
    """The plan with as many sentences and findings as can be read one by one; the rest stands there in less room."""
    findings = sorted(plan.findings, key=lambda finding: (not finding.blocks, finding.severity.rank))
    shown = tuple(
        replace(each, remedies=tuple(text for text in each.remedies if not _is_typed(text)))
        for each in findings[:MOST_FINDINGS]
    )
    rest = findings[MOST_FINDINGS:]
    if rest:
        shown = (*shown, _more(rest))
    sentences = plan.sentences
    if len(sentences) > MOST_SENTENCES:
        told = _tr("And {count} more, listed below.").format(count=integer(len(sentences) - MOST_SENTENCES))
        sentences = (*sentences[:MOST_SENTENCES], told)
    return replace(plan, findings=shown, sentences=sentences)


def _is_typed(remedy: str) -> bool:
    """Whether it is for those who type commands; the window has a button in its place."""
    return "--" in remedy or "“steward " in remedy


def rest_of(plan: Plan) -> tuple[QWidget, ...]:
    """The sentences that do not stand above, in a list that costs the same for hundreds of them."""
    rest = plan.sentences[MOST_SENTENCES:]
    if not rest:
        return ()
    table: SimpleTable[str] = SimpleTable(
        _tr("What else will happen"),
        (Column(_tr("What else will happen"), as_here),),
        side=0,
        row_height=_ROW,
    )
    table.set_rows(rest)
    return (fix(table, height=_ROW * (1 + min(len(rest), _MOST_ROWS)) + 4),)


def _more(rest: list[Finding]) -> Finding:
    title = _tr("{count} more findings").format(count=integer(len(rest)))
    detail = "\n".join(f"{finding.title}." for finding in rest)
    return Finding("more", Severity.NOTE, title, Subject("database"), detail=detail)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
