"""A plan as the window shows it: without what is said to those who type commands, and not longer than can be read."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import integer
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Plan

MOST_FINDINGS = 20
MOST_SENTENCES = 30


def for_window(plan: Plan) -> Plan:
    """The plan with as many sentences and findings as can be read one by one; the rest stands there in less room."""
    findings = sorted(plan.findings, key=lambda finding: (not finding.blocks, finding.severity.rank))
    shown = tuple(
        replace(each, remedies=tuple(text for text in each.remedies if "--" not in text))
        for each in findings[:MOST_FINDINGS]
    )
    rest = findings[MOST_FINDINGS:]
    if rest:
        shown = (*shown, _more(rest))
    return replace(plan, findings=shown, sentences=_shortened(plan.sentences))


def _shortened(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """Hundreds of sentences in one paragraph of lines, which costs one widget."""
    rest = sentences[MOST_SENTENCES:]
    return (*sentences[:MOST_SENTENCES], "\n".join(rest)) if rest else sentences


def _more(rest: list[Finding]) -> Finding:
    title = _tr("{count} more findings").format(count=integer(len(rest)))
    detail = "\n".join(f"{finding.title}." for finding in rest)
    return Finding("more", Severity.NOTE, title, Subject("database"), detail=detail)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
