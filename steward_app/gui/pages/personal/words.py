"""How personal data are called in the window."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import integer, percent, shown_name
from steward_app.gui.pages.personal.read import Group, Line
from steward_app.gui.tokens import Tone
from steward_app.services.privacy.classify.model import Why
from steward_app.services.privacy.classify.overlay import Mark
from steward_app.services.privacy.discover.model import ColumnScan, Evidence, Verdict
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import NO_NAME, Category, Identifies, Level, Origin

_STRONG, _SOME = 0.66, 0.33
_SHARE = re.compile(r"(:| in) (below )?\d+ %$")


def group_words(group: Group) -> str:
    """The head of a group."""
    return {
        Group.TO_DECIDE: _tr("To decide"),
        Group.DECIDED: _tr("Decided"),
        Group.NOTHING: _tr("Nothing personal found"),
    }[group]


def place_words(line: Line) -> str:
    """The place of a line as the list names it; "" of a head."""
    place = line.place
    if place is None:
        return ""
    of_table = not place.column and not line.nameless
    whole = place.table if of_table else f"{place.table}.{place.column or NO_NAME}"
    return shown_name(f"{whole}:{place.path}" if place.path else whole)


def looks_like(line: Line) -> str:
    """What a line is, or seems to be."""
    if line.waiting is not None and line.gone:
        return _tr("Renamed?") if line.waiting.why is Why.RENAMED else _tr("Gone")
    if line.decision is not None and not line.decision.personal:
        return _tr("Not linked to a person")
    if line.kind:
        return kind_words(line.kind)
    if line.decision is not None:
        return _tr("Personal")
    if line.found is None:
        new = line.waiting is None or line.waiting.why is Why.NEW
        return _tr("New") if new else _tr("Not looked at")
    return {
        Verdict.UNKNOWN: _tr("Unknown"),
        Verdict.EMPTY: _tr("Empty"),
    }.get(line.found.verdict, _tr("Nothing of a person"))


def kind_words(name: str) -> str:
    """The title of a type; the name itself where the program does not know it."""
    kind = kinds().get(name)
    return kind.title if kind is not None else shown_name(name)


def mark_words(line: Line) -> tuple[str, Tone]:
    """The word on the pill of a line, "" for none, and its tone."""
    category = _category(line)
    if line.mark is Mark.SENSITIVE:
        return category_short(category), Tone.PERSONAL
    return {
        Mark.DIRECT: (_tr("Identifies"), Tone.MUTED),
        Mark.INDIRECT: (_tr("Narrows down"), Tone.MUTED),
        Mark.ABOUT: (_tr("About a person"), Tone.MUTED),
    }.get(line.mark, ("", Tone.MUTED))


def _category(line: Line) -> Category:
    if line.decision is not None:
        return line.decision.category
    kind = kinds().get(line.kind)
    return kind.category if kind is not None else Category.ORDINARY


def category_short(category: Category) -> str:
    """A category by its article."""
    return {
        Category.SPECIAL: _tr("Art. 9"),
        Category.CRIMINAL: _tr("Art. 10"),
        Category.NATIONAL_NUMBER: _tr("Art. 87"),
        Category.ORDINARY: _tr("Ordinary"),
    }[category]


def category_words(category: Category) -> str:
    """A category in words."""
    return {
        Category.ORDINARY: _tr("Ordinary"),
        Category.SPECIAL: _tr("Special, Art. 9"),
        Category.CRIMINAL: _tr("Criminal, Art. 10"),
        Category.NATIONAL_NUMBER: _tr("National number, Art. 87"),
    }[category]


def identifies_words(identifies: Identifies) -> str:
    """How a value leads to a person."""
    return {
        Identifies.DIRECT: _tr("Alone"),
        Identifies.INDIRECT: _tr("With others"),
        Identifies.NONE: _tr("Not"),
    }[identifies]


def level_words(level: Level) -> str:
    """How it is handled."""
    return {
        Level.PUBLIC: _tr("Public"),
        Level.INTERNAL: _tr("Internal"),
        Level.CONFIDENTIAL: _tr("Confidential"),
        Level.RESTRICTED: _tr("Restricted"),
    }[level]


def origin_words(origin: Origin) -> str:
    """Where it comes from."""
    return {
        Origin.PROVIDED: _tr("Provided by the person"),
        Origin.OBSERVED: _tr("Observed"),
        Origin.INFERRED: _tr("Inferred"),
    }[origin]


def reason_short(line: Line) -> str:
    """The strongest reason, as the list shows it."""
    if line.waiting is not None and line.gone:
        return line.waiting.sentence
    if line.found is None:
        return line.waiting.sentence if line.waiting is not None else ""
    told = strongest(line.found)
    if told is None:
        return line.decision.not_personal if line.decision is not None else ""
    if told.share is None or "%" in told.sentence or ":" in told.sentence:
        return told.sentence
    return _tr("{evidence}: {share}").format(evidence=told.sentence, share=share_words(told.share))


def reason_below(line: Line) -> str:
    """The strongest reason, without the words of the type, which stand above it."""
    reason = reason_short(line)
    rest = reason.removeprefix(f"{looks_like(line)} ")
    return rest if rest == reason else f"{rest[:1].upper()}{rest[1:]}"


def evidence_words(evidence: Evidence) -> str:
    """What it says, without the share that stands beside it."""
    return evidence.sentence if evidence.share is None else _SHARE.sub("", evidence.sentence)


def strongest(found: ColumnScan) -> Evidence | None:
    """The evidence that says most for the type."""
    for_it = [each for each in found.evidence if each.strength > 0]
    return max(for_it, key=lambda each: (each.strength, each.share or 0.0), default=None)


def strength_words(evidence: Evidence) -> str:
    """How much it says: a share of the cells, or a word."""
    if evidence.share is not None:
        return share_words(evidence.share)
    if evidence.strength < 0:
        return _tr("against")
    if evidence.strength >= _STRONG:
        return _tr("strong")
    return _tr("some") if evidence.strength >= _SOME else _tr("weak")


def share_words(share: float) -> str:
    """A share as a whole percentage; small ones are not nothing."""
    if 0 < share < 0.01:
        return _tr("< 1 %")
    return percent(share if share >= 1 else min(share, 0.99), 1.0) if share else percent(0, 1.0)


def why_title(line: Line) -> str:
    """The head above the evidence."""
    kind = kinds().get(line.kind)
    if kind is not None and (line.decision is None or line.decision.personal):
        return _tr("Why it looks like {kind}").format(kind=kind.means)
    if line.found is not None and line.found.verdict is Verdict.UNKNOWN:
        return _tr("What is known of it")
    return _tr("What was found")


def filled_words(found: ColumnScan) -> str:
    """What stands in the column: its type, and how many rows are filled."""
    kind = found.declared_type or (_tr("JSON") if found.place.path else _tr("no type"))
    if not found.looked_at:
        return _tr("{type}, no rows looked at").format(type=shown_name(kind))
    rows = integer(found.rows)
    if found.looked_at >= found.rows:
        filled = integer(found.filled)
        words = _tr("{type}, {filled} of {rows} rows filled")
    else:
        filled = share_words(found.filled / found.looked_at)
        words = _tr("{type}, about {filled} of {rows} rows filled")
    return words.format(type=shown_name(kind), filled=filled, rows=rows)


def missed_words(found: ColumnScan) -> str:
    """What a sample may have missed; "" where every cell was looked at."""
    if not found.missed_at_most:
        return ""
    share = found.missed_at_most * 100
    shown = f"{share:.2g}" if share < 10 else f"{share:.0f}"
    return _tr("{cells} cells looked at. At most {share} % of the rows can hold more than was seen.").format(
        cells=integer(found.looked_at), share=shown
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("personal", text)
