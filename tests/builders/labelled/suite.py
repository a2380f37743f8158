"""The labelled databases of `tests/data/privacy`, made into files, and what is true of each column.

A line names a table and its columns: what makes the values and, after "=", what is true where it is something else.
Several truths, "person_number|about_person", are all right; nothing after "=" means that it is not personal.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from builders.database import a_database
from builders.labelled.values import MAKERS, Hand
from steward_app.kernel.values import SqlValue

_DATA = Path(__file__).parents[2] / "data" / "privacy"
_ROWS = 60
ABOUT = "about_person"
UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class LabelledColumn:
    """A column: `truths` are the types that are right for it, "" for none, "?" where nobody can tell."""

    name: str
    maker: str
    truths: frozenset[str]

    @property
    def blank(self) -> bool:
        return self.maker == "blank"


@dataclass(frozen=True, slots=True)
class LabelledTable:
    name: str
    columns: tuple[LabelledColumn, ...]

    def parents(self) -> Iterator[tuple[LabelledColumn, str]]:
        return ((c, c.maker.removeprefix("fk.")) for c in self.columns if c.maker.startswith("fk."))


@dataclass(slots=True)
class LabelledDatabase:
    name: str
    language: str
    held_out: bool
    rows: int
    tables: list[LabelledTable] = field(default_factory=list)

    def build(self, folder: Path) -> Path:
        """The file, with the same values every time."""
        builder = a_database(folder, f"{self.language}-{self.name.replace(' ', '-')}.db")
        made: dict[str, list[tuple[SqlValue, ...]]] = {}
        for table in self.tables:
            rows = list(self._rows(table, made))
            made[table.name] = rows
            builder.with_table(table.name, ", ".join(self._declared(table)), rows=rows)
        return builder.build()

    def _declared(self, table: LabelledTable) -> Iterator[str]:
        for at, column in enumerate(table.columns):
            key = " PRIMARY KEY" if at == 0 and not column.maker.startswith("fk.") and _is_key(column) else ""
            parent = column.maker.removeprefix("fk.")
            points = f' REFERENCES "{parent}"' if column.maker.startswith("fk.") else ""
            yield f'"{column.name}" {_declared_type(column)}{key}{points}'

    def _rows(
        self, table: LabelledTable, made: Mapping[str, list[tuple[SqlValue, ...]]]
    ) -> Iterator[tuple[SqlValue, ...]]:
        chance = random.Random(f"{self.language} {self.name} {table.name}")  # labelled values, no secret
        few = any(maker in ("illnesslist", "countrylist") for maker in (c.maker for c in table.columns))
        seen: set[SqlValue] = set()
        for row in range(1, (12 if few else self.rows) + 1):
            hand = Hand(chance, self.language, row)
            cells = tuple(self._cell(column, hand, made) for column in table.columns)
            if _is_key(table.columns[0]) and cells[0] in seen:
                continue
            seen.add(cells[0])
            yield cells

    def _cell(
        self, column: LabelledColumn, hand: Hand, made: Mapping[str, list[tuple[SqlValue, ...]]]
    ) -> SqlValue:
        if column.maker.startswith("fk."):
            return hand.chance.choice(made[column.maker.removeprefix("fk.")])[0]
        if hand.chance.random() < 0.04 and column.maker not in ("id", "uuid", *_KEYS):
            return None
        return MAKERS[column.maker][0](hand)


_KEYS = ("personno", "personnum", "orderno", "sku", "ean", "deviceuuid", "serial", "phonelikeid")


def _is_key(column: LabelledColumn) -> bool:
    return column.maker in ("id", "uuid", *_KEYS)


def _declared_type(column: LabelledColumn) -> str:
    maker = column.maker
    if maker in ("id", "qty", "flag", "income", "age", "birthyear", "year", "personnum", "yesno_health"):
        return "INTEGER"
    if maker in ("amount", "percent", "lat", "lon", "bmi"):
        return "REAL"
    return (
        "BLOB"
        if maker in ("photo", "signature", "pdf", "template", "blob")
        else "TEXT"
        if "." not in maker
        else ""
    )


def databases(*, held_out: bool | None = None) -> list[LabelledDatabase]:
    """All labelled databases, or those of one half."""
    found = [each for file in sorted(_DATA.glob("*.txt")) for each in _parse(file)]
    return [each for each in found if held_out is None or each.held_out is held_out]


def _parse(file: Path) -> Iterator[LabelledDatabase]:
    database: LabelledDatabase | None = None
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("== "):
            if database is not None:
                yield database
            database = _head(line.removeprefix("== "), file.stem)
        elif database is not None:
            name, _, columns = line.partition(": ")
            database.tables.append(LabelledTable(name, tuple(map(_column, columns.split(", ")))))
    if database is not None:
        yield database


def _head(line: str, language: str) -> LabelledDatabase:
    words = line.split()
    options = dict(word.split("=") for word in words if "=" in word)
    name = " ".join(word for word in words if "=" not in word and word != "*")
    return LabelledDatabase(
        name, options.get("language", language), "*" in words, int(options.get("rows", _ROWS))
    )


def _column(said: str) -> LabelledColumn:
    name, made = said.strip().rsplit(" ", 1)
    maker, stated, truth = made.partition("=")
    if stated:
        truths = frozenset(truth.split("|"))
    elif maker.startswith("fk."):
        truths = frozenset({ABOUT, "person_number"})
    else:
        truths = frozenset(MAKERS[maker][1].split("|"))
    return LabelledColumn(name, maker, truths)
