"""What setting up says of tables, columns and costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import about, integer, locale, plural, size
from steward_app.gui.pages.audit.setup.read import Line
from steward_app.gui.tokens import Tone
from steward_app.kernel.finding import Finding
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.forecast import Cost, Forecast
from steward_app.services.schema.statistics import Certainty, RowCount

MODES = (Mode.FULL, Mode.FLAG, Mode.NONE)


def state_words(line: Line) -> tuple[str, Tone, str]:
    """How it stands with a table: a word, its tone, its icon."""
    if line.status is not None:
        return {
            State.ARMED: (_tr("Armed"), Tone.SUCCESS, "shield-check"),
            State.DISARMED: (_tr("Disarmed"), Tone.DANGER, "shield-alert"),
            State.BYPASSED: (_tr("Bypassed"), Tone.DANGER, "shield-alert"),
            State.RENUMBERED: (_tr("Renumbered"), Tone.WARNING, "triangle-alert"),
            State.STALE: (_tr("Stale"), Tone.WARNING, "triangle-alert"),
            State.ORDER: (_tr("Out of order"), Tone.WARNING, "triangle-alert"),
        }[line.status.state]
    if line.can_be_audited:
        return _tr("Not under audit"), Tone.MUTED, "circle"
    return _tr("Cannot be audited"), Tone.MUTED, "ban"


def state_meaning(line: Line) -> str:
    """What the state means, a sentence or two."""
    if line.status is None:
        if line.can_be_audited:
            return _tr("Changes of its rows are not logged.")
        return _tr("What keeps it from being audited stands below.")
    return {
        State.ARMED: _tr("Every change of its rows is logged, whichever program makes it."),
        State.DISARMED: _tr(
            "Changes are not logged. Arm it again; what was missed is written down as a gap."
        ),
        State.BYPASSED: _tr(
            "Another trigger may keep changes from the log. Arm it again to make ours the newest."
        ),
        State.RENUMBERED: _tr(
            "VACUUM gave its rows other numbers than the log names them by. Arm it again, so that a new history begins."
        ),
        State.STALE: _tr("The table was changed since, and what is new of it is not logged. Arm it again."),
        State.ORDER: _tr(
            "Another trigger fires first: the log may tell changes in the wrong order. Arm it again."
        ),
    }[line.status.state]


def mode_words(mode: Mode) -> str:
    """What is logged of a column."""
    return {
        Mode.FULL: _tr("Full values"),
        Mode.FLAG: _tr("That it changed"),
        Mode.NONE: _tr("Nothing"),
    }[mode]


def columns_words(line: Line, modes: Mapping[str, Mode]) -> str:
    """How many columns are logged, and how: "12", "10 of 12 in full"."""
    if line.shape is None:
        return ""
    every = len(line.shape.columns)
    less = sum(1 for column in line.shape.columns if modes.get(column.name, Mode.FULL) is not Mode.FULL)
    if not less:
        return integer(every)
    return _tr("{some} of {all} in full").format(some=integer(every - less), all=integer(every))


def rows_words(rows: RowCount | None) -> str:
    """About how many rows a table has."""
    if rows is None:
        return ""
    if rows.certainty is Certainty.EXACT:
        return integer(rows.rows)
    if rows.certainty is Certainty.ABOUT:
        return about(rows.rows)
    return _tr("{n} or more").format(n=integer(rows.rows))


def hazard(line: Line) -> Finding | None:
    """The worst that is to be known of a table, or None."""
    findings = line.shape.findings if line.shape is not None else ()
    return min(findings, key=lambda each: (not each.blocks, each.severity.rank), default=None)


def not_tried(cost: Forecast) -> str:
    """Why no update could be measured; "" where one was, or nothing was."""
    if cost.problem or not cost.sampled or cost.update is not None:
        return ""
    return _tr("Not measured: no column outside its keys has two different values.")


def time_words(cost: Cost | None) -> str:
    """What one change takes more: "+3.1 µs, ×3.7"."""
    if cost is None:
        return ""
    added = max(0.0, cost.with_us - cost.without_us)
    return _tr("+{added} µs, ×{times}").format(added=number(added), times=number(cost.times))


def bytes_words(cost: Cost | None) -> str:
    """What one change takes in the log."""
    return size(round(cost.bytes)) if cost is not None else ""


def day_words(found: Forecast | None) -> str:
    """What the log grows by in a day."""
    if found is None:
        return ""
    if found.problem:
        return _tr("not measured")
    if not found.sampled:
        return _tr("no rows to measure")
    return size(found.bytes_a_day) if found.bytes_a_day is not None else _tr("rate unknown")


def rate_words(found: Forecast) -> str:
    """Changes a day, and where that is known from."""
    if found.rate is None:
        return _tr(
            "Unknown: no column tells when rows were made or changed, and there are no two restore points."
        )
    kinds = (
        (_tr("inserts"), found.rate.inserts),
        (_tr("updates"), found.rate.updates),
        (_tr("deletes"), found.rate.deletes),
    )
    told = ", ".join(f"{number(count)} {kind}" for kind, count in kinds if count) or _tr("none")
    return f"{told} ({found.rate.source})"


def growth_words(forecasts: Iterable[Forecast], tables: int) -> str:
    """How fast the log grows, as far as it is known, and of how many of these tables it is: at least a clause."""
    known = [each.bytes_a_day for each in forecasts if each.bytes_a_day is not None]
    if not known:
        return _tr("growth of the log unknown")
    words = _tr("log +{size} a day").format(size=size(sum(known)))
    if len(known) == tables:
        return words
    return _tr("{words} for {some} of {all}").format(
        words=words, some=integer(len(known)), all=integer(tables)
    )


def growth_sentences(forecasts: Sequence[Forecast], tables: int) -> str:
    """The same in sentences, with what is missing."""
    known = [each.bytes_a_day for each in forecasts if each.bytes_a_day is not None]
    said = []
    if known:
        said.append(_tr("The log will grow by about {size} a day.").format(size=size(sum(known))))
    if unknown := len(forecasts) - len(known):
        words = _tr("How fast the log of {tables} will grow is not known.")
        said.append(words.format(tables=tables_words(unknown)))
    if missing := tables - len(forecasts):
        one = _tr("table was not measured as it will be logged")
        said.append(plural(missing, one, _tr("tables were not measured as they will be logged")) + ".")
    return " ".join(said)


def number(value: float) -> str:
    """A figure with as many decimals as it needs."""
    return locale().toString(value, "f", 0 if value >= 100 else 1)


def tables_words(count: int) -> str:
    """ "1 table", "12 tables"."""
    return plural(count, _tr("table"), _tr("tables"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
