"""What the migrations page says: states, names of migrations, what a rehearsal found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from steward_app.catalog.rehearsals import KeptRehearsal
from steward_app.gui.format import day, integer, plural, seconds, shown_name, size, when
from steward_app.gui.pages.migrations.read import OPEN, Looked, Standing
from steward_app.gui.tokens import Tone
from steward_app.kernel.clock import from_text
from steward_app.kernel.finding import Finding
from steward_app.services.migrate.going_on import goes_on
from steward_app.services.migrate.model import Entry, Origin, State
from steward_app.services.migrate.rehearsal.checks import HOLDS_TOGETHER, is_broken, working
from steward_app.services.migrate.rehearsal.model import Report, TriggerDifference, ViewDifference
from steward_app.services.migrate.rehearsal.row_model import TableDifference
from steward_app.services.migrate.run.kept import went_through

_REMARK = re.compile(r"\s*--[ \t]?(.*)")


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state as it is shown, with a moment at the right where there is one."""

    word: str
    tone: Tone
    icon: str
    at: str = ""


def tr(text: str) -> str:
    """In the steward's language."""
    return QCoreApplication.translate("migrations", text)


_STATES: dict[State, tuple[str, Tone, str, str]] = {
    State.APPLIED: ("Applied", Tone.SUCCESS, "circle-check", ""),
    State.PENDING: ("Not rehearsed", Tone.MUTED, "pencil", ""),
    State.REPEATS: (
        "Changed, runs again",
        Tone.MUTED,
        "refresh-cw",
        "Its text is another one than when it ran last, so it runs again after the others.",
    ),
    State.LATE: (
        "Late",
        Tone.WARNING,
        "clock",
        "It came after a version above it was applied. Give it a version above the newest, or apply it all the same.",
    ),
    State.EDITED: (
        "Edited since",
        Tone.WARNING,
        "triangle-alert",
        "The file was changed after it had been applied. Put its text back and write the change as a new migration, "
        "or take the new text for the one that was applied.",
    ),
    State.MISSING: (
        "File missing",
        Tone.WARNING,
        "triangle-alert",
        "It was applied, and its file is gone. Put the file back, or take it out of the history.",
    ),
    State.FAILED: (
        "Stopped half-way",
        Tone.DANGER,
        "circle-x",
        "It runs without a transaction and was not ended. Take it back: that restores the point made before it. Or do "
        "by hand what is left and say that it is done; or undo by hand what it did, and let it run again.",
    ),
    State.UNDONE: ("Taken back", Tone.MUTED, "undo-2", "It was taken back, and its file is gone."),
}


def state_words(entry: Entry, standing: Standing) -> StateWords:
    """The state of a migration in the list."""
    word, tone, icon, _ = _STATES[entry.state]
    if entry.state not in OPEN:
        at = day(from_text(entry.applied.applied_at)) if entry.applied is not None else ""
        return StateWords(tr(word), tone, icon, at)
    kept = standing.rehearsal_of(entry)
    if kept is None or entry.state is State.LATE:
        taken_back = entry.applied is not None and entry.applied.origin is Origin.UNDO
        if taken_back and entry.state is State.PENDING:
            return StateWords(tr("Taken back"), Tone.MUTED, "undo-2")
        return StateWords(tr(word), tone, icon)
    at = when(from_text(kept.finished_at))
    if went_through(kept, entry):
        return StateWords(tr("Rehearsed"), Tone.ACCENT, "flask-conical", at)
    return StateWords(tr("Rehearsal failed"), Tone.DANGER, "circle-x", at)


