"""The risk that a journalist poses, who knows that somebody is in the population, not that they are in the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward_app.db import ReadSession, open_read
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.reach import source
from steward_app.services.privacy.risk.chances import chances
from steward_app.services.privacy.risk.grouping import labels
from steward_app.services.privacy.risk.model import Chances, Population, Question
from steward_app.services.privacy.risk.read import TooMany, Tuples, read_tuples
from steward_app.services.schema import read_schema

if TYPE_CHECKING:
    from steward_app.services.privacy.risk.grouping import Codes


@dataclass(frozen=True, slots=True)
class Journalist:
    """What the population says of a table.

    Attributes:
        outside: records whose group is not in the population; they hide in their own group alone.
        marketer: share of records found when every one is guessed.
    """

    chances: Chances
    k_map: int
    outside: int
    marketer: float


def against(session: ReadSession, question: Question, table: Tuples, context: Context) -> Journalist:
    """Measure the records of a table against the population that the question names."""
    import numpy as np

    assert question.population is not None
    population = _read(session, question.population, question, context)
    many = len(question.by)
    there = _translated(population, table)
    known = (there >= 0).all(axis=1)
    here = table.codes[:, :many]
    codes = np.concatenate([here, there[known]])
    label, groups = labels([codes[:, at] for at in range(many)], table.cards[:many], len(codes))
    records = np.bincount(label[: len(here)], weights=table.weights, minlength=groups).astype(np.int64)
    persons = np.bincount(label[len(here) :], weights=population.weights[known], minlength=groups).astype(
        np.int64
    )
    own = records > 0
    records, persons = records[own], persons[own]
    behind = np.maximum(records, persons)
    found = chances(records, question.threshold, behind)
    return Journalist(found, int(behind.min()), int(records[persons == 0].sum()), found.average)


def _read(session: ReadSession, population: Population, question: Question, context: Context) -> Tuples:
    names = population.by or question.by
    if len(names) != len(question.by):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "The population needs one column for each quasi-identifier.",
            hint=f"There are {len(question.by)} quasi-identifiers and {len(names)} columns of the population.",
        )
    try:
        if population.path is None:
            return read_tuples(
                session, source(read_schema(session, context), population.table, names), context
            )
        with open_read(population.path, context) as other, other.snapshot():
            return read_tuples(other, source(read_schema(other, context), population.table, names), context)
    except TooMany:
        raise Refused(
            ErrorCode.TOO_LARGE,
            f"The population {quoted(population.table)} has too many different combinations to compare with.",
            hint="Nothing was changed. Take fewer or coarser columns.",
        ) from None


def _translated(population: Tuples, table: Tuples) -> Codes:
    """The codes of the population in the numbers of the table; -1 for a value that the table does not have."""
    import numpy as np

    codes = np.zeros(population.codes.shape, dtype=np.int32)
    for at, values in enumerate(population.values):
        number = {value: code for code, value in enumerate(table.values[at])}
        translation = np.array([number.get(value, -1) for value in values], dtype=np.int32)
        codes[:, at] = translation[population.codes[:, at]] if len(values) else 0
    return codes
