"""States and kinds of constraints in words, tones and icons; and what a constraint says, as a sentence."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import integer, name_alone, plural, shown_name
from steward_app.gui.tokens import Tone
from steward_app.kernel.finding import Finding, Severity
from steward_app.services.schema.check import CheckedConstraint, ConstraintKind, ConstraintState

TONES = {
    ConstraintState.BROKEN: (Tone.DANGER, "circle-x"),
    ConstraintState.NOT_ENFORCED: (Tone.WARNING, "triangle-alert"),
    ConstraintState.NOT_CHECKABLE: (Tone.WARNING, "circle-help"),
    ConstraintState.HOLDS: (Tone.SUCCESS, "circle-check"),
    ConstraintState.NOT_CHECKED: (Tone.MUTED, "circle"),
}


def state_words(checked: CheckedConstraint) -> str:
    """The state in words, with its number: "Broken by 17 rows"."""
    if checked.state is ConstraintState.BROKEN:
        one, many = _tr("row"), _tr("rows")
        if checked.constraint.kind is ConstraintKind.UNIQUE:
            one, many = _tr("value"), _tr("values")
        return _tr("Broken by {rows}").format(rows=plural(checked.broken_rows, one, many))
    return {
        ConstraintState.NOT_ENFORCED: _tr("Not enforced"),
        ConstraintState.NOT_CHECKABLE: _tr("Not checkable"),
        ConstraintState.HOLDS: _tr("Holds"),
        ConstraintState.NOT_CHECKED: _tr("Not checked yet"),
    }[checked.state]


def kind_words(kind: ConstraintKind) -> str:
    """The kind as the steward reads it."""
    return {
        ConstraintKind.PRIMARY_KEY: _tr("Primary key"),
        ConstraintKind.LINK: _tr("Link"),
        ConstraintKind.UNIQUE: _tr("Unique"),
        ConstraintKind.CHECK: _tr("Check"),
        ConstraintKind.NOT_EMPTY: _tr("Not empty"),
        ConstraintKind.TYPE: _tr("Type"),
    }[kind]


def severity_words(severity: Severity) -> str:
    """How much a finding matters, in a word."""
    return {
        Severity.ERROR: _tr("Broken"),
        Severity.WARNING: _tr("Weak"),
        Severity.NOTE: _tr("Note"),
    }[severity]


def subject_words(finding: Finding) -> str:
    """What kind of thing a finding is about."""
    kind = finding.subject.kind
    words = {"foreign key": _tr("Link"), "database": _tr("The file"), "virtual": _tr("Virtual table")}
    return words.get(kind, kind.capitalize())


def sentence(checked: CheckedConstraint) -> str:
    """What the constraint promises, in a sentence."""
    constraint = checked.constraint
    table, columns = name_alone(constraint.table), shown_name(", ".join(constraint.columns))
    match constraint.kind:
        case ConstraintKind.PRIMARY_KEY:
            return _tr("Every row of {table} has a {columns} of its own").format(table=table, columns=columns)
        case ConstraintKind.LINK:
            parent = shown_name(constraint.rule.rsplit("→", 1)[-1].strip())
            return _tr("Every {columns} of {table} exists in {parent}").format(
                columns=columns, table=table, parent=parent
            )
        case ConstraintKind.UNIQUE:
            return _tr("No two rows of {table} have the same {columns}").format(table=table, columns=columns)
        case ConstraintKind.CHECK:
            return _tr("Every row of {table} fits {rule}").format(
                table=table, rule=shown_name(constraint.rule)
            )
        case ConstraintKind.NOT_EMPTY:
            return _tr("Every row of {table} has a {columns}").format(table=table, columns=columns)
        case ConstraintKind.TYPE:
            return _tr("Every value of {table} fits {rule}").format(
                table=table, rule=shown_name(constraint.rule)
            )


def summary(constraints: tuple[CheckedConstraint, ...]) -> str:
    """How many of each kind: "171 constraints: 23 primary keys, 29 links, ..."."""
    plurals = {
        ConstraintKind.PRIMARY_KEY: (_tr("primary key"), _tr("primary keys")),
        ConstraintKind.LINK: (_tr("link"), _tr("links")),
        ConstraintKind.UNIQUE: (_tr("unique"), _tr("unique")),
        ConstraintKind.CHECK: (_tr("check"), _tr("checks")),
        ConstraintKind.NOT_EMPTY: (_tr("not empty"), _tr("not empty")),
        ConstraintKind.TYPE: (_tr("type"), _tr("types")),
    }
    parts = []
    for kind, words in plurals.items():
        number = sum(1 for checked in constraints if checked.constraint.kind is kind)
        if number:
            parts.append(plural(number, *words))
    whole = plural(len(constraints), _tr("constraint"), _tr("constraints"))
    return f"{whole}: {', '.join(parts)}" if parts else whole


def rows_checked(checked: CheckedConstraint) -> str:
    """How many rows were looked at, or nothing."""
    return "" if checked.rows_checked is None else integer(checked.rows_checked)


def _tr(text: str) -> str:
    return QCoreApplication.translate("constraints", text)
