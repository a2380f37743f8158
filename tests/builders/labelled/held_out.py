"""Public tables with the labels of `tests/data/held_out`: nobody tuned a rule on them.

`labels.txt` says of a table what is true of its columns, one word a column in their order; its rows are in the CSV file
of its name. Whole numbers and fractions are stored as such where a column holds nothing else, as an import does.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from builders.database import a_database
from builders.labelled.suite import LabelledColumn, LabelledDatabase, LabelledTable
from steward_app.db.names import quote
from steward_app.kernel.values import SqlValue

HELD_OUT = Path(__file__).parents[2] / "data" / "held_out"
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_FRACTION = re.compile(r"-?[0-9]+\.[0-9]+")


@dataclass(slots=True)
class HeldOutDatabase(LabelledDatabase):
    """Tables of one source, in one file."""

    folder: Path = HELD_OUT
    contents: dict[str, list[list[str]]] = field(default_factory=dict)

    def build(self, folder: Path) -> Path:
        """The file, with the rows as they were published."""
        builder = a_database(folder, f"held-out-{self.language}-{self.name}.db")
        for table in self.tables:
            columns = [
                _typed([row[at] for row in self.contents[table.name]]) for at in range(len(table.columns))
            ]
            declared = ", ".join(quote(column.name) for column in table.columns)
            builder.with_table(table.name, declared, rows=list(zip(*columns, strict=True)))
        return builder.build()


def _typed(values: Sequence[str]) -> list[SqlValue]:
    there = [value for value in values if value]
    if there and all(_WHOLE.fullmatch(value) for value in there):
        return [int(value) if value else None for value in values]
    if there and all(_WHOLE.fullmatch(value) or _FRACTION.fullmatch(value) for value in there):
        return [float(value) if value else None for value in values]
    return [value or None for value in values]


def held_out(folder: Path = HELD_OUT) -> list[HeldOutDatabase]:
    """All databases that the labels of a folder name."""
    return list(_databases(folder))


def _databases(folder: Path) -> Iterator[HeldOutDatabase]:
    found: HeldOutDatabase | None = None
    for line in (folder / "labels.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            if found is not None:
                yield found
            name, language = line.strip("[]").split(", ")
            found = HeldOutDatabase(name, language, held_out=True, rows=0, folder=folder)
        elif line and not line.startswith("#") and found is not None:
            name, _, truths = line.partition(": ")
            found.tables.append(_table(found, name, truths.split()))
    if found is not None:
        yield found


def _table(database: HeldOutDatabase, name: str, truths: Sequence[str]) -> LabelledTable:
    with (database.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    database.contents[name] = rows
    columns = [
        LabelledColumn(
            column,
            "published" if any(row[at] for row in rows) else "blank",
            frozenset("" if word == "-" else word for word in truth.split("|")),
        )
        for at, (column, truth) in enumerate(zip(header, truths, strict=True))
    ]
    return LabelledTable(name, tuple(columns))
