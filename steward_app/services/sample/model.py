"""What the sample is: how many rows it has, and what was made wrong in it on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Planted:
    """One kind of dirt, with its exact amount.

    Attributes:
        code: stable name, also in `docs/sample.md`.
        table: where it is.
        columns: the columns concerned.
        count: how many rows.
        sentence: what is wrong, with the number in it.
        query: SQL that lists exactly these rows.
    """

    code: str
    table: str
    columns: tuple[str, ...]
    count: int
    sentence: str
    query: str


@dataclass(frozen=True, slots=True)
class SampleTable:
    """A table and how many rows it got."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What was built.

    Attributes:
        path: the new file.
        size_bytes: its size.
        rows: rows of all tables together.
        tables: each ordinary table, in the schema's order.
        planted: the dirt in it.
    """

    path: Path
    size_bytes: int
    rows: int
    tables: tuple[SampleTable, ...]
    planted: tuple[Planted, ...]
