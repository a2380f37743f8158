"""What a repair changes in the history, row by row: the rows before it and after it, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from steward_app.db import Session, WriteSession
from steward_app.kernel.plan import Json
from steward_app.services.migrate import history
from steward_app.services.migrate.model import Applied


@dataclass(frozen=True, slots=True)
class Correction:
    """Rows of the history that give way to others, each in its own place.

    Attributes:
        before: as they stand.
        after: as they are to be; one of `before` that is not among them is taken out.
    """

    before: tuple[Applied, ...]
    after: tuple[Applied, ...]

    @classmethod
    def asked(cls, request: dict[str, Any]) -> Correction:
        """As a plan or the journal holds it. Raises `LookupError` where it holds none."""
        before, after = (
            tuple(history.of_row(row) for row in cast("list[list[Any]]", request[name]))
            for name in ("before", "after")
        )
        return cls(before, after)

    @property
    def request(self) -> dict[str, Json]:
        """The same for a plan."""
        return {
            "before": cast("Json", [list(history.as_row(row)) for row in self.before]),
            "after": cast("Json", [list(history.as_row(row)) for row in self.after]),
        }

    @property
    def turned(self) -> Correction:
        """What takes it back."""
        return Correction(self.after, self.before)

    def newest(self, rows: Sequence[Applied]) -> int:
        """The last place of a history when it is made, 0 where nothing is left."""
        out = {row.rank for row in self.before} - {row.rank for row in self.after}
        return max((row.rank for row in rows if row.rank not in out), default=0)

    def fits(self, session: Session) -> bool:
        """Whether exactly what is to give way stands in its places."""
        return _at(session, self) == self.before

    def is_made(self, session: Session) -> bool:
        """Whether exactly what is to be stands in its places."""
        return _at(session, self) == self.after

    def make(self, session: WriteSession) -> None:
        """Write it, in the transaction that is open."""
        for row in self.before:
            history.take_out(session, row.rank)
        history.put_back(session, self.after)


def _at(session: Session, correction: Correction) -> tuple[Applied, ...]:
    """The rows that stand in the places of a correction."""
    places = {row.rank for row in (*correction.before, *correction.after)}
    return tuple(row for row in history.read(session, forgotten=True) if row.rank in places)
