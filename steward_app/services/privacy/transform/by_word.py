"""The step of a column of mixed values: the word beside each value says by which rule it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steward_app.db.any_text import legible
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.cells import CellStep
from steward_app.services.privacy.transform.columns_read import number_written
from steward_app.services.privacy.transform.model import Batch, Column, Step, remember_at_most


class ByWord:
    """Values change by the step of the word beside them.

    Args:
        at: where in a batch the words stand.

    Attributes:
        steps: by word; None where values are kept.
        otherwise: of the values beside all other words.
    """

    def __init__(self, at: int, steps: Mapping[str, Step | None], otherwise: Step) -> None:
        self._at, self.steps, self.otherwise = at, steps, otherwise

    def __call__(self, values: Column, batch: Batch) -> Column:
        found: list[SqlValue] = list(values)
        for word, rows in self._rows(batch.columns[self._at]).items():
            step = self.step(word)
            if step is not None:
                new = step([values[row] for row in rows], batch.again(rows))
                for row, value in zip(rows, new, strict=True):
                    found[row] = value
        return found

    def step(self, word: str | None) -> Step | None:
        """What changes the values beside a word."""
        return self.otherwise if word is None else self.steps[word]

    def remember_at_most(self, size_bytes: int) -> None:
        """Hold no more memory than that for values that were changed; 0 forgets them."""
        remember_at_most([each for each in (*self.steps.values(), self.otherwise) if each], size_bytes)

    def _rows(self, words: Column) -> dict[str | None, list[int]]:
        """The rows of each word that has a step of its own; None for all others."""
        known = {word: self._known(word) for word in set(words)}
        rows: dict[str | None, list[int]] = {}
        for row, word in enumerate(words):
            rows.setdefault(known[word], []).append(row)
        return rows

    def _known(self, word: SqlValue) -> str | None:
        text = legible(word) if isinstance(word, str) else str(word)
        return text if text in self.steps else None


class NumbersWritten:
    """A step of moments for which numbers stand as texts, as they do among values of other sorts."""

    def __init__(self, step: Step) -> None:
        self._step = step

    def __call__(self, values: Column, batch: Batch) -> Column:
        new = self._step([number_written(value) for value in values], batch)
        return [
            str(now) if isinstance(before, str) and isinstance(now, int | float) else now
            for before, now in zip(values, new, strict=True)
        ]

    def remember_at_most(self, size_bytes: int) -> None:
        """Hold no more memory than that for values that were changed; 0 forgets them."""
        remember_at_most([self._step], size_bytes)


def changed_beside(step: Step, word: str, values: Sequence[SqlValue]) -> Column:
    """What a step makes of values beside a word; nothing, where it looks at more of their rows than that."""
    alone = step.step(word if word in step.steps else None) if isinstance(step, ByWord) else step
    if alone is None:
        return values
    return alone.changed(values) if isinstance(alone, CellStep) else [None] * len(values)
