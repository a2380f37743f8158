"""What was found, counted by place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Alike, Allowed, Residue, Where

_FIRST = 20


@dataclass(slots=True)
class _Line:
    hits: int = 0
    before: int = 0  # different values of earlier rounds
    values: set[int] = field(default_factory=set)
    pages: dict[int, None] = field(default_factory=dict)
    frames: dict[int, None] = field(default_factory=dict)
    of: dict[Place, None] = field(default_factory=dict)


class Tally:
    """Counts over all rounds.

    Attributes:
        chance: hits that rows of the file explain.
        allowed_leftovers: of values that a row holds by permission, outside of rows.
        full_text_read: full-text indexes whose words were compared.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._lines: dict[tuple[Where, str, str, str, str], _Line] = {}
        self._allowed: dict[tuple[Place, str, str], int] = {}
        self._alike: dict[tuple[Place, Place], int] = {}
        self.chance = 0
        self.allowed_leftovers = 0
        self.full_text_read: set[str] = set()

    def found(
        self,
        where: Where,
        suffix: str,
        name: str,
        column: str,
        value: int,
        page: int = 0,
        frame: int = 0,
        *,
        path: str = "",
        of: Iterable[Place] = (),
    ) -> None:
        """A value that is left, by its number in this round; in rows, with the places that it comes from."""
        line = self._lines.setdefault((where, suffix, name, column, path), _Line())
        line.hits += 1
        line.of.update(dict.fromkeys(of))
        line.values.add(value)
        if page and len(line.pages) < _FIRST:
            line.pages[page] = None
        if frame and len(line.frames) < _FIRST:
            line.frames[frame] = None

    def found_cells(
        self, where: Where, place: Place, hits: int, values: int, of: Iterable[Place] = ()
    ) -> None:
        """Cells of a place that hold values which were looked for in no round, and the places that these come from."""
        line = self._lines.setdefault((where, "", place.table, place.column, place.path), _Line())
        line.hits += hits
        line.of.update(dict.fromkeys(of))
        line.before += values

    def is_found(self, where: Where, place: Place) -> bool:
        """Whether a value was found in that column."""
        column = (where, "", place.table, place.column)
        return any(line[:4] == column for line in self._lines)

    def is_told(self, place: Place) -> bool:
        """Whether a value was found in rows of that column, permitted or not."""
        permitted = any(each[0] == place for each in self._allowed)
        return permitted or self.is_found(Where.CELL, place)

    def allowed(self, place: Place, reason: str, hits: int = 1, index: str = "") -> None:
        """Values that stand where the plan permits them; in what an index computes, with its name."""
        if hits:
            self._allowed[place, reason, index] = self._allowed.get((place, reason, index), 0) + hits

    def numbers_alike(self, place: Place, key: Place, values: int) -> None:
        """Numbers of a place that may be those of a key."""
        self._alike[place, key] = max(values, self._alike.get((place, key), 0))

    def alike(self) -> tuple[Alike, ...]:
        return tuple(Alike(*each, values) for each, values in sorted(self._alike.items()))

    def end_round(self) -> None:
        """From here on, numbers of values mean others."""
        for line in self._lines.values():
            line.before += len(line.values)
            line.values = set()

    def residues(self) -> tuple[Residue, ...]:
        """All lines, worst first: what anybody reads without tools, then by number."""
        order = {where: number for number, where in enumerate(Where)}
        lines = sorted(self._lines.items(), key=lambda each: (order[each[0][0]], -each[1].hits, each[0][1:]))
        return tuple(
            Residue(
                where, self._file + suffix, name, column, line.hits, line.before + len(line.values),
                tuple(line.pages), tuple(line.frames), path, tuple(sorted(line.of)),
            )
            for (where, suffix, name, column, path), line in lines
        )  # fmt: skip

    def permitted(self) -> tuple[Allowed, ...]:
        return tuple(
            Allowed(place, reason, hits, index)
            for (place, reason, index), hits in sorted(self._allowed.items())
        )
