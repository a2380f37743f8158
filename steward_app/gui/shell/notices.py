"""What is said above the page about the file itself: how it was opened, which one it is, who changed it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.gui.desk import OpenedFile
from steward_app.gui.format import time, when
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.kernel import clock
from steward_app.kernel.clock import from_text
from steward_app.kernel.errors import StewardError
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.text import quoted
from steward_app.services.document import Change, ChangeKind

if TYPE_CHECKING:
    from steward_app.gui.shell.window import Window
    from steward_app.services.restore import Tended

_TONES = {Severity.ERROR: Tone.DANGER, Severity.WARNING: Tone.WARNING, Severity.NOTE: Tone.ACCENT}


def show_opening(window: Window, opened: OpenedFile) -> None:
    """Say what a steward should know about a file from the start; the weightiest of it."""
    if opened.question is not None:
        question = opened.question
        same = Button(_tr("The same"), lambda: window.opening.answer("same"), small=True)
        new = Button(_tr("A new one"), lambda: window.opening.answer("new"), small=True)
        rest = f"{question.same} {question.new}"
        window.show_notice(Tone.WARNING, question.question, rest, same, new)
    elif opened.document.notices:
        show_finding(window, opened.document.notices[0], opened.news)
    elif opened.news:
        window.show_notice(Tone.ACCENT, opened.news, "")


def show_finding(window: Window, finding: Finding, news: str = "") -> None:
    """A finding about the file as a whole, and what else is new."""
    rest = " ".join(part for part in (finding.detail, *finding.remedies[:1], news) if part)
    window.show_notice(_TONES[finding.severity], f"{finding.title}.", rest)


def show_change(window: Window, change: Change) -> None:
    """Another program changed the open file."""
    file = window.file
    if file is None:
        return
    name = quoted(file.path.name)
    refresh = Button(_tr("Refresh"), window.refresh, icon="refresh-cw", small=True)
    stale = _tr("What you see may be out of date.")
    match change.kind:
        case ChangeKind.DATA:
            words = _tr("{name} was changed by another program.").format(name=name)
            window.show_notice(Tone.ACCENT, words, stale, refresh)
        case ChangeKind.SCHEMA:
            words = _tr("The tables of {name} were changed by another program.").format(name=name)
            window.show_notice(Tone.WARNING, words, stale, refresh)
        case ChangeKind.RETURNED:
            words = _tr("{name} is at its place again.").format(name=name)
            window.show_notice(Tone.ACCENT, words, stale, refresh)
        case ChangeKind.DELETED:
            words = _tr("{name} was deleted or moved away.").format(name=name)
            other = Button(_tr("Open a file"), window.choose_file, icon="folder-open", small=True)
            gone = _tr("What you see is of the file as it was. Put it back, or open another.")
            window.show_notice(Tone.DANGER, words, gone, other)
        case ChangeKind.REPLACED:
            words = _tr("Another file has taken the name of {name}.").format(name=name)
            again = Button(_tr("Open it"), lambda: window.opening.open(file.path), small=True)
            window.show_notice(
                Tone.WARNING, words, _tr("What you see is of the file that was there before."), again
            )


def show_tended(window: Window, done: Tended) -> None:
    """The schedule was followed: what a person must look at is said above every page, once for each new problem."""
    problems = [f"{visit.sentence}. {visit.problem.rstrip('.')}." for visit in done.visits if visit.problem]
    problems += [f"{visit.sentence}. {visit.warning}." for visit in done.visits if visit.warning]
    lead = _tr("The schedule could not be followed.") if problems else _tr("The schedule met a problem.")
    problems += [f"{problem.rstrip('.')}." for problem in done.problems]
    failed = [drill for drill in done.drills if not drill.passed]
    told = frozenset(problems)
    if failed:
        show = Button(_tr("Open Backups"), lambda: window.navigate("backups"), small=True)
        words = _tr("It tried the point of {when}. Your database is unchanged.")
        told_of = words.format(when=when(from_text(failed[0].point_made_at)))
        window.show_notice(Tone.DANGER, _tr("A restore drill failed."), told_of, show)
    elif told - window.told:
        show = Button(_tr("Open Backups"), lambda: window.navigate("backups"), small=True)
        window.show_notice(Tone.WARNING, lead, problems[0], show)
    window.told = told
    if done.visits or done.done or done.drills:
        window.guarded()


def show_not_tended(window: Window, error: StewardError) -> None:
    """Nothing of the schedule could be done; said once for each reason."""
    if error.message not in window.told:
        window.show_notice(
            Tone.WARNING, _tr("The schedule could not be followed."), f"{error.message} {error.hint}"
        )
    window.told = frozenset({error.message})


def next_words(moment: str) -> str:
    """When the next point is made, for the strip: "Next backup 10:45"."""
    if not moment:
        return ""
    due = max(from_text(moment), clock.now())
    words = time(due) if due - clock.now() < timedelta(hours=12) else when(due)
    return _tr("Next backup {when}").format(when=words)


def _tr(text: str) -> str:
    return QCoreApplication.translate("notices", text)
