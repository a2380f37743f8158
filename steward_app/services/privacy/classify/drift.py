"""Does the classification still fit the schema? Asked when a file is opened and when its schema changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.classify.model import Classification, Decision, Waiting, Why, stated_id
from steward_app.services.privacy.classify.undecided import undecided
from steward_app.services.privacy.discover.model import Scan
from steward_app.services.privacy.kinds import kinds
from steward_app.services.schema.model import Schema

_MOST_NAMED = 8


def drift(schema: Schema, scan: Scan | None, classification: Classification) -> tuple[Finding, ...]:
    """What came, went or was renamed since the columns were decided about, the worst first.

    Where nothing was decided and nothing was scanned there is nothing that could have changed.
    """
    if scan is None and not classification.decisions and not classification.tables:
        return ()
    waiting = undecided(schema, scan, classification)
    found = [
        *_renamed(waiting),
        *_vanished(waiting),
        *_new(waiting),
        *(_never_seen(waiting, classification) if scan is None else ()),
        *_dangling(schema, classification),
    ]
    return tuple(sorted(found, key=lambda finding: finding.severity.rank))


def _renamed(waiting: Sequence[Waiting]) -> Iterator[Finding]:
    for each in waiting:
        if each.why is not Why.RENAMED:
            continue
        place, told = each.place, quoted(stated_id(each.place))
        yield Finding(
            "privacy_renamed",
            Severity.WARNING,
            f"{told} seems to be {quoted(each.now)} now",
            _subject(place.table, place.column),
            detail="What was decided about it stands under its old name, so it has no effect.",
            remedies=(
                f"If it was renamed, carry the decision over (“steward privacy carry DATABASE {stated_id(place)}"
                f" --to {each.now}”).",
                "If not, take back what was decided, and decide about the new one.",
            ),
        )


def _vanished(waiting: Sequence[Waiting]) -> Iterator[Finding]:
    for each in waiting:
        if each.why is Why.VANISHED:
            what = "Column" if each.place.column else "Table"
            yield Finding(
                "privacy_gone",
                Severity.WARNING,
                f"{what} {quoted(stated_id(each.place))} was decided about and is gone",
                _subject(each.place.table, each.place.column),
                remedies=(
                    "If it was renamed, carry the decision over (“steward privacy carry”).",
                    "If it was removed, take back what was decided about it.",
                ),
            )


def _new(waiting: Sequence[Waiting]) -> Iterator[Finding]:
    for table, columns in _by_table(waiting, Why.NEW).items():
        yield Finding(
            "privacy_new",
            Severity.WARNING,
            f"Nobody decided about {plural(len(columns), 'new column')} of {quoted(table)}",
            Subject("table" if len(columns) > 1 else "column", table, columns=tuple(columns)),
            detail=_named(columns),
            count=None,
            remedies=("Scan again, or decide about each.",),
        )


def _never_seen(waiting: Sequence[Waiting], classification: Classification) -> Iterator[Finding]:
    """Without a scan only the policy tells what somebody looked at: the tables it names."""
    by_table = _by_table(waiting, Why.UNKNOWN)
    for table, columns in by_table.items():
        if classification.table(table) is not None:
            yield Finding(
                "privacy_undecided",
                Severity.WARNING,
                f"Nothing is decided about {plural(len(columns), 'column')} of {quoted(table)}",
                Subject("table", table, columns=tuple(columns)),
                detail=_named(columns),
                remedies=("Scan for personal data, or decide about each.",),
            )
    others = [table for table in by_table if classification.table(table) is None]
    if others:
        yield Finding(
            "privacy_undecided_tables",
            Severity.WARNING,
            f"Nothing is decided about {plural(len(others), 'table')}",
            Subject("database"),
            detail=_named(others),
            remedies=("Scan for personal data, or decide about each.",),
        )


def _dangling(schema: Schema, classification: Classification) -> Iterator[Finding]:
    """What decisions name and nothing has."""
    for each in classification.decisions:
        told = quoted(stated_id(each.place))
        if each.kind and each.kind not in kinds():
            yield Finding(
                "privacy_unknown_type",
                Severity.WARNING,
                f"{told} is of a type that this program does not know: {quoted(each.kind)}",
                _subject(each.place.table, each.place.column, each.place.path),
                detail="It is taken for data that identify a person, and for restricted.",
                remedies=("Correct the type in the policy. “steward privacy kinds” lists the types.",),
            )
        gone = _gone_links(schema, each)
        if gone:
            yield Finding(
                "privacy_link_gone",
                Severity.WARNING,
                f"{told} belongs to a person by columns that are gone: {_named(gone)}",
                _subject(each.place.table, each.place.column, each.place.path),
                remedies=("Say anew whom it belongs to.",),
            )


def _gone_links(schema: Schema, decision: Decision) -> list[str]:
    table = schema.table(decision.place.table)
    return [name for name in decision.belongs_to if table is not None and table.column(name) is None]


def _by_table(waiting: Sequence[Waiting], why: Why) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in waiting:
        if each.why is why and not each.place.path:
            found.setdefault(each.place.table, []).append(each.place.column)
    return found


def _subject(table: str, column: str, path: str = "") -> Subject:
    if not column:
        return Subject("table", table)
    return Subject("column", table, path, (column,))


def _named(names: Sequence[str]) -> str:
    told = ", ".join(quoted(name) for name in names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{told} and {more:,} more" if more > 0 else told
