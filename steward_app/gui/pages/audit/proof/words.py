"""What the proof says of seals, problems and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import integer, plural, shown_name, when
from steward_app.gui.pages.audit.proof.read import ProofRead, SealLine
from steward_app.gui.tokens import Tone
from steward_app.kernel.clock import from_text
from steward_app.services.audit.engine.model import Event
from steward_app.services.audit.seals import anew, backwards, oddities
from steward_app.services.audit.seals.verdict import ProblemKind, Verdict

ALARMING = frozenset({"gap", "context cleared"})


def moment_words(text: str) -> str:
    """A moment as the log writes it, which may be anything in a file that was edited."""
    return when(from_text(text), to_second=True) if text else _tr("unknown")


def state_words(found: ProofRead) -> tuple[str, Tone, str]:
    """How far the history is sealed, its tone and icon."""
    last = found.last
    if last is None:
        return _tr("Nothing is sealed yet"), Tone.WARNING, "shield-alert"
    words = _tr("Sealed up to entry {n}, {when}").format(
        n=integer(last.last_seq), when=moment_words(last.sealed_at)
    )
    return words, Tone.SUCCESS if not found.unsealed else Tone.MUTED, "shield-check"


def tail_words(found: ProofRead) -> str:
    """What no seal protects yet: "12 changes are not yet protected"."""
    if not found.unsealed:
        return ""
    count = plural(found.unsealed, _tr("change is"), _tr("changes are"))
    return _tr("{changes} not yet protected").format(changes=count)


def range_words(seal: SealLine) -> str:
    """ "1 to 1,204"."""
    return _tr("{first} to {last}").format(first=integer(seal.first_seq), last=integer(seal.last_seq))


def kind_words(kind: ProblemKind) -> str:
    """What is not as it was sealed."""
    return {
        ProblemKind.CHANGED: _tr("Forged"),
        ProblemKind.MISSING: _tr("Missing"),
        ProblemKind.INSERTED: _tr("Put in"),
        ProblemKind.MOVED: _tr("Moved"),
        ProblemKind.TRANSACTION: _tr("Writer forged"),
        ProblemKind.TABLE: _tr("Table forged"),
        ProblemKind.SEAL: _tr("Seal"),
        ProblemKind.SIGNATURE: _tr("Signature"),
        ProblemKind.BASELINE: _tr("Baseline"),
        ProblemKind.LIST: _tr("List of rows"),
        ProblemKind.OBJECT: _tr("Foreign object"),
        ProblemKind.ERASURE: _tr("Erasure"),
        ProblemKind.OTHER_LOG: _tr("Other receipt"),
        ProblemKind.CUT_OFF: _tr("Cut off"),
    }.get(kind, kind.value.replace("_", " ").capitalize())


def verdict_words(verdict: Verdict, differing: int, renumbered: Sequence[str]) -> tuple[str, str, Tone]:
    """A verdict in a sentence, what follows from it, and its tone."""
    if verdict.holds:
        lead = _tr("The log is as it was sealed.")
        rest = (
            _tr("Every row is what the log says.")
            if verdict.differences is not None
            else _tr("The tables were not compared with it.")
        )
        return lead, rest, Tone.SUCCESS
    if verdict.problems:
        lead = _tr("The log is not as it was sealed.")
        rest = _tr(
            "First: {problem} Verifying changed nothing; keep the file and your receipts as they are."
        ).format(problem=verdict.problems[0].sentence)
        return lead, rest, Tone.DANGER
    lead, rest, tone = behind_words(differing, renumbered)
    return lead, _tr("The log itself is as it was sealed. {then}").format(then=rest), tone


def behind_words(differing: int, renumbered: Sequence[str]) -> tuple[str, str, Tone]:
    """Rows that are not what the log says, in a sentence, what to do, and its tone."""
    told = []
    if differing:
        rows = plural(differing, _tr("row was"), _tr("rows were"))
        told.append(_tr("{rows} changed behind the log's back.").format(rows=rows))
    if renumbered:
        names = ", ".join(f"“{shown_name(name)}”" for name in renumbered)
        told.append(
            _tr("VACUUM gave the rows of {names} other numbers than those in the log.").format(names=names)
        )
    rest = (
        _tr("Arm the audit again to write them down as a gap.")
        if differing
        else _tr("No row was changed. Arm the audit again, so that their history goes on.")
    )
    return " ".join(told), rest, Tone.DANGER if differing else Tone.WARNING


def how_words(how: str) -> str:
    """How a row differs."""
    return {"changed": _tr("Changed"), "added": _tr("Added"), "removed": _tr("Removed")}.get(how, how)


def event_words(event: Event, names: Mapping[int, str]) -> tuple[str, str]:
    """What happened to the audit: a few words, and more of it."""
    detail = event.detail
    table = str(detail.get("table") or names.get(event.tid or 0, ""))
    name = shown_name(table) if table else ""
    words = {
        "installed": _tr("Put under audit"),
        "removed": _tr("Taken out of the audit"),
        "rearmed": _tr("Armed again"),
        "gap": _tr("Gap"),
        "restored": _tr("File restored"),
        anew.ANONYMIZED: _tr("Anonymized, and the log began anew"),
        "redacted": _tr("Values erased"),
        "pruned": _tr("Old changes left for an archive"),
        "context cleared": _tr("A name was cleared"),
        backwards.WENT_BACK: _tr("Times go back"),
    }.get(event.kind, shown_name(event.kind).capitalize())
    return words, _event_rest(event, name)


def _event_rest(event: Event, name: str) -> str:
    detail = event.detail
    match event.kind:
        case backwards.WENT_BACK:
            return _tr("a clock was set back, at {places}").format(
                places=plural(backwards.count((event,)), _tr("place"), _tr("places"))
            )
        case "gap":
            return _gap_words(detail, name)
        case "rearmed":
            count = detail.get("differences")
            missed = (
                plural(count, _tr("row"), _tr("rows")) if isinstance(count, int) and count else _tr("no row")
            )
            told = _tr("{name}: {rows} had changed behind the log").format(name=name, rows=missed)
            columns = detail.get("unlogged")
            if isinstance(columns, list) and columns:
                names = ", ".join(f"“{shown_name(str(column))}”" for column in columns)
                told += _tr("; what {columns} held meanwhile is not known").format(columns=names)
            return (
                told
                if detail.get("compared", True)
                else _tr("{name}: it could not be compared").format(name=name)
            )
        case "restored":
            return _tr("from the restore point {point}").format(
                point=shown_name(str(detail.get("point", "")))
            )
        case anew.ANONYMIZED:
            return anew.counts(event)
        case "redacted":
            cells = detail.get("erased")
            return plural(cells, _tr("value"), _tr("values")) if isinstance(cells, int) else ""
    return name


def _gap_words(detail: Mapping[str, object], name: str) -> str:
    rows, missing, why = detail.get("rows"), detail.get("missing"), detail.get("why")
    if isinstance(rows, list):
        counted = plural(len(rows), _tr("row"), _tr("rows"))
        return _tr("{name}: {rows} changed behind the log").format(name=name, rows=counted)
    if isinstance(missing, list):
        return _tr("numbers are missing from the log")
    if told := "; ".join(oddities.sentences(detail, f"“{name}”")):
        return told
    if isinstance(why, list) and why:
        return f"{name}: {shown_name(str(why[0]))}"
    return name


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
