"""The Adult table as a database, with its hierarchies."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping
from pathlib import Path

from builders.database import a_database
from steward_app.services.privacy.hierarchies import Hierarchy, from_file

ADULT = Path(__file__).parent.parent / "data" / "adult"
QUASI = ("sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation")


def adult_database(path: Path) -> Path:
    """A table `adult` of 30,162 rows, with ages as numbers."""
    with gzip.open(ADULT / "adult.csv.gz", "rt", encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file, delimiter=";")
    age = names.index("age")
    columns = ", ".join(f'"{name}" {"INTEGER" if name == "age" else "TEXT"}' for name in names)
    numbered = (
        (number, *row[:age], int(row[age]), *row[age + 1 :]) for number, row in enumerate(rows, start=1)
    )
    return a_database(path).with_table("adult", f"id INTEGER PRIMARY KEY, {columns}", rows=numbered).build()


def adult_hierarchies() -> Mapping[str, Hierarchy]:
    """The hierarchies that come with it."""
    return {name: from_file(f"adult_hierarchy_{name}.csv", ADULT) for name in QUASI}
