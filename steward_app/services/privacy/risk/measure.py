"""Measures how far the records of a table can be told apart, and what that lets somebody learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.db import ReadSession, open_read, quote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.reach import Source, asked_source
from steward_app.services.privacy.risk.chances import chances, size_table
from steward_app.services.privacy.risk.grouping import labels, once, sizes
from steward_app.services.privacy.risk.journalist import Journalist, against
from steward_app.services.privacy.risk.model import Pull, Question, Risk, SensitiveRisk
from steward_app.services.privacy.risk.read import TooMany, Tuples, read_tuples
from steward_app.services.privacy.risk.sensitive import Shares, blank_of, in_order, sensitive_risk, shares_of
from steward_app.services.privacy.risk.sorted import measure_sorted
from steward_app.services.schema import Schema, read_schema

if TYPE_CHECKING:
    from steward_app.services.privacy.risk.grouping import Codes, Whole


def measure(path: Path, question: Question, context: Context) -> Risk:
    """The risk of one table of a file. Raises `UsageError` where the question names what is not there."""
    with open_read(path, context) as session, session.snapshot():
        return measure_in(session, question, context)


def measure_in(
    session: ReadSession, question: Question, context: Context, schema: Schema | None = None
) -> Risk:
    """The risk of one table, in a session that is open: of a file, or of a copy that is being made.

    Args:
        schema: of the file, where it was read already.
    """
    check_question(question)
    wanted = asked_source(
        schema or read_schema(session, context),
        *(question.table, question.by, question.sensitive, question.person),
    )
    try:
        found = Records(read_tuples(session, wanted, context), question)
    except TooMany:
        return _with_rows(session, wanted, measure_sorted(session, wanted, question, context))
    population = (
        against(session, question, found.by_alone(), context) if question.population and found.rows else None
    )
    return _with_rows(session, wanted, _risk(question, found, population, context))


def _with_rows(session: ReadSession, wanted: Source, risk: Risk) -> Risk:
    """The risk, with the rows that were not counted since they do not lead to what is asked about, or to nobody."""
    risk = replace(risk, person_else=wanted.others)
    if not wanted.led:
        return risk
    rows = session.count(f"SELECT count(*) FROM {quote(wanted.table.name)}")
    led = session.count(f"SELECT count(*) FROM {wanted.rows_sql}")
    return replace(risk, leading_nowhere=rows - led)


def check_question(question: Question) -> None:
    """Raise `UsageError` for a question that cannot be answered."""
    if not question.by:
        raise UsageError(ErrorCode.BAD_REQUEST, "No column was named by which somebody could be found.")
    twice = set(question.by) & set(question.sensitive)
    if twice or len(set(question.by)) < len(question.by):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "A column was named twice.",
            hint="A quasi-identifier is what somebody knows already, a sensitive column what they want to learn.",
        )
    if not 0 < question.threshold <= 1:
        raise UsageError(ErrorCode.BAD_REQUEST, "A threshold is a chance above 0 and at most 1.")


class Records:
    """Combinations of quasi-identifiers, weighted with the records that have them: rows, or persons."""

    def __init__(self, tuples: Tuples, question: Question) -> None:
        many = len(question.by)
        self.tuples = tuples
        self.rows = len(tuples.weights)
        self._cards = tuples.cards
        self._person = list(range(many + len(question.sensitive), len(self._cards)))
        self.by = list(range(many))

    def sizes(self, columns: Sequence[int]) -> Whole:
        """How many records each group has that is alike in some columns."""
        if not self._person:
            return sizes(self.tuples.columns(columns), self._of(columns), self.tuples.weights)
        codes, cards, weights = self._counted([*columns], columns)
        return sizes(codes, cards, weights)

    def by_alone(self) -> Tuples:
        """The combinations of quasi-identifiers, some perhaps in several entries, with how many records have them."""
        import numpy as np

        codes, _, weights = self._counted(self.by, self.by)
        return Tuples(self.tuples.values[: len(self.by)], np.column_stack(codes), weights)

    def shares(self, column: int) -> Shares:
        """How often each value of a sensitive column stands in each group."""
        codes, cards, weights = self._counted([*self.by, column], self.by, column)
        label, groups = labels(codes[:-1], cards[:-1], len(weights))
        values = self.tuples.values[column]
        ranks, _ = in_order(values)
        return shares_of(label, groups, ranks[codes[-1]], cards[-1], weights, blank_of(values))

    def _of(self, columns: Sequence[int]) -> list[int]:
        return [self._cards[at] for at in columns]

    def _counted(
        self, columns: Sequence[int], kept: Sequence[int], also: int | None = None
    ) -> tuple[list[Codes], list[int], Whole]:
        """The columns, and what each entry counts: its rows, or 1 for each person that was not met before."""
        import numpy as np

        numbers = [*kept] if also is None else [*kept, also]
        if not self._person:
            return self.tuples.columns(numbers), self._of(numbers), self.tuples.weights
        of_persons = [*columns, *self._person]
        first = once(self.tuples.columns(of_persons), self._of(of_persons), self.rows)
        codes = [column[first] for column in self.tuples.columns(numbers)]
        return codes, self._of(numbers), np.ones(len(first), dtype=np.int64)


def _risk(question: Question, found: Records, population: Journalist | None, context: Context) -> Risk:
    groups = found.sizes(found.by)
    prosecutor = chances(groups, question.threshold)
    return Risk(
        question.table,
        question.by,
        int(groups.sum()),
        len(groups),
        int(groups.min()) if len(groups) else 0,
        int((groups == 1).sum()),
        size_table(groups),
        question.threshold,
        prosecutor,
        population.marketer if population else prosecutor.average,
        population.chances if population else None,
        population.k_map if population else None,
        population.outside if population else 0,
        _sensitive(question, found, context) if len(groups) else (),
        _pulls(question, found, prosecutor.average, context) if len(groups) else (),
    )


def _sensitive(question: Question, found: Records, context: Context) -> tuple[SensitiveRisk, ...]:
    risks = []
    for at, column in enumerate(question.sensitive, start=len(question.by)):
        context.checkpoint()
        _, numbers = in_order(found.tuples.values[at])
        risks.append(sensitive_risk(column, (found.shares(at),), numbers))
    return tuple(risks)


def _pulls(question: Question, found: Records, average: float, context: Context) -> tuple[Pull, ...]:
    pulls = []
    for at, column in enumerate(question.by):
        context.checkpoint()
        groups = found.sizes([other for other in found.by if other != at])
        without = len(groups) / int(groups.sum())
        pulls.append(
            Pull(
                column,
                len(found.tuples.values[at]),
                int(groups.min()),
                int((groups == 1).sum()),
                without,
                average - without,
            )
        )
    return tuple(sorted(pulls, key=lambda pull: -pull.drop))