def pill_words(looked: Looked, standing: Standing) -> StateWords:
    """The state of the one that is chosen, with what is known of the file as it is now."""
    if looked.entry.state not in OPEN:
        return state_words(looked.entry, standing)
    if looked.ready:
        return StateWords(tr("Ready"), Tone.ACCENT, "flask-conical")
    if looked.kept is not None and looked.kept.passed and looked.fits is False:
        return StateWords(tr("File changed since the rehearsal"), Tone.WARNING, "triangle-alert")
    if looked.kept is not None and not looked.kept.passed:
        here = looked.kept.failed in ("", looked.entry.file)
        words = tr("Rehearsal failed") if here else tr("Rehearsal failed before it")
        return StateWords(words, Tone.DANGER, "circle-x")
    if looked.among is not None:
        others = looked.among.files[-1][0] != looked.entry.file
        words = tr("Rehearsed with others") if others else tr("Rehearsed otherwise")
        return StateWords(words, Tone.MUTED, "flask-conical")
    word, tone, icon, _ = _STATES[looked.entry.state]
    return StateWords(tr(word), tone, icon)


def outdated_words(looked: Looked, standing: Standing) -> StateWords | None:
    """The state for the list of one whose rehearsal does not count for what would run now; None of any other."""
    kept = looked.kept
    waits = looked.entry.state in OPEN and looked.entry.state is not State.LATE
    if not waits or kept is None or not kept.passed or looked.ready:
        return None
    return pill_words(looked, standing) if looked.fits is not False else changed_since_words(kept)


def changed_since_words(kept: KeptRehearsal) -> StateWords:
    """The state for the list of one that was rehearsed on something else than the file holds now."""
    at = when(from_text(kept.finished_at))
    return StateWords(tr("File changed since"), Tone.WARNING, "triangle-alert", at)


def state_sentence(entry: Entry) -> str:
    """What a state means and what can be done; "" where its word says all."""
    if entry.state is State.FAILED and goes_on(entry):
        return tr("It stopped half-way. Set the history right and apply it again: it goes on where it was.")
    return tr(_STATES[entry.state][3]) if _STATES[entry.state][3] else ""


def number(entry: Entry) -> str:
    """Its version as it is written: "0014"; "R" for one that is repeated."""
    return f"{entry.version:04}" if entry.version else "R"


def title(entry: Entry) -> str:
    """What stands behind its version: "Clean up patient contacts"."""
    if entry.applied is not None and entry.applied.origin is Origin.BASELINE and not entry.applied.file:
        return tr("Where the history begins")
    words = shown_name(entry.name.replace("_", " "))
    return words[:1].upper() + words[1:]


def about(entry: Entry) -> str:
    """What its first remarks say, without those that tell the program something."""
    if entry.migration is None:
        return ""
    if entry.migration.python:
        return tr("A program: what it does is seen only when it runs. Read it first.")
    parts = [""]
    for line in entry.migration.text.splitlines():
        found = _REMARK.fullmatch(line)
        if found is None:
            if line.strip() or any(parts):
                break
            continue
        text = found[1].strip()
        if not text or text.startswith("* "):
            parts.append(text.removeprefix("* "))
        elif not text.startswith("steward:"):
            parts[-1] = f"{parts[-1]} {text}".lstrip()
    if parts[0].casefold().rstrip(".") == title(entry).casefold():
        parts[0] = ""
    return shown_name(" ".join(_full_stop(part) for part in parts if part))


def _full_stop(words: str) -> str:
    return words if words.endswith((".", "?", "!", ":")) else f"{words}."


def applied_words(entry: Entry) -> str:
    """When it was applied, by whom, how long it took."""
    row = entry.applied
    if row is None:
        return ""
    at = when(from_text(row.applied_at))
    if entry.state is State.FAILED:
        return tr("Begun {when} by {who}.").format(when=at, who=shown_name(row.applied_by))
    told = {
        Origin.RUN: tr("Applied {when} by {who}, in {time}."),
        Origin.ADOPTED: tr("Another tool applied it, at the latest {when}; taken over by {who}."),
        Origin.BASELINE: tr("The history of this file begins here, {when}, by {who}."),
        Origin.UNDO: tr("Taken back {when} by {who}, in {time}."),
    }[row.origin]
    return told.format(when=at, who=shown_name(row.applied_by), time=_time(row.duration_ms / 1000))


def verb(looked: Looked) -> str:
    """The button that applies it: rows where a rehearsal counted them."""
    rows = rows_changed(looked.result.report) if looked.result and looked.result.report else 0
    if rows:
        return tr("Change {rows}").format(rows=plural(rows, tr("row"), tr("rows")))
    return looked.plan.button if looked.plan is not None else tr("Apply")


def rows_changed(report: Report) -> int:
    """Rows that come, go or have another value."""
    return sum(each.added + each.changed + each.lost for each in report.tables)


def table_words(table: TableDifference) -> str:
    """How many rows of a table change: "71,904 of 71,904, none added, none removed"."""
    if not table.was:
        return tr("new, with {rows}").format(rows=plural(table.rows_after, tr("row"), tr("rows")))
    if table.moved_to:
        rows = plural(table.rows_before, tr("row"), tr("rows"))
        return tr("gone, {n} of {rows} moved to {table}").format(
            n=integer(table.rows_before - table.lost), rows=rows, table=shown_name(table.moved_to)
        )
    if not table.name:
        return tr("gone, with {rows}").format(rows=plural(table.rows_before, tr("row"), tr("rows")))
    none = tr("none")
    words = tr("{changed} of {all}, {added} added, {lost} removed").format(
        changed=integer(table.changed),
        all=integer(table.rows_before),
        added=integer(table.added) if table.added else none,
        lost=integer(table.lost) if table.lost else none,
    )
    if table.renumbered:
        words += tr(", {n} with another key").format(n=integer(table.renumbered))
    return words


def result_lines(report: Report) -> tuple[tuple[str, str, Tone], ...]:
    """What the rehearsal card says: what, how it came out, tone."""
    before = sum(each.before for each in report.links)
    new = sum(max(0, each.after - each.before) for each in report.links)
    built: list[ViewDifference | TriggerDifference] = [*report.views, *report.triggers]
    broken = [each for each in built if is_broken(each)]
    silent = [each for each in built if each.silently and not is_broken(each)]
    integrity = all(check.passed for check in report.checks if check.title == HOLDS_TOGETHER)
    same = len(report.tables) - len(report.changed_tables)
    works = tr("{views} and {triggers} work").format(
        views=integer(working(report.views)), triggers=integer(working(report.triggers))
    )
    if broken or silent:
        counted = ((tr("{n} broken"), broken), (tr("{n} read other columns"), silent))
        works = ", ".join(words.format(n=integer(len(them))) for words, them in counted if them)
    disk = report.disk
    return (
        (tr("Took"), _time(report.seconds), Tone.SUCCESS),
        (
            tr("Integrity check"),
            tr("Passed") if integrity else tr("Failed"),
            Tone.SUCCESS if integrity else Tone.DANGER,
        ),
        (
            tr("Links"),
            tr("{old} old orphans, {new} new").format(old=integer(before), new=integer(new)),
            Tone.DANGER if new else Tone.SUCCESS,
        ),
        (
            tr("Views and triggers"),
            works,
            Tone.DANGER if broken else Tone.WARNING if silent else Tone.SUCCESS,
        ),
        (
            tr("Tables that stay equal"),
            tr("{some} of {all}").format(some=integer(same), all=integer(len(report.tables))),
            Tone.SUCCESS,
        ),
        (
            tr("Programs that write wait for"),
            _time(report.lock_seconds, tr("about {time}")),
            Tone.WARNING if report.lock_seconds >= 1 else Tone.SUCCESS,
        ),
        (
            tr("Free disk needed"),
            tr("{needed} of {free}").format(needed=size(disk.needed), free=size(disk.free)),
            Tone.ACCENT if disk.enough else Tone.DANGER,
        ),
    )


def _time(duration: float, words: str = "{time}") -> str:
    return seconds(duration) if duration < 0.05 else words.format(time=seconds(duration))


def in_window_words(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings for the eye: without what is said to those who type commands."""
    return tuple(
        replace(
            each,
            remedies=tuple(text for text in each.remedies if "--" not in text and "“steward " not in text),
        )
        for each in findings
    )
